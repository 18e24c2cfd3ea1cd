package checks_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// registration is an answer of the registration endpoint.
func registration(status int, object string, change ...func(*evidence.RegistrationAnswer)) evidence.RegistrationAnswer {
	a := evidence.RegistrationAnswer{
		Exchange: "registration#1", Status: status, Received: 1_700_000_000,
		Header: evidence.Headers{"Content-Type": {"application/json;charset=utf-8"}, "Cache-Control": {"no-store"}},
	}
	_ = json.Unmarshal([]byte(object), &a.Members) // none counts as another body
	for _, c := range change {
		c(&a)
	}
	return a
}

func withSecretOf(fingerprint string) func(*evidence.RegistrationAnswer) {
	return func(a *evidence.RegistrationAnswer) { a.Secret = &evidence.Secret{Fingerprint: fingerprint} }
}

func withToken(a *evidence.RegistrationAnswer) { a.Token = &evidence.Secret{Fingerprint: "t"} }

func clients(answers ...evidence.RegistrationAnswer) evidence.Registrations {
	var e evidence.Registrations
	for _, a := range answers {
		e.Clients = append(e.Clients, evidence.RegisteredClient{Name: "a client", Answer: a})
	}
	return e
}

func asked(name, sent string, a evidence.RegistrationAnswer) evidence.Registrations {
	c := evidence.RegisteredClient{Name: name, Answer: a}
	_ = json.Unmarshal([]byte(sent), &c.Sent)
	return evidence.Registrations{Clients: []evidence.RegisteredClient{c}}
}

func attempted(right, wrong evidence.TokenResponse) evidence.Registrations {
	e := clients(registration(201, `{"client_id":"a"}`))
	e.Clients[0].Trial = &evidence.AuthTrial{Right: right, Wrong: wrong}
	return e
}

// TestEdgesOfRegistration holds the verdicts that are easily got wrong.
func TestEdgesOfRegistration(t *testing.T) {
	const id = `{"client_id":"a","redirect_uris":["https://a.example/"],"grant_types":["authorization_code"]}`
	unknown, grant, failed := refused(401, "invalid_client"), refused(400, "invalid_grant"), refused(503, "")
	deleted := evidence.ManagedRegistration{
		Before: evidence.AuthTrial{Right: grant, Wrong: unknown}, Delete: registration(204, ``), Gone: registration(401, ``),
		After: evidence.AuthTrial{Right: unknown, Wrong: unknown},
	}
	mute := deleted
	mute.Before.Wrong = grant
	for name, row := range map[string]struct {
		check checks.Check
		value any
		want  checks.Status
	}{
		"a client":                           {checks.RegistrationClientID, clients(registration(201, id)), checks.Passed},
		"no endpoint at the address":         {checks.RegistrationClientID, clients(registration(404, ``)), checks.Failed},
		"the endpoint fails":                 {checks.RegistrationClientID, clients(registration(500, ``)), checks.Undecided},
		"a second kind is refused":           {checks.RegistrationClientID, clients(registration(201, id), registration(400, `{"error":"x"}`)), checks.Passed},
		"a second kind gets no id":           {checks.RegistrationClientID, clients(registration(201, id), registration(201, `{}`)), checks.Failed},
		"200 instead of 201":                 {checks.RegistrationCreated, clients(registration(200, id)), checks.Warned},
		"the default method is left out":     {checks.RegistrationMetadata, asked("a", `{"token_endpoint_auth_method":"client_secret_basic"}`, registration(201, id)), checks.Passed},
		"another method is left out":         {checks.RegistrationMetadata, asked("a", `{"token_endpoint_auth_method":"none"}`, registration(201, id)), checks.Failed},
		"a null in its place":                {checks.RegistrationMetadata, asked("a", `{"jwks":{}}`, registration(201, `{"client_id":"a","jwks":null}`)), checks.Failed},
		"one client alone":                   {checks.RegistrationUniqueID, clients(registration(201, id)), checks.Skipped},
		"one id for two":                     {checks.RegistrationUniqueID, clients(registration(201, id), registration(201, id)), checks.Warned},
		"one id, one secret":                 {checks.RegistrationUniqueSecret, clients(registration(201, id, withSecretOf("1")), registration(201, id, withSecretOf("1"))), checks.Skipped},
		"two ids, one secret":                {checks.RegistrationUniqueSecret, clients(registration(201, id, withSecretOf("1")), registration(201, `{"client_id":"b"}`, withSecretOf("1"))), checks.Failed},
		"a secret without an end":            {checks.RegistrationSecretExpiry, clients(registration(201, `{"client_id":"a","client_secret_expires_at":0}`, withSecretOf("1"))), checks.Passed},
		"a secret that has ended":            {checks.RegistrationSecretExpiry, clients(registration(201, `{"client_id":"a","client_secret_expires_at":1600000000}`, withSecretOf("1"))), checks.Failed},
		"an end in a string":                 {checks.RegistrationSecretExpiry, clients(registration(201, `{"client_id":"a","client_secret_expires_at":"0"}`, withSecretOf("1"))), checks.Failed},
		"an end that is null":                {checks.RegistrationSecretExpiry, clients(registration(201, `{"client_id":"a","client_secret_expires_at":null}`, withSecretOf("1"))), checks.Failed},
		"no secret, no end":                  {checks.RegistrationSecretExpiry, clients(registration(201, id)), checks.Skipped},
		"nothing to manage":                  {checks.RegistrationManagementOffered, clients(registration(201, id)), checks.Noted},
		"an address without a token":         {checks.RegistrationManagementOffered, clients(registration(201, `{"client_id":"a","registration_client_uri":"https://e.example/1"}`)), checks.Failed},
		"a relative address":                 {checks.RegistrationManagementOffered, clients(registration(201, `{"client_id":"a","registration_client_uri":"/1"}`, withToken)), checks.Failed},
		"both":                               {checks.RegistrationManagementOffered, clients(registration(201, `{"client_id":"a","registration_client_uri":"https://e.example/1"}`, withToken)), checks.Passed},
		"right and wrong are told apart":     {checks.RegistrationAuthenticates, attempted(grant, unknown), checks.Passed},
		"the code is looked at first":        {checks.RegistrationAuthenticates, attempted(grant, grant), checks.Skipped},
		"the client is not known":            {checks.RegistrationAuthenticates, attempted(unknown, unknown), checks.Warned},
		"the token endpoint fails":           {checks.RegistrationAuthenticates, attempted(failed, unknown), checks.Undecided},
		"a bad redirect URI is dropped":      {checks.RegistrationRedirectURIs, asked(evidence.PlainRedirect, `{"redirect_uris":["http://b.example/"]}`, registration(201, id)), checks.Passed},
		"a bad redirect URI is kept":         {checks.RegistrationRedirectURIs, asked(evidence.PlainRedirect, `{"redirect_uris":["https://a.example/"]}`, registration(201, id)), checks.Failed},
		"and not told of":                    {checks.RegistrationRedirectURIs, asked(evidence.PlainRedirect, `{"redirect_uris":["http://b.example/"]}`, registration(201, `{"client_id":"a"}`)), checks.Failed},
		"the refusal is a failure":           {checks.RegistrationRedirectURIs, asked(evidence.ScriptRedirect, `{}`, registration(500, ``)), checks.Undecided},
		"the grant type is dropped":          {checks.RegistrationRedirectRequired, asked(evidence.NoRedirect, `{}`, registration(201, `{"client_id":"a","grant_types":["client_credentials"]}`)), checks.Passed},
		"one of two key sets":                {checks.RegistrationOneKeySet, asked(evidence.TwoKeySets, `{}`, registration(201, `{"client_id":"a","jwks":{}}`)), checks.Passed},
		"the response type is replaced":      {checks.RegistrationConsistent, asked(evidence.InconsistentResponse, `{}`, registration(201, `{"client_id":"a","response_types":["code"]}`)), checks.Passed},
		"the grant type is added":            {checks.RegistrationConsistent, asked(evidence.InconsistentResponse, `{}`, registration(201, `{"client_id":"a","response_types":["token"],"grant_types":["implicit"]}`)), checks.Passed},
		"a statement is ignored":             {checks.RegistrationStatement, asked(evidence.UnsignedStatement, `{}`, registration(201, id)), checks.Passed},
		"a statement's name is taken":        {checks.RegistrationStatement, asked(evidence.UnsignedStatement, `{}`, registration(201, `{"client_id":"a","client_name":"`+evidence.StatedName+`"}`)), checks.Failed},
		"refused with 403":                   {checks.RegistrationErrorResponse, asked(evidence.NoRedirect, `{}`, registration(403, `{"error":"x"}`)), checks.Warned},
		"nothing was refused":                {checks.RegistrationErrorResponse, asked(evidence.UnknownMethod, `{}`, registration(201, id)), checks.Skipped},
		"no redirect URI, metadata error":    {checks.RegistrationErrorCodes, asked(evidence.NoRedirect, `{}`, registration(400, `{"error":"invalid_client_metadata"}`)), checks.Passed},
		"bad redirect URI, metadata error":   {checks.RegistrationErrorCodes, asked(evidence.ScriptRedirect, `{}`, registration(400, `{"error":"invalid_client_metadata"}`)), checks.Warned},
		"an open server without tokens":      {checks.RegistrationInitialToken, evidence.InitialToken{Without: registration(201, id), Wrong: registration(201, id)}, checks.Noted},
		"a closed server with any token":     {checks.RegistrationInitialToken, evidence.InitialToken{Without: registration(401, ``), Wrong: registration(201, id)}, checks.Failed},
		"a wrong token is a bad request":     {checks.RegistrationInitialToken, evidence.InitialToken{Without: registration(401, ``), Wrong: registration(400, ``)}, checks.Warned},
		"deleted":                            {checks.RegistrationDeleted, deleted, checks.Passed},
		"deleted, and nothing shows it":      {checks.RegistrationDeleted, mute, checks.Skipped},
		"no updates":                         {checks.RegistrationUpdate, evidence.ManagedRegistration{Update: registration(405, ``)}, checks.Skipped},
		"no deletion":                        {checks.RegistrationDelete, evidence.ManagedRegistration{Delete: registration(405, ``)}, checks.Noted},
		"tokens of which none is its own":    {checks.RegistrationManagementToken, evidence.ManagedRegistration{Read: registration(401, ``)}, checks.Undecided},
		"two ways of authentication refused": {checks.SingleMethod, redemption(evidence.TwoWays, grant), checks.Passed},
		"no second client":                   {checks.OtherClientsSecret, redemption(evidence.WrongInHeader, unknown), checks.Skipped},
		"an encoded id that is not decoded":  {checks.ReservedCharacters, evidence.ReservedCredentials{InID: true, Token: &unknown}, checks.Failed},
		"a code that is refused":             {checks.ReservedCharacters, evidence.ReservedCredentials{InID: true, Token: &grant}, checks.Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			f := row.check.Judge(evidence.Record{Value: row.value}, checks.Options{Version: checks.V2_2_0})
			g.Expect(f.Status).To(Equal(row.want), f.Message+f.Reason)
		})
	}
}
