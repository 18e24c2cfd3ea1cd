package evidence

import "slices"

// Variant is one authorization request that differs from a correct one in a single point, and what
// came of it.
type Variant struct {
	Name          string         `json:"name"`
	Sent          string         `json:"sent,omitempty"` // the value that makes the difference
	Authorization Authorization  `json:"authorization"`
	Token         *TokenResponse `json:"token,omitempty"` // what redeeming a code brought, when one came
}

// Variants are the variants that one probe tried.
type Variants struct {
	Variants []Variant `json:"variants"`
}

// Redemption is one token request that differs from a correct one in a single point.
type Redemption struct {
	Name  string        `json:"name"`
	Token TokenResponse `json:"token"`
}

// Redemptions are the token requests that one probe made.
type Redemptions struct {
	Redemptions []Redemption `json:"redemptions"`
}

// Only returns the redemptions with one of the names.
func (r Redemptions) Only(names ...string) Redemptions {
	var only Redemptions
	for _, redemption := range r.Redemptions {
		if slices.Contains(names, redemption.Name) {
			only.Redemptions = append(only.Redemptions, redemption)
		}
	}
	return only
}

// StateCase is one authorization request with a certain state, or with none.
type StateCase struct {
	Name          string        `json:"name"`
	Sent          *string       `json:"sent"` // nil when the request had no state
	Authorization Authorization `json:"authorization"`
}

// States are the requests of one probe of the state parameter.
type States struct {
	Cases       []StateCase `json:"cases"`
	Issuer      string      `json:"issuer,omitempty"`       // as discovered
	IssPromised bool        `json:"iss_promised,omitempty"` // the metadata promises the iss parameter of RFC 9207
}

// The kinds of evidence about the authorization endpoint.
var (
	StateReservedKind    = NewKind[States]("authorize.state-reserved-characters")
	StateLongKind        = NewKind[States]("authorize.state-long")
	StateAbsentKind      = NewKind[States]("authorize.state-absent")
	StateParallelKind    = NewKind[States]("authorize.state-parallel")
	StateErrorKind       = NewKind[States]("authorize.state-on-error")
	AuthorizePostKind    = NewKind[Variants]("authorize.post")
	RedirectURIKind      = NewKind[Variants]("authorize.redirect-uri")
	OpenRedirectKind     = NewKind[Variants]("authorize.open-redirect")
	DenialKind           = NewKind[Variants]("authorize.denial")
	ResponseTypeKind     = NewKind[Variants]("authorize.response-type")
	ImplicitKind         = NewKind[Variants]("authorize.implicit")
	AudienceKind         = NewKind[Variants]("authorize.audience")
	UnknownParameterKind = NewKind[Variants]("authorize.unknown-parameter")
)

// The kinds of evidence about PKCE.
var (
	VerifierWrongKind      = NewKind[Redemptions]("pkce.verifier-wrong")
	VerifierMissingKind    = NewKind[Redemptions]("pkce.verifier-missing")
	VerifierChallengeKind  = NewKind[Redemptions]("pkce.verifier-equals-challenge")
	VerifierShortKind      = NewKind[Variants]("pkce.verifier-short")
	VerifierRangeKind      = NewKind[Variants]("pkce.verifier-range")
	ChallengePlainKind     = NewKind[Variants]("pkce.plain")
	ChallengeOmittedKind   = NewKind[Variants]("pkce.method-omitted")
	ChallengeUnknownKind   = NewKind[Variants]("pkce.method-unknown")
	ChallengeMissingKind   = NewKind[Variants]("pkce.challenge-missing")
	ChallengeDowngradeKind = NewKind[Variants]("pkce.downgrade")
	CodeInjectionKind      = NewKind[Redemptions]("pkce.code-injection")
)
