package main

import (
	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/reference"
)

// newExplain makes the command that explains one check or one requirement.
func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a check or a requirement",
		Long: "Explain a check: what it requires and where that is written, how it is observed, which faults of the\n" +
			"reference EHR prove it, and what to do when it fails. Or a requirement: what it says and which checks\n" +
			"verify it.",
		Example: "  smartcheck explain token.code-single-use\n  smartcheck explain rfc6749-4.1.2-code-single-use",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fail(2, "%s takes one id of a check or a requirement, got %d; smartcheck checks lists them", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			known, id := reference.Everything(), args[0]
			found, err := known.Explain(cmd.OutOrStdout(), id)
			switch {
			case err != nil:
				return err
			case found:
				return nil
			}
			if nearest := known.NearestID(id); nearest != "" {
				return fail(2, "no check or requirement %q: did you mean %s?", id, nearest)
			}
			return fail(2, "no check or requirement %q: smartcheck checks and smartcheck requirements --format json list them", id)
		},
	}
}
