package checks

import "github.com/smart-conformance/smartcheck/checks/evidence"

// ClientAuthAsymmetric lists the checks of client authentication by signed assertion.
var ClientAuthAsymmetric = []Check{AssertionSignature, AssertionAudience, AssertionExpiry, AssertionSingleUse}

const asymmetricApplies = "the target file has a confidential client with a key"

// AssertionSignature verifies that unsigned, altered and foreign assertions are refused.
var AssertionSignature = New(Meta{
	ID:           "client-auth-asymmetric.signature",
	Title:        "Client assertions with a bad signature are refused",
	Level:        Shall,
	Requirements: []string{"335", "rfc7523-3-signature"},
	Applies:      asymmetricApplies,
	Remedy:       "Verify the signature with a registered key of the client, chosen by kid and algorithm.",
}, evidence.AssertionSignatureKind, neverIssued("401 or 400 invalid_client"))

// AssertionAudience verifies that an assertion for somebody else is refused.
var AssertionAudience = New(Meta{
	ID:           "client-auth-asymmetric.audience",
	Title:        "Client assertions for another audience are refused",
	Level:        Shall,
	Requirements: []string{"335", "rfc7523-3-aud"},
	Applies:      asymmetricApplies,
	Remedy:       "Compare aud with the token endpoint URL.",
}, evidence.AssertionAudienceKind, neverIssued("401 or 400 invalid_client"))

// AssertionExpiry verifies that an expired assertion is refused.
var AssertionExpiry = New(Meta{
	ID:           "client-auth-asymmetric.expiry",
	Title:        "Expired client assertions are refused",
	Level:        Shall,
	Requirements: []string{"335", "rfc7523-3-exp"},
	Applies:      asymmetricApplies,
	Remedy:       "Compare exp with the clock, with an allowance of seconds and not of minutes.",
}, evidence.AssertionExpiryKind, neverIssued("401 or 400 invalid_client"))

// AssertionSingleUse verifies that one assertion works once.
var AssertionSingleUse = New(Meta{
	ID:           "client-auth-asymmetric.single-use",
	Title:        "A client assertion is accepted once",
	Level:        Shall,
	Requirements: []string{"336"},
	Applies:      asymmetricApplies,
	Remedy:       "Remember jti and iss of each assertion until it expires.",
}, evidence.AssertionReplayKind, neverIssued("401 or 400 invalid_client for the second use"))
