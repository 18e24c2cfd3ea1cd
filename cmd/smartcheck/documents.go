package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/discovery"
	"github.com/smart-conformance/smartcheck/internal/target"
	"github.com/smart-conformance/smartcheck/reporters"
)

// documentFlags are the flags of the commands that judge published documents alone: how to read them, and
// how to report.
type documentFlags struct {
	format, junit, ca         string
	strict, insecure, verbose bool
	concurrency               int
	timeout                   time.Duration
}

func (flags *documentFlags) add(cmd *cobra.Command, concurrency int, timeout time.Duration) {
	f := cmd.Flags()
	f.StringVar(&flags.format, "format", "table", "what is written to standard output: table, json, junit or markdown")
	f.StringVar(&flags.junit, "junit", "", "also write a JUnit report to this `file`")
	f.StringVar(&flags.ca, "ca", "", "a PEM `file` of certificate authorities to trust besides those of the system")
	f.BoolVar(&flags.strict, "strict", false, "let warnings break conformance")
	f.BoolVar(&flags.insecure, "insecure", false, "do not verify certificates")
	f.BoolVarP(&flags.verbose, "verbose", "v", false, "also tell what passed and what was skipped, one by one")
	f.IntVar(&flags.concurrency, "concurrency", concurrency, "servers at once")
	f.DurationVar(&flags.timeout, "timeout", timeout, "how long to wait for one answer")
}

func (flags documentFlags) options(version checks.Version) (discovery.Options, error) {
	switch {
	case !slices.Contains([]string{"table", "json", "junit", "markdown"}, flags.format):
		return discovery.Options{}, fail(2, "--format %s: choose table, json, junit or markdown", flags.format)
	case flags.timeout <= 0 || flags.concurrency < 1:
		return discovery.Options{}, fail(2, "--timeout and --concurrency must be more than nothing")
	}
	trust, err := target.ReadTLS(flags.ca, flags.insecure)
	if err != nil {
		return discovery.Options{}, fail(2, "--ca: %w", err)
	}
	return discovery.Options{
		Tool: tool(), Judging: checks.Options{Version: version, Strict: flags.strict},
		TLS: trust, Timeout: flags.timeout, AtOnce: flags.concurrency,
	}, nil
}

// report writes the results as the flags say, and returns the error that carries the exit code.
func (flags documentFlags) report(cmd *cobra.Command, results []reporters.Results) error {
	if flags.junit != "" {
		if err := writeFile(flags.junit, func(w io.Writer) error { return reporters.WriteJUnitAll(w, results) }); err != nil {
			return fail(2, "%w", err)
		}
	}
	if err := flags.write(cmd.OutOrStdout(), results); err != nil {
		return fail(2, "%w", err)
	}
	return verdictOf(results, flags.strict)
}

// write writes the results in the format that was asked for. JSON is one object for one target, and an
// array of such objects for several.
func (flags documentFlags) write(w io.Writer, results []reporters.Results) error {
	switch flags.format {
	case "json":
		return reporters.WriteJSONAll(w, results)
	case "junit":
		return reporters.WriteJUnitAll(w, results)
	}
	for i, r := range results {
		if i > 0 {
			fmt.Fprintln(w)
		}
		var err error
		if flags.format == "markdown" {
			err = reporters.WriteMarkdown(w, r)
		} else {
			console := reporters.Terminal(w)
			console.Verbose = flags.verbose
			err = reporters.WriteConsole(w, r, console)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// verdictOf returns the error that carries the exit code: 1 when a target does not conform, else 3 when
// one could not be judged.
func verdictOf(results []reporters.Results, strict bool) error {
	worst := 0
	for _, r := range results {
		switch code := reporters.ExitCode(r, strict); {
		case code == 1, worst == 0:
			worst = code
		}
		if worst == 1 {
			break
		}
	}
	if worst == 0 {
		return nil
	}
	return exitError{code: worst}
}
