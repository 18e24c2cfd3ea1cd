package checks_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// race is one code that several requests brought at once.
func race(answers ...evidence.TokenResponse) evidence.Redemptions {
	var r evidence.Redemptions
	for _, a := range answers {
		r.Redemptions = append(r.Redemptions, evidence.Redemption{Name: "one of them", Token: a})
	}
	return r
}

// cached is a token error with the Cache-Control field.
func cached(value string) evidence.Redemptions {
	r := refused(400, "invalid_grant")
	r.Header = evidence.Headers{"Cache-Control": {value}}
	return redemption(evidence.UnknownCode, r)
}

func described(object string) evidence.Redemptions {
	return redemption(evidence.UnknownCode, answered(400, object))
}

func detailed(details string, reads ...evidence.FHIRAnswer) evidence.DetailedTokens {
	token := evidence.DetailedToken{Launch: public, Exchange: "grant#1", Details: json.RawMessage(details)}
	for _, read := range reads {
		token.Reads = append(token.Reads, evidence.LocationRead{Location: "https://ehr.example/r2", Answer: read})
	}
	return evidence.DetailedTokens{Asked: 1, Tokens: []evidence.DetailedToken{token}}
}

// lasting is a launch whose token lives for so long.
func lasting(l evidence.Launch, expiresIn string) evidence.Grant {
	r := issued(`{"expires_in":` + expiresIn + `}`)
	return grant(l, code(), &r)
}

// sized is a launch whose access token has that length.
func sized(length int) evidence.Grant {
	r := issued(`{"scope":"patient/Observation.rs"}`)
	r.AccessToken.Length = length
	return grant(public, code(), &r)
}

func later(r evidence.TokenResponse) evidence.CodeReplay {
	e := replay(400, 401)
	e.Later = &r
	return e
}

// TestEdgesOfTokenRequests holds the verdicts that are easily got wrong.
func TestEdgesOfTokenRequests(t *testing.T) {
	const good = `[{"type":"smart_on_fhir","locations":["https://ehr.example/r2"],"fhirVersions":["1.0.2"]},{"type":"somebody-else"}]`
	won, lost, failed := issued(`{}`), refused(400, "invalid_grant"), refused(500, "server_error")
	for name, row := range map[string]struct {
		check checks.Check
		value any
		want  checks.Status
	}{
		"one request wins the race":                 {checks.CodeOnceInRace, race(lost, won, lost), checks.Passed},
		"nobody wins the race":                      {checks.CodeOnceInRace, race(lost, lost, lost), checks.Passed},
		"two win the race":                          {checks.CodeOnceInRace, race(won, lost, won), checks.Failed},
		"two win and the others fail":               {checks.CodeOnceInRace, race(won, failed, won), checks.Failed},
		"one wins and all others fail":              {checks.CodeOnceInRace, race(won, failed, failed), checks.Undecided},
		"one wins, one is refused and one fails":    {checks.CodeOnceInRace, race(won, lost, failed), checks.Passed},
		"the code works a second later":             {checks.CodeSingleUse, later(won), checks.Failed},
		"the code is refused a second later":        {checks.CodeSingleUse, later(lost), checks.Passed},
		"the server fails a second later":           {checks.CodeSingleUse, later(failed), checks.Undecided},
		"an old code works":                         {checks.CodeExpires, evidence.CodeExpiry{Waited: 60, Token: won}, checks.Warned},
		"an old code is refused":                    {checks.CodeExpires, evidence.CodeExpiry{Waited: 60, Token: lost}, checks.Passed},
		"the server fails at an old code":           {checks.CodeExpires, evidence.CodeExpiry{Waited: 60, Token: failed}, checks.Undecided},
		"no code is called invalid_grant":           {checks.CodeRequired, redemption(evidence.NoCode, lost), checks.Failed},
		"an unknown client is called invalid_grant": {checks.UnknownClient, redemption(evidence.UnknownClient, lost), checks.Passed},
		"an unknown client makes the server fail":   {checks.UnknownClient, redemption(evidence.UnknownClient, answered(500, `{}`)), checks.Failed},
		"a plain description":                       {checks.ErrorCharacters, described(`{"error":"invalid_grant","error_description":"It's not known."}`), checks.Passed},
		"a description with quotes":                 {checks.ErrorCharacters, described(`{"error":"invalid_grant","error_description":"no \"x\""}`), checks.Failed},
		"a description in another language":         {checks.ErrorCharacters, described(`{"error":"invalid_grant","error_description":"ungültig"}`), checks.Failed},
		"a description in two lines":                {checks.ErrorCharacters, described(`{"error":"invalid_grant","error_description":"a\nb"}`), checks.Failed},
		"an address with a space":                   {checks.ErrorCharacters, described(`{"error":"invalid_grant","error_uri":"https://e.example/a b"}`), checks.Failed},
		"no error to look at":                       {checks.ErrorCharacters, described(`{}`), checks.Skipped},
		"errors that are never stored":              {checks.ErrorCaching, cached("no-store"), checks.Passed},
		"errors without a word about caching":       {checks.ErrorCaching, cached(""), checks.Noted},
		"errors that must be validated":             {checks.ErrorCaching, cached("no-cache, max-age=60"), checks.Noted},
		"errors for every cache":                    {checks.ErrorCaching, cached("public"), checks.Warned},
		"errors for an hour":                        {checks.ErrorCaching, cached("max-age=3600"), checks.Warned},
		"a code in the URL works":                   {checks.ParametersInBody, redemption("r", won), checks.Warned},
		"a code in the URL does not":                {checks.ParametersInBody, redemption("r", lost), checks.Passed},
		"a short verifier works":                    {checks.VerifierShort, redeemedVariant(won), checks.Warned},
		"a short verifier does not":                 {checks.VerifierShort, redeemedVariant(lost), checks.Passed},
		"two ways of authentication work":           {checks.SingleMethod, redemption(evidence.TwoWays, won), checks.Warned},
		"no authorization_details":                  {checks.AuthorizationDetails, evidence.DetailedTokens{Asked: 3}, checks.Noted},
		"authorization_details":                     {checks.AuthorizationDetails, detailed(good), checks.Noted},
		"a location without that record":            {checks.AuthorizationDetails, detailed(good, status("", 404)), checks.Noted},
		"a location that refuses the token":         {checks.AuthorizationDetails, detailed(good, status("", 401)), checks.Warned},
		"authorization_details as an object":        {checks.AuthorizationDetails, detailed(`{}`), checks.Warned},
		"authorization_details without type":        {checks.AuthorizationDetails, detailed(`[{}]`), checks.Warned},
		"authorization_details without versions":    {checks.AuthorizationDetails, detailed(`[{"type":"smart_on_fhir","locations":["https://e.example"]}]`), checks.Warned},
		"a location over plain http": {checks.AuthorizationDetails,
			detailed(`[{"type":"smart_on_fhir","locations":["http://e.example"],"fhirVersions":["4.0.1"]}]`), checks.Warned},
		"public tokens live longer":   {checks.LifetimeByClient, grants(lasting(public, "3600"), lasting(symmetric, "600")), checks.Warned},
		"public tokens live shorter":  {checks.LifetimeByClient, grants(lasting(public, "600"), lasting(symmetric, "3600")), checks.Noted},
		"other launches of other age": {checks.LifetimeByClient, grants(lasting(clinician, "3600"), lasting(symmetric, "600")), checks.Skipped},
		"a token of 8 KiB":            {checks.TokenSize, sized(8 << 10), checks.Passed},
		"a larger token":              {checks.TokenSize, sized(8<<10 + 1), checks.Warned},
		"so many scopes are refused":  {checks.TokenSize, grant(public, denied(), nil), checks.Skipped},
		"so many scopes get nowhere":  {checks.TokenSize, grant(public, evidence.Authorization{Outcome: evidence.GotNowhere}, nil), checks.Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			f := row.check.Judge(evidence.Record{Value: row.value}, checks.Options{Version: checks.V2_2_0})
			g.Expect(f.Status).To(Equal(row.want), f.Message+f.Reason)
		})
	}
}
