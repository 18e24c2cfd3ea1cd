package faults

// Defects of client authentication by signed assertion: of the assertion itself.
var (
	AssertionUnverified      = Fault{"assertion-signature-unverified", "does not verify the signature of client assertions", []string{"client-auth-asymmetric.signature"}}
	AssertionNoneAccepted    = Fault{"assertion-none-accepted", "takes client assertions with alg none as they are", []string{"client-auth-asymmetric.signature"}}
	AssertionAudUnchecked    = Fault{"assertion-aud-unchecked", "accepts client assertions for any audience", []string{"client-auth-asymmetric.audience"}}
	AssertionAudOptional     = Fault{"assertion-aud-optional", "accepts client assertions without an audience", []string{"client-auth-asymmetric.audience"}}
	AssertionExpUnchecked    = Fault{"assertion-exp-unchecked", "accepts expired client assertions", []string{"client-auth-asymmetric.expiry"}}
	AssertionExpOptional     = Fault{"assertion-exp-optional", "accepts client assertions without an expiry", []string{"client-auth-asymmetric.expiry"}}
	AssertionExpTextIgnored  = Fault{"assertion-exp-text-ignored", "takes an expiry that is a text for none", []string{"client-auth-asymmetric.expiry"}}
	AssertionExpUnbounded    = Fault{"assertion-exp-unbounded", "accepts client assertions that are valid for a day", []string{"client-auth-asymmetric.lifetime"}}
	AssertionNbfUnchecked    = Fault{"assertion-nbf-unchecked", "accepts client assertions that are not valid yet", []string{"client-auth-asymmetric.not-before"}}
	AssertionIssUnchecked    = Fault{"assertion-iss-unchecked", "finds the client by sub, and never looks at iss", []string{"client-auth-asymmetric.issuer"}}
	AssertionSubUnchecked    = Fault{"assertion-sub-unchecked", "finds the client by iss, and never looks at sub", []string{"client-auth-asymmetric.issuer"}}
	AssertionClientParameter = Fault{"assertion-client-parameter", "finds the client by client_id, and looks at neither iss nor sub", []string{"client-auth-asymmetric.issuer"}}
	AssertionClientIDIgnored = Fault{"assertion-client-id-ignored", "accepts a client_id that is not the issuer of the client assertion", []string{"client-auth-asymmetric.issuer"}}
	AssertionJTIOptional     = Fault{"assertion-jti-optional", "accepts client assertions without jti, again and again", []string{"client-auth-asymmetric.jti-required"}}
	AssertionTypUnchecked    = Fault{"assertion-typ-unchecked", "accepts any kind of JWT as a client assertion", []string{"client-auth-asymmetric.type-header"}}
	AssertionErrorOther      = Fault{"assertion-error-other", "answers invalid_grant to a bad client assertion", []string{"client-auth-asymmetric.invalid-client"}}
	AssertionErrorStatus     = Fault{"assertion-error-403", "answers 403 to a bad client assertion", []string{"client-auth-asymmetric.invalid-client"}}
	AssertionReplayable      = Fault{"assertion-replayable", "accepts one client assertion again and again", []string{"client-auth-asymmetric.single-use"}}
	AssertionReplayByText    = Fault{"assertion-replay-by-text", "remembers client assertions, and not their jti", []string{"client-auth-asymmetric.single-use"}}
	AssertionReplayElsewhere = Fault{"assertion-replay-elsewhere", "remembers the client assertions of each endpoint by themselves", []string{"client-auth-asymmetric.single-use"}}
	AssertionReplayRace      = Fault{"assertion-replay-race", "looks whether a client assertion was used, and remembers it later", []string{"client-auth-asymmetric.single-use"}}
)

// Defects of which keys count, and of algorithms.
var (
	AssertionHMACPEM         = Fault{"assertion-hmac-pem", "verifies HS256 with the PEM of the public key", []string{"client-auth-asymmetric.algorithm-confusion"}}
	AssertionHMACJWK         = Fault{"assertion-hmac-jwk", "verifies HS256 with the JWK of the public key", []string{"client-auth-asymmetric.algorithm-confusion"}}
	AssertionJWKTrusted      = Fault{"assertion-jwk-trusted", "verifies client assertions with the key in their jwk header", []string{"client-auth-asymmetric.untrusted-keys"}}
	AssertionX5CTrusted      = Fault{"assertion-x5c-trusted", "verifies client assertions with the certificate in their x5c header", []string{"client-auth-asymmetric.untrusted-keys"}}
	AssertionKidUnmatched    = Fault{"assertion-kid-unmatched", "tries another key of the client when none has the kid", []string{"client-auth-asymmetric.key-selection"}}
	AssertionKidOptional     = Fault{"assertion-kid-optional", "tries a key of the client when the client assertion has no kid", []string{"client-auth-asymmetric.key-selection"}}
	AssertionJKUIgnored      = Fault{"assertion-jku-ignored", "does not look at jku", []string{"client-auth-asymmetric.key-selection"}}
	AssertionJKUDemanded     = Fault{"assertion-jku-demanded", "refuses client assertions without jku", []string{"client-auth-asymmetric.jku-optional"}}
	AssertionES384Refused    = Fault{"assertion-es384-refused", "lists ES384 and refuses it", []string{"client-auth-asymmetric.algorithms"}}
	AssertionRS384Refused    = Fault{"assertion-rs384-refused", "lists RS384 and refuses it", []string{"client-auth-asymmetric.algorithms"}}
	AssertionRS256Unlisted   = Fault{"assertion-rs256-unlisted", "accepts RS256 and does not list it", []string{"client-auth-asymmetric.other-algorithms"}}
	AssertionRS256Refused    = Fault{"assertion-rs256-refused", "lists RS256 and refuses it", []string{"client-auth-asymmetric.listed-algorithms"}}
	AssertionAudArrayRefused = Fault{"assertion-aud-array-refused", "refuses an audience in an array", []string{"client-auth-asymmetric.audience-array"}}
)

// Defects of key sets that clients publish.
var (
	KeySetNotFetched    = Fault{"key-set-not-fetched", "knows no keys but those that were registered inline", []string{"client-auth-asymmetric.keys-by-url"}}
	KeySetPosted        = Fault{"key-set-posted", "asks for the key set of a client by POST", []string{"client-auth-asymmetric.key-set-get"}}
	AssertionJKURefused = Fault{"assertion-jku-refused", "refuses the jku that the client registered", []string{"client-auth-asymmetric.registered-jku"}}
	AssertionJKUTrusted = Fault{"assertion-jku-trusted", "verifies client assertions with the key set that their jku names", []string{"client-auth-asymmetric.untrusted-key-urls"}}
	AssertionX5UTrusted = Fault{"assertion-x5u-trusted", "verifies client assertions with the certificate that their x5u names", []string{"client-auth-asymmetric.untrusted-key-urls"}}
	AssertionJKUFetched = Fault{"assertion-jku-fetched", "fetches whatever jku names before it refuses it", []string{"client-auth-asymmetric.untrusted-fetch"}}
	AssertionKtyIgnored = Fault{"assertion-kty-ignored", "chooses keys by kid alone, and refuses when two types share one", []string{"client-auth-asymmetric.key-type"}}
	AssertionKidFirst   = Fault{"assertion-kid-first", "takes the first of the keys that share a kid", []string{"client-auth-asymmetric.duplicate-kid"}}
	WeakRSAKeyAccepted  = Fault{"weak-rsa-key-accepted", "accepts an RSA key of 1024 bits", []string{"client-auth-asymmetric.weak-rsa-key"}}
	KeySetKeptForever   = Fault{"key-set-kept-forever", "keeps the key set of a client for a day, whatever its Cache-Control says", []string{"client-auth-asymmetric.key-set-lapses"}}
	KeySetNeverKept     = Fault{"key-set-never-kept", "fetches the key set of a client for every request", []string{"client-auth-asymmetric.key-set-kept"}}
	KeySetFetchBlocks   = Fault{"key-set-fetch-blocks", "lets every client wait while the key set of one is fetched", []string{"client-auth-asymmetric.key-set-outage"}}
)

var clientAuthAsymmetric = []Fault{
	AssertionUnverified, AssertionNoneAccepted, AssertionAudUnchecked, AssertionAudOptional, AssertionExpUnchecked,
	AssertionExpOptional, AssertionExpTextIgnored, AssertionExpUnbounded, AssertionNbfUnchecked, AssertionIssUnchecked,
	AssertionSubUnchecked, AssertionClientParameter, AssertionClientIDIgnored, AssertionJTIOptional, AssertionTypUnchecked,
	AssertionErrorOther, AssertionErrorStatus, AssertionReplayable, AssertionReplayByText, AssertionReplayElsewhere,
	AssertionReplayRace,
	AssertionHMACPEM, AssertionHMACJWK, AssertionJWKTrusted, AssertionX5CTrusted, AssertionKidUnmatched, AssertionKidOptional,
	AssertionJKUIgnored, AssertionJKUDemanded, AssertionES384Refused, AssertionRS384Refused, AssertionRS256Unlisted,
	AssertionRS256Refused, AssertionAudArrayRefused,
	KeySetNotFetched, KeySetPosted, AssertionJKURefused, AssertionJKUTrusted, AssertionX5UTrusted, AssertionJKUFetched,
	AssertionKtyIgnored, AssertionKidFirst, WeakRSAKeyAccepted, KeySetKeptForever, KeySetNeverKept, KeySetFetchBlocks,
}
