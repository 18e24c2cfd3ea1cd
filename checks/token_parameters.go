package checks

import "github.com/smart-conformance/smartcheck/checks/evidence"

// TokenParameters lists the checks of how often a parameter of a token request may come.
var TokenParameters = []Check{TokenParametersOnce}

// TokenParametersOnce verifies that a token request with a parameter twice is refused.
var TokenParametersOnce = New(Meta{
	ID:           "token.parameters-once",
	Title:        "A token request that repeats a parameter is refused",
	Level:        ShouldNot,
	Requirements: []string{"rfc6749-3.1-repeated-params"},
	Remedy:       "Answer 400 with error=invalid_request when a parameter occurs more than once (RFC 6749 §5.2).",
}, evidence.TokenRepeatedKind, neverIssued("400 invalid_request and no token"))
