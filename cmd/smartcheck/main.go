// Command smartcheck tells whether a SMART App Launch server keeps its promises.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/reporters"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(execute(ctx, newRoot()))
}

// execute runs the command and returns the exit code, one of reporters.ExitCodes.
func execute(ctx context.Context, root *cobra.Command) int {
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var exit exitError
	if !errors.As(err, &exit) {
		exit = exitError{code: reporters.CodeMisused, err: err} // cobra's own: an unknown command or flag
	}
	if exit.err != nil && exit.Error() != "" {
		fmt.Fprintln(root.ErrOrStderr(), "smartcheck:", exit)
	}
	return exit.code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "smartcheck",
		Short: "Conformance suite for SMART App Launch servers",
		Long: `smartcheck tells whether a SMART App Launch server keeps its promises: what it says in its discovery
documents, and what it does in real authorization flows, driven in a real browser.

Exit codes: ` + reporters.ExitCodesInShort() + `.`,
		Version:       tool().Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newDemo(), newInit(), newDiscover(), newBrands(), newRun(), newReport(), newJudge(), newDiff(), newHistory(),
		newLogin(), newChecks(), newExplain(), newRequirements(), newProfiles(), newEHR(), newSelftest(), newMan())
	completeValues(root)
	return root
}
