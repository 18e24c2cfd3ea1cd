package faults

// Defects of client authentication by secret.
var (
	SecretUnchecked          = Fault{"secret-unchecked", "accepts any client secret", []string{"client-auth-symmetric.wrong-secret"}}
	SecretEmptyAccepted      = Fault{"secret-empty-accepted", "takes an empty client secret for the right one", []string{"client-auth-symmetric.wrong-secret"}}
	SecretOfOtherAccepted    = Fault{"secret-of-other-accepted", "looks for the client secret among those of all clients", []string{"client-auth-symmetric.other-clients-secret"}}
	InvalidClientNoChallenge = Fault{"invalid-client-no-challenge", "answers failed Basic authentication with 400 and no challenge", []string{"client-auth-symmetric.invalid-client-401"}}
	SecretInQuery            = Fault{"secret-in-query", "reads client_secret from the request URL", []string{"client-auth-symmetric.secret-not-in-query"}}
	TwoMethodsAccepted       = Fault{"two-methods-accepted", "takes a client secret from the body though the header holds one too", []string{"client-auth-symmetric.single-method"}}
	BasicNotDecoded          = Fault{"basic-not-decoded", "compares Basic credentials without decoding id and secret", []string{"client-auth-symmetric.reserved-characters"}}
	SecretInBodyIgnored      = Fault{"secret-in-body-ignored", "lists client_secret_post and does not read a secret in the body", []string{"client-auth-symmetric.post"}}
	BackendBySecret          = Fault{"backend-by-secret", "gives system scopes to clients that authenticate with a secret", []string{"client-auth-symmetric.no-backend"}}
)

var clientAuthSymmetric = []Fault{
	SecretUnchecked, SecretEmptyAccepted, SecretOfOtherAccepted, InvalidClientNoChallenge, SecretInQuery, TwoMethodsAccepted,
	BasicNotDecoded, SecretInBodyIgnored, BackendBySecret,
}
