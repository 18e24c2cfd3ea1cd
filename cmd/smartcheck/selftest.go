package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/selftest"
)

func newSelftest() *cobra.Command {
	var format string
	var named []string
	var every bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that each check can fail: run the matrix of faults",
		Long: `Runs every check against the fault-free reference EHR, in each version of SMART App Launch that a chosen
fault needs, and then, for each fault, the checks that must
catch it together with those that judge the same evidence. Exits 0 when every fault is caught and nothing
is red without a fault, and 1 otherwise.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "table" && format != "json" {
				return fail(2, "there is no format %q; formats are table and json", format)
			}
			chosen, err := faultsNamed(named)
			if err != nil {
				return err
			}
			if _, err := browser.Find(); err != nil {
				return fail(2, "%w", err)
			}
			return runSelftest(cmd, chosen, every, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "what standard output gets: table or json")
	cmd.Flags().StringSliceVar(&named, "fault", nil, "only these faults")
	cmd.Flags().BoolVar(&every, "every-check", false, "run every check against every fault; takes much longer")
	return cmd
}

// faultsNamed returns the faults with these ids, or all for none.
func faultsNamed(ids []string) ([]faults.Fault, error) {
	if len(ids) == 0 {
		return faults.All(), nil
	}
	var all []string
	for _, f := range faults.All() {
		all = append(all, f.ID)
	}
	var chosen []faults.Fault
	for _, id := range ids {
		f, ok := faults.Lookup(id)
		if !ok {
			return nil, fail(2, "there is no fault %q; %s", id, nearestOr(id, all, `"smartcheck explain CHECK" names the faults that a check catches`))
		}
		chosen = append(chosen, f)
	}
	return chosen, nil
}

func runSelftest(cmd *cobra.Command, chosen []faults.Fault, every bool, format string) error {
	matrix, err := selftest.Run(cmd.Context(), chosen, selftest.Options{
		EveryCheck: every,
		Progress:   func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) },
	})
	if err != nil {
		return fail(3, "%w", err)
	}
	if err := printMatrix(cmd.OutOrStdout(), matrix, format); err != nil {
		return fail(2, "cannot write to standard output: %w", err)
	}
	if !matrix.Proven() {
		return exitError{code: 1}
	}
	return nil
}

func printMatrix(w io.Writer, m selftest.Matrix, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(m)
	}
	for _, row := range m.Faults {
		mark := "caught"
		if len(row.Missed) > 0 {
			mark = "MISSED"
		}
		if _, err := fmt.Fprintf(w, "%-6s  %-34s  %s\n", mark, row.ID, row.Summary); err != nil {
			return err
		}
		for _, line := range []struct {
			label string
			ids   []string
		}{{"by", row.Caught}, {"missed by", row.Missed}, {"also red", row.Others}} {
			if len(line.ids) > 0 {
				fmt.Fprintf(w, "        %-10s %s\n", line.label, strings.Join(line.ids, ", "))
			}
		}
	}
	caught := 0
	for _, row := range m.Faults {
		if len(row.Missed) == 0 {
			caught++
		}
	}
	fmt.Fprintf(w, "\n%d of %d faults caught; %d checks red without a fault", caught, len(m.Faults), len(m.Clean.Failed))
	if len(m.Clean.Failed) > 0 {
		fmt.Fprintf(w, ": %s", strings.Join(m.Clean.Failed, ", "))
	}
	_, err := fmt.Fprintln(w)
	return err
}
