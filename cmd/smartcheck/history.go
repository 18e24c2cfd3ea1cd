package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/history"
	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/reporters"
)

func newHistory() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Keep the results of many runs, and tell what failed when",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHistoryAdd(), newHistoryShow(), newHistoryHTML())
	return cmd
}

func databaseFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "db", "history.db", "the `file` of the history, a SQLite database")
}

func newHistoryAdd() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "add RESULTS...",
		Short: "Add records of runs to the history",
		Long: `Adds the records of runs, results.json, to a history, which is made when there is none; - is standard input. Either all
are added or none. A run that is there already is left alone, so that a job may be repeated. Several jobs may add to one
file at the same time.`,
		Example: `  smartcheck history add reports/results.json
  smartcheck history add nightly/*.json --db nightly.db`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs := make([]reporters.Results, len(args))
			for i, name := range args {
				var err error
				if runs[i], err = readResults(cmd, name); err != nil {
					return err
				}
				runs[i].Exchanges, runs[i].Journeys = nil, nil // by far the most of a record, and not kept
			}
			added, err := addRuns(cmd.Context(), path, runs)
			if err != nil {
				return fail(2, "%w", err)
			}
			for i, r := range runs {
				what := "added"
				if !added[i] {
					what = "already there"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: the run of %s against %s, %s\n", what,
					r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), reporters.OneLine(r.Target.Identity()), r.Verdict())
			}
			return nil
		},
	}
	databaseFlag(cmd, &path)
	return cmd
}

func addRuns(ctx context.Context, path string, runs []reporters.Results) ([]bool, error) {
	db, err := history.Create(ctx, path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return db.Add(ctx, runs)
}

func newHistoryShow() *cobra.Command {
	var path, format string
	var want history.Filter
	var last int
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the counts of the last runs, and what is new, fixed, flapping or broken",
		Example: `  smartcheck history show --target https://ehr.example.org/fhir
  smartcheck history show --check token.code-single-use --last 30`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if last < 1 {
				return fail(2, "--last %d shows nothing; name at least 1", last)
			}
			lines, err := linesOf(cmd.Context(), path, want)
			if err != nil {
				return err
			}
			return inFormat(cmd.OutOrStdout(), format, history.DocumentOf(lines, last), func(w io.Writer) error {
				return history.WriteTable(w, lines, last, want.Check != "")
			})
		},
	}
	databaseFlag(cmd, &path)
	filterFlags(cmd, &want)
	cmd.Flags().StringVar(&format, "format", "table", "`table` for people or json for machines")
	cmd.Flags().IntVar(&last, "last", 10, "how many runs of each target to show; what is said of a check is by all of them")
	return cmd
}

func filterFlags(cmd *cobra.Command, want *history.Filter) {
	cmd.Flags().StringVar(&want.Target, "target", "", "only the target with this name or FHIR base URL")
	cmd.Flags().StringVar(&want.Check, "check", "", "only this check")
}

func newHistoryHTML() *cobra.Command {
	var path, file, lang string
	var want history.Filter
	cmd := &cobra.Command{
		Use:     "html",
		Short:   "Write the history as one HTML file",
		Example: `  smartcheck history html -o history.html`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			language, err := locale.Parse(lang)
			if err != nil {
				return fail(2, "--lang: %w", err)
			}
			lines, err := linesOf(cmd.Context(), path, want)
			if err != nil {
				return err
			}
			write := func(w io.Writer) error { return history.WriteHTML(w, lines, language) }
			if file == "-" {
				err = write(cmd.OutOrStdout())
			} else {
				err = writeFile(file, write)
			}
			if err != nil {
				return fail(2, "cannot write the page: %w; name another file with -o", err)
			}
			return nil
		},
	}
	databaseFlag(cmd, &path)
	filterFlags(cmd, &want)
	cmd.Flags().StringVarP(&file, "output", "o", "history.html", "the `file` to write; - is standard output")
	cmd.Flags().StringVar(&lang, "lang", "en", "language of the page: en or zh-Hant")
	return cmd
}

// linesOf reads that part of a history. Nothing to show is a mistake in the flags.
func linesOf(ctx context.Context, path string, want history.Filter) ([]history.Line, error) {
	db, err := history.Open(ctx, path)
	if err != nil {
		return nil, fail(2, "%w", err)
	}
	defer db.Close()
	lines, err := db.Lines(ctx, want)
	if err != nil {
		return nil, fail(2, "%w", err)
	}
	if len(lines) == 0 {
		return nil, noSuchTarget(ctx, db, want.Target)
	}
	if want.Check != "" && !slices.ContainsFunc(lines, func(l history.Line) bool { return len(l.Checks) > 0 }) {
		return nil, fail(2, "no run in the history has the check %q", want.Check)
	}
	return lines, nil
}

func noSuchTarget(ctx context.Context, db *history.Database, name string) error {
	all, err := db.Lines(ctx, history.Filter{})
	if err != nil {
		return fail(2, "%w", err)
	}
	if len(all) == 0 {
		return fail(2, "the history is empty; add results with: smartcheck history add RESULTS")
	}
	var targets []string
	for _, l := range all {
		targets = append(targets, reporters.OneLine(l.Target))
	}
	return fail(2, "the history has no run against %q; it has runs against: %s", name, strings.Join(slices.Compact(targets), ", "))
}
