package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/reporters"
)

func newReport() *cobra.Command {
	var o outputs
	cmd := &cobra.Command{
		Use:   "report RESULTS",
		Short: "Make any report from a results.json",
		Long: `Reads the record of a run, results.json, and makes reports from it; - is standard input. The pictures of
pages are taken from the directory evidence beside it.

Exits with 0 when the reports were made, whatever the results say, and with 2 when they were not.`,
		Example: `  smartcheck report reports/results.json --format markdown
  smartcheck report reports/results.json --reports other-reports --lang zh-Hant`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			results, err := readResults(cmd, args[0])
			if err != nil {
				return err
			}
			return o.writeAll(cmd, results, picturesIn(filepath.Join(filepath.Dir(args[0]), pictures)))
		},
	}
	o.addFlags(cmd, "")
	return cmd
}

// readResults reads the results.json with that name; - is standard input.
func readResults(cmd *cobra.Command, name string) (reporters.Results, error) {
	if name == "-" {
		results, err := reporters.Read(cmd.InOrStdin())
		if err != nil {
			return results, fail(2, "standard input: %w", err)
		}
		return results, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return reporters.Results{}, fail(2, "cannot read the results: %w", err)
	}
	defer file.Close()
	results, err := reporters.Read(file)
	if err != nil {
		return results, fail(2, "%s: %w", name, err)
	}
	return results, nil
}
