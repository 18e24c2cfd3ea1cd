package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/target"
	"github.com/smart-conformance/smartcheck/suites"
)

func newRun() *cobra.Command {
	var o outputs
	var s selection
	var w window
	var file, spec, expectations string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the suites against the server of a target file",
		Example: `  smartcheck run -c smartcheck.yaml
  smartcheck run --suite discovery --suite tls
  smartcheck run --check token.code-single-use --format json
  smartcheck run --profile onc-g10
  smartcheck run --manual`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(o.check(), w.check()); err != nil {
				return err
			}
			cfg, err := target.Load(file, os.LookupEnv)
			if err != nil {
				return fail(2, "%w", err)
			}
			if spec, err = s.profile.load(cmd, spec, cfg.Spec); err != nil {
				return err
			}
			if spec != "" {
				cfg = judgedBy(cfg, spec)
				if err := cfg.Validate(); err != nil {
					return fail(2, "--spec: %w", err)
				}
			}
			if o.known, err = knownOutcomes(cmd.ErrOrStderr(), cmp.Or(expectations, cfg.Expectations)); err != nil {
				return err
			}
			return runSuites(cmd, cfg, s, w, o)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "smartcheck.yaml", "the target file")
	cmd.Flags().StringVar(&spec, "spec", "", "judge by this version of SMART App Launch: 1.0.0, 2.0.0 or 2.2.0")
	cmd.Flags().StringVar(&expectations, "expectations", "", "a file of known outcomes, instead of that of the target file")
	s.addFlags(cmd)
	w.addFlags(cmd, true)
	o.addFlags(cmd, "reports")
	o.addVerdictFlags(cmd)
	o.addEvidenceFlag(cmd)
	return cmd
}

// judgedBy returns the target for another version of SMART App Launch. Scopes that are the defaults of the
// version in the file become those of the other.
func judgedBy(cfg target.Config, spec string) target.Config {
	backend, hasBackend := cfg.Clients[target.Backend]
	defaults := target.Config{Spec: cfg.Spec, Data: cfg.Data, Clients: map[target.ClientKind]target.Client{target.Backend: {}}}.WithDefaults()
	cfg.Scopes = maps.Clone(cfg.Scopes)
	maps.DeleteFunc(cfg.Scopes, func(role target.UserRole, scopes []string) bool {
		return slices.Equal(scopes, defaults.Scopes[role])
	})
	if hasBackend && slices.Equal(backend.Scopes, defaults.Clients[target.Backend].Scopes) {
		backend.Scopes = nil
		cfg.Clients = maps.Clone(cfg.Clients)
		cfg.Clients[target.Backend] = backend
	}
	cfg.Spec = spec
	return cfg.WithDefaults()
}

// runSuites runs the selected checks against a target and writes the reports.
func runSuites(cmd *cobra.Command, cfg target.Config, s selection, w window, o outputs) error {
	if err := o.failOn.read(cmd, suites.TargetOf(cfg), s.profile.record(), o.strict); err != nil {
		return err
	}
	selected, err := s.checks()
	if err != nil {
		return err
	}
	expected := suites.Selected(selected, s.labelFilter)
	fmt.Fprintf(cmd.ErrOrStderr(), "%d checks against %s\n", len(expected), cfg.FHIR)
	formatter.ColorableStdOut = io.Discard // Ginkgo's own report; ours is made from the results
	hurry, stop := secondSignal()
	defer stop()
	options := suites.Options{
		Context: cmd.Context(), Hurry: hurry, Checks: selected, Strict: o.strict, Tool: tool(),
		Profile: s.profile.record(),
	}
	w.apply(&options)
	shown := showProgress(cmd, expected, &options)
	suite, err := suites.Run(cfg, options, s.labelFilter)
	shown.Finish()
	if err != nil {
		return fail(2, "%w", err)
	}
	if suite.Interrupted() {
		fmt.Fprintln(cmd.ErrOrStderr(), "smartcheck: the run was interrupted; the reports hold what was judged until then")
	}
	o.today = time.Now()
	unkept := o.writeEvidence(cfg, selected, suite)
	verdict := o.write(cmd, suite.Results(), suite.Picture) // the reports come, even if the evidence cannot be kept
	return cmp.Or(unkept, verdict)
}
