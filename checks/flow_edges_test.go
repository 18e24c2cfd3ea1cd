package checks_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// members makes the members of a JSON object.
func members(object string) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &m); err != nil {
		panic(err)
	}
	return m
}

// answered is a token response without a token.
func answered(status int, object string) evidence.TokenResponse {
	return evidence.TokenResponse{
		Exchange: "token#1", Status: status, Members: members(object),
		Header: evidence.Headers{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}, "Pragma": {"no-cache"}},
	}
}

// issued is a token response with a token.
func issued(object string) evidence.TokenResponse {
	r := answered(200, object)
	r.AccessToken = &evidence.Secret{Fingerprint: "a", Length: 32, B64Token: true, VSChar: true}
	return r
}

// refused is a token response with an error.
func refused(status int, code string) evidence.TokenResponse {
	return answered(status, `{"error":"`+code+`"}`)
}

func redemption(name string, r evidence.TokenResponse) evidence.Redemptions {
	return evidence.Redemptions{Redemptions: []evidence.Redemption{{Name: name, Token: r}}}
}

// page is a trip that ended on a page of the server.
func page(status int) evidence.Authorization {
	return evidence.Authorization{Outcome: evidence.GotPage, Pages: []evidence.Page{{Status: status, Title: "Sorry"}}}
}

// back is a trip that ended at the redirect URI.
func back(outcome evidence.Outcome, query map[string][]string, pages ...evidence.Page) evidence.Authorization {
	c := &evidence.Callback{URI: "https://app.example.org/callback", Query: query}
	for _, code := range query["code"] {
		c.Codes = append(c.Codes, evidence.Secret{Fingerprint: code, Length: len(code)})
	}
	return evidence.Authorization{Outcome: outcome, Callback: c, Pages: pages, Request: map[string][]string{"state": {"s"}}}
}

func code() evidence.Authorization {
	return back(evidence.GotCode, map[string][]string{"code": {"c"}, "state": {"s"}})
}

func denied() evidence.Authorization {
	return back(evidence.GotError, map[string][]string{"error": {"access_denied"}, "state": {"s"}})
}

func variant(a evidence.Authorization) evidence.Variants {
	return evidence.Variants{Variants: []evidence.Variant{{Name: "a variant", Authorization: a}}}
}

func redeemedVariant(r evidence.TokenResponse) evidence.Variants {
	v := variant(code())
	v.Variants[0].Token = &r
	return v
}

var (
	public    = evidence.Launch{User: "patient", Mode: "standalone", Client: "public"}
	symmetric = evidence.Launch{User: "patient", Mode: "standalone", Client: "symmetric"}
	clinician = evidence.Launch{User: "clinician", Mode: "standalone", Client: "public"}
)

// grant is a launch with the given end.
func grant(l evidence.Launch, a evidence.Authorization, r *evidence.TokenResponse) evidence.Grant {
	return evidence.Grant{
		Launch: l, ClientID: "app", RedirectURI: "https://app.example.org/callback", Base: "https://ehr.example/fhir",
		Issuer: "https://login.example", Scope: "openid fhirUser patient/Patient.rs patient/Observation.rs", Authorization: a, Token: r,
	}
}

func grants(all ...evidence.Grant) evidence.Grants { return evidence.Grants{Grants: all} }

// signedIn is a grant with an ID token of the given claims.
func signedIn(l evidence.Launch, claims string) evidence.Grant {
	r := issued(`{"scope":"openid fhirUser"}`)
	r.IDToken = &evidence.IDToken{Claims: members(claims)}
	return grant(l, code(), &r)
}

func declining(object string, declined ...string) evidence.ScopeGrants {
	r := issued(object)
	return evidence.ScopeGrants{Grants: []evidence.Grant{grant(public, code(), &r)}, Declined: declined}
}

func opened(capabilities []string, object string) evidence.ContextReads {
	r := issued(object)
	g := grant(public, code(), &r)
	g.EHRLaunch = &evidence.EHRLaunch{Opened: "1"}
	return evidence.ContextReads{Reads: []evidence.ContextRead{{Grant: g, Capabilities: capabilities}}}
}

func access(answers ...evidence.FHIRAnswer) evidence.Access {
	return evidence.Access{Scope: "patient/Observation.rs", Patient: "1", Answers: answers}
}

func bundle(name string, entries int, outside ...string) evidence.FHIRAnswer {
	return evidence.FHIRAnswer{Name: name, Status: 200, ResourceType: "Bundle", Entries: entries, Outside: outside}
}

func status(name string, status int, challenge ...string) evidence.FHIRAnswer {
	return evidence.FHIRAnswer{Name: name, Status: status, ResourceType: "OperationOutcome", Challenge: challenge}
}

func replay(second, after int) evidence.CodeReplay {
	return evidence.CodeReplay{
		First: issued(`{}`), Second: refused(second, "invalid_grant"),
		Before: evidence.FHIRAnswer{Status: 200, ResourceType: "Patient", ID: "1"}, After: status("", after),
	}
}

// TestEdgesOfFlows holds the verdicts that are easily got wrong: what conformant servers do in their own
// ways, what a server must not get away with, and what proves nothing.
func TestEdgesOfFlows(t *testing.T) {
	two := evidence.Page{Kind: "consent", Status: 200}
	tokenAs400 := issued(`{}`)
	tokenAs400.Status = 400
	failed := refused(500, "server_error")
	other := answered(404, `{}`)
	for name, row := range map[string]struct {
		check checks.Check
		value any
		want  checks.Status
	}{
		// Refusals at the token endpoint.
		"a wrong verifier is refused":               {checks.VerifierWrong, redemption("r", refused(400, "invalid_grant")), checks.Passed},
		"a wrong verifier brings a token as 400":    {checks.VerifierWrong, redemption("r", tokenAs400), checks.Failed},
		"a wrong verifier brings 500":               {checks.VerifierWrong, redemption("r", failed), checks.Undecided},
		"a wrong verifier brings 429":               {checks.VerifierWrong, redemption("r", refused(429, "slow_down")), checks.Undecided},
		"no attempt was made":                       {checks.VerifierWrong, evidence.Redemptions{}, checks.Skipped},
		"a mismatch is answered with 500":           {checks.MismatchInvalidGrant, redemption("r", failed), checks.Failed},
		"a mismatch is answered with 503":           {checks.MismatchInvalidGrant, redemption("r", refused(503, "x")), checks.Undecided},
		"errors have status 500":                    {checks.TokenErrorStatus, redemption("r", failed), checks.Failed},
		"an unknown code is not found":              {checks.InvalidGrant, redemption(evidence.UnknownCode, refused(400, "invalid_grant")), checks.Passed},
		"refresh tokens are not offered":            {checks.InvalidGrant, redemption(evidence.UnknownRefresh, refused(400, "unsupported_grant_type")), checks.Skipped},
		"the client may not refresh":                {checks.InvalidGrant, redemption(evidence.UnknownRefresh, refused(400, "unauthorized_client")), checks.Skipped},
		"an unknown refresh token has another name": {checks.InvalidGrant, redemption(evidence.UnknownRefresh, refused(400, "invalid_request")), checks.Failed},
		"a code replayed":                           {checks.CodeSingleUse, replay(400, 401), checks.Passed},
		"a code replayed into a failure":            {checks.CodeSingleUse, replay(500, 401), checks.Undecided},
		"a read that fails after the replay":        {checks.ReplayRevokesTokens, replay(400, 503), checks.Undecided},
		"a wrong secret in the body":                {checks.InvalidClient401, redemption(evidence.WrongInBody, refused(400, "invalid_client")), checks.Skipped},
		"a wrong secret in the header":              {checks.InvalidClient401, redemption(evidence.WrongInHeader, refused(400, "invalid_client")), checks.Failed},

		// Refusals at the authorization endpoint.
		"a code for plain that nothing redeems":      {checks.PlainRefused, redeemedVariant(refused(400, "invalid_grant")), checks.Passed},
		"a code for plain that a failure keeps":      {checks.PlainRefused, redeemedVariant(failed), checks.Undecided},
		"plain fails on a page":                      {checks.PlainRefused, variant(page(500)), checks.Undecided},
		"a code for another aud that is worth none":  {checks.AudienceChecked, redeemedVariant(refused(400, "invalid_target")), checks.Passed},
		"a token for another aud":                    {checks.AudienceChecked, redeemedVariant(issued(`{}`)), checks.Failed},
		"an unknown client gets a page":              {checks.NoOpenRedirect, variant(page(400)), checks.Passed},
		"an unknown client gets a page with 200":     {checks.NoOpenRedirect, variant(page(200)), checks.Passed},
		"an unknown client gets 502":                 {checks.NoOpenRedirect, variant(page(502)), checks.Undecided},
		"an unknown method fails on a page":          {checks.MethodUnknown, variant(page(500)), checks.Undecided},
		"denied":                                     {checks.DenialReported, variant(denied()), checks.Passed},
		"denied at a page that gives a code instead": {checks.DenialReported, variant(back(evidence.GotCode, map[string][]string{"code": {"c"}}, two)), checks.Warned},
		"nobody was asked":                           {checks.DenialReported, variant(code()), checks.Skipped},
		"one client is refused on a page":            {checks.AuthorizeGet, grants(grant(public, page(400), nil), grant(symmetric, code(), nil)), checks.Passed},
		"every client is refused on a page":          {checks.AuthorizeGet, grants(grant(public, page(405), nil), grant(symmetric, page(405), nil)), checks.Failed},
		"a launch that never came back has no state": {checks.StateEchoed, grants(grant(public, page(400), nil), grant(symmetric, code(), nil)), checks.Passed},
		"no launch came back":                        {checks.StateEchoed, grants(grant(public, page(400), nil)), checks.Skipped},
		"iss where no issuer is known": {checks.IssParameter, func() evidence.Grants {
			g := grant(public, back(evidence.GotCode, map[string][]string{"code": {"c"}, "iss": {"https://login.example"}}), nil)
			g.Issuer, g.IssPromised = "", true
			return grants(g)
		}(), checks.Undecided},
		"a redirect URI without a path": {checks.CodeInQuery, func() evidence.Grants {
			g := grant(public, code(), nil)
			g.RedirectURI, g.Authorization.Callback.URI = "https://App.example.org", "https://app.example.org/"
			return grants(g)
		}(), checks.Passed},

		// Tokens.
		"a launch whose token comes as 400":  {launchCheck(public), grant(public, code(), &tokenAs400), checks.Failed},
		"an access token that comes as 400":  {checks.AccessTokenPresent, grants(grant(public, code(), &tokenAs400)), checks.Failed},
		"a refused launch may be cached":     {checks.TokenCacheControl, grants(grant(public, code(), &other)), checks.Skipped},
		"two audiences and no azp":           {checks.IDTokenAudience, grants(signedIn(public, `{"aud":["app","api"]}`)), checks.Passed},
		"another azp":                        {checks.IDTokenAudience, grants(signedIn(public, `{"aud":["app","api"],"azp":"api"}`)), checks.Failed},
		"no iss":                             {checks.IDTokenIssuer, grants(signedIn(public, `{}`)), checks.Failed},
		"an issuer on another host":          {checks.IDTokenIssuer, grants(signedIn(public, `{"iss":"https://login.example"}`)), checks.Passed},
		"no fhirUser, so no type of one":     {checks.FHIRUserType, grants(signedIn(public, `{}`)), checks.Skipped},
		"one account serves as both users":   {checks.IDTokenSubject, grants(signedIn(public, `{"sub":"1","fhirUser":"P/1"}`), signedIn(clinician, `{"sub":"1","fhirUser":"P/1"}`)), checks.Passed},
		"two people share a subject":         {checks.IDTokenSubject, grants(signedIn(public, `{"sub":"1","fhirUser":"P/1"}`), signedIn(clinician, `{"sub":"1","fhirUser":"P/2"}`)), checks.Failed},
		"two unknown people share a subject": {checks.IDTokenSubject, grants(signedIn(public, `{"sub":"1"}`), signedIn(clinician, `{"sub":"1"}`)), checks.Failed},

		// Scopes and context.
		"declined and left out":                    {checks.ScopesDeclinedAbsent, declining(`{"scope":"patient/Patient.rs"}`, "patient/Observation.rs"), checks.Passed},
		"declined and granted":                     {checks.ScopesDeclinedAbsent, declining(`{"scope":"patient/Patient.rs patient/Observation.rs"}`, "patient/Observation.rs"), checks.Failed},
		"declined and granted in another spelling": {checks.ScopesDeclinedAbsent, declining(`{"scope":"patient/Observation.read"}`, "patient/Observation.rs"), checks.Failed},
		"declined and granted with everything":     {checks.ScopesDeclinedAbsent, declining(`{"scope":"patient/*.rs"}`, "patient/Observation.rs"), checks.Failed},
		"declined, and no token came": {checks.ScopesDeclinedAbsent, evidence.ScopeGrants{
			Grants: []evidence.Grant{grant(public, page(500), nil)}, Declined: []string{"patient/Observation.rs"},
		}, checks.Undecided},
		"declining one is declining all": {checks.ScopesDeclinedAbsent, evidence.ScopeGrants{
			Grants: []evidence.Grant{grant(public, denied(), nil)}, Declined: []string{"patient/Observation.rs"},
		}, checks.Passed},
		"a granted context that is null":         {checks.ScopesLaunchContext, declining(`{"scope":"launch/patient","patient":null}`), checks.Failed},
		"no patient where the EHR claims it":     {checks.EHRPatient, opened([]string{"context-ehr-patient"}, `{"scope":"launch openid"}`), checks.Failed},
		"no patient where the EHR claims none":   {checks.EHRPatient, opened(nil, `{"scope":"launch openid"}`), checks.Skipped},
		"no patient where launch is not granted": {checks.EHRPatient, opened([]string{"context-ehr-patient"}, `{"scope":"openid"}`), checks.Skipped},

		// The FHIR server.
		"anonymous and forbidden":              {checks.AnonymousRefused, access(status("a", 403)), checks.Warned},
		"anonymous and an empty answer":        {checks.AnonymousRefused, access(bundle("a", 0)), checks.Warned},
		"anonymous and data":                   {checks.AnonymousRefused, access(bundle("a", 1), status("b", 401)), checks.Failed},
		"anonymous and a failure":              {checks.AnonymousRefused, access(status("a", 500)), checks.Undecided},
		"two challenges in one field":          {checks.ChallengeOn401, access(status("a", 401, `Basic realm="x, y", Bearer realm="z"`)), checks.Passed},
		"no Bearer challenge":                  {checks.ChallengeOn401, access(status("a", 401, `Basic realm="x"`)), checks.Failed},
		"another type is forbidden":            {checks.OtherTypeRefused, access(status(evidence.OtherType, 403)), checks.Passed},
		"another type finds nothing":           {checks.OtherTypeRefused, access(bundle(evidence.OtherType, 0)), checks.Skipped},
		"another type fails":                   {checks.OtherTypeRefused, access(status(evidence.OtherType, 500)), checks.Undecided},
		"another type was granted":             {checks.OtherTypeRefused, access(), checks.Skipped},
		"a create is forbidden":                {checks.WriteRefused, access(status(evidence.Create, 403)), checks.Passed},
		"a create is not to the liking":        {checks.WriteRefused, access(status(evidence.Create, 422)), checks.Skipped},
		"nothing can be created":               {checks.WriteRefused, access(status(evidence.Create, 405), status(evidence.Update, 501)), checks.Passed},
		"a create works":                       {checks.WriteRefused, access(status(evidence.Create, 201), status(evidence.Update, 403)), checks.Failed},
		"a call beyond the scope finds none":   {checks.InsufficientScope, access(bundle(evidence.OtherType, 0)), checks.Skipped},
		"a call beyond the scope is 401":       {checks.InsufficientScope, access(status(evidence.OtherType, 401)), checks.Warned},
		"a granular scope finds nothing":       {checks.GranularEnforced, access(bundle(evidence.Granular, 0), bundle("b", 0)), checks.Skipped},
		"a granular scope leaves out":          {checks.GranularEnforced, access(bundle(evidence.Granular, 2), bundle("b", 0)), checks.Passed},
		"a granular scope lets out":            {checks.GranularEnforced, access(bundle(evidence.Granular, 2, "Observation/9")), checks.Failed},
		"another patient's record fails":       {checks.OtherPatientRefused, access(status(evidence.OtherPatient, 500)), checks.Undecided},
		"another patient's record is not here": {checks.OtherPatientRefused, access(status(evidence.OtherPatient, 404)), checks.Passed},
	} {
		t.Run(name, func(t *testing.T) {
			f := row.check.Judge(evidence.Record{Value: row.value}, checks.Options{Version: checks.V2_2_0})
			NewWithT(t).Expect(f.Status).To(Equal(row.want), "%s%s", f.Message, f.Reason)
		})
	}
}

func launchCheck(l evidence.Launch) checks.Check {
	c, ok := checks.Lookup("launch." + l.String())
	if !ok {
		panic("no check for launch " + l.String())
	}
	return c
}
