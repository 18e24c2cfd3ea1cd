package checks_test

import (
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// The scopes of the chains below, and what they open.
const (
	patientScope     = "patient/Patient.rs"
	observationScope = "patient/Observation.rs"
	bothScopes       = patientScope + " " + observationScope
)

// opens are the answers to a call for each of the two scopes: data for those that are named.
func opens(scopes ...string) []evidence.FHIRAnswer {
	var all []evidence.FHIRAnswer
	for _, name := range []string{patientScope, observationScope} {
		a := evidence.FHIRAnswer{Name: name, Exchange: "fhir#1", Status: 403}
		for _, s := range scopes {
			if s == name {
				a.Status, a.ResourceType, a.ID = 200, "Patient", "p"
			}
		}
		all = append(all, a)
	}
	return all
}

// renewed is a refresh whose answer lists scopes, with a refresh token of that fingerprint.
func renewed(scopes, token string, calls []evidence.FHIRAnswer) *evidence.Refresh {
	r := issued(`{"access_token":"[a]","token_type":"Bearer","expires_in":300,"scope":"` + scopes + `"}`)
	r.Exchange, r.RefreshToken = "refresh#"+token, &evidence.Secret{Fingerprint: token, Length: 32}
	return &evidence.Refresh{Token: r, Calls: calls}
}

// chain is a public client's grant of both scopes, refreshed as it should be.
func chain(change func(*evidence.RefreshChain)) evidence.RefreshChain {
	first := renewed(bothScopes, "r0", nil).Token
	c := evidence.RefreshChain{
		Grant: evidence.Grant{Launch: public, Token: &first}, Calls: opens(patientScope, observationScope),
		Beyond: &evidence.FHIRAnswer{Name: evidence.OtherType, Status: 403},
		Again:  renewed(bothScopes, "r1", opens(patientScope, observationScope)),
		Next:   renewed(bothScopes, "r2", opens(patientScope, observationScope)),
		Narrow: renewed(patientScope, "r3", opens(patientScope)), Left: observationScope,
		Restored: renewed(bothScopes, "r4", opens(patientScope, observationScope)),
		Wide:     &evidence.Refresh{Scope: bothScopes + " patient/Condition.rs", Token: refused(400, "invalid_scope")},
		Reuse: &evidence.RefreshReuse{
			Last: renewed(bothScopes, "r5", nil).Token, Replay: refused(400, "invalid_grant"), Newest: refused(400, "invalid_grant"),
		},
	}
	c.Narrow.Scope = patientScope
	if change != nil {
		change(&c)
	}
	return c
}

// TestRefreshEdges holds where servers may differ in how they refresh, and where they may not.
func TestRefreshEdges(t *testing.T) {
	for name, row := range map[string]struct {
		check  string
		change func(*evidence.RefreshChain)
		status checks.Status
	}{
		"narrower":                       {"refresh.narrowing", nil, checks.Passed},
		"narrowing ignored, and said so": {"refresh.narrowing", func(c *evidence.RefreshChain) { c.Narrow = narrowed(bothScopes, bothScopes) }, checks.Warned},
		"narrowing ignored in silence":   {"refresh.narrowing", func(c *evidence.RefreshChain) { c.Narrow = narrowed(patientScope, bothScopes) }, checks.Failed},
		"narrowing refused": {"refresh.narrowing", func(c *evidence.RefreshChain) {
			c.Narrow = &evidence.Refresh{Scope: patientScope, Token: refused(400, "invalid_scope")}
		}, checks.Warned},
		"narrowing while the server is busy": {"refresh.narrowing", func(c *evidence.RefreshChain) {
			c.Narrow = &evidence.Refresh{Scope: patientScope, Token: answered(503, `{}`)}
		}, checks.Undecided},
		"the grant is gone after a narrower refresh": {"refresh.narrowing", func(c *evidence.RefreshChain) {
			c.Restored = &evidence.Refresh{Token: refused(400, "invalid_grant")}
		}, checks.Failed},
		"no scope to leave out": {"refresh.narrowing", func(c *evidence.RefreshChain) {
			c.Narrow, c.Restored, c.Left, c.NoNarrow = nil, nil, "", "one scope"
		}, checks.Skipped},
		"the excess left out": {"refresh.never-widens", func(c *evidence.RefreshChain) {
			c.Wide = renewed(bothScopes, "r5", nil)
			c.Wide.Beyond = &evidence.FHIRAnswer{Name: evidence.OtherType, Status: 403}
		}, checks.Passed},
		"the excess left out in name": {"refresh.never-widens", func(c *evidence.RefreshChain) {
			c.Wide = renewed(bothScopes, "r5", nil)
			c.Wide.Beyond = &evidence.FHIRAnswer{Name: evidence.OtherType, Status: 200, ResourceType: "Patient"}
		}, checks.Failed},
		"more data than any scope, from the start": {"refresh.never-widens", func(c *evidence.RefreshChain) {
			c.Beyond = &evidence.FHIRAnswer{Name: evidence.OtherType, Status: 200, ResourceType: "Patient"}
			c.Wide = renewed(bothScopes, "r5", nil)
			c.Wide.Beyond = c.Beyond
		}, checks.Undecided},
		"an error instead of a wider token": {"refresh.never-widens", func(c *evidence.RefreshChain) { c.Wide.Token = answered(500, `{}`) }, checks.Undecided},
		"no rotation for a confidential client": {"refresh.rotation", func(c *evidence.RefreshChain) {
			c.Grant.Launch = symmetric
			c.Again.Token.RefreshToken = nil
		}, checks.Skipped},
		"no rotation for a public client":  {"refresh.rotation", func(c *evidence.RefreshChain) { c.Again.Token.RefreshToken = nil }, checks.Failed},
		"the same refresh token again":     {"refresh.rotation", func(c *evidence.RefreshChain) { c.Again.Token.RefreshToken = c.Grant.Token.RefreshToken }, checks.Failed},
		"a busy server is asked for reuse": {"refresh.rotation", func(c *evidence.RefreshChain) { c.Reuse.Replay = answered(429, `{}`) }, checks.Undecided},
		"an access token that lives on":    {"refresh.reuse-ends-grant", func(c *evidence.RefreshChain) { c.Reuse.Access = opens(patientScope)[0] }, checks.Passed},
		"the newest refresh token lives on": {"refresh.reuse-ends-grant", func(c *evidence.RefreshChain) {
			c.Reuse.Newest = c.Reuse.Last
		}, checks.Warned},
		"an encounter that is no longer told": {"refresh.context", func(c *evidence.RefreshChain) {
			c.Grant.Token.Members = members(`{"patient":"p","encounter":"e"}`)
			c.Again.Token.Members = members(`{"patient":"p"}`)
		}, checks.Passed},
		"another patient": {"refresh.context", func(c *evidence.RefreshChain) {
			c.Grant.Token.Members = members(`{"patient":"p"}`)
			c.Again.Token.Members = members(`{"patient":"q"}`)
		}, checks.Warned},
		"no ID token is needed": {"refresh.id-token", func(c *evidence.RefreshChain) { c.Grant.Token.IDToken = idToken(0, 0) }, checks.Skipped},
		"an ID token of the same second": {"refresh.id-token", func(c *evidence.RefreshChain) {
			c.Grant.Token.IDToken, c.Again.Token.IDToken = idToken(100, 100), idToken(100, 101)
		}, checks.Passed},
		"an ID token by a clock that is a second behind": {"refresh.id-token", func(c *evidence.RefreshChain) {
			c.Grant.Token.IDToken, c.Again.Token.IDToken = idToken(101, 100), idToken(100, 101)
		}, checks.Passed},
		"an ID token that was kept": {"refresh.id-token", func(c *evidence.RefreshChain) {
			c.Grant.Token.IDToken, c.Again.Token.IDToken = idToken(100, 100), idToken(100, 102)
		}, checks.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c, ok := checks.Lookup(row.check)
			g.Expect(ok).To(BeTrue())
			f := c.Judge(evidence.Record{Value: chain(row.change)}, checks.Options{Version: checks.V2_2_0})
			g.Expect(f.Status).To(Equal(row.status), f.Message)
		})
	}
}

// narrowed is a refresh for the Patient scope alone that tells some scopes and opens some.
func narrowed(told, opened string) *evidence.Refresh {
	calls := opens(patientScope)
	if opened == bothScopes {
		calls = opens(patientScope, observationScope)
	}
	r := renewed(told, "r3", calls)
	r.Scope = patientScope
	return r
}

// idToken is an ID token with that iat, received at that time.
func idToken(iat, received int64) *evidence.IDToken {
	return &evidence.IDToken{
		Claims:   members(`{"iss":"https://as.example.org","sub":"s","aud":"a","iat":` + strconv.FormatInt(iat, 10) + `}`),
		Received: received,
	}
}
