package ehr

import (
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// accessAt returns the access token that opens a FHIR base.
func (t *tenant) accessAt(base, value string) (*accessToken, bool) {
	a, ok := t.grants.access(value)
	if !ok && t.has(faults.FHIRExpiryUnchecked) {
		a, ok = t.grants.tokens.get(value)
		ok = ok && !t.grants.ended(a)
	}
	if !ok && t.has(faults.BackendAnyToken) {
		return t.anyBackend()
	}
	if !ok {
		return nil, false
	}
	elsewhere := a.grant.base != "" && a.grant.base != base
	return a, !elsewhere || t.has(faults.TokenAnyBase)
}

// anyBackend returns an access token of some backend service; only a defect hands it out.
func (t *tenant) anyBackend() (*accessToken, bool) {
	for _, c := range t.server.order {
		if c.Kind == Backend {
			return &accessToken{grant: &grant{client: c, scopes: c.Scopes}, scopes: c.Scopes}, true
		}
	}
	return nil, false
}

// lifetime is how long the access tokens of a client live.
func (t *tenant) lifetime(c *registeredClient) time.Duration {
	switch {
	case t.has(faults.AccessTokenDayLong):
		return dayLong
	case c.AccessLifetime != 0:
		return c.AccessLifetime
	case c.Kind == Backend && t.has(faults.BackendTokenHour):
		return accessLifetime
	case c.Kind == Backend && t.has(faults.BackendTokenDay):
		return dayLong
	case c.Kind == Backend:
		return backendLifetime
	case t.has(faults.PublicOutlives) && c.confidential():
		return 10 * time.Minute
	default:
		return accessLifetime
	}
}

// alsoAccess makes access tokens of the other tokens of a response; only a defect does.
func (t *tenant) alsoAccess(response map[string]any, g *grant, scopes []string) {
	for _, member := range []string{"refresh_token", "id_token"} {
		if value, issued := response[member].(string); issued {
			t.grants.keepAccess(value, g, scopes, t.lifetime(g.client))
		}
	}
}
