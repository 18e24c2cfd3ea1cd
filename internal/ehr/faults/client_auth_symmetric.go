package faults

// Defects of client authentication by secret.
var (
	SecretUnchecked          = Fault{"secret-unchecked", "accepts any client secret", []string{"client-auth-symmetric.wrong-secret"}}
	InvalidClientNoChallenge = Fault{"invalid-client-no-challenge", "answers failed Basic authentication with 400 and no challenge", []string{"client-auth-symmetric.invalid-client-401"}}
	SecretInQuery            = Fault{"secret-in-query", "reads client_secret from the request URL", []string{"client-auth-symmetric.secret-not-in-query"}}
	TwoMethodsAccepted       = Fault{"two-methods-accepted", "takes a client secret from the body though the header holds one too", []string{"client-auth-symmetric.single-method"}}
)

var clientAuthSymmetric = []Fault{SecretUnchecked, InvalidClientNoChallenge, SecretInQuery, TwoMethodsAccepted}
