package checks_test

import (
	"encoding/json"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// found judges a value with a check.
func found(c checks.Check, value any) checks.Finding {
	return c.Judge(evidence.Record{Kind: c.Kind(), Value: value}, checks.Options{Version: checks.V2_2_0})
}

// identified is a token response with an ID token that has these claims.
func identified(claims string) *evidence.TokenResponse {
	r := issued(`{"token_type":"Bearer","scope":"openid fhirUser"}`)
	r.IDToken = &evidence.IDToken{Claims: members(claims), Received: 1000}
	return &r
}

// shown is a trip past a page of that kind that ended with a code.
func shown(kind string) evidence.Authorization {
	return back(evidence.GotCode, map[string][]string{"code": {"c"}, "state": {"s"}}, evidence.Page{Status: 200, Title: "Hello", Kind: kind})
}

// failing is a trip that ended with that error at the redirect URI.
func erring(code string) evidence.Authorization {
	return back(evidence.GotError, map[string][]string{"error": {code}, "state": {"s"}})
}

var lost = evidence.Authorization{Outcome: evidence.GotNowhere, Trouble: "the page was not understood"}

func TestPromptNone(t *testing.T) {
	clean, after := evidence.NoneUnknown, evidence.NoneSignedIn
	stuck := lost
	stuck.Pages = []evidence.Page{{Kind: "sign-in", Title: "Hello"}}
	for name, tc := range map[string]struct {
		turn     string
		signedIn bool
		a        evidence.Authorization
		prompts  []string
		want     checks.Status
	}{
		"login_required":                    {clean, false, erring("login_required"), nil, checks.Passed},
		"another error":                     {clean, false, erring("access_denied"), nil, checks.Passed},
		"a code for nobody":                 {clean, false, code(), []string{"none"}, checks.Failed},
		"a sign-in page":                    {clean, false, shown("sign-in"), []string{"none"}, checks.Failed},
		"a sign-in page that is not passed": {clean, false, stuck, []string{"none"}, checks.Failed},
		"prompt is not supported":           {clean, false, shown("sign-in"), nil, checks.Warned},
		"a page that leads on by itself":    {after, true, shown("unknown"), []string{"none"}, checks.Passed},
		"an error page":                     {clean, false, page(400), []string{"none"}, checks.Failed},
		"a server that fails":               {clean, false, page(503), []string{"none"}, checks.Undecided},
		"a server that fails politely":      {clean, false, erring("temporarily_unavailable"), []string{"none"}, checks.Undecided},
		"a trip that got lost":              {clean, false, lost, []string{"none"}, checks.Undecided},
		"the one browser of a user":         {clean, true, code(), []string{"none"}, checks.Skipped},
		"a code for somebody":               {after, true, code(), nil, checks.Passed},
		"consent_required":                  {after, true, erring("consent_required"), nil, checks.Passed},
		"a consent page":                    {after, true, shown("consent"), []string{"none"}, checks.Failed},
		"nobody signed in before":           {after, false, erring("login_required"), nil, checks.Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			f := found(checks.PromptNone, evidence.OpenIDTurns{Prompts: tc.prompts, Turns: []evidence.OpenIDTurn{
				{Name: tc.turn, SignedIn: tc.signedIn, Authorization: tc.a},
			}})
			NewWithT(t).Expect(f.Status).To(Equal(tc.want), f.Message+f.Reason)
		})
	}
}

// TestPromptNoneOfAServerThatKnowsIt fails a server that answers prompt=none to one request and not to the other.
func TestPromptNoneOfAServerThatKnowsIt(t *testing.T) {
	f := found(checks.PromptNone, evidence.OpenIDTurns{Turns: []evidence.OpenIDTurn{
		{Name: evidence.NoneUnknown, Authorization: erring("login_required")},
		{Name: evidence.NoneSignedIn, SignedIn: true, Authorization: shown("consent")},
	}})
	NewWithT(t).Expect(f.Status).To(Equal(checks.Failed), f.Message)
}

func TestReauthentication(t *testing.T) {
	const first = `{"sub":"amy","auth_time":900}`
	for name, tc := range map[string]struct {
		a        evidence.Authorization
		claims   string // "" for no ID token
		signedIn bool
		want     checks.Status
	}{
		"a sign-in page":           {shown("sign-in"), first, true, checks.Passed},
		"a second factor":          {shown("second factor"), first, true, checks.Passed},
		"a consent page only":      {shown("consent"), first, true, checks.Warned},
		"no page and a later time": {code(), `{"sub":"amy","auth_time":990}`, true, checks.Passed},
		"no page and no time":      {code(), `{"sub":"amy"}`, true, checks.Warned},
		"no page and no ID token":  {code(), "", true, checks.Warned},
		"login_required":           {erring("login_required"), "", true, checks.Passed},
		"another error":            {erring("invalid_request"), "", true, checks.Warned},
		"a server that fails":      {page(502), "", true, checks.Undecided},
		"a trip that got lost":     {lost, "", true, checks.Undecided},
		"nobody signed in before":  {shown("sign-in"), first, false, checks.Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			turn := evidence.OpenIDTurn{SignedIn: tc.signedIn, Authorization: tc.a}
			if tc.claims != "" {
				turn.Token = identified(tc.claims)
			}
			for kind, c := range map[string]checks.Check{evidence.MaxAgeZero: checks.ReauthenticationByAge, evidence.PromptLogin: checks.ReauthenticationByPrompt} {
				turn.Name = kind
				f := found(c, evidence.OpenIDTurns{Turns: []evidence.OpenIDTurn{
					{Name: evidence.OrdinaryTurn, Authorization: code(), Token: identified(first)}, turn,
				}})
				g.Expect(f.Status).To(Equal(tc.want), f.Message+f.Reason)
			}
		})
	}
	f := found(checks.ReauthenticationByAge, evidence.OpenIDTurns{Withheld: "max_age is not supported"})
	NewWithT(t).Expect(f.Status).To(Equal(checks.Skipped))
}

func TestAuthTime(t *testing.T) {
	for claims, want := range map[string]checks.Status{
		`{"auth_time":990}`:   checks.Passed,
		`{"auth_time":"990"}`: checks.Failed,
		`{"auth_time":null}`:  checks.Failed,
		`{}`:                  checks.Failed,
		`{"auth_time":5000}`:  checks.Failed,
	} {
		f := found(checks.AuthTime, evidence.OpenIDTurns{Turns: []evidence.OpenIDTurn{{Name: evidence.MaxAgeZero, Token: identified(claims)}}})
		NewWithT(t).Expect(f.Status).To(Equal(want), claims)
	}
}

func TestFHIRUserForms(t *testing.T) {
	const base = "https://ehr.example/fhir"
	for user, want := range map[string]checks.Status{
		base + "/Practitioner/1":             checks.Noted,
		"Practitioner/1":                     checks.Noted,
		"/Practitioner/1":                    checks.Noted,
		"https://other.example/fhir/Person/": checks.Warned,
		"https://ehr.example/Practitioner/1": checks.Warned,
		"urn:uuid:0-0":                       checks.Warned,
		"dr.lin":                             checks.Warned,
		"Practitioner/1/_history/2":          checks.Warned,
		"Practitioner/":                      checks.Warned,
	} {
		grant := evidence.Grant{Base: base, Token: identified(fmt.Sprintf(`{"fhirUser":%q}`, user))}
		f := found(checks.FHIRUserForm, evidence.ContextReads{Reads: []evidence.ContextRead{{Grant: grant}}})
		NewWithT(t).Expect(f.Status).To(Equal(want), user+": "+f.Message)
	}
}

// TestSubjectsOfTwoUsers lets a user have another sub with every client, and no two users the same one.
func TestSubjectsOfTwoUsers(t *testing.T) {
	grant := func(user, client, sub, fhirUser string) evidence.Grant {
		return evidence.Grant{
			Launch: evidence.Launch{User: user}, ClientID: client,
			Token: identified(fmt.Sprintf(`{"sub":%q,"fhirUser":%q}`, sub, fhirUser)),
		}
	}
	for name, tc := range map[string]struct {
		grants []evidence.Grant
		want   checks.Status
	}{
		"pairwise":                  {[]evidence.Grant{grant("patient", "a", "1", "Patient/1"), grant("patient", "b", "2", "Patient/1")}, checks.Passed},
		"two for one client":        {[]evidence.Grant{grant("patient", "a", "1", "Patient/1"), grant("patient", "a", "2", "Patient/1")}, checks.Failed},
		"shared":                    {[]evidence.Grant{grant("patient", "a", "1", "Patient/1"), grant("clinician", "a", "1", "Practitioner/1")}, checks.Failed},
		"shared by two clients":     {[]evidence.Grant{grant("patient", "a", "1", "Patient/1"), grant("clinician", "b", "1", "Practitioner/1")}, checks.Failed},
		"one account for both":      {[]evidence.Grant{grant("patient", "a", "1", "Person/1"), grant("clinician", "a", "1", "Person/1")}, checks.Passed},
		"characters beyond ASCII":   {[]evidence.Grant{grant("patient", "a", "äöü", "Patient/1")}, checks.Failed},
		"the longest that may be":   {[]evidence.Grant{grant("patient", "a", fmt.Sprintf("%0255d", 1), "Patient/1")}, checks.Passed},
		"one character beyond that": {[]evidence.Grant{grant("patient", "a", fmt.Sprintf("%0256d", 1), "Patient/1")}, checks.Failed},
	} {
		f := found(checks.IDTokenSubject, evidence.Grants{Grants: tc.grants})
		NewWithT(t).Expect(f.Status).To(Equal(tc.want), name+": "+f.Message)
	}
}

func TestUserInfoAnswers(t *testing.T) {
	ok := evidence.UserInfo{Name: evidence.UserInfoGet, Status: 200, MediaType: "application/json", Subject: "amy", IDSubject: "amy"}
	change := func(edit func(*evidence.UserInfo)) evidence.UserInfo {
		c := ok
		edit(&c)
		return c
	}
	for name, tc := range map[string]struct {
		call evidence.UserInfo
		want checks.Status
	}{
		"JSON":                {ok, checks.Passed},
		"a signed JWT":        {change(func(u *evidence.UserInfo) { u.MediaType = "application/jwt" }), checks.Passed},
		"a forged JWT":        {change(func(u *evidence.UserInfo) { u.MediaType, u.Signature = "application/jwt", "wrong" }), checks.Failed},
		"an encrypted JWT":    {change(func(u *evidence.UserInfo) { u.MediaType, u.Problem, u.Subject = "application/jwt", "encrypted", "" }), checks.Undecided},
		"a page":              {change(func(u *evidence.UserInfo) { u.MediaType, u.Problem, u.Subject = "text/html", "no JSON", "" }), checks.Failed},
		"another subject":     {change(func(u *evidence.UserInfo) { u.Subject = "ben" }), checks.Failed},
		"no subject":          {change(func(u *evidence.UserInfo) { u.Subject = "" }), checks.Failed},
		"no subject anywhere": {change(func(u *evidence.UserInfo) { u.Subject, u.IDSubject = "", "" }), checks.Failed},
		"a refusal":           {change(func(u *evidence.UserInfo) { u.Status = 403 }), checks.Failed},
		"too much to do":      {change(func(u *evidence.UserInfo) { u.Status = 429 }), checks.Undecided},
	} {
		f := found(checks.UserInfoSubject, evidence.UserInfos{Calls: []evidence.UserInfo{tc.call}})
		NewWithT(t).Expect(f.Status).To(Equal(tc.want), name+": "+f.Message+f.Reason)
	}
}

func TestUserInfoRefusals(t *testing.T) {
	bearer := []string{`Basic realm="x"`, `Bearer realm="x"`}
	for name, tc := range map[string]struct {
		call evidence.UserInfo
		want checks.Status
	}{
		"401":             {evidence.UserInfo{Status: 401, Challenge: bearer}, checks.Passed},
		"no challenge":    {evidence.UserInfo{Status: 401}, checks.Warned},
		"403":             {evidence.UserInfo{Status: 403}, checks.Warned},
		"an answer":       {evidence.UserInfo{Status: 200}, checks.Failed},
		"a sign-in page":  {evidence.UserInfo{Status: 302}, checks.Warned},
		"no answer now":   {evidence.UserInfo{Status: 503}, checks.Undecided},
		"not implemented": {evidence.UserInfo{Status: 501}, checks.Warned},
	} {
		tc.call.Name = evidence.UserInfoNoToken
		f := found(checks.UserInfoAnonymous, evidence.UserInfos{Calls: []evidence.UserInfo{tc.call}})
		NewWithT(t).Expect(f.Status).To(Equal(tc.want), name+": "+f.Message+f.Reason)
	}
	for status, want := range map[int]checks.Status{200: checks.Warned, 401: checks.Passed, 403: checks.Passed, 404: checks.Passed, 500: checks.Undecided} {
		told := evidence.UserInfo{Name: evidence.UserInfoGet, Status: 200, Subject: "amy"}
		call := evidence.UserInfo{Name: evidence.UserInfoNoOpenID, Status: status, Subject: "amy"}
		f := found(checks.UserInfoScope, evidence.UserInfos{Calls: []evidence.UserInfo{told, call}})
		NewWithT(t).Expect(f.Status).To(Equal(want), "%d", status)
		f = found(checks.UserInfoScope, evidence.UserInfos{Calls: []evidence.UserInfo{call}})
		NewWithT(t).Expect(f.Status).To(Equal(checks.Undecided), "without a control")
	}
}

func TestSignaturesOfIDTokens(t *testing.T) {
	two := evidence.SigningKeys{Published: []string{"a", "b"}, Algorithms: []string{"RS256"}}
	for name, tc := range map[string]struct {
		token                evidence.SignedToken
		algorithm, kid, late checks.Status
	}{
		"right":       {evidence.SignedToken{Algorithm: "RS256", KeyID: "a"}, checks.Passed, checks.Passed, checks.Passed},
		"unsigned":    {evidence.SignedToken{Algorithm: "none", AtOnce: "unsigned", Later: "unsigned"}, checks.Failed, checks.Failed, checks.Warned},
		"unlisted":    {evidence.SignedToken{Algorithm: "ES256", KeyID: "a"}, checks.Failed, checks.Passed, checks.Passed},
		"without kid": {evidence.SignedToken{Algorithm: "RS256"}, checks.Passed, checks.Failed, checks.Passed},
		"gone":        {evidence.SignedToken{Algorithm: "RS256", KeyID: "c", Later: "unknown"}, checks.Passed, checks.Passed, checks.Warned},
	} {
		g := NewWithT(t)
		e := two
		e.Tokens = []evidence.SignedToken{tc.token}
		g.Expect(found(checks.IDTokenAlgorithm, e).Status).To(Equal(tc.algorithm), name)
		g.Expect(found(checks.IDTokenKeyID, e).Status).To(Equal(tc.kid), name)
		g.Expect(found(checks.KeyRotation, e).Status).To(Equal(tc.late), name)
		e.Problem = "the key set is gone"
		g.Expect(found(checks.KeyRotation, e).Status).To(Equal(checks.Undecided), name)
		e.Problem, e.Published = "", []string{"a"}
		g.Expect(found(checks.IDTokenKeyID, e).Status).To(Equal(checks.Skipped), name)
	}
}

// TestOpenIDEvidenceCanBeReadBack judges recorded evidence as it judges what was just seen.
func TestOpenIDEvidenceCanBeReadBack(t *testing.T) {
	g := NewWithT(t)
	raw, err := json.Marshal(evidence.OpenIDTurns{Prompts: []string{"none"}, Turns: []evidence.OpenIDTurn{
		{Name: evidence.NoneUnknown, Authorization: shown("sign-in")},
	}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found(checks.PromptNone, json.RawMessage(raw)).Status).To(Equal(checks.Failed))
}
