package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Introspection lists the probes of the introspection endpoint.
func Introspection() []Probe {
	return []Probe{
		of(evidence.LiveTokensKind, liveTokens),
		of(evidence.DeadTokensKind, deadTokens),
		of(evidence.IntrospectionCallersKind, introspectionCallers),
	}
}

// introspector asks about tokens in the name of somebody who may.
type introspector struct {
	ctx      context.Context
	session  *session.Session
	scope    *record.Scope
	metadata session.Metadata
	kind     target.ClientKind // the client that asks; "" for the token of the target file

	good    string                 // an access token that works
	control evidence.Introspection // what was said about it
}

// name is how the target file calls the one who asks.
func (i introspector) name() string {
	if i.kind == "" {
		return "introspection.token"
	}
	return "clients." + string(i.kind)
}

// newIntrospector finds out who may introspect.
func newIntrospector(ctx context.Context, s *session.Session, name string) (introspector, error) {
	i := introspector{ctx: ctx, session: s, scope: s.Scope(name)}
	var err error
	if i.metadata, err = s.Metadata(ctx); err != nil {
		return i, err
	}
	if i.metadata.Introspection == "" {
		return i, unavailable("the server lists no introspection_endpoint")
	}
	callers := introspectionCallerKinds(s.Config)
	if len(callers) == 0 {
		return i, unavailable("the target file has no client that can authenticate to introspect, and no introspection.token")
	}
	var refused []string
	var answered *introspector
	for _, kind := range callers {
		i.kind = kind
		if i.good, err = workingToken(ctx, s, name, kind); err != nil {
			return i, err
		}
		if i.control, err = i.ask("a good token", i.good, nil); err != nil {
			return i, err
		}
		active, _ := i.control.Active()
		switch {
		case active:
			return i, nil
		case refuses(i.control):
			refused = append(refused, i.name()+" "+i.control.Describe())
		case answered == nil:
			first := i
			answered = &first
		}
	}
	if answered != nil && answered.untold() && s.Config.Introspection == (target.Introspection{}) {
		return i, unavailable("everybody whom the target file names is told that a good token is inactive, which is what a server may tell those who may not " +
			"introspect it (RFC 7662 §2.2); name who may as introspection.client or introspection.token")
	}
	if answered != nil { // what is wrong with its answer is for checks to say
		return *answered, nil
	}
	return i, unavailable("the introspection endpoint refuses everybody whom the target file names (" + strings.Join(refused, ", ") +
		"); name who may introspect as introspection.client or introspection.token")
}

// untold reports whether the answer about the good token was that it is not active, and nothing more.
func (i introspector) untold() bool {
	return i.control.Status == http.StatusOK && string(i.control.Members["active"]) == "false"
}

// introspectionCallerKinds are those who may be able to introspect, in the order in which they are tried; "" is
// the token of the target file.
func introspectionCallerKinds(cfg target.Config) []target.ClientKind {
	switch {
	case !cfg.Introspection.Token.IsZero() && cfg.Introspection.Client == "":
		return []target.ClientKind{""}
	case cfg.Introspection.Client != "":
		return []target.ClientKind{cfg.Introspection.Client}
	}
	var kinds []target.ClientKind
	for _, kind := range []target.ClientKind{target.Symmetric, target.Asymmetric, target.Backend} {
		if _, ok := cfg.Client(kind); ok {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// refuses reports whether the answer turns the caller away.
func refuses(i evidence.Introspection) bool {
	code, _ := i.Text("error")
	return i.Status == http.StatusUnauthorized || i.Status == http.StatusForbidden ||
		i.Status == http.StatusBadRequest && slices.Contains([]string{"invalid_client", "unauthorized_client", "access_denied"}, code)
}

// workingToken returns an access token that nobody revokes: of a shared launch of the client that asks, since a
// server may tell nobody else of it, or else of the backend service or of any launch.
func workingToken(ctx context.Context, s *session.Session, name string, caller target.ClientKind) (string, error) {
	if own, err := s.AnyLaunch(caller); err == nil {
		grant, err := s.SharedGrant(ctx, session.Request{Launch: own})
		if err := working(grant, err); err != nil {
			return "", err
		}
		return grant.Tokens.Access, nil
	}
	if b, err := newBackend(ctx, s, name); err == nil {
		if response, tokens, err := b.ask(b.client.Scopes...); err != nil || response.Issued() {
			return tokens.Access, err
		}
	}
	grant, err := workingGrant(ctx, s, nil)
	return grant.Tokens.Access, err
}

// ask asks about a token. alter, unless nil, changes the request.
func (i introspector) ask(name, token string, alter func(*session.TokenRequest) error) (evidence.Introspection, error) {
	request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{"token": {token}}}
	if i.kind == "" {
		request.Authorization = "Bearer " + i.session.Config.Introspection.Token.Reveal()
	} else if err := i.session.Authenticate(&request, i.kind, i.metadata); err != nil {
		return evidence.Introspection{}, err
	}
	if alter != nil {
		if err := alter(&request); err != nil {
			return evidence.Introspection{}, err
		}
	}
	m := i.metadata
	m.TokenEndpoint = m.Introspection // where the request goes; the client has been authenticated for the server
	answer, _, err := i.session.Send(i.ctx, i.scope, m, request)
	return evidence.Introspected(name, answer), err
}

// liveTokens introspects the tokens of a standalone launch, of an EHR launch and of the backend service.
func liveTokens(ctx context.Context, s *session.Session) (evidence.LiveTokens, error) {
	i, err := newIntrospector(ctx, s, evidence.LiveTokensKind.Name())
	if err != nil {
		return evidence.LiveTokens{}, err
	}
	e := evidence.LiveTokens{Caller: i.name()}
	var failed []error
	launches := introspectedLaunches(s)
	if own, err := s.AnyLaunch(i.kind); err == nil && !slices.ContainsFunc(launches, func(l evidence.Launch) bool { return l.Client == own.Client }) {
		launches = append(launches, own)
	}
	for _, launch := range launches {
		grant, err := s.SharedGrant(ctx, session.Request{Launch: launch})
		if err := working(grant, err); err != nil {
			failed = append(failed, err)
			continue
		}
		if err := i.live(&e, launch.String(), target.ClientKind(launch.Client), *grant.Evidence.Token, grant.Tokens); err != nil {
			return e, err
		}
	}
	if b, err := newBackend(ctx, s, evidence.LiveTokensKind.Name()); err == nil {
		response, tokens, err := b.ask(b.client.Scopes...)
		if err != nil {
			return e, err
		}
		if response.Issued() {
			if err := i.live(&e, "clients.backend", target.Backend, response, tokens); err != nil {
				return e, err
			}
		}
	}
	if len(e.Tokens) == 0 {
		return e, fmt.Errorf("no token to introspect: %w", errors.Join(failed...))
	}
	return e, nil
}

// introspectedLaunches are a launch of each mode, of different clients where that is possible.
func introspectedLaunches(s *session.Session) []evidence.Launch {
	var chosen []evidence.Launch
	for _, mode := range target.LaunchModes {
		var best *evidence.Launch
		for _, launch := range s.Launchable() {
			known := slices.ContainsFunc(chosen, func(other evidence.Launch) bool { return other.Client == launch.Client })
			if launch.Mode == string(mode) && (best == nil || !known) {
				best = &launch
				if !known {
					break
				}
			}
		}
		if best != nil {
			chosen = append(chosen, *best)
		}
	}
	return chosen
}

// live introspects the tokens of one token response.
func (i introspector) live(e *evidence.LiveTokens, name string, owner target.ClientKind, response evidence.TokenResponse, tokens session.Tokens) error {
	client, _ := i.session.Config.Client(owner)
	live := evidence.LiveToken{
		Name: name, ClientID: client.ID, OfCaller: owner == i.kind, Token: response, Issued: sentAt(response),
	}
	var err error
	if live.Answer, err = i.ask("the access token", tokens.Access, nil); err != nil {
		return err
	}
	live.Hinted, err = i.ask("the access token with another hint", tokens.Access, func(r *session.TokenRequest) error {
		r.Form.Set("token_type_hint", "refresh_token")
		return nil
	})
	if err != nil {
		return err
	}
	if tokens.Refresh != "" {
		refresh, err := i.ask("the refresh token", tokens.Refresh, nil)
		if err != nil {
			return err
		}
		live.Refresh = &refresh
	}
	e.Tokens = append(e.Tokens, live)
	return nil
}

// sentAt returns when a token response was sent, by the clock of the server; 0 when it does not tell the time.
func sentAt(response evidence.TokenResponse) int64 {
	at, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return at.Unix()
}

// deadTokens introspects tokens that were never issued, have expired or were revoked.
func deadTokens(ctx context.Context, s *session.Session) (evidence.DeadTokens, error) {
	var e evidence.DeadTokens
	i, err := newIntrospector(ctx, s, evidence.DeadTokensKind.Name())
	if err != nil {
		return e, err
	}
	e.Control = i.control
	for _, dead := range []madeUp{
		{evidence.RandomToken, oauth.Random(32)},
		{evidence.TruncatedToken, i.good[:len(i.good)-min(8, len(i.good)/2)]},
		{evidence.AppendedToken, i.good + "x"},
	} {
		s.Recorder.Seal("access_token", dead.token)
		answer, err := i.ask(dead.name, dead.token, nil)
		if err != nil {
			return e, err
		}
		e.Tokens = append(e.Tokens, answer)
	}
	for _, end := range []struct {
		name string
		make func() (string, error)
	}{{evidence.RevokedToken, i.revoked}, {evidence.ExpiredToken, i.expired}} {
		token, err := end.make()
		if reason, lacking := session.Lacking(err); lacking {
			e.Missing = append(e.Missing, end.name+": "+reason)
			continue
		}
		if err != nil {
			return e, err
		}
		answer, err := i.untilInactive(end.name, token)
		if err != nil {
			return e, err
		}
		e.Tokens = append(e.Tokens, answer)
	}
	return e, nil
}

// untilInactive asks until the token is inactive, or the end of a token must have come to everybody's knowledge.
func (i introspector) untilInactive(name, token string) (evidence.Introspection, error) {
	for started := time.Now(); ; {
		answer, err := i.ask(name, token, nil)
		active, _ := answer.Active()
		if err != nil || !active || time.Since(started) >= i.session.Config.Timeouts.Revocation {
			return answer, err
		}
		if err := pause(i.ctx, revocationPause); err != nil {
			return answer, err
		}
	}
}

// expired returns an access token of clients.expiring after its end.
func (i introspector) expired() (string, error) {
	launch, err := i.session.AnyLaunch(target.Expiring)
	if err != nil {
		return "", err
	}
	grant, err := i.session.FreshGrant(i.ctx, i.scope, session.Request{Launch: launch, Fresh: true})
	issued := time.Now() // at the latest
	if err := working(grant, err); err != nil {
		return "", err
	}
	wait, err := expiryOf(grant, i.session.Config.Timeouts.TokenExpiry)
	if err != nil {
		return "", err
	}
	return grant.Tokens.Access, pause(i.ctx, time.Until(issued.Add(wait)))
}

// revoked returns an access token of the backend service that was revoked.
func (i introspector) revoked() (string, error) {
	b, err := newBackend(i.ctx, i.session, i.scope.Name())
	if err != nil {
		return "", err
	}
	if i.metadata.Revocation == "" {
		return "", unavailable("the server lists no revocation_endpoint")
	}
	_, tokens, err := b.token(b.client.Scopes...)
	if err != nil {
		return "", err
	}
	r := revoker{ctx: i.ctx, session: i.session, scope: i.scope, owner: b.answer()}
	answer, err := r.revoke(tokens.Access, "access_token", nil)
	if err == nil && answer.Status != http.StatusOK {
		err = unavailable("its revocation was answered with " + answer.Describe())
	}
	return tokens.Access, err
}

// introspectionCallers asks about a good token without credentials, with wrong ones, with access tokens, and
// with the token in the URL.
func introspectionCallers(ctx context.Context, s *session.Session) (evidence.IntrospectionCallers, error) {
	var e evidence.IntrospectionCallers
	i, err := newIntrospector(ctx, s, evidence.IntrospectionCallersKind.Name())
	if err != nil {
		return e, err
	}
	e.Control = i.control
	asks := []attemptToAsk{
		{evidence.AskedAnonymously, bearing("")},
		{evidence.AskedRandomBearer, bearing(oauth.Random(32))},
		{evidence.AskedByGet, func(r *session.TokenRequest) error {
			r.Method, r.Query = http.MethodGet, r.Form
			return nil
		}},
		{evidence.AskedInQuery, func(r *session.TokenRequest) error {
			r.Query = url.Values{"token": r.Form["token"]}
			r.Form.Del("token")
			return nil
		}},
	}
	if i.kind != "" {
		asks = append(asks, attemptToAsk{evidence.AskedWrongSecret, i.withWrongKey})
	}
	bearers, why, err := i.bearers()
	if err != nil {
		return e, err
	}
	e.NoBearer = why
	for _, ask := range append(asks, bearers...) {
		answer, err := i.ask(ask.name, i.good, ask.alter)
		if err != nil {
			return e, err
		}
		e.Asked = append(e.Asked, answer)
	}
	return e, nil
}

// attemptToAsk is one way to ask about a token.
type attemptToAsk struct {
	name  string
	alter func(*session.TokenRequest) error
}

// bearing replaces the credentials of a client by a Bearer token, or by nothing for "".
func bearing(token string) func(*session.TokenRequest) error {
	return func(r *session.TokenRequest) error {
		r.Anonymize()
		if token != "" {
			r.Authorization = "Bearer " + token
		}
		return nil
	}
}

// withWrongKey replaces the credentials of the caller by wrong ones.
func (i introspector) withWrongKey(r *session.TokenRequest) error {
	client, _ := i.session.Config.Client(i.kind)
	alter := strangeAssertion
	if i.kind == target.Symmetric {
		alter = wrongSecret
	}
	return alter(i.ctx, i.session, session.Answer{Client: client, Metadata: i.metadata}, r)
}

// bearers are the access tokens by which the caller should be able to introspect. why says what is missing.
func (i introspector) bearers() (asks []attemptToAsk, why string, err error) {
	if token := i.session.Config.Introspection.Token; !token.IsZero() {
		return []attemptToAsk{{evidence.AskedByNamedToken, bearing(token.Reveal())}}, "", nil
	}
	token, err := i.tokenOfCaller()
	if reason, lacking := session.Lacking(err); lacking {
		return nil, reason, nil
	}
	return []attemptToAsk{{evidence.AskedByToken, bearing(token)}}, "", err
}

// tokenOfCaller returns an access token that was issued to the client that introspects.
func (i introspector) tokenOfCaller() (string, error) {
	if i.kind == target.Backend {
		b, err := newBackend(i.ctx, i.session, i.scope.Name())
		if err != nil {
			return "", err
		}
		_, tokens, err := b.token(b.client.Scopes...)
		return tokens.Access, err
	}
	launch, err := i.session.AnyLaunch(i.kind)
	if err != nil {
		return "", err
	}
	grant, err := i.session.SharedGrant(i.ctx, session.Request{Launch: launch})
	return grant.Tokens.Access, working(grant, err)
}
