package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan makes the command that writes the manual pages of a release. Their date is that of SOURCE_DATE_EPOCH
// when it is set (https://reproducible-builds.org/specs/source-date-epoch/), so that a release can be made again.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIRECTORY",
		Short:  "Write the manual pages of smartcheck and its subcommands",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fail(2, "cannot make the directory for manual pages: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Section: "1", Source: "smartcheck", Manual: "smartcheck"}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return fail(2, "cannot write the manual pages: %w", err)
			}
			return nil
		},
	}
}
