package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// door lets the first journey of a user go alone until it has passed the sign-in. A password that the
// server refuses is thereby sent once in a run, and locks no account.
type door struct {
	mu    sync.Mutex
	users map[target.UserRole]*admission
}

// admission is what is known of the sign-in of one user.
type admission struct {
	turn    chan struct{} // holds a token while somebody goes alone
	passed  chan struct{} // closed when a sign-in was passed
	refused error         // set while the turn is held
}

func (d *door) of(role target.UserRole) *admission {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.users == nil {
		d.users = map[target.UserRole]*admission{}
	}
	if d.users[role] == nil {
		d.users[role] = &admission{turn: make(chan struct{}, 1), passed: make(chan struct{})}
	}
	return d.users[role]
}

// journey makes a journey of the user, alone as long as nobody has passed the sign-in. It makes none
// after a sign-in was refused.
func (s *Session) journey(ctx context.Context, role target.UserRole, person *visitor, j browser.Journey) (browser.Trace, error) {
	j.Thumbnails = s.Pictured
	a := s.door.of(role)
	select {
	case <-a.passed:
		return person.Run(ctx, j)
	default:
	}
	select {
	case <-a.passed:
		return person.Run(ctx, j)
	case <-ctx.Done():
		return browser.Trace{}, ctx.Err()
	case a.turn <- struct{}{}:
	}
	defer func() { <-a.turn }()
	if a.refused != nil {
		return browser.Trace{}, fmt.Errorf("the %s is not signed in again, since the server has refused the sign-in before: %w", role, a.refused)
	}
	trace, err := person.Run(ctx, j)
	switch {
	case errors.Is(err, browser.ErrSignInRefused):
		a.refused = err
	case trace.Outcome == browser.Landed || signedIn(trace):
		a.pass()
	}
	return trace, err
}

// pass lets everybody else in. It is called with the turn held.
func (a *admission) pass() {
	select {
	case <-a.passed:
	default:
		close(a.passed)
	}
}

// signedIn reports whether another page followed a sign-in page.
func signedIn(trace browser.Trace) bool {
	i := slices.IndexFunc(trace.Pages, func(p browser.Page) bool { return p.Kind == browser.KindSignIn })
	return i >= 0 && trace.Pages[len(trace.Pages)-1].Kind != browser.KindSignIn && trace.Outcome != browser.Stuck
}
