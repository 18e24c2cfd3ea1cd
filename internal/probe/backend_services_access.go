package probe

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// backendAccess gets a token for one resource type and tries what it may and what it may not.
func backendAccess(ctx context.Context, s *session.Session) (evidence.BackendAccess, error) {
	data := s.Config.Data
	e := evidence.BackendAccess{Asked: "system/" + data.Resource + readLetters(s)}
	b, err := newBackend(ctx, s, evidence.BackendAccessKind.Name())
	if err != nil {
		return e, err
	}
	response, tokens, err := b.ask(e.Asked)
	if err == nil && !response.Issued() && response.Status < 500 {
		err = unavailable("the server grants clients.backend no " + e.Asked + ": " + response.Describe())
	} else if err == nil && !response.Issued() {
		err = fmt.Errorf("no token to call the FHIR server with: the token endpoint answered %s", response.Describe())
	}
	if err != nil {
		return e, err
	}
	e.Token = response
	granted, _ := response.Text("scope")
	c := caller{ctx: ctx, session: s, scope: b.scope, token: tokens.Access, access: evidence.Access{Scope: granted}}
	if err := c.backendCalls(); err != nil {
		return e, err
	}
	e.Access = c.access
	e.Other, e.NoOther, err = b.otherType()
	return e, err
}

// backendCalls makes the calls with a token for one resource type.
func (c *caller) backendCalls() error {
	data := c.session.Config.Data
	var known map[string]any
	search := session.Call{Name: evidence.AllowedSearch, Path: data.Resource + "?_count=5", See: func(r map[string]any) bool {
		if known == nil && r["resourceType"] == data.Resource {
			known = r
		}
		return false
	}}
	if err := c.call(search); err != nil {
		return err
	}
	if patients := c.access.Answers[0].Patients; len(patients) > 0 {
		c.access.Patient = patients[0] // whom a new record would be about
	}
	calls := narrowCalls(data, "?_count=1", c.access, known)
	st, err := readStatement(c.ctx, c.session, c.scope)
	if kind := st.unsupported(); err == nil && kind != "" {
		calls = append(calls, session.Call{Name: evidence.UnsupportedType, Path: kind + "?_count=1"})
	}
	for _, call := range calls {
		if err := c.call(call); err != nil {
			return err
		}
	}
	return nil
}

// rareTypes are resource types of FHIR that few servers have.
var rareTypes = []string{"VerificationResult", "ImmunizationEvaluation", "SubstanceReferenceInformation", "TestScript", "Linkage"}

// unsupported returns a resource type that the server says it does not have; "" when it has them all, or lists
// none.
func (st statement) unsupported() string {
	if len(st.resources()) == 0 {
		return ""
	}
	i := slices.IndexFunc(rareTypes, func(kind string) bool { return st.of(kind).Type == "" })
	if i < 0 {
		return ""
	}
	return rareTypes[i]
}

// otherType searches another resource type with a token for that type.
func (b backend) otherType() (answer *evidence.FHIRAnswer, why string, err error) {
	other := b.session.Config.Data.OtherResource
	asked := "system/" + other + readLetters(b.session)
	response, tokens, err := b.ask(asked)
	if err != nil {
		return nil, "", err
	}
	granted, _ := response.Text("scope")
	if !response.Issued() || !allowed(granted, "s", other) {
		return nil, "clients.backend is not granted " + asked, nil
	}
	found, err := b.session.FHIR(b.ctx, b.scope, session.Call{Name: "a search for " + other, Path: other + "?_count=1", Token: tokens.Access})
	return &found, "", err
}

// backendBadTokens calls without a token, and with tokens that were never issued.
func backendBadTokens(ctx context.Context, s *session.Session) (evidence.Access, error) {
	b, err := newBackend(ctx, s, evidence.BackendBadTokenKind.Name())
	if err != nil {
		return evidence.Access{}, err
	}
	tokens, call, err := b.working()
	if err != nil {
		return evidence.Access{}, err
	}
	c := caller{ctx: ctx, session: s, scope: b.scope}
	for _, bad := range append([]madeUp{{evidence.AnonymousCall, ""}}, madeUpTokens(tokens.Access)...) {
		s.Recorder.Seal("access_token", bad.token)
		if err := c.call(session.Call{Name: bad.name, Path: call.Path, Token: bad.token}); err != nil {
			return c.access, err
		}
	}
	return c.access, nil
}

// backendExpired waits for the end of a token, when that is near enough, and calls with it once more.
func backendExpired(ctx context.Context, s *session.Session) (evidence.TokenEnd, error) {
	e := evidence.TokenEnd{How: "its expiry"}
	b, err := newBackend(ctx, s, evidence.BackendExpiredKind.Name())
	if err != nil {
		return e, err
	}
	response, tokens, err := b.token(b.client.Scopes...)
	issued := time.Now() // at the latest
	if err != nil {
		return e, err
	}
	kind := b.searchable()
	if kind == "" {
		return e, unavailable("no scope of clients.backend searches a type of resource")
	}
	wait, limit := time.Duration(0), s.Config.Timeouts.TokenExpiry
	lifetime, stated := lifetimeOf(response.Members)
	if wait = lifetime + expiryAllowance; !stated || wait > limit {
		return e, unavailable(fmt.Sprintf("the tokens of clients.backend live longer than timeouts.tokenExpiry (%s), or do not say how long; raise it to see one expire", limit))
	}
	call := session.Call{Name: "the token before its end", Path: kind + "?_count=1", Token: tokens.Access}
	if e.Before, err = s.FHIR(ctx, b.scope, call); err != nil {
		return e, err
	}
	if !e.Before.Data() {
		return e, unavailable("the token of clients.backend finds no data before its end either: " + e.Before.Describe())
	}
	if err := pause(ctx, time.Until(issued.Add(wait))); err != nil {
		return e, err
	}
	call.Name = "the expired token"
	e.After, err = s.FHIR(ctx, b.scope, call)
	return e, err
}
