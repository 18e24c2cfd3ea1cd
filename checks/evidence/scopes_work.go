package evidence

// ScopeTrials are tokens with one scope for FHIR resources each, and what could be done with it.
type ScopeTrials struct {
	Trials []ScopeTrial `json:"trials"`
	// UpdateCreate is the update of a record that did not exist, under a scope with the letter u and
	// without the letter c; nil when it was not tried.
	UpdateCreate *FHIRAnswer `json:"update_create,omitempty"`
	// NoUpdateCreate says why it was not tried.
	NoUpdateCreate string `json:"no_update_create,omitempty"`
}

// ScopeTrial is one token. Its answers are named after the interactions.
type ScopeTrial struct {
	Asked   string `json:"asked"`   // the clinical scope, or "" for none
	Letters string `json:"letters"` // what it stands for
	Exact   bool   `json:"exact"`   // the token allows just these letters on the resource type
	Access
}

// Interactions are the names of the calls by the letters of scopes.
var Interactions = map[string]string{"c": "a create", "r": "a read", "u": "an update", "d": "a delete", "s": "a search"}

// OtherTypeSearch is the name of a search of another type, under a wildcard.
const OtherTypeSearch = "a search of another type"

// Wildcard is a grant of a wildcard scope and what it opened.
type Wildcard struct {
	Asked string   `json:"asked"`
	Grant Grant    `json:"grant"`
	Types []string `json:"types,omitempty"` // that the CapabilityStatement lists
	// Answers are the searches of those types that hold records of patients, named after the type.
	Answers []FHIRAnswer `json:"answers,omitempty"`
}

// UserReach is what a user scope opened.
type UserReach struct {
	Access                 // reads of patients whom the user may see, named as references
	Forbidden []FHIRAnswer `json:"forbidden,omitempty"` // ways to a record that the user must not see
}

// SystemReach is what a backend service got and could search.
type SystemReach struct {
	Token  TokenResponse `json:"token"`
	Search *FHIRAnswer   `json:"search,omitempty"` // without any patient; nil without a token
}

// OddScopes is one authorization request with scopes that the server need not know.
type OddScopes struct {
	Odd   []string `json:"odd"`
	Grant Grant    `json:"grant"`
}

// ListedScopes is one authorization request with the scopes of scopes_supported.
type ListedScopes struct {
	Listed int      `json:"listed"` // how many there are
	Asked  []string `json:"asked"`  // those that a user may grant
	Grant  Grant    `json:"grant"`
}

// The kinds of evidence about what scopes let an app do.
var (
	ScopeLettersKind   = NewKind[ScopeTrials]("scopes.letters")
	ScopeV1VerbsKind   = NewKind[ScopeTrials]("scopes.v1-verbs")
	ScopesWildcardKind = NewKind[Wildcard]("scopes.wildcard")
	UserReachKind      = NewKind[UserReach]("scopes.user-reach")
	SystemReachKind    = NewKind[SystemReach]("scopes.system")
	MalformedKind      = NewKind[OddScopes]("scopes.malformed")
	UnknownScopesKind  = NewKind[OddScopes]("scopes.unknown")
	ListedScopesKind   = NewKind[ListedScopes]("scopes.listed")
)
