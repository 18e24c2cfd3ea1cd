package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Revocation lists the probes of the revocation endpoint.
func Revocation() []Probe {
	return []Probe{of(evidence.RevocationsKind, revocations)}
}

// revocationPause lies between two uses of a revoked token that still works.
const revocationPause = 500 * time.Millisecond

// revoker revokes tokens of one client.
type revoker struct {
	ctx     context.Context
	session *session.Session
	scope   *record.Scope
	owner   session.Answer // of the grant, or of the backend service, whose tokens they are
	asks    *introspector  // who may introspect; nil when nobody may
}

// revoke asks for the revocation of a token in the name of its client, unless alter changes that.
func (r revoker) revoke(token, hint string, alter func(context.Context, *session.Session, session.Answer, *session.TokenRequest) error) (evidence.TokenResponse, error) {
	request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{}}
	for name, value := range map[string]string{"token": token, "token_type_hint": hint} {
		if value != "" {
			request.Form.Set(name, value)
		}
	}
	if err := r.session.Authenticate(&request, target.ClientKind(r.owner.Request.Launch.Client), r.owner.Metadata); err != nil {
		return evidence.TokenResponse{}, err
	}
	if alter != nil {
		if err := alter(r.ctx, r.session, r.owner, &request); err != nil {
			return evidence.TokenResponse{}, err
		}
	}
	m := r.owner.Metadata
	m.TokenEndpoint = m.Revocation // where the request goes; the client has been authenticated for the server
	answer, _, err := r.session.Send(r.ctx, r.scope, m, request)
	return answer, err
}

// watch uses a token at once, and again while it works and there may be somebody who has not heard of its end.
func (r revoker) watch(use func() (evidence.TokenUse, error)) ([]evidence.TokenUse, error) {
	var uses []evidence.TokenUse
	for started := time.Now(); ; {
		u, err := use()
		if err != nil {
			return uses, err
		}
		waited := time.Since(started)
		if len(uses) > 0 {
			u.Waited = waited.Seconds()
		}
		uses = append(uses, u)
		if !u.Works() || waited >= r.session.Config.Timeouts.Revocation {
			return uses, nil
		}
		if err := pause(r.ctx, revocationPause); err != nil {
			return uses, err
		}
	}
}

// introspected asks about a token that was revoked, if somebody may.
func (r revoker) introspected(token string) (*evidence.Introspection, error) {
	if r.asks == nil {
		return nil, nil
	}
	answer, err := r.asks.untilInactive(evidence.RevokedToken, token)
	return &answer, err
}

// answer stands for the authorization that a backend service never needs.
func (b backend) answer() session.Answer {
	return session.Answer{
		Request: session.Request{Launch: evidence.Launch{Client: string(target.Backend)}},
		Client:  b.client, Metadata: b.metadata,
	}
}

// revocations revokes access tokens and refresh tokens, as their client and as somebody else.
func revocations(ctx context.Context, s *session.Session) (evidence.Revocations, error) {
	var e evidence.Revocations
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	if m.Revocation == "" {
		return e, unavailable("the server lists no revocation_endpoint")
	}
	name := evidence.RevocationsKind.Name()
	var asks *introspector
	if i, err := newIntrospector(ctx, s, name); err == nil {
		asks = &i
	} else if ctx.Err() != nil {
		return e, err
	}
	supply, err := accessSupply(ctx, s, asks)
	if err != nil {
		return e, err
	}
	if err := supply.revokeAccess(&e); err != nil {
		return e, err
	}
	return e, revokeRefresh(ctx, s, asks, &e)
}

// supply is where access tokens to revoke come from.
type supply struct {
	revoker
	next func() (token string, call session.Call, err error)
}

// accessSupply gets access tokens from the backend service, which needs no browser, or else from launches.
func accessSupply(ctx context.Context, s *session.Session, asks *introspector) (supply, error) {
	name := evidence.RevocationsKind.Name()
	out := supply{revoker: revoker{ctx: ctx, session: s, scope: s.Scope(name), asks: asks}}
	if b, err := newBackend(ctx, s, name); err == nil {
		if _, _, err := b.working(); err == nil {
			out.owner = b.answer()
			out.next = func() (string, session.Call, error) {
				tokens, call, err := b.working()
				return tokens.Access, call, err
			}
			return out, nil
		}
	}
	return out, out.fromLaunches()
}

// fromLaunches gets access tokens by refreshing a grant or, where there are no refresh tokens, by one launch each.
func (p *supply) fromLaunches() error {
	request, err := refreshable(p.ctx, p.session, p.scope.Name(), target.Symmetric, target.Asymmetric, target.Public)
	renewed := err == nil
	if _, lacking := session.Lacking(err); lacking {
		request.Launch, err = p.session.AnyLaunch(target.Symmetric, target.Asymmetric, target.Public)
	}
	if err != nil {
		return err
	}
	shared, err := p.session.SharedGrant(p.ctx, request)
	if err := working(shared, err); err != nil {
		return err
	}
	p.owner = shared.Answer
	r := refresher{ctx: p.ctx, session: p.session, scope: p.scope}
	p.next = func() (string, session.Call, error) {
		if renewed {
			err = r.renew(request)
		} else {
			request.Fresh = true // what is revoked may take its grant along
			r.grant, err = p.session.FreshGrant(p.ctx, p.scope, request)
			r.tokens, err = r.grant.Tokens, working(r.grant, err)
		}
		return r.tokens.Access, session.Call{Path: patientPath(r.grant), Token: r.tokens.Access}, err
	}
	return nil
}

// revokeAccess revokes access tokens.
func (p supply) revokeAccess(e *evidence.Revocations) error {
	e.Owner = "clients." + p.owner.Request.Launch.Client
	strangers, err := revocationAttempts(p.ctx, p.session, p.owner.Request.Launch)
	if err != nil {
		return err
	}
	for _, a := range strangers {
		one, err := p.access(a.name, "access_token", a.alter)
		if err != nil {
			return err
		}
		e.Access = append(e.Access, one)
	}
	for _, own := range []struct{ name, hint string }{
		{evidence.RevokedByOwner, "access_token"}, {evidence.RevokedUnderHint, "refresh_token"},
	} {
		one, err := p.access(own.name, own.hint, nil)
		if err != nil {
			return err
		}
		e.Access = append(e.Access, one)
	}
	random := oauth.Random(32)
	p.session.Recorder.Seal("token", random)
	if e.Unknown, err = p.revoke(random, "", nil); err != nil {
		return err
	}
	e.Tokenless, err = p.revoke("", "", nil)
	return err
}

// access asks for the revocation of a new access token. alter is nil when its own client asks.
func (p supply) access(name, hint string, alter func(context.Context, *session.Session, session.Answer, *session.TokenRequest) error) (evidence.Revocation, error) {
	one := evidence.Revocation{Name: name}
	token, call, err := p.next()
	if err != nil {
		return one, err
	}
	use := func() (evidence.TokenUse, error) {
		read, err := p.session.FHIR(p.ctx, p.scope, call)
		return evidence.TokenUse{Read: &read}, err
	}
	if one.Before, err = use(); err == nil && !one.Before.Works() {
		err = fmt.Errorf("nothing would show that the token was revoked: before that, %s as well", one.Before.Describe())
	}
	if err != nil {
		return one, err
	}
	if one.Answer, err = p.revoke(token, hint, alter); err != nil {
		return one, err
	}
	if alter != nil || !one.Revoked() {
		after, err := use()
		one.After = []evidence.TokenUse{after}
		return one, err
	}
	if one.After, err = p.watch(use); err != nil {
		return one, err
	}
	if one.Introspected, err = p.introspected(token); err != nil {
		return one, err
	}
	again, err := p.revoke(token, hint, nil)
	one.Again = &again
	return one, err
}

// revocationAttempts are the ways to revoke a token of the launch that must not work.
func revocationAttempts(ctx context.Context, s *session.Session, launch evidence.Launch) ([]attempt, error) {
	attempts, err := clientAttempts(ctx, s, launch)
	if _, lacking := session.Lacking(err); lacking {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot find another client: %w", err)
	}
	return append(attempts, attempt{evidence.RevokedByGet, func(_ context.Context, _ *session.Session, _ session.Answer, r *session.TokenRequest) error {
		r.Method, r.Query = http.MethodGet, r.Form
		return nil
	}}), nil
}
