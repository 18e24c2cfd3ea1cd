package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/reference"
)

// newRequirements makes the command that tells how far the requirements are verified.
func newRequirements() *cobra.Command {
	var format, area string
	cmd := &cobra.Command{
		Use:   "requirements",
		Short: "Tell which requirements are verified",
		Long: "Count the requirements of each area and level that are covered by a check, that are not yet, and that\n" +
			"cannot be observed from outside. With --area, list those of one area as well.",
		Example: `  smartcheck requirements --area token
  smartcheck requirements --format json | jq '.[] | select(.status == "not-yet")'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known := reference.Everything()
			if err := knownArea(known, area); err != nil {
				return err
			}
			coverage := known.Coverage(area)
			return inFormat(cmd.OutOrStdout(), format, coverage, func(w io.Writer) error {
				if err := printCounts(w, coverage); err != nil || area == "" {
					return err
				}
				return printCoverage(w, coverage)
			})
		},
	}
	catalogueFlags(cmd, &format, &area)
	return cmd
}

func printCounts(w io.Writer, coverage []reference.Requirement) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "AREA\tLEVEL\tCOVERED\tNOT YET\tNOT OBSERVABLE")
	for _, c := range reference.Counts(coverage) {
		printCount(table, c.Area, string(c.Level), c.ByStatus)
	}
	printCount(table, "all", "", reference.Totals(coverage))
	return table.Flush()
}

func printCount(w io.Writer, area, level string, byStatus map[reference.Status]int) {
	fmt.Fprintf(w, "%s\t%s", area, level)
	for _, status := range reference.Statuses {
		fmt.Fprintf(w, "\t%d", byStatus[status])
	}
	fmt.Fprintln(w)
}

func printCoverage(w io.Writer, coverage []reference.Requirement) error {
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "REQUIREMENT\tLEVEL\tSTATUS\tCHECKS OR REASON")
	for _, q := range coverage {
		why := q.Reason
		if q.Status == reference.Covered {
			why = strings.Join(q.Checks, ", ")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", q.ID, q.Level, q.Status, why)
	}
	return table.Flush()
}
