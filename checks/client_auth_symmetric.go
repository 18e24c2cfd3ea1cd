package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// ClientAuthSymmetric lists the checks of client authentication by secret.
var ClientAuthSymmetric = []Check{WrongSecret, InvalidClient401, SecretNotInQuery, SingleMethod}

// WrongSecret verifies that a wrong secret is refused.
var WrongSecret = New(Meta{
	ID:           "client-auth-symmetric.wrong-secret",
	Title:        "A wrong client secret is refused",
	Level:        Shall,
	Requirements: []string{"356"},
	Applies:      "the target file has a confidential client with a secret",
	Remedy:       "Compare the secret before the grant is looked at.",
}, evidence.SecretWrongKind, neverIssued("401 invalid_client"))

// InvalidClient401 verifies the answer to a failed Basic authentication.
var InvalidClient401 = New(Meta{
	ID:           "client-auth-symmetric.invalid-client-401",
	Title:        "Failed Basic authentication is answered with 401 and a challenge",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.2-invalid-client-401"},
	Applies:      "the target file has a confidential client that sends its secret in the Authorization header",
	Remedy:       "Answer 401 with error=invalid_client and WWW-Authenticate: Basic.",
}, evidence.SecretWrongKind, func(e evidence.Redemptions) Verdict {
	var t tally
	for _, r := range e.Only(evidence.WrongInHeader).Redemptions {
		if busy(r.Token.Status) {
			t.unsure("the token endpoint " + giveUp(r.Token.Status))
			continue
		}
		challenged := hasScheme(r.Token.Header.Values("WWW-Authenticate"), "Basic")
		if r.Token.Status == 401 && r.Token.Error() == "invalid_client" && challenged {
			t.holds(r.Token.Exchange)
			continue
		}
		t.breaks(fmt.Sprintf("%s, WWW-Authenticate %q", r.Token.Describe(), r.Token.Header.Get("WWW-Authenticate")), r.Token.Exchange)
	}
	return t.verdict("401 invalid_client with WWW-Authenticate: Basic", "the refusal was complete", "the client sends its secret in the body")
})

// SecretNotInQuery verifies that a secret in the URL is not honoured.
var SecretNotInQuery = New(Meta{
	ID:           "client-auth-symmetric.secret-not-in-query",
	Title:        "A client secret in the request URL is not honoured",
	Level:        ShouldNot,
	Requirements: []string{"rfc6749-2.3.1-secret-not-in-query"},
	Applies:      "the target file has a confidential client with a secret",
	Remedy:       "Read client credentials from the Authorization header or the body only.",
}, evidence.SecretInQueryKind, neverIssued("a refusal"))

// SingleMethod verifies that a client cannot authenticate in two ways at once.
var SingleMethod = New(Meta{
	ID:           "client-auth-symmetric.single-method",
	Title:        "A request that authenticates its client in two ways is refused",
	Level:        Should,
	Requirements: []string{"rfc6749-2.3-single-auth-method"},
	Applies:      "the target file has a confidential client with a secret",
	Remedy:       "Answer 400 with error=invalid_request when credentials stand in the Authorization header and in the body (RFC 6749 §5.2).",
}, evidence.TwoMethodsKind, neverIssued("400 invalid_request"))
