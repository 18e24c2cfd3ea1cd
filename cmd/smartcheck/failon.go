package main

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/reporters"
)

// failOn says what ends a run with exit code 1.
type failOn struct {
	what     string // one of the thresholds
	baseline string // the file of the results to compare with, or ""
	old      *reporters.Results
}

const regressions = "regressions"

var thresholds = []string{"shall", "should", regressions}

func (f *failOn) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.what, "fail-on", "shall", "what ends in exit code 1: shall, should (warnings as well) or regressions (only what is worse than --baseline)")
	cmd.Flags().StringVar(&f.baseline, "baseline", "", "the results.json of an earlier run, to tell what changed since")
}

// read checks the flags and reads the baseline, once. Reports of this run may take the place of that file, so it
// is read before they are written, and before a run, which would be in vain if it could not be read.
func (f *failOn) read(cmd *cobra.Command, target reporters.Target, profile *reporters.Profile, strict bool) error {
	switch {
	case !slices.Contains(thresholds, f.what):
		return fail(2, "--fail-on %q is not known: use %s", f.what, strings.Join(thresholds, ", "))
	case f.what == regressions && f.baseline == "":
		return fail(2, "--fail-on regressions needs --baseline with the results.json of an earlier run")
	case f.baseline == "", f.old != nil:
		return nil
	}
	old, err := readResults(cmd, f.baseline)
	if err != nil {
		return err
	}
	if prevented := reporters.Prevented(old, target, profile, strict); f.what == regressions && len(prevented) > 0 {
		return fail(2, "--baseline %s cannot be compared with this run: %s", f.baseline, prevented[0])
	}
	f.old = &old
	return nil
}

// judge tells what changed since the baseline, and returns the error that decides the exit code.
func (f failOn) judge(w io.Writer, r reporters.Results, strict bool) error {
	code := reporters.ExitCode(r, strict || f.what == "should")
	if f.old != nil {
		c := reporters.Compare(*f.old, r, false)
		if err := writeComparison(w, c, false); err != nil {
			return fail(2, "%w", err)
		}
		if f.what == regressions {
			code = reporters.RegressionCode(r, c)
		}
	}
	if code != 0 {
		return exitError{code: code}
	}
	return nil
}
