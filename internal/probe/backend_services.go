package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// BackendServices lists the probes of backend services. None but that of the public client, whose control is a
// launch, needs a browser.
func BackendServices() []Probe {
	return []Probe{
		of(evidence.BackendTokenKind, backendGrant),
		of(evidence.BackendScopesKind, backendScopes),
		of(evidence.BackendErrorsKind, backendErrors),
		of(evidence.BackendAccessKind, backendAccess),
		of(evidence.BackendBadTokenKind, backendBadTokens),
		of(evidence.BackendExpiredKind, backendExpired),
		of(evidence.BackendPublicKind, publicCredentials),
	}
}

// backend is the backend service of the target at its token endpoint.
type backend struct {
	ctx      context.Context
	session  *session.Session
	scope    *record.Scope
	metadata session.Metadata
	client   target.Client
}

func newBackend(ctx context.Context, s *session.Session, name string) (backend, error) {
	client, ok := s.Config.Client(target.Backend)
	if !ok {
		return backend{}, unavailable("the target file has no clients.backend")
	}
	m, err := s.Metadata(ctx)
	return backend{ctx: ctx, session: s, scope: s.Scope(name), metadata: m, client: client}, err
}

// request returns the correct token request for scopes; without any, one that names none.
func (b backend) request(scopes ...string) (session.TokenRequest, error) {
	r := session.TokenRequest{Method: http.MethodPost, Form: url.Values{"grant_type": {"client_credentials"}}}
	if len(scopes) > 0 {
		r.Form.Set("scope", strings.Join(scopes, " "))
	}
	return r, b.session.Authenticate(&r, target.Backend, b.metadata)
}

func (b backend) ask(scopes ...string) (evidence.TokenResponse, session.Tokens, error) {
	request, err := b.request(scopes...)
	if err != nil {
		return evidence.TokenResponse{}, session.Tokens{}, err
	}
	return b.session.Send(b.ctx, b.scope, b.metadata, request)
}

// token returns a token for scopes. The refusal of a bad request, or of a bad token, proves nothing where there
// is none.
func (b backend) token(scopes ...string) (evidence.TokenResponse, session.Tokens, error) {
	response, tokens, err := b.ask(scopes...)
	if err == nil && !response.Issued() {
		err = fmt.Errorf("clients.backend got no token for %q: a correct request was answered with %s", strings.Join(scopes, " "), response.Describe())
	}
	return response, tokens, err
}

// working returns a token for the usual scopes, with a call that it was seen to allow.
func (b backend) working() (session.Tokens, session.Call, error) {
	_, tokens, err := b.token(b.client.Scopes...)
	if err != nil {
		return tokens, session.Call{}, err
	}
	kind := b.searchable()
	if kind == "" {
		return tokens, session.Call{}, unavailable("no scope of clients.backend searches a type of resource")
	}
	call := session.Call{Name: "a search with the good token", Path: kind + "?_count=1", Token: tokens.Access}
	control, err := b.session.FHIR(b.ctx, b.scope, call)
	if err == nil && control.Status != http.StatusOK {
		err = fmt.Errorf("a refusal would prove nothing: the good token of clients.backend was answered with %d as well", control.Status)
	}
	return tokens, call, err
}

// searchable returns a resource type that the usual scopes search; "" when there is none.
func (b backend) searchable() string {
	for _, s := range scope.Clinical(strings.Join(b.client.Scopes, " ")) {
		switch {
		case s.Query != nil:
		case s.Allows("s", b.session.Config.Data.Resource):
			return b.session.Config.Data.Resource
		case strings.Contains(s.Letters, "s") && s.Resource != "*":
			return s.Resource
		}
	}
	return ""
}

// backendGrant asks for the usual scopes and searches with the token.
func backendGrant(ctx context.Context, s *session.Session) (evidence.BackendToken, error) {
	b, err := newBackend(ctx, s, evidence.BackendTokenKind.Name())
	if err != nil {
		return evidence.BackendToken{}, err
	}
	e := evidence.BackendToken{ClientID: b.client.ID, Scope: strings.Join(b.client.Scopes, " "), Kind: b.searchable()}
	var tokens session.Tokens
	if e.Token, tokens, err = b.ask(b.client.Scopes...); err != nil || !e.Token.Issued() || e.Kind == "" {
		return e, err
	}
	read, err := s.FHIR(ctx, b.scope, session.Call{Name: "a search for " + e.Kind, Path: e.Kind + "?_count=1", Token: tokens.Access})
	e.Read = &read
	return e, err
}

// inventedScope is one that no server can know.
const inventedScope = "smartcheck-invented"

// backendScopes asks for scopes that the client may not have, each time together with those that it may, and for
// none.
func backendScopes(ctx context.Context, s *session.Session) (evidence.BackendScopes, error) {
	var e evidence.BackendScopes
	b, err := newBackend(ctx, s, evidence.BackendScopesKind.Name())
	if err != nil {
		return e, err
	}
	if _, _, err := b.token(b.client.Scopes...); err != nil {
		return e, err
	}
	resource := s.Config.Data.Resource + readLetters(s)
	odd := []struct {
		name   string
		scopes []string
	}{
		{evidence.InventedScope, []string{inventedScope}},
		{evidence.PersonalScopes, []string{"patient/" + resource, "user/" + resource}},
	}
	if len(b.client.Beyond) > 0 {
		odd = append(odd, struct {
			name   string
			scopes []string
		}{evidence.BeyondScope, b.client.Beyond})
	} else {
		e.NoBeyond = "the target file names no scopes that the client is not registered for (clients.backend.beyond)"
	}
	for _, o := range odd {
		if err := b.try(&e, o.name, o.scopes, append(append([]string{}, b.client.Scopes...), o.scopes...)); err != nil {
			return e, err
		}
	}
	return e, b.try(&e, evidence.NoScope, b.client.Beyond, nil)
}

func (b backend) try(e *evidence.BackendScopes, name string, odd, scopes []string) error {
	response, _, err := b.ask(scopes...)
	if err == nil {
		e.Tries = append(e.Tries, evidence.BackendScope{Name: name, Odd: odd, Scope: strings.Join(scopes, " "), Token: response})
	}
	return err
}

// backendForgeries are client assertions that must be refused.
var backendForgeries = []forgery{
	{name: "a signature by an unregistered key", make: unregisteredKey},
	{name: "a payload altered after signing", make: alteredPayload},
	{name: "alg none and no signature", make: unsigned},
	{name: "a kid that nobody registered", make: func(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
		key.KeyID = "smartcheck-unknown"
		return a.Sign(key)
	}},
	{name: "the audience of another server", make: altered(func(a *oauth.Assertion) { a.Audience = "https://as.example.org/token" })},
	{name: "an expiry ten minutes ago", make: altered(func(a *oauth.Assertion) { a.Expiry = time.Now().Add(-10 * time.Minute) })},
}

// backendErrors makes token requests that are bad in one point.
func backendErrors(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	var e evidence.Redemptions
	b, err := newBackend(ctx, s, evidence.BackendErrorsKind.Name())
	if err != nil {
		return e, err
	}
	if _, _, err := b.token(b.client.Scopes...); err != nil {
		return e, err
	}
	for _, a := range b.badRequests() {
		request, err := b.request(b.client.Scopes...)
		if err != nil {
			return e, err
		}
		if err := a.alter(ctx, s, session.Answer{Client: b.client, Metadata: b.metadata}, &request); err != nil {
			return e, err
		}
		response, _, err := s.Send(ctx, b.scope, b.metadata, request)
		if err != nil {
			return e, err
		}
		e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: a.name, Token: response})
	}
	return e, nil
}

func (b backend) badRequests() []attempt {
	with := func(name, parameter, value string) attempt {
		return attempt{name, func(_ context.Context, _ *session.Session, _ session.Answer, r *session.TokenRequest) error {
			r.Form.Set(parameter, value)
			return nil
		}}
	}
	attempts := []attempt{
		with(evidence.UnknownGrantType, "grant_type", "urn:example:smartcheck:invented"),
		with(evidence.InventedAlone, "scope", inventedScope),
		{evidence.NoAssertion, func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
			r.Anonymize()
			r.Form.Set("client_id", a.Client.ID)
			return nil
		}},
	}
	for _, f := range backendForgeries {
		attempts = append(attempts, attempt{f.name, func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
			key, err := a.Client.SigningKey()
			if err != nil {
				return fmt.Errorf("the key of client %s %w", a.Client.ID, err)
			}
			assertion, err := f.make(oauth.NewAssertion(a.Client.ID, a.Metadata.TokenEndpoint, time.Now()), key)
			r.Form.Set("client_assertion", assertion)
			return err
		}})
	}
	return attempts
}

// publicCredentials asks for a token in the name of a public client, without credentials.
func publicCredentials(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	launch, err := s.AnyLaunch(target.Public)
	if err != nil {
		return evidence.Redemptions{}, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return evidence.Redemptions{}, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.Redemptions{}, err
	}
	var e evidence.Redemptions
	resource := s.Config.Data.Resource + readLetters(s)
	for _, asked := range []string{"system/" + resource, "user/" + resource} {
		request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{"grant_type": {"client_credentials"}, "scope": {asked}}}
		if err := s.Authenticate(&request, target.Public, m); err != nil {
			return e, err
		}
		response, _, err := s.Send(ctx, s.Scope(evidence.BackendPublicKind.Name()), m, request)
		if err != nil {
			return e, err
		}
		e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: "a public client for " + asked, Token: response})
	}
	return e, nil
}
