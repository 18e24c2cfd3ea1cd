package evidence

// More kinds of evidence about the authorization endpoint.
var (
	RepeatedParameterKind  = NewKind[Variants]("authorize.repeated-parameter")
	RedirectURIMissingKind = NewKind[Variants]("authorize.redirect-uri-missing")
	AudienceMissingKind    = NewKind[Variants]("authorize.aud-missing")
	SiblingBaseKind        = NewKind[Access]("authorize.sibling-base")
)

// TokenRepeatedKind is what the token endpoint answers to a parameter that comes more than once.
var TokenRepeatedKind = NewKind[Redemptions]("token.repeated-parameter")

// The names of the calls of SiblingBaseKind.
const (
	OwnBase          = "the token at its own base"
	OwnAtSibling     = "the token at the sibling base"
	SiblingAtOwnBase = "a token for the sibling base"
)
