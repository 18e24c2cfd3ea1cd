package checks_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// backendToken is the answer to a backend service that asks for Observations, and a search with its token.
func backendToken(object string, read int) evidence.BackendToken {
	e := evidence.BackendToken{Scope: "system/Observation.rs", Kind: "Observation", Token: issued(object)}
	if read != 0 {
		e.Read = &evidence.FHIRAnswer{Name: "a search", Status: read, ResourceType: "Bundle"}
	}
	return e
}

// tried is a request of a backend service for a scope that it may not have.
func tried(name string, r evidence.TokenResponse, odd ...string) evidence.BackendScopes {
	return evidence.BackendScopes{Tries: []evidence.BackendScope{{Name: name, Odd: odd, Token: r}}}
}

// backendCalls are the calls with a token for Observations; the other type opens with a token of its own.
func backendCalls(scope string, answers ...evidence.FHIRAnswer) evidence.BackendAccess {
	other := evidence.FHIRAnswer{Status: 200, ResourceType: "Bundle", Entries: 1}
	allowed := evidence.FHIRAnswer{Name: evidence.AllowedSearch, Status: 200, ResourceType: "Bundle", Entries: 1}
	return evidence.BackendAccess{
		Asked: "system/Observation.rs", Token: issued(`{"scope":"` + scope + `"}`), Other: &other,
		Access: evidence.Access{Scope: scope, Answers: append([]evidence.FHIRAnswer{allowed}, answers...)},
	}
}

func foundSome(name string, entries int) evidence.FHIRAnswer {
	return evidence.FHIRAnswer{Name: name, Status: 200, ResourceType: "Bundle", Entries: entries}
}

// TestEdgesOfBackendServices holds where servers may differ, and where they may not.
func TestEdgesOfBackendServices(t *testing.T) {
	const full = `{"scope":"system/Observation.rs"}`
	noOther := backendCalls("system/Observation.rs", foundSome(evidence.OtherType, 3))
	noOther.Other, noOther.NoOther = nil, "not granted"
	for name, row := range map[string]struct {
		check checks.Check
		value any
		want  checks.Status
	}{
		"a token without data to find":          {checks.BackendToken, backendToken(full, 200), checks.Passed},
		"a token that the FHIR server refuses":  {checks.BackendToken, backendToken(full, 401), checks.Failed},
		"a token that opens nothing":            {checks.BackendToken, backendToken(full, 403), checks.Failed},
		"a token for something else, as told":   {checks.BackendToken, backendToken(`{"scope":"system/Patient.rs"}`, 403), checks.Skipped},
		"a token while the FHIR server is down": {checks.BackendToken, backendToken(full, 503), checks.Undecided},
		"no token":                              {checks.BackendToken, evidence.BackendToken{Token: refused(400, "invalid_scope")}, checks.Failed},
		"no token while the server is down":     {checks.BackendToken, evidence.BackendToken{Token: answered(503, `{}`)}, checks.Undecided},
		"bearer in lower case":                  {checks.BackendTokenType, backendToken(`{"token_type":"bearer"}`, 0), checks.Passed},
		"five minutes":                          {checks.BackendLifetime, backendToken(`{"expires_in":300}`, 0), checks.Passed},
		"five minutes and a second":             {checks.BackendLifetime, backendToken(`{"expires_in":301}`, 0), checks.Warned},
		"an hour is still short":                {checks.BackendShortLived, backendToken(`{"expires_in":3600}`, 0), checks.Passed},
		"a day is not":                          {checks.BackendShortLived, backendToken(`{"expires_in":86400}`, 0), checks.Failed},
		"no lifetime to judge":                  {checks.BackendShortLived, backendToken(`{}`, 0), checks.Skipped},
		"no scope in SMART syntax":              {checks.BackendScopePresent, backendToken(`{"scope":"read"}`, 0), checks.Failed},
		"the scope letter by letter":            {checks.BackendScopeExact, backendCalls("system/Observation.r system/Observation.s"), checks.Passed},
		"less than was asked for":               {checks.BackendScopeExact, backendCalls("system/Observation.r"), checks.Warned},
		"an excess that is refused":             {checks.BackendWithinRegistration, tried(evidence.BeyondScope, refused(400, "invalid_scope"), "system/Observation.cud"), checks.Passed},
		"an excess that is left out":            {checks.BackendWithinRegistration, tried(evidence.BeyondScope, issued(full), "system/Observation.cud"), checks.Passed},
		"an excess that is granted in part":     {checks.BackendWithinRegistration, tried(evidence.BeyondScope, issued(`{"scope":"system/*.crs"}`), "system/Observation.cud"), checks.Failed},
		"an excess while the server is down":    {checks.BackendWithinRegistration, tried(evidence.BeyondScope, answered(502, `{}`), "system/Observation.cud"), checks.Undecided},
		"an invented scope that is told":        {checks.BackendWithinRegistration, tried(evidence.InventedScope, issued(`{"scope":"made-up"}`), "made-up"), checks.Failed},
		"a user scope":                          {checks.BackendPersonalScopes, tried(evidence.PersonalScopes, issued(`{"scope":"user/Observation.rs"}`), "user/Observation.rs"), checks.Warned},
		"a default that is told":                {checks.BackendScopeOmitted, tried(evidence.NoScope, issued(full)), checks.Passed},
		"a default that is not told":            {checks.BackendScopeOmitted, tried(evidence.NoScope, issued(`{}`)), checks.Failed},
		"no scope is called invalid_client":     {checks.BackendScopeOmitted, tried(evidence.NoScope, refused(401, "invalid_client")), checks.Failed},
		"an unknown scope alone gets a token":   {checks.BackendErrorCodes, redemption(evidence.InventedAlone, issued(full)), checks.Skipped},
		"a token without assertion":             {checks.BackendAssertions, redemption(evidence.NoAssertion, issued(full)), checks.Failed},
		"an error with 500":                     {checks.BackendErrorCodes, redemption(evidence.NoAssertion, refused(500, "server_error")), checks.Failed},
		"an error explained by a link":          {checks.BackendErrorDescription, redemption(evidence.NoAssertion, answered(400, `{"error":"invalid_client","error_uri":"https://e.example/1"}`)), checks.Passed},
		"another type opens":                    {checks.BackendNarrowing, backendCalls("system/Observation.rs", foundSome(evidence.OtherType, 3)), checks.Failed},
		"another type is empty":                 {checks.BackendNarrowing, backendCalls("system/Observation.rs", foundSome(evidence.OtherType, 0)), checks.Passed},
		"another type was never allowed":        {checks.BackendNarrowing, noOther, checks.Skipped},
		"an empty answer instead of an error":   {checks.BackendUnauthorizedFails, backendCalls("system/Observation.rs", foundSome(evidence.OtherType, 0)), checks.Warned},
		"an error for another type":             {checks.BackendUnauthorizedFails, backendCalls("system/Observation.rs", status(evidence.OtherType, 404)), checks.Passed},
		"a crash at another type":               {checks.BackendUnauthorizedFails, backendCalls("system/Observation.rs", status(evidence.OtherType, 500)), checks.Undecided},
		"not implemented":                       {checks.BackendUnsupportedFails, backendCalls("system/Observation.rs", status(evidence.UnsupportedType, 501)), checks.Passed},
		"a create that works":                   {checks.BackendScopeEnforced, backendCalls("system/Observation.rs", status(evidence.Create, 201)), checks.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			f := row.check.Judge(evidence.Record{Value: row.value}, checks.Options{Version: checks.V2_2_0})
			g.Expect(f.Status).To(Equal(row.want), f.Message+f.Reason)
		})
	}
}
