package checks_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func about(name string, status int, object string) evidence.Introspection {
	return evidence.Introspected(name, answered(status, object))
}

// liveToken is a token of the public client, issued at second 1000 for five minutes, and what was said of it.
func liveToken(answer string, change func(*evidence.LiveToken)) evidence.LiveTokens {
	token := evidence.LiveToken{
		Name: "patient-standalone-public", ClientID: "public", Issued: 1000,
		Token:  issued(`{"scope":"openid patient/*.rs","expires_in":300,"patient":"p"}`),
		Answer: about("the access token", 200, answer), Hinted: about("", 200, `{"active":true}`),
	}
	token.Token.IDToken = &evidence.IDToken{Claims: members(`{"iss":"https://as.example","sub":"s"}`)}
	if change != nil {
		change(&token)
	}
	return evidence.LiveTokens{Caller: "clients.symmetric", Tokens: []evidence.LiveToken{token}}
}

// ownToo adds a token of the caller, which is called active.
func ownToo(e evidence.LiveTokens) evidence.LiveTokens {
	own := liveToken(`{"active":true}`, func(l *evidence.LiveToken) { l.OfCaller = true })
	e.Tokens = append(e.Tokens, own.Tokens...)
	return e
}

func dead(status int, object string) evidence.DeadTokens {
	return evidence.DeadTokens{
		Control: about("", 200, `{"active":true}`), Tokens: []evidence.Introspection{about(evidence.RandomToken, status, object)},
	}
}

// asking are the answers to callers of a protected endpoint; those that are given take the place of refusals.
func asking(answers ...evidence.Introspection) evidence.IntrospectionCallers {
	e := evidence.IntrospectionCallers{Control: about("", 200, `{"active":true}`), Asked: answers}
	for _, name := range []string{
		evidence.AskedAnonymously, evidence.AskedWrongSecret, evidence.AskedRandomBearer, evidence.AskedByToken, evidence.AskedByGet, evidence.AskedInQuery,
	} {
		if _, given := e.Named(name); !given {
			e.Asked = append(e.Asked, about(name, 401, `{"error":"invalid_client"}`))
		}
	}
	return e
}

// TestEdgesOfIntrospection holds where servers may differ, and where they may not.
func TestEdgesOfIntrospection(t *testing.T) {
	const active = `{"active":true}`
	uncontrolled := dead(200, `{"active":false}`)
	uncontrolled.Control = about("", 500, `{}`)
	withRefresh := func(object string) evidence.LiveTokens {
		return liveToken(active, func(l *evidence.LiveToken) {
			refresh := about("the refresh token", 200, object)
			l.Refresh = &refresh
		})
	}
	for name, row := range map[string]struct {
		check checks.Check
		value any
		want  checks.Status
	}{
		"active":                                  {checks.IntrospectionResponse, liveToken(active, nil), checks.Passed},
		"only the caller's own are active":        {checks.IntrospectionResponse, ownToo(liveToken(`{"active":false}`, nil)), checks.Passed},
		"tokens of others are inactive":           {checks.IntrospectionOtherClients, ownToo(liveToken(`{"active":false}`, nil)), checks.Warned},
		"there is no token of others":             {checks.IntrospectionOtherClients, liveToken(active, func(l *evidence.LiveToken) { l.OfCaller = true }), checks.Skipped},
		"nothing is active":                       {checks.IntrospectionResponse, liveToken(`{"active":false}`, nil), checks.Failed},
		"a page":                                  {checks.IntrospectionResponse, liveToken(active, func(l *evidence.LiveToken) { l.Answer = evidence.Introspection{Status: 200} }), checks.Failed},
		"the server fails":                        {checks.IntrospectionResponse, liveToken(active, func(l *evidence.LiveToken) { l.Answer.Status = 500 }), checks.Undecided},
		"active as a number":                      {checks.IntrospectionActive, liveToken(`{"active":1}`, nil), checks.Failed},
		"scopes in another order":                 {checks.IntrospectionScope, liveToken(`{"active":true,"scope":"patient/*.rs openid"}`, nil), checks.Passed},
		"a scope less":                            {checks.IntrospectionScope, liveToken(`{"active":true,"scope":"openid"}`, nil), checks.Failed},
		"no scopes":                               {checks.IntrospectionScope, liveToken(active, nil), checks.Failed},
		"the caller as client":                    {checks.IntrospectionClientID, liveToken(`{"active":true,"client_id":"symmetric"}`, nil), checks.Failed},
		"exp with a fraction":                     {checks.IntrospectionExp, liveToken(`{"active":true,"exp":1300.5}`, nil), checks.Failed},
		"exp that agrees but for some seconds":    {checks.IntrospectionLifetime, liveToken(`{"active":true,"exp":1305}`, nil), checks.Passed},
		"exp that does not agree":                 {checks.IntrospectionLifetime, liveToken(`{"active":true,"exp":1360}`, nil), checks.Failed},
		"exp of a server without a clock":         {checks.IntrospectionLifetime, liveToken(`{"active":true,"exp":1360}`, func(l *evidence.LiveToken) { l.Issued = 0 }), checks.Skipped},
		"the patient":                             {checks.IntrospectionContext, liveToken(`{"active":true,"patient":"p"}`, nil), checks.Passed},
		"another patient":                         {checks.IntrospectionContext, liveToken(`{"active":true,"patient":"q"}`, nil), checks.Failed},
		"a token without context":                 {checks.IntrospectionContext, liveToken(active, func(l *evidence.LiveToken) { l.Token = issued(`{}`) }), checks.Skipped},
		"no fhirUser where the ID token has none": {checks.IntrospectionFHIRUser, liveToken(active, nil), checks.Skipped},
		"sub":                                     {checks.IntrospectionSub, liveToken(`{"active":true,"sub":"s"}`, nil), checks.Passed},
		"no ID token":                             {checks.IntrospectionSub, liveToken(active, func(l *evidence.LiveToken) { l.Token.IDToken = nil }), checks.Skipped},
		"hidden by the hint":                      {checks.IntrospectionWrongHint, liveToken(active, func(l *evidence.LiveToken) { l.Hinted = about("", 200, `{"active":false}`) }), checks.Failed},
		"a refresh token is inactive":             {checks.IntrospectionRefreshToken, withRefresh(`{"active":false}`), checks.Noted},
		"a refresh token of type Refresh":         {checks.IntrospectionRefreshToken, withRefresh(`{"active":true,"token_type":"Refresh"}`), checks.Noted},
		"a refresh token of type Bearer":          {checks.IntrospectionRefreshToken, withRefresh(`{"active":true,"token_type":"bearer"}`), checks.Warned},
		"a dead token is not found":               {checks.IntrospectionDead, dead(404, `{}`), checks.Failed},
		"a dead token is inactive":                {checks.IntrospectionDead, dead(200, `{"active":false}`), checks.Passed},
		"a dead token is inactive as text":        {checks.IntrospectionDead, dead(200, `{"active":"false"}`), checks.Failed},
		"dead and good tokens alike":              {checks.IntrospectionDead, uncontrolled, checks.Undecided},
		"the scope of a dead token":               {checks.IntrospectionMinimal, dead(200, `{"active":false,"scope":"openid"}`), checks.Warned},
		"callers without credentials are refused": {checks.IntrospectionAuthorization, asking(), checks.Passed},
		"refused with 403":                        {checks.IntrospectionAuthorization, asking(about(evidence.AskedAnonymously, 403, `{}`)), checks.Passed},
		"told that nothing is active":             {checks.IntrospectionAuthorization, asking(about(evidence.AskedAnonymously, 200, `{"active":false}`)), checks.Passed},
		"open to everybody":                       {checks.IntrospectionAuthorization, asking(about(evidence.AskedAnonymously, 200, active)), checks.Warned},
		"open to a wrong secret":                  {checks.IntrospectionAuthorization, asking(about(evidence.AskedWrongSecret, 200, active)), checks.Failed},
		"by access token":                         {checks.IntrospectionBearer, asking(about(evidence.AskedByToken, 200, active)), checks.Passed},
		"not by access token":                     {checks.IntrospectionBearer, asking(), checks.Failed},
		"by an access token of another kind only": {checks.IntrospectionBearer, asking(about(evidence.AskedByToken, 403, `{}`)), checks.Skipped},
		"not even by the token that was named":    {checks.IntrospectionBearer, asking(about(evidence.AskedByNamedToken, 403, `{}`)), checks.Failed},
		"by access token where everybody may":     {checks.IntrospectionBearer, asking(about(evidence.AskedAnonymously, 200, active)), checks.Skipped},
		"by GET":                                  {checks.IntrospectionTokenInURL, asking(about(evidence.AskedByGet, 200, active)), checks.Warned},
		"not by GET":                              {checks.IntrospectionTokenInURL, asking(), checks.Passed},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			f := row.check.Judge(evidence.Record{Value: row.value}, checks.Options{Version: checks.V2_2_0})
			g.Expect(f.Status).To(Equal(row.want), f.Message+f.Reason)
		})
	}
}
