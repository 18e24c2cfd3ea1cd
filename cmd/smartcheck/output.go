package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/reporters"
)

// outputs say where results go: one format on standard output, and files.
type outputs struct {
	failOn failOn

	format  string
	reports string
	junit   string
	strict  bool
	verbose bool
	lang    string
	// evidence is the name of the evidence bundle; empty writes none.
	evidence string
	known    []reporters.KnownOutcome // what the results are compared with
	today    time.Time                // the day by which expectations end
}

func (o *outputs) addFlags(cmd *cobra.Command, reports string) {
	cmd.Flags().StringVar(&o.format, "format", "table", "what standard output gets: table, "+reporters.FormatNames())
	cmd.Flags().StringVar(&o.reports, "reports", reports, "directory for a report in each format; empty writes none")
	cmd.Flags().StringVar(&o.junit, "junit", "", "write JUnit XML to this file as well")
	cmd.Flags().StringVar(&o.lang, "lang", "en", "language of the reports for people: en or zh-Hant")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "also list what passed, was noted or was skipped")
}

// addEvidenceFlag adds the flag of a command that gathers evidence.
func (o *outputs) addEvidenceFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.evidence, "evidence", "", "write all evidence, redacted, into this zip `file`, which smartcheck judge judges again")
}

// addVerdictFlags adds the flags of a command that ends with a verdict.
func (o *outputs) addVerdictFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.strict, "strict", false, "count warnings as failures")
	o.failOn.addFlags(cmd)
}

// check refuses a format that does not exist and a place that cannot be written to, before anything is
// run for it.
func (o outputs) check() error {
	if _, ok := reporters.FormatNamed(o.format); !ok && o.format != "table" {
		return fail(2, "there is no format %q; formats are table, %s", o.format, reporters.FormatNames())
	}
	if _, err := locale.Parse(o.lang); err != nil {
		return fail(2, "--lang: %w", err)
	}
	if o.reports != "" {
		if err := os.MkdirAll(o.reports, 0o755); err != nil {
			return fail(2, "cannot make the directory for reports: %w; name another with --reports", err)
		}
		if err := writable(o.reports); err != nil {
			return fail(2, "cannot write reports: %w; name another directory with --reports", err)
		}
	}
	for flag, name := range map[string]string{"--junit": o.junit, "--evidence": o.evidence} {
		if name == "" {
			continue
		}
		if err := writable(filepath.Dir(name)); err != nil {
			return fail(2, "cannot write %s %s: %w", flag, name, err)
		}
	}
	return nil
}

// writable reports why no file can be made in a directory.
func writable(directory string) error {
	file, err := os.CreateTemp(directory, ".smartcheck-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// write writes every report and returns the error that decides the exit code. picture returns the pictures
// of pages by their names.
func (o outputs) write(cmd *cobra.Command, r reporters.Results, picture func(name string) []byte) error {
	if err := o.failOn.read(cmd, r.Target, r.Profile, o.strict || r.Strict); err != nil {
		return err
	}
	r = r.Expecting(o.known, o.today)
	if err := reporters.WriteBuildLog(cmd.ErrOrStderr(), r, reporters.ServerOf(os.Getenv)); err != nil {
		return fail(2, "%w", err)
	}
	if err := o.writeAll(cmd, r, picture); err != nil {
		return err
	}
	return o.failOn.judge(o.aside(cmd), r, o.strict)
}

// aside is where a table is written that comes after the results: standard output, unless that is for a machine.
func (o outputs) aside(cmd *cobra.Command) io.Writer {
	if o.format == "table" {
		return cmd.OutOrStdout()
	}
	return cmd.ErrOrStderr()
}

// writeAll writes every report. One that cannot be written keeps no other from being written.
func (o outputs) writeAll(cmd *cobra.Command, r reporters.Results, picture func(name string) []byte) error {
	present := reporters.Presentation{Language: locale.Language(o.lang), Picture: picture}
	var errs []error
	if o.reports != "" {
		errs = append(errs, writePictures(filepath.Join(o.reports, pictures), r.Pictures(), picture))
		for _, f := range reporters.Formats() {
			errs = append(errs, writeReport(filepath.Join(o.reports, f.File), f, r, present))
		}
	}
	if o.junit != "" {
		errs = append(errs, writeFile(o.junit, func(w io.Writer) error { return reporters.WriteJUnit(w, r) }))
	}
	if err := o.print(cmd.OutOrStdout(), r, present); err != nil {
		errs = append(errs, fmt.Errorf("cannot write to standard output: %w", err))
	}
	if err := errors.Join(errs...); err != nil {
		return fail(2, "%w", err)
	}
	return nil
}

func (o outputs) print(w io.Writer, r reporters.Results, present reporters.Presentation) error {
	if f, ok := reporters.FormatNamed(o.format); ok {
		return f.Write(w, r, present)
	}
	options := reporters.Terminal(w)
	options.Verbose = o.verbose
	if o.reports != "" {
		options.Record = filepath.ToSlash(filepath.Join(o.reports, "results.json"))
		options.Pictures = filepath.ToSlash(filepath.Join(o.reports, pictures))
	}
	return reporters.WriteConsole(w, r, options)
}

func writeReport(path string, f reporters.Format, r reporters.Results, present reporters.Presentation) error {
	return writeFile(path, func(w io.Writer) error { return f.Write(w, r, present) })
}
