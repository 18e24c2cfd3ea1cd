package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/progress"
	"github.com/smart-conformance/smartcheck/internal/target"
	"github.com/smart-conformance/smartcheck/suites"
)

// showProgress shows on standard error how far a run of these checks is, until the returned value is finished.
func showProgress(cmd *cobra.Command, selected []checks.Check, options *suites.Options) *progress.Shown {
	board := progress.NewBoard(selected, time.Now)
	shown := progress.Show(cmd.Context(), cmd.ErrOrStderr(), board)
	options.Progress, options.Judged = board.Probe, board.Judged
	options.Asked = func(user string) { shown.Say(asked(target.UserRole(user))) }
	return shown
}

// asked says what the person at the terminal has to do in the browser.
func asked(role target.UserRole) string {
	return fmt.Sprintf("sign in as the %s in the browser window, up to the app; smartcheck goes on by itself", role)
}
