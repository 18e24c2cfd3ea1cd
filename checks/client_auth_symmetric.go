package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// ClientAuthSymmetric lists the checks of client authentication by secret.
var ClientAuthSymmetric = []Check{
	WrongSecret, OtherClientsSecret, InvalidClient401, SecretNotInQuery, SingleMethod, ReservedCharacters, SecretInBody, NoBackendSecret,
}

const confidentialClient = "the target file has a confidential client with a secret"

// amongSecrets judges the attempts with one of the names.
func amongSecrets(judge func(evidence.Redemptions) Verdict, names ...string) func(evidence.Redemptions) Verdict {
	return func(e evidence.Redemptions) Verdict { return judge(e.Only(names...)) }
}

// WrongSecret verifies that a wrong secret is refused.
var WrongSecret = New(Meta{
	ID:           "client-auth-symmetric.wrong-secret",
	Title:        "A wrong client secret is refused",
	Level:        Shall,
	Requirements: []string{"356"},
	Applies:      confidentialClient,
	Remedy:       "Compare the secret before the grant is looked at.",
}, evidence.SecretsKind, amongSecrets(neverIssued("401 invalid_client"),
	evidence.WrongInHeader, evidence.WrongInBody, evidence.EmptyInHeader, evidence.EmptyInBody))

// OtherClientsSecret verifies that the secret of one client does not work for another.
var OtherClientsSecret = New(Meta{
	ID:           "client-auth-symmetric.other-clients-secret",
	Title:        "The secret of another client is refused",
	Level:        Shall,
	Requirements: []string{"356"},
	Applies:      confidentialClient + ", and the server registers a second one",
	Remedy:       "Look up the secret of the client that the request names, and compare with that alone.",
}, evidence.SecretsKind, func(e evidence.Redemptions) Verdict {
	tried := e.Only(evidence.OtherInHeader, evidence.OtherInBody)
	if len(tried.Redemptions) == 0 {
		return Skip("there is no second client with a secret: the server does not register one (see registration.client-id)")
	}
	return neverIssued("401 invalid_client")(tried)
})

// InvalidClient401 verifies the answer to a failed Basic authentication.
var InvalidClient401 = New(Meta{
	ID:           "client-auth-symmetric.invalid-client-401",
	Title:        "Failed Basic authentication is answered with 401 and a challenge",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.2-invalid-client-401"},
	Applies:      "the target file has a confidential client that sends its secret in the Authorization header",
	Remedy:       "Answer 401 with error=invalid_client and WWW-Authenticate: Basic.",
}, evidence.SecretsKind, func(e evidence.Redemptions) Verdict {
	var t tally
	for _, r := range e.Only(evidence.WrongInHeader, evidence.EmptyInHeader, evidence.OtherInHeader).Redemptions {
		if busy(r.Token.Status) {
			t.unsure("the token endpoint " + giveUp(r.Token.Status))
			continue
		}
		if r.Name == evidence.EmptyInHeader && r.Token.Error() == "invalid_request" {
			continue // the header of a client without a secret may be called malformed
		}
		challenged := hasScheme(r.Token.Header.Values("WWW-Authenticate"), "Basic")
		if r.Token.Status == 401 && r.Token.Error() == "invalid_client" && challenged {
			t.holds(r.Token.Exchange)
			continue
		}
		t.breaks(fmt.Sprintf("%s: %s, WWW-Authenticate %q", r.Name, r.Token.Describe(), r.Token.Header.Get("WWW-Authenticate")), r.Token.Exchange)
	}
	return t.verdict("401 invalid_client with WWW-Authenticate: Basic", "every refusal was complete", "the client sends its secret in the body")
})

// SecretNotInQuery verifies that a secret in the URL is not honoured.
var SecretNotInQuery = New(Meta{
	ID:           "client-auth-symmetric.secret-not-in-query",
	Title:        "A client secret in the request URL is not honoured",
	Level:        ShouldNot,
	Requirements: []string{"rfc6749-2.3.1-secret-not-in-query"},
	Applies:      confidentialClient,
	Remedy:       "Read client credentials from the Authorization header or the body only.",
}, evidence.SecretsKind, amongSecrets(neverIssued("a refusal"), evidence.InQuery))

// SingleMethod verifies that a client cannot authenticate in two ways at once.
var SingleMethod = New(Meta{
	ID:           "client-auth-symmetric.single-method",
	Title:        "A request that authenticates its client in two ways is refused",
	Level:        Should,
	Requirements: []string{"rfc6749-2.3-single-auth-method"},
	Applies:      confidentialClient,
	Remedy:       "Answer 400 with error=invalid_request when credentials stand in the Authorization header and in the body (RFC 6749 §5.2).",
}, evidence.SecretsKind, amongSecrets(neverIssued("400 invalid_request"), evidence.TwoWays))

// ReservedCharacters verifies that Basic credentials are decoded as they are encoded.
var ReservedCharacters = New(Meta{
	ID:           "client-auth-symmetric.reserved-characters",
	Title:        "Basic credentials with reserved characters are decoded as a form is",
	Level:        Shall,
	Requirements: []string{"rfc6749-2.3.1-basic-supported"},
	Applies:      "the target file has a confidential client that uses the Authorization header and whose id or secret holds characters such as : % + & or a space",
	Remedy:       "Take the decoded header apart at its first colon, and then decode id and secret as application/x-www-form-urlencoded (RFC 6749 §2.3.1).",
}, evidence.ReservedKind, func(e evidence.ReservedCredentials) Verdict {
	what := "a client whose " + reservedIn(e) + " holds reserved characters"
	switch {
	case e.Token == nil:
		return CannotJudge("no code to redeem with Basic credentials: " + e.Trouble)
	case e.Token.Issued():
		return Holds(what+" got an access token", e.Token.Exchange)
	case giveUp(e.Token.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(e.Token.Status), e.Token.Exchange)
	case e.Plain != nil && e.Plain.Issued():
		return Broken("an access token", e.Token.Describe()+", and a token when id and secret were not encoded", e.Token.Exchange, e.Plain.Exchange)
	case e.Token.Status == 401 || e.Token.Error() == "invalid_client":
		return Broken("an access token for "+what, e.Token.Describe(), e.Token.Exchange)
	}
	return CannotJudge("the code was refused for another reason: "+e.Token.Describe(), e.Token.Exchange)
})

func reservedIn(e evidence.ReservedCredentials) string {
	switch {
	case e.InID && e.InSecret:
		return "id and secret"
	case e.InID:
		return "id"
	default:
		return "secret"
	}
}

// SecretInBody verifies that a listed client_secret_post works.
var SecretInBody = New(Meta{
	ID:           "client-auth-symmetric.post",
	Title:        "A client secret in the request body works where client_secret_post is listed",
	Level:        Shall,
	Requirements: []string{"rfc8414-2-secret-post-as-listed"},
	Applies:      "token_endpoint_auth_methods_supported lists client_secret_post, and a client is registered for it",
	Remedy:       "Read client_id and client_secret from the body as well, or take client_secret_post off the list.",
}, evidence.SecretPostKind, func(e evidence.AuthTrial) Verdict {
	known, failed := knownClient(e)
	switch {
	case failed != "":
		return CannotJudge("the token endpoint "+failed, e.Right.Exchange, e.Wrong.Exchange)
	case known == refusedClient:
		return Broken("another error than invalid_client for the right secret and an unknown code", e.Right.Describe(), e.Right.Exchange)
	case known == unclearClient:
		return Skip("the token endpoint looks at the code before it looks at the secret: " + e.Wrong.Describe())
	}
	return Holds("the right secret in the body was told from a wrong one", e.Right.Exchange, e.Wrong.Exchange)
})

// NoBackendSecret verifies that no backend service gets in with a secret.
var NoBackendSecret = New(Meta{
	ID:           "client-auth-symmetric.no-backend",
	Title:        "A client with a secret gets no system scope by client_credentials",
	Level:        ShallNot,
	Requirements: []string{"344"},
	Versions:     sinceSTU2,
	Applies:      confidentialClient,
	Remedy:       "Give system scopes only to clients that authenticate with private_key_jwt.",
}, evidence.BackendSecretKind, neverIssued("400 unauthorized_client"))
