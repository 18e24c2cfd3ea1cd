package evidence

import "slices"

// BackendToken is the answer to a correct token request of a backend service.
type BackendToken struct {
	ClientID string        `json:"client_id"`
	Scope    string        `json:"scope"` // as requested
	Token    TokenResponse `json:"token"`
	Read     *FHIRAnswer   `json:"read,omitempty"` // a search that the requested scopes allow, when there is a token
	// Kind is the resource type of that search.
	Kind string `json:"kind,omitempty"`
}

// BackendScopes are token requests of a backend service for scopes that it may not have.
type BackendScopes struct {
	Tries []BackendScope `json:"tries"`
	// NoBeyond says why no scope beyond the registration was asked for.
	NoBeyond string `json:"no_beyond,omitempty"`
}

// BackendScope is one token request for a scope beside, or in place of, a right one.
type BackendScope struct {
	Name  string        `json:"name"`
	Odd   []string      `json:"odd"`   // the scopes that must not be granted
	Scope string        `json:"scope"` // as requested
	Token TokenResponse `json:"token"`
}

// Only returns the tries with one of the names.
func (b BackendScopes) Only(names ...string) BackendScopes {
	only := BackendScopes{NoBeyond: b.NoBeyond}
	for _, try := range b.Tries {
		if slices.Contains(names, try.Name) {
			only.Tries = append(only.Tries, try)
		}
	}
	return only
}

// BackendAccess is what a token for one resource type could do at the FHIR server.
type BackendAccess struct {
	Asked  string        `json:"asked"` // the scope that was requested
	Access Access        `json:"access"`
	Token  TokenResponse `json:"token"`
	// Other is a search for another type with a token for that type, which shows that the client may have it;
	// NoOther says why there is none.
	Other   *FHIRAnswer `json:"other,omitempty"`
	NoOther string      `json:"no_other,omitempty"`
}

// The names of token requests for odd scopes, and of calls.
const (
	BeyondScope     = "a scope beyond the registration"
	InventedScope   = "an invented scope beside a right one"
	PersonalScopes  = "scopes of a patient and a user"
	NoScope         = "no scope"
	InventedAlone   = "an invented scope alone"
	NoAssertion     = "the client_id alone"
	UnsupportedType = "a search for a type that the server does not support"
	AnonymousCall   = "no token"
)

// The kinds of evidence about backend services.
var (
	BackendTokenKind    = NewKind[BackendToken]("backend-services.token")
	BackendScopesKind   = NewKind[BackendScopes]("backend-services.scopes")
	BackendErrorsKind   = NewKind[Redemptions]("backend-services.errors")
	BackendAccessKind   = NewKind[BackendAccess]("backend-services.access")
	BackendBadTokenKind = NewKind[Access]("backend-services.bad-tokens")
	BackendExpiredKind  = NewKind[TokenEnd]("backend-services.expired")
	BackendPublicKind   = NewKind[Redemptions]("backend-services.public-client")
)
