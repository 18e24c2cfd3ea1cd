package evidence

// BundleTrial is one batch or transaction and what became of its entries.
type BundleTrial struct {
	Kind    string       `json:"kind"` // batch or transaction
	Answer  FHIRAnswer   `json:"answer"`
	Entries []FHIRAnswer `json:"entries,omitempty"` // in the order of the request; empty when the bundle failed
	// Permitted tells of each entry whether the scopes allow it.
	Permitted []bool `json:"permitted"`
}

// BundleTrials are the bundles that were sent with one token.
type BundleTrials struct {
	Trials []BundleTrial `json:"trials"`
}

// TokenEnd is a token that worked, and whether it still did after its end.
type TokenEnd struct {
	How    string      `json:"how"` // what ended it
	Before FHIRAnswer  `json:"before"`
	Ended  *FHIRAnswer `json:"ended,omitempty"` // the answer to its revocation
	After  FHIRAnswer  `json:"after"`
}

// The names of the calls with credentials that are not one good token.
const (
	BlankToken     = "an empty Bearer token"
	IllegalToken   = "a good token with characters that no token may hold after it"
	SecondWord     = "a good token with another word after it"
	BasicScheme    = "a good token under the scheme Basic"
	UnknownScheme  = "a good token under an unknown scheme"
	TwoHeaders     = "two Authorization fields, the first with a good token"
	HeaderAndQuery = "a good token in the header and in the query"
	FormPost       = "the token in the form of a search by POST"
	FormGet        = "the token in the body of a GET"
)

// The kinds of evidence about tokens at the FHIR server and about whose records a scope reaches.
var (
	CredentialsKind = NewKind[Access]("resource-access.credentials")
	OtherTokensKind = NewKind[Access]("resource-access.other-tokens")
	RevokedKind     = NewKind[TokenEnd]("resource-access.revoked-token")
	ExpiredKind     = NewKind[TokenEnd]("resource-access.expired-token")
	ConfinedKind    = NewKind[Access]("resource-access.confined")
	BundleKind      = NewKind[BundleTrials]("resource-access.bundle")
	LinkedKind      = NewKind[Access]("resource-access.linked")
)

// The names of the calls by which a patient scope might reach another patient.
const (
	OtherByID          = "a search by the _id of another patient"
	OtherByPost        = "a search by POST for another patient's data"
	OtherByChain       = "a chained search for another patient's data"
	OtherCompartment   = "the compartment of another patient"
	OtherIncluded      = "_include"
	OtherRevIncluded   = "_revinclude"
	OtherEverything    = "$everything of another patient"
	OtherHistory       = "the history of another patient"
	OtherRecord        = "a record of another patient by its id"
	OtherRecordHistory = "the history of a record of another patient"
	OwnSearch          = "a search for the data of the patient in context"
)
