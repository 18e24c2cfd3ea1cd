package evidence

// CodeReplay is a code that was redeemed twice, and what its tokens were worth afterwards.
type CodeReplay struct {
	First  TokenResponse `json:"first"`
	Second TokenResponse `json:"second"`
	// Before and After are reads of FHIR data with the first access token, before and after the second
	// redemption. Refresh is a refresh with the first refresh token after it, when there is one.
	Before  FHIRAnswer     `json:"before"`
	After   FHIRAnswer     `json:"after"`
	Refresh *TokenResponse `json:"refresh,omitempty"`
	// Later is a third redemption, a second after the first.
	Later *TokenResponse `json:"later,omitempty"`
}

// The kinds of evidence about the token endpoint.
var (
	CodeReplayKind         = NewKind[CodeReplay]("token.code-replay")
	TokenErrorsKind        = NewKind[Redemptions]("token.errors")
	CodeOtherClientKind    = NewKind[Redemptions]("token.code-other-client")
	CodeRedirectURIKind    = NewKind[Redemptions]("token.code-redirect-uri")
	TokenGetKind           = NewKind[Redemptions]("token.get")
	GrantTypeMissingKind   = NewKind[Redemptions]("token.grant-type-missing")
	ConfidentialSilentKind = NewKind[Redemptions]("token.confidential-unauthenticated")
	PasswordGrantKind      = NewKind[Redemptions]("token.password-grant")
	CodeRaceKind           = NewKind[Redemptions]("token.code-race") // of one code, all at the same time
	CodeInURLKind          = NewKind[Redemptions]("token.code-in-url")
)

// The names of the requests of TokenErrorsKind.
const (
	UnknownCode      = "an unknown code"
	UnknownRefresh   = "an unknown refresh token"
	UnknownGrantType = "an unknown grant type"
	UnknownClient    = "an unknown client"
	NoCode           = "no code"
)
