package probe

import (
	"context"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// readDeclined asks for data of a scope that the user declined: with the token of that grant, and with one of
// a grant that holds the scope. It returns nil where the tokens do not differ in that.
func readDeclined(ctx context.Context, s *session.Session, declined session.Grant, raw string) (*evidence.Access, error) {
	parsed, ok := scope.Parse(raw)
	if !ok || !declined.Evidence.Worked() {
		return nil, nil
	}
	full, err := s.SharedGrant(ctx, session.Request{Launch: declined.Evidence.Launch})
	if err != nil || !full.Evidence.Worked() {
		return nil, err
	}
	granted, _ := declined.Evidence.Token.Text("scope")
	patient, _ := full.Evidence.Token.Text("patient")
	if patient == "" || allowed(granted, "s", parsed.Resource) {
		return nil, nil
	}
	c := caller{ctx: ctx, session: s, scope: s.Scope(evidence.ScopesDeclinedKind.Name())}
	c.access.Scope, c.access.Patient = granted, patient
	path := parsed.Resource + "?_count=1&patient=" + url.QueryEscape(patient)
	if err := c.call(session.Call{Name: evidence.AllowedAgain, Path: path, Token: full.Tokens.Access}); err != nil {
		return nil, err
	}
	err = c.call(session.Call{Name: evidence.DeclinedRead, Path: path, Token: declined.Tokens.Access})
	return &c.access, err
}
