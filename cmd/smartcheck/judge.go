package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/bundle"
)

func newJudge() *cobra.Command {
	var o outputs
	var expectations string
	cmd := &cobra.Command{
		Use:   "judge EVIDENCE",
		Short: "Judge the evidence of a run again, without the server and without a network",
		Long: `Reads an evidence bundle, which run --evidence wrote, verifies the hash of every file in it, and judges it by
the checks of this smartcheck. The smartcheck that made the bundle comes to the findings of the run, byte for
byte; a newer one judges with the checks of today, and says which of them the bundle lacks evidence for. These
are skipped.

Strictness, profile and expectations are those of the run, and an expectation ends by the day of the run, unless
--strict or --expectations says otherwise.`,
		Example: `  smartcheck run --evidence evidence.zip
  smartcheck judge evidence.zip
  smartcheck judge evidence.zip --format json > results.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			b, err := readBundle(args[0])
			if err != nil {
				return err
			}
			known := b.Manifest.Expectations
			if expectations != "" {
				if known, err = knownOutcomes(cmd.ErrOrStderr(), expectations); err != nil {
					return err
				}
			}
			b.Manifest.Strict = b.Manifest.Strict || o.strict
			results, lacking := b.Judge(tool())
			tellLacking(cmd, b, lacking)
			o.known, o.today = known, b.Manifest.Today()
			return o.write(cmd, results, func(name string) []byte { return b.Pictures[name] })
		},
	}
	cmd.Flags().StringVar(&expectations, "expectations", "", "a file of known outcomes, instead of those of the run")
	o.addFlags(cmd, "")
	o.addVerdictFlags(cmd)
	return cmd
}

func readBundle(name string) (bundle.Bundle, error) {
	file, err := os.Open(name)
	if err != nil {
		return bundle.Bundle{}, fail(2, "cannot read the evidence: %w", err)
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return bundle.Bundle{}, fail(2, "cannot read the evidence: %w", err)
	}
	b, err := bundle.Read(file, stat.Size())
	if err != nil {
		return b, fail(2, "%s: %w", name, err)
	}
	return b, nil
}

// tellLacking says on standard error which checks lacked evidence, and which are no more.
func tellLacking(cmd *cobra.Command, b bundle.Bundle, lacking []bundle.Lacking) {
	var reasons []string
	byReason := map[string][]string{}
	for _, l := range lacking {
		if byReason[l.Why] == nil {
			reasons = append(reasons, l.Why)
		}
		byReason[l.Why] = append(byReason[l.Why], l.Check)
	}
	for _, why := range reasons {
		fmt.Fprintf(cmd.ErrOrStderr(), "smartcheck: not judged for lack of evidence: %s: %.300q\n", strings.Join(byReason[why], ", "), why)
	}
	if gone := b.Gone(); len(gone) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "smartcheck: %d checks of the run are not known here: %.300q\n", len(gone), gone)
	}
}
