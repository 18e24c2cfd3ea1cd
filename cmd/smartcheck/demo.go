package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
)

func newDemo() *cobra.Command {
	var o outputs
	var s selection
	var w window
	var fault, spec string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run every suite against the embedded reference EHR",
		Example: `  smartcheck demo
  smartcheck demo --spec 1.0.0
  smartcheck demo --fault code-reusable`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(o.check(), w.check()); err != nil {
				return err
			}
			if _, err := browser.Find(); err != nil {
				return fail(2, "%w", err)
			}
			spec, err := s.profile.load(cmd, spec, string(checks.V2_2_0))
			if err != nil {
				return err
			}
			server, err := startSandbox(cmd, fault, spec)
			if err != nil {
				return err
			}
			defer server.Close()
			return runSuites(cmd, server.Target(fault), s, w, o)
		},
	}
	cmd.Flags().StringVar(&fault, "fault", "", "give the reference EHR this fault (see smartcheck selftest)")
	cmd.Flags().StringVar(&spec, "spec", "", "run the reference EHR as, and judge it by, this version of SMART App Launch: 1.0.0, 2.0.0 or 2.2.0")
	s.addFlags(cmd)
	w.addFlags(cmd, false)
	o.addFlags(cmd, "reports")
	o.addVerdictFlags(cmd)
	o.addEvidenceFlag(cmd)
	return cmd
}

// startSandbox starts the reference EHR, after checking that the fault and the version exist.
func startSandbox(cmd *cobra.Command, fault, spec string) (*sandbox.Sandbox, error) {
	if fault != "" {
		if _, err := faultsNamed([]string{fault}); err != nil {
			return nil, err
		}
	}
	if err := checkSpec(spec); err != nil {
		return nil, err
	}
	server, err := sandbox.Start(cmd.Context(), spec)
	if err != nil {
		return nil, fail(3, "the reference EHR does not start: %w", err)
	}
	return server, nil
}
