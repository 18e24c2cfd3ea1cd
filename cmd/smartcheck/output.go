package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/reporters"
)

// outputs say where results go: one format on standard output, and files.
type outputs struct {
	format  string
	reports string
	junit   string
	strict  bool
	verbose bool
	known   []reporters.KnownOutcome // what the results are compared with
}

func (o *outputs) addFlags(cmd *cobra.Command, reports string) {
	cmd.Flags().StringVar(&o.format, "format", "table", "what standard output gets: table, json, junit or markdown")
	cmd.Flags().StringVar(&o.reports, "reports", reports, "directory for results.json, junit.xml and summary.md; empty writes none")
	cmd.Flags().StringVar(&o.junit, "junit", "", "write JUnit XML to this file as well")
	cmd.Flags().BoolVar(&o.strict, "strict", false, "count warnings as failures")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "also list what passed, was noted or was skipped")
}

// formats are the writers of results by the name of their format.
var formats = map[string]func(io.Writer, reporters.Results) error{
	"json":     reporters.WriteJSON,
	"junit":    reporters.WriteJUnit,
	"markdown": reporters.WriteMarkdown,
}

// check refuses a format that does not exist and a place that cannot be written to, before anything is
// run for it.
func (o outputs) check() error {
	if _, ok := formats[o.format]; !ok && o.format != "table" {
		return fail(2, "there is no format %q; formats are table, json, junit and markdown", o.format)
	}
	if o.reports != "" {
		if err := os.MkdirAll(o.reports, 0o755); err != nil {
			return fail(2, "cannot make the directory for reports: %w; name another with --reports", err)
		}
		if err := writable(o.reports); err != nil {
			return fail(2, "cannot write reports: %w; name another directory with --reports", err)
		}
	}
	if o.junit != "" {
		if err := writable(filepath.Dir(o.junit)); err != nil {
			return fail(2, "cannot write --junit %s: %w", o.junit, err)
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

// files are the reports that a run leaves behind.
var files = []struct{ name, format string }{
	{"results.json", "json"}, {"junit.xml", "junit"}, {"summary.md", "markdown"},
}

// write writes every report and returns the error that decides the exit code. A report that cannot be
// written keeps no other from being written.
func (o outputs) write(cmd *cobra.Command, r reporters.Results) error {
	r = r.Expecting(o.known, time.Now())
	var errs []error
	if o.reports != "" {
		for _, f := range files {
			errs = append(errs, writeReport(filepath.Join(o.reports, f.name), f.format, r))
		}
	}
	if o.junit != "" {
		errs = append(errs, writeReport(o.junit, "junit", r))
	}
	if err := o.print(cmd.OutOrStdout(), r); err != nil {
		errs = append(errs, fmt.Errorf("cannot write to standard output: %w", err))
	}
	if err := errors.Join(errs...); err != nil {
		return fail(2, "%w", err)
	}
	if code := reporters.ExitCode(r, o.strict); code != 0 {
		return exitError{code: code}
	}
	return nil
}

func (o outputs) print(w io.Writer, r reporters.Results) error {
	if write, ok := formats[o.format]; ok {
		return write(w, r)
	}
	options := reporters.Terminal(w)
	options.Verbose = o.verbose
	if o.reports != "" {
		options.Record = filepath.ToSlash(filepath.Join(o.reports, "results.json"))
		options.Pictures = filepath.ToSlash(filepath.Join(o.reports, pictures))
	}
	return reporters.WriteConsole(w, r, options)
}

func writeReport(path, format string, r reporters.Results) error {
	return writeFile(path, func(w io.Writer) error { return formats[format](w, r) })
}
