package browser

import (
	"errors"
	"fmt"
)

// The reasons for which a trip gets stuck. Run wraps them in a *StuckError; errors.Is finds them.
var (
	ErrBrowserGone    = errors.New("the browser is gone")
	ErrTimeout        = errors.New("the trip took too long")
	ErrRedirectLoop   = errors.New("the server redirects endlessly")
	ErrNavigationLoop = errors.New("the pages navigate endlessly")
	ErrTabCrashed     = errors.New("the tab crashed")
	ErrTabClosed      = errors.New("the page closed its tab")
	ErrHTTPAuth       = errors.New("the server asks for HTTP authentication")
	ErrDownload       = errors.New("the server answered with a download")
	ErrUnreachable    = errors.New("the page could not be loaded")
	ErrForeignScheme  = errors.New("the page opens an application")
	ErrNoCredentials  = errors.New("the page asks for credentials that are not configured")
	ErrPersonNeeded   = errors.New("the page needs a person")
	ErrSignInRefused  = errors.New("sign-in refused")
	ErrNoChoice       = errors.New("the page does not offer the configured choice")
	ErrNotUnderstood  = errors.New("the page was not understood")
	ErrNoReaction     = errors.New("the page did not react")
)

// StuckError says why a trip could not go on, and where. It is never a verdict on the server.
type StuckError struct {
	Err    error  // one of the reasons above
	URL    string // the page on which it happened
	Detail string // what was seen, and what to do about it
}

func (e *StuckError) Error() string {
	s := e.Err.Error()
	if e.URL != "" {
		s = fmt.Sprintf("%s at %s", s, e.URL)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

func (e *StuckError) Unwrap() error { return e.Err }
