package evidence

// ReservedCredentials is a redemption with Basic credentials that have to be encoded (RFC 6749 §2.3.1).
type ReservedCredentials struct {
	InID     bool           `json:"in_id"`     // the client id holds reserved characters
	InSecret bool           `json:"in_secret"` // the secret does
	Token    *TokenResponse `json:"token,omitempty"`
	Plain    *TokenResponse `json:"plain,omitempty"`   // a redemption without encoding, when the right one failed
	Trouble  string         `json:"trouble,omitempty"` // why there was no code
}

// The names of the requests of SecretsKind.
const (
	WrongInHeader = "a wrong secret in the Authorization header"
	WrongInBody   = "a wrong secret in the body"
	EmptyInHeader = "an empty secret in the Authorization header"
	EmptyInBody   = "an empty secret in the body"
	OtherInHeader = "the secret of another client in the Authorization header"
	OtherInBody   = "the secret of another client in the body"
	InQuery       = "the secret in the query"
	TwoWays       = "the secret in the header and in the body"
)

// The kinds of evidence about client authentication by secret.
var (
	SecretsKind       = NewKind[Redemptions]("client-auth-symmetric.secrets")
	ReservedKind      = NewKind[ReservedCredentials]("client-auth-symmetric.reserved-characters")
	SecretPostKind    = NewKind[AuthTrial]("client-auth-symmetric.post")
	BackendSecretKind = NewKind[Redemptions]("client-auth-symmetric.backend")
)
