package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/reporters"
)

// output says where results go: one format on standard output, and files.
type output struct {
	format  string
	reports string
	junit   string
	strict  bool
	verbose bool
}

func (o *output) addFlags(cmd *cobra.Command, reports string) {
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

// check refuses a format that does not exist, before anything is run for it.
func (o output) check() error {
	if _, ok := formats[o.format]; !ok && o.format != "table" {
		return fail(2, "there is no format %q; formats are table, json, junit and markdown", o.format)
	}
	return nil
}

// files are the reports that a run leaves behind.
var files = []struct{ name, format string }{
	{"results.json", "json"}, {"junit.xml", "junit"}, {"summary.md", "markdown"},
}

// write writes every report and returns the error that decides the exit code.
func (o output) write(cmd *cobra.Command, r reporters.Results) error {
	if o.reports != "" {
		if err := os.MkdirAll(o.reports, 0o755); err != nil {
			return fail(2, "cannot make the directory for reports: %w", err)
		}
		for _, f := range files {
			if err := writeReport(filepath.Join(o.reports, f.name), f.format, r); err != nil {
				return err
			}
		}
	}
	if o.junit != "" {
		if err := writeReport(o.junit, "junit", r); err != nil {
			return err
		}
	}
	if err := o.print(cmd.OutOrStdout(), r); err != nil {
		return fail(2, "cannot write to standard output: %w", err)
	}
	if code := reporters.ExitCode(r, o.strict); code != 0 {
		return exitError{code: code}
	}
	return nil
}

func (o output) print(w io.Writer, r reporters.Results) error {
	if write, ok := formats[o.format]; ok {
		return write(w, r)
	}
	options := reporters.Terminal(w)
	options.Verbose = o.verbose
	if o.reports != "" {
		options.Record = filepath.ToSlash(filepath.Join(o.reports, "results.json"))
	}
	return reporters.WriteConsole(w, r, options)
}

func writeReport(path, format string, r reporters.Results) error {
	if err := writeFile(path, func(w io.Writer) error { return formats[format](w, r) }); err != nil {
		return fail(2, "%w", err)
	}
	return nil
}
