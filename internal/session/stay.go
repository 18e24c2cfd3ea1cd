package session

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Stay is a browser of its own in which a user signs in, and which stays open while a probe uses what was
// granted there.
type Stay struct {
	session *Session
	scope   *record.Scope
	role    target.UserRole
	person  *visitor
	last    Grant
}

// Stay opens a browser that nobody has signed in with and calls during. Then the browser is closed, and the
// cookies of the user are gone with it. A user whose one session a person began keeps that browser.
func (s *Session) Stay(ctx context.Context, scope *record.Scope, launch evidence.Launch, during func(*Stay) error) error {
	if err := s.present(ctx, launch); err != nil {
		return err
	}
	role := target.UserRole(launch.User)
	person, err := s.meet(ctx, role, true)
	if err != nil {
		return err
	}
	defer func() { s.part(role, person, person.lone) }()
	return during(&Stay{session: s, scope: scope, role: role, person: person})
}

// Alone reports whether the browser holds the only session of the user, which the whole run needs.
func (b *Stay) Alone() bool { return b.person.lone }

// Grant makes a grant in the browser.
func (b *Stay) Grant(ctx context.Context, r Request) (Grant, error) {
	a, err := b.session.prepare(ctx, r)
	if err != nil {
		return Grant{}, err
	}
	if _, err := b.session.authorizeIn(ctx, b.scope, b.person, &a); err != nil {
		return Grant{}, err
	}
	b.last, err = b.session.redeem(ctx, b.scope, a)
	return b.last, err
}

// SignOut signs the user of the last grant out: at the page that the target file names, or by asking the
// server to (OpenID Connect RP-Initiated Logout 1.0, section 2). An Unavailable error says that there is no
// way to. Whether the user is signed out, SignedIn tells.
func (b *Stay) SignOut(ctx context.Context) (exchanges []string, err error) {
	address, err := b.session.signOutPage(ctx, b.last)
	if err != nil {
		return nil, err
	}
	trace, err := b.person.Run(ctx, browser.Journey{
		Start: address, Driver: browser.Driver{SignOut: true}, Trap: []string{b.last.Answer.RedirectURI},
		Timeout: b.session.Config.Timeouts.Journey, Patience: b.session.Config.Timeouts.Page,
	})
	var stuck *browser.StuckError
	if err != nil && !errors.As(err, &stuck) {
		return nil, fmt.Errorf("the browser could not open %s to sign out: %w", b.session.Recorder.Redact(address), err)
	}
	b.person.visited(trace)
	var e evidence.Authorization
	b.session.describe(&e, b.scope, trace)
	return e.Exchanges, ctx.Err()
}

// signOutPage returns where the browser is sent to sign the user of the grant out.
func (s *Session) signOutPage(ctx context.Context, g Grant) (string, error) {
	if page := s.Config.Login.SignOut; page != "" {
		return page, nil
	}
	m := g.Answer.Metadata
	if m.Issuer == "" {
		return "", Unavailable{"the target file has no login.signOut, and the server names no issuer whose OpenID configuration could name an end_session_endpoint"}
	}
	var published struct {
		EndSession string `json:"end_session_endpoint"`
	}
	source := strings.TrimRight(m.Issuer, "/") + "/.well-known/openid-configuration"
	if err := s.getJSON(ctx, "session.openid-configuration", source, &published); err != nil && ctx.Err() != nil {
		return "", err
	}
	endpoint, err := url.Parse(published.EndSession)
	if err != nil || published.EndSession == "" {
		return "", Unavailable{"the target file has no login.signOut, and the OpenID configuration has no end_session_endpoint"}
	}
	if err := s.mayVisit(ctx, published.EndSession); err != nil {
		return "", Unavailable{fmt.Sprintf("end_session_endpoint %.200q is not opened in the browser: %v", published.EndSession, err)}
	}
	query := endpoint.Query()
	query.Set("client_id", g.Answer.Client.ID)
	if g.Tokens.ID != "" {
		query.Set("id_token_hint", g.Tokens.ID)
	}
	endpoint.RawQuery = query.Encode()
	return endpoint.String(), nil
}

// SignedIn makes one more authorization request, which the user does not sign in for, and reports whether the
// server went on without asking who the user is. It is an error when neither was seen.
func (b *Stay) SignedIn(ctx context.Context, r Request) (bool, error) {
	a, err := b.session.prepare(ctx, r)
	if err != nil {
		return false, err
	}
	a.stranger = true
	if _, err := b.session.authorizeIn(ctx, b.scope, b.person, &a); err != nil {
		return false, err
	}
	switch {
	case slices.ContainsFunc(a.Evidence.Pages, func(p evidence.Page) bool { return p.Kind == browser.KindSignIn }):
		return false, nil
	case a.Evidence.Outcome == evidence.GotCode:
		return true, nil
	}
	return false, fmt.Errorf("nothing shows whether the user is signed out: another authorization request ended with %s", a.Evidence.Describe())
}
