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

// Forgery is one consent form that was sent in the user's browser though the user did not send it.
type Forgery struct {
	Name string `json:"name"`
	// OtherSite says that a page of another site sent it, with nothing in it that such a page cannot know.
	OtherSite bool `json:"other_site,omitempty"`
	// Approved says whose records the code opens that came of it, when that could be told apart.
	Approved      string        `json:"approved,omitempty"`
	Authorization Authorization `json:"authorization"`
}

// For whom a forged consent brought a code.
const (
	ApprovedForUser   = "the user"
	ApprovedForSender = "the sender"
)

// Forgeries are the consent forms that one probe forged.
type Forgeries struct {
	Forgeries []Forgery `json:"forgeries"`
}

// More kinds of evidence about the pages of the authorization endpoint.
var (
	ConsentForgedKind = NewKind[Forgeries]("authorize.consent-forged")
	FramingKind       = NewKind[Variants]("authorize.framing")
)

// LaunchValues are authorization requests with launch values of all sorts. A nil one was not made.
type LaunchValues struct {
	Unknown  *Grant `json:"unknown,omitempty"`   // with a value that was never issued
	OtherApp *Grant `json:"other_app,omitempty"` // with a value that another app was launched with
	Own      *Grant `json:"own,omitempty"`       // with the same value, by the app that was launched
	Again    *Grant `json:"again,omitempty"`     // with the same value, by that app once more
}

// LaunchValueKind is what launch values are worth.
var LaunchValueKind = NewKind[LaunchValues]("authorize.launch-value")

// The names of the calls of ScopesDeclinedKind.
const (
	DeclinedRead = "a search that the user declined"
	AllowedAgain = "the same search where the user declined nothing"
)
