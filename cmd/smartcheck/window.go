package main

import (
	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/suites"
)

// window says whether the browser is shown, whether a person signs in there, and what is pictured of it.
type window struct{ headed, manual, pictured bool }

func (w *window) addFlags(cmd *cobra.Command, manual bool) {
	cmd.Flags().BoolVar(&w.headed, "headed", false, "show the browser")
	cmd.Flags().BoolVar(&w.pictured, "pictures", false, "take a picture of every page, and not only where a journey ends astray; takes longer")
	if manual {
		cmd.Flags().BoolVar(&w.manual, "manual", false, "let a person sign in, in a browser that is shown; saves the session where login.session of the target file says")
	}
}

// check refuses to show a browser where nothing can be shown, or no browser could.
func (w window) check() error {
	if !w.headed && !w.manual {
		return nil
	}
	if err := browser.Display(); err != nil {
		return fail(2, "%w", err)
	}
	if _, err := browser.FindHeaded(); err != nil {
		return fail(2, "%w", err)
	}
	return nil
}

// apply puts what was asked for into the options of a suite.
func (w window) apply(o *suites.Options) {
	o.Headed, o.Manual, o.Pictured = w.headed, w.manual, w.pictured
}
