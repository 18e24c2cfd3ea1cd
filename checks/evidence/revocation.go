package evidence

import (
	"fmt"
	"slices"
)

// Revocations are the requests to revoke tokens that one probe made.
type Revocations struct {
	Owner     string       `json:"owner"` // the client whose access tokens were revoked, such as "clients.backend"
	Access    []Revocation `json:"access,omitempty"`
	Refresh   []Revocation `json:"refresh,omitempty"`
	NoRefresh string       `json:"no_refresh,omitempty"` // why no refresh token was revoked
	// Unknown and Tokenless are requests that name a token that was never issued, and none.
	Unknown   TokenResponse  `json:"unknown"`
	Tokenless TokenResponse  `json:"tokenless"`
	Onward    *RevokedOnward `json:"onward,omitempty"`
}

// Revocation is one request to revoke a token that worked, and what the token was worth afterwards.
type Revocation struct {
	Name   string        `json:"name"`
	Answer TokenResponse `json:"answer"` // of the revocation endpoint
	Before TokenUse      `json:"before"` // the use that showed that the token worked
	// After are the uses after the request: at once, and again while the token worked and there was time left.
	After []TokenUse `json:"after"`
	// Introspected is what introspection says of the token after that, when somebody may introspect.
	Introspected *Introspection `json:"introspected,omitempty"`
	// Again is the same request once more.
	Again *TokenResponse `json:"again,omitempty"`
	// Cascade are the uses of the access token of the grant whose refresh token was revoked, and OwnEnd is
	// the answer to revoking that access token when it went on working.
	Cascade []TokenUse     `json:"cascade,omitempty"`
	OwnEnd  *TokenResponse `json:"own_end,omitempty"`
}

// RevokedOnward is what the rest of a grant was worth after one of its access tokens was revoked.
type RevokedOnward struct {
	Revoked TokenResponse `json:"revoked"`        // the answer of the revocation endpoint
	Refresh TokenResponse `json:"refresh"`        // with the refresh token of the grant
	Read    *FHIRAnswer   `json:"read,omitempty"` // with the access token of that refresh
}

// TokenUse is one use of a token: a read with an access token, or a refresh with a refresh token.
type TokenUse struct {
	Waited  float64        `json:"waited,omitempty"` // seconds since the token was revoked
	Read    *FHIRAnswer    `json:"read,omitempty"`
	Refresh *TokenResponse `json:"refresh,omitempty"`
}

// Works reports whether the token did what it is for.
func (u TokenUse) Works() bool {
	return u.Read != nil && u.Read.Status == 200 || u.Refresh != nil && u.Refresh.Issued()
}

// Status returns the HTTP status of the answer.
func (u TokenUse) Status() int {
	if u.Read != nil {
		return u.Read.Status
	}
	return u.Refresh.Status
}

// Exchange returns the id of the exchange.
func (u TokenUse) Exchange() string {
	if u.Read != nil {
		return u.Read.Exchange
	}
	return u.Refresh.Exchange
}

// Describe says in a few words how the use was answered, and when.
func (u TokenUse) Describe() string {
	var d string
	if u.Read != nil {
		d = "a read was answered with " + u.Read.Describe()
	} else {
		d = "a refresh was answered with " + u.Refresh.Describe()
	}
	if u.Waited > 0 {
		d += fmt.Sprintf(" after %.0f s", u.Waited)
	}
	return d
}

// Revoked reports whether the revocation endpoint said that it did what it was asked to.
func (r Revocation) Revoked() bool { return r.Answer.Status >= 200 && r.Answer.Status <= 299 }

// Last returns the last use of the token.
func (r Revocation) Last() TokenUse { return r.After[len(r.After)-1] }

// Named returns the revocations with one of the names, of access tokens before refresh tokens.
func (r Revocations) Named(names ...string) []Revocation {
	var found []Revocation
	for _, list := range [][]Revocation{r.Access, r.Refresh} {
		found = append(found, NamedRevocations(list, names...)...)
	}
	return found
}

// NamedRevocations returns those of a list that have one of the names.
func NamedRevocations(list []Revocation, names ...string) []Revocation {
	var found []Revocation
	for _, one := range list {
		if slices.Contains(names, one.Name) {
			found = append(found, one)
		}
	}
	return found
}

// The names of requests to revoke a token.
const (
	RevokedByOwner    = "its own client"
	RevokedByOther    = RefreshOtherClient
	RevokedByWrongKey = RefreshWrongKey
	RevokedByIDAlone  = RefreshIDAlone
	RevokedByNobody   = RefreshNobody
	RevokedByGet      = "GET with the token in the URL"
	RevokedUnderHint  = "its own client, with the wrong hint"
)

// RevocationsKind is every request to revoke a token.
var RevocationsKind = NewKind[Revocations]("revocation.tokens")
