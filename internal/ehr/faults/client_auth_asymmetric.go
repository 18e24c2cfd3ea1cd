package faults

// Defects of client authentication by signed assertion.
var (
	AssertionUnverified   = Fault{"assertion-signature-unverified", "does not verify the signature of client assertions", []string{"client-auth-asymmetric.signature"}}
	AssertionAudUnchecked = Fault{"assertion-aud-unchecked", "accepts client assertions for any audience", []string{"client-auth-asymmetric.audience"}}
	AssertionExpUnchecked = Fault{"assertion-exp-unchecked", "accepts expired client assertions", []string{"client-auth-asymmetric.expiry"}}
	AssertionReplayable   = Fault{"assertion-replayable", "accepts one client assertion again and again", []string{"client-auth-asymmetric.single-use"}}
)

var clientAuthAsymmetric = []Fault{
	AssertionUnverified, AssertionAudUnchecked, AssertionExpUnchecked, AssertionReplayable,
}
