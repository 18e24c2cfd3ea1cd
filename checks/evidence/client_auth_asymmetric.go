package evidence

// What is wrong with a forged client assertion.
const (
	BadSignature  = "signature"
	BadAudience   = "audience"
	BadExpiry     = "expiry"
	BadNotBefore  = "not-before"
	BadIssuer     = "issuer"
	BadClientID   = "client-id" // the client_id beside it names another client
	BadJTI        = "jti"
	BadAlgorithm  = "algorithm"   // HMAC with the public key
	BadKeySource  = "key-source"  // it brings the key along that verifies it
	BadKeyChoice  = "key-choice"  // kid or jku lead to no registered key
	LongLifetime  = "lifetime"    // it is valid for longer than SMART App Launch allows
	OtherJWTTyped = "type-header" // typ is not JWT
)

// ForgedAssertion is a token request that only the client assertion makes wrong.
type ForgedAssertion struct {
	About string        `json:"about"` // one of the constants above
	Name  string        `json:"name"`
	Token TokenResponse `json:"token"`
}

// ForgedAssertions are the forged client assertions of one run. A right one was accepted before and after them.
type ForgedAssertions struct {
	ForgedAssertions []ForgedAssertion `json:"forgeries"`
}

// About returns those about one of the topics.
func (f ForgedAssertions) About(topics ...string) Redemptions {
	var out Redemptions
	for _, forgery := range f.ForgedAssertions {
		for _, topic := range topics {
			if forgery.About == topic {
				out.Redemptions = append(out.Redemptions, Redemption{Name: forgery.Name, Token: forgery.Token})
			}
		}
	}
	return out
}

// The names of the assertions about LongLifetime.
const (
	SixMinutes = "an expiry in six minutes"
	OneDay     = "an expiry in one day"
)

// The names of the right client assertions of AssertionFormsKind.
const (
	WithoutJKU    = "no jku"
	AudienceArray = "the audience in an array"
)

// Algorithms are right client assertions in several algorithms, with keys that are registered inline.
type Algorithms struct {
	Listed   []string     `json:"listed"`   // token_endpoint_auth_signing_alg_values_supported
	Demanded []Redemption `json:"demanded"` // with ES384 and RS384, as far as the client has keys; named after them
	Others   []Redemption `json:"others"`   // with others
}

// Replay is a client assertion that was used before.
type Replay struct {
	Name string `json:"name"`
	// First is the answer to its first use, at the token endpoint.
	First TokenResponse `json:"first"`
	// Control is the answer to a new assertion where the used one is sent again, when that is another endpoint.
	Control *TokenResponse `json:"control,omitempty"`
	Again   TokenResponse  `json:"again"`
}

// Elsewhere reports whether the assertion was sent again to another endpoint.
func (r Replay) Elsewhere() bool { return r.Control != nil }

// Replays are the replays of one run.
type Replays struct {
	Replays []Replay `json:"replays"`
}

// The kinds of evidence about client authentication by signed assertion.
var (
	AssertionForgeriesKind  = NewKind[ForgedAssertions]("client-auth-asymmetric.forgeries")
	AssertionFormsKind      = NewKind[Redemptions]("client-auth-asymmetric.forms")
	AssertionAlgorithmsKind = NewKind[Algorithms]("client-auth-asymmetric.algorithms")
	AssertionReplaysKind    = NewKind[Replays]("client-auth-asymmetric.replays")
	HostedKeysKind          = NewKind[HostedKeys]("client-auth-asymmetric.hosted-keys")
)
