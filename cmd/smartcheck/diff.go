package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/reporters"
)

func newDiff() *cobra.Command {
	var format string
	var anyway, verbose bool
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Tell what changed between two runs",
		Long: `Reads the records of two runs, results.json, and tells what got worse, what was fixed, what could no longer
be judged and what else changed; - is standard input. A finding that is as an expectations file says is no regression.

Exits with 0 when nothing got worse, 1 when something did, 2 when the files cannot be read, and 3 when the new run did not
judge what the old one had judged, or when the runs are not comparable: of other targets, or judged by another version of
SMART App Launch, another profile or another strictness.`,
		Example: `  smartcheck diff yesterday/results.json today/results.json
  smartcheck diff baseline.json reports/results.json --format markdown >> "$GITHUB_STEP_SUMMARY"
  smartcheck diff staging/results.json production/results.json --anyway`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := comparisonWriters[format]
			if !ok {
				return fail(2, "there is no format %q; formats are table, json and markdown", format)
			}
			if args[0] == "-" && args[1] == "-" {
				return fail(2, "only one of OLD and NEW can be standard input; name a file for the other")
			}
			old, err := readResults(cmd, args[0])
			if err != nil {
				return err
			}
			latest, err := readResults(cmd, args[1])
			if err != nil {
				return err
			}
			c := reporters.Compare(old, latest, anyway)
			if err := write(cmd.OutOrStdout(), c, verbose); err != nil {
				return fail(2, "%w", err)
			}
			if code := c.ExitCode(); code != 0 {
				return exitError{code: code}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "what standard output gets: table, json or markdown")
	cmd.Flags().BoolVar(&anyway, "anyway", false, "let the exit code say what got worse although the runs are not comparable")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "also list what is neither better nor worse, but other than before")
	return cmd
}

// comparisonWriters write a comparison by the name of the format; table is verbose on request.
var comparisonWriters = map[string]func(io.Writer, reporters.Comparison, bool) error{
	"table": writeComparison,
	"json": func(w io.Writer, c reporters.Comparison, _ bool) error {
		return reporters.WriteComparisonJSON(w, c)
	},
	"markdown": func(w io.Writer, c reporters.Comparison, _ bool) error {
		return reporters.WriteComparisonMarkdown(w, c)
	},
}

func writeComparison(w io.Writer, c reporters.Comparison, verbose bool) error {
	options := reporters.Terminal(w)
	options.Verbose = verbose
	return reporters.WriteComparisonConsole(w, c, options)
}
