package faults

// Defects of Proof Key for Code Exchange.
var (
	S256Miscomputed           = Fault{"s256-miscomputed", "compares challenges in base64 with padding, so that the right verifier fails", []string{"pkce.s256"}}
	VerifierUnchecked         = Fault{"verifier-unchecked", "wants a verifier but does not compare it", []string{"pkce.verifier-wrong"}}
	VerifierOptional          = Fault{"verifier-optional", "redeems a code without a verifier", []string{"pkce.verifier-missing"}}
	VerifierEmptyAccepted     = Fault{"verifier-empty-accepted", "treats an empty verifier as if none were needed", []string{"pkce.verifier-missing"}}
	VerifierIsChallenge       = Fault{"verifier-is-challenge", "also accepts the challenge itself as verifier", []string{"pkce.verifier-equals-challenge"}}
	VerifierTruncated         = Fault{"verifier-truncated", "compares only the first two characters of the verifier's challenge", []string{"pkce.verifier-wrong"}}
	VerifierMismatchOtherCode = Fault{"verifier-mismatch-other-error", "answers a wrong verifier with access_denied", []string{"pkce.mismatch-invalid-grant"}}
	PlainAccepted             = Fault{"plain-accepted", "supports the plain method", []string{"pkce.plain-refused"}}
	MethodDefaultsToPlain     = Fault{"method-defaults-to-plain", "takes an omitted method for plain", []string{"pkce.method-omitted"}}
	MethodIgnored             = Fault{"challenge-method-ignored", "treats every method as S256", []string{"pkce.method-unknown"}}
	ChallengeOptional         = Fault{"challenge-optional", "lets a public client start without a challenge", []string{"pkce.challenge-required"}}
	Downgrade                 = Fault{"pkce-downgrade", "turns PKCE off for a confidential client that sends no challenge", []string{"pkce.downgrade"}}
	VerifierLengthLimited     = Fault{"verifier-length-limited", "refuses verifiers longer than 64 characters", []string{"pkce.verifier-range"}}
	VerifierShortAccepted     = Fault{"verifier-short-accepted", "does not look at the length of a verifier", []string{"pkce.verifier-short"}}
	VerifierAnySession        = Fault{"verifier-any-session", "accepts the verifier of any code that the client holds", []string{"pkce.code-injection"}}
)

var pkce = []Fault{
	S256Miscomputed, VerifierUnchecked, VerifierOptional, VerifierEmptyAccepted, VerifierIsChallenge,
	VerifierTruncated, VerifierMismatchOtherCode, PlainAccepted, MethodDefaultsToPlain, MethodIgnored,
	ChallengeOptional, Downgrade, VerifierLengthLimited, VerifierShortAccepted, VerifierAnySession,
}
