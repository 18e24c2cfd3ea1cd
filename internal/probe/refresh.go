package probe

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Refresh lists the probes that refresh a grant.
func Refresh() []Probe {
	return []Probe{
		of(evidence.RefreshIssuedKind, refreshIssued),
		of(evidence.RefreshChainKind, refreshChain),
		of(evidence.RefreshClientKind, refreshClient),
		of(evidence.RefreshStayKind, refreshStay),
	}
}

// The scopes that ask for a refresh token.
const (
	offlineAccess = "offline_access"
	onlineAccess  = "online_access"
)

// launched are the clients that a user launches, in the order in which they are tried.
var launched = []target.ClientKind{target.Public, target.Symmetric, target.Asymmetric}

// accessScope returns the scope that asks for a refresh token at this server; "" when it claims neither kind
// of access, and the scopes of the target file have to do.
func accessScope(m session.Metadata) string {
	switch {
	case m.Claims("permission-offline"):
		return offlineAccess
	case m.Claims("permission-online"):
		return onlineAccess
	}
	return ""
}

// withAccess returns the scopes with the given kind of access and no other.
func withAccess(scopes []string, access string) []string {
	if access == "" {
		return scopes
	}
	others := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == offlineAccess || s == onlineAccess })
	return append(others, access)
}

// usualScopes are what a launch asks for by itself.
func usualScopes(s *session.Session, launch evidence.Launch) []string {
	return s.Config.LaunchScopes(target.UserRole(launch.User), target.LaunchMode(launch.Mode), target.ClientKind(launch.Client))
}

// refreshRequest is the request of a launch for its usual scopes and a refresh token.
func refreshRequest(s *session.Session, m session.Metadata, launch evidence.Launch) session.Request {
	usual := usualScopes(s, launch)
	access := accessScope(m)
	if access == "" || slices.Contains(usual, access) {
		return session.Request{Launch: launch} // which is made for others, too
	}
	return session.Request{Launch: launch, Scopes: withAccess(usual, access)}
}

// refreshIssued makes one launch with each kind of client and asks for a refresh token.
func refreshIssued(ctx context.Context, s *session.Session) (evidence.Grants, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.Grants{}, err
	}
	var launches []evidence.Launch
	for _, kind := range launched {
		if launch, err := s.AnyLaunch(kind); err == nil {
			launches = append(launches, launch)
		}
	}
	if len(launches) == 0 {
		_, err := s.AnyLaunch()
		return evidence.Grants{}, err
	}
	grants, err := each(launches, func(l evidence.Launch) (evidence.Grant, error) {
		grant, err := s.SharedGrant(ctx, refreshRequest(s, m, l))
		return grant.Evidence, err
	})
	return evidence.Grants{Grants: grants}, err
}

// refreshable returns a request that was seen to bring a refresh token, of the first client that gets one.
func refreshable(ctx context.Context, s *session.Session, name string, kinds ...target.ClientKind) (session.Request, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return session.Request{}, err
	}
	var failed, without error
	for _, kind := range kinds {
		launch, err := s.AnyLaunch(kind)
		if err != nil {
			continue // the target file lacks the client
		}
		request := refreshRequest(s, m, launch)
		grant, err := s.SharedGrant(ctx, request)
		if err == nil && grant.Evidence.Worked() && grant.Tokens.Refresh == "" {
			without = unavailable("no refresh token was issued, though the launches asked for one: " + grant.Evidence.Scope)
			request.Set = consentPrompt
			grant, err = s.FreshGrant(ctx, s.Scope(name+".prompt"), request)
		}
		switch {
		case err == nil && grant.Tokens.Refresh != "":
			return request, nil
		case err != nil && failed == nil:
			failed = err
		case failed == nil && !grant.Evidence.Worked():
			failed = fmt.Errorf("no grant to refresh: after a correct %s launch %s", launch, grant.Evidence.Describe())
		}
	}
	switch {
	case ctx.Err() != nil:
		return session.Request{}, ctx.Err()
	case without != nil:
		return session.Request{}, without
	case failed != nil:
		return session.Request{}, failed
	}
	_, err = s.AnyLaunch(kinds...)
	return session.Request{}, err
}

// consentPrompt asks for a consent page. Without it, some OpenID providers ignore offline_access (OpenID Connect
// Core section 11).
var consentPrompt = url.Values{"prompt": {"consent"}}

// refresher refreshes one grant, always with its newest refresh token.
type refresher struct {
	ctx     context.Context
	session *session.Session
	scope   *record.Scope
	grant   session.Grant
	tokens  session.Tokens // the newest
}

// refresh refreshes the grant for scopes, or for all of it when there are none.
func (r *refresher) refresh(scopes ...string) (evidence.TokenResponse, error) {
	request, err := r.session.RefreshRequest(r.grant.Answer, r.tokens.Refresh, scopes...)
	if err != nil {
		return evidence.TokenResponse{}, err
	}
	return r.send(request)
}

// send sends a refresh request and keeps the tokens that it brings.
func (r *refresher) send(request session.TokenRequest) (evidence.TokenResponse, error) {
	response, tokens, err := r.session.Send(r.ctx, r.scope, r.grant.Answer.Metadata, request)
	if err != nil || !response.Issued() {
		return response, err
	}
	if tokens.Refresh == "" {
		tokens.Refresh = r.tokens.Refresh // the old one stays in force (RFC 6749 section 6)
	}
	r.tokens = tokens
	return response, nil
}

// start makes a new grant of the launch.
func (r *refresher) start(request session.Request) error {
	request.Fresh = true // reuse of a refresh token ends the grant
	grant, err := r.session.FreshGrant(r.ctx, r.scope, request)
	if err == nil && grant.Tokens.Refresh == "" {
		err = fmt.Errorf("no refresh token this time: %s", grant.Evidence.Describe())
	}
	r.grant, r.tokens = grant, grant.Tokens
	return err
}

// renew makes sure that the refresh token in hand is good: the server has just issued it for the one before.
// A grant that the server has ended is replaced by another.
func (r *refresher) renew(request session.Request) error {
	if r.tokens.Refresh != "" {
		if response, err := r.refresh(); err != nil || response.Issued() {
			return err
		}
	}
	if err := r.start(request); err != nil {
		return err
	}
	response, err := r.refresh()
	if err == nil && !response.Issued() {
		err = fmt.Errorf("a refusal would prove nothing: a correct refresh was answered with %s as well", response.Describe())
	}
	return err
}

// refreshClient tries to refresh a grant without being its client. Before each attempt the client itself
// refreshes it, which must succeed.
func refreshClient(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	var e evidence.Redemptions
	request, err := refreshable(ctx, s, evidence.RefreshClientKind.Name(), target.Symmetric, target.Asymmetric, target.Public)
	if err != nil {
		return e, err
	}
	attempts, err := clientAttempts(ctx, s, request.Launch)
	if err != nil {
		return e, err
	}
	r := refresher{ctx: ctx, session: s, scope: s.Scope(evidence.RefreshClientKind.Name())}
	for _, a := range attempts {
		if err := r.renew(request); err != nil {
			return e, err
		}
		refresh, err := s.RefreshRequest(r.grant.Answer, r.tokens.Refresh)
		if err != nil {
			return e, err
		}
		if err := a.alter(ctx, s, r.grant.Answer, &refresh); err != nil {
			return e, err
		}
		response, err := r.send(refresh)
		if err != nil {
			return e, err
		}
		e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: a.name, Token: response})
	}
	return e, nil
}

// clientAttempts are the refreshes to try with a grant of the launch: as another client, if the target has
// one, and where the client is confidential, without its credentials or with wrong ones.
func clientAttempts(ctx context.Context, s *session.Session, launch evidence.Launch) ([]attempt, error) {
	var attempts []attempt
	other, err := secondLaunch(ctx, s, launch)
	if err != nil {
		return nil, err
	}
	if other != launch {
		attempts = append(attempts, attempt{evidence.RefreshOtherClient, func(_ context.Context, s *session.Session, a session.Answer, r *session.TokenRequest) error {
			r.Anonymize()
			return s.Authenticate(r, target.ClientKind(other.Client), a.Metadata)
		}})
	}
	switch target.ClientKind(launch.Client) {
	case target.Public:
		if len(attempts) == 0 {
			return nil, unavailable("the target file has one client only, and that is public")
		}
		return attempts, nil
	case target.Symmetric:
		attempts = append(attempts, attempt{evidence.RefreshWrongKey, wrongSecret})
	default:
		attempts = append(attempts, attempt{evidence.RefreshWrongKey, strangeAssertion})
	}
	return append(attempts,
		attempt{evidence.RefreshIDAlone, func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
			r.Anonymize()
			r.Form.Set("client_id", a.Client.ID)
			return nil
		}},
		attempt{evidence.RefreshNobody, func(_ context.Context, _ *session.Session, _ session.Answer, r *session.TokenRequest) error {
			r.Anonymize()
			return nil
		}},
	), nil
}

// secondLaunch returns the launch with another client, which was seen to get tokens of its own; the same
// launch when there is no other client.
func secondLaunch(ctx context.Context, s *session.Session, launch evidence.Launch) (evidence.Launch, error) {
	for _, kind := range launched {
		other, err := s.AnyLaunch(kind)
		if err == nil && other.Client != launch.Client {
			return other, tokenControl(ctx, s, other)
		}
	}
	return launch, nil
}

// strangeAssertion replaces the client assertion by one that a key signed which nobody registered.
func strangeAssertion(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
	key, err := a.Client.SigningKey()
	if err != nil {
		return fmt.Errorf("the key of client %s %w", a.Client.ID, err)
	}
	signed, err := unregisteredKey(oauth.NewAssertion(a.Client.ID, a.Metadata.TokenEndpoint, time.Now()), key)
	if err != nil {
		return err
	}
	r.Form.Set("client_assertion", signed)
	return nil
}
