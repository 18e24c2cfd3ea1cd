package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// ClientAuthAsymmetric lists the checks of client authentication by signed assertion.
var ClientAuthAsymmetric = []Check{
	AssertionSignature, AssertionAudience, AssertionExpiry, AssertionLifetime, AssertionNotBefore, AssertionIssuer,
	AssertionJTI, AssertionSingleUse, AssertionAlgorithmConfusion, AssertionUntrustedKeys, AssertionKeySelection,
	AssertionTypeHeader, AssertionInvalidClient, InlineAlgorithms, AssertionOtherAlgorithms, AssertionAudienceArray,
	AssertionJKUOptional,
}

const (
	asymmetricApplies = "the target file has a confidential client with a key"
	invalidClient     = "401 or 400 invalid_client"
)

// asymmetricVersions are those with client-confidential-asymmetric.
var asymmetricVersions = []Version{V2_0_0, V2_2_0}

// forged judges the forged assertions about some topics, which must bring no token.
func forged(topics ...string) func(evidence.ForgedAssertions) Verdict {
	return func(e evidence.ForgedAssertions) Verdict { return neverIssued(invalidClient)(e.About(topics...)) }
}

// AssertionSignature verifies that unsigned, altered and foreign assertions are refused.
var AssertionSignature = New(Meta{
	ID:           "client-auth-asymmetric.signature",
	Title:        "Client assertions with a bad signature are refused",
	Level:        Shall,
	Requirements: []string{"335", "rfc7523-3-signature"},
	Applies:      asymmetricApplies,
	Remedy:       "Verify the signature with a registered key of the client, chosen by kid and algorithm.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadSignature))

// AssertionAudience verifies that an assertion for somebody else is refused.
var AssertionAudience = New(Meta{
	ID:           "client-auth-asymmetric.audience",
	Title:        "Client assertions for another audience, or for none, are refused",
	Level:        Shall,
	Requirements: []string{"335", "rfc7523-3-aud"},
	Applies:      asymmetricApplies,
	Remedy:       "Compare aud with the token endpoint URL.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadAudience))

// AssertionExpiry verifies that an expired assertion is refused.
var AssertionExpiry = New(Meta{
	ID:           "client-auth-asymmetric.expiry",
	Title:        "Expired client assertions, and those without an expiry, are refused",
	Level:        Shall,
	Requirements: []string{"335", "rfc7523-3-exp"},
	Applies:      asymmetricApplies,
	Remedy:       "Demand exp as a number and compare it with the clock, with an allowance of seconds and not of minutes.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadExpiry))

// AssertionLifetime records how far ahead an assertion may expire.
var AssertionLifetime = New(Meta{
	ID:           "client-auth-asymmetric.lifetime",
	Title:        "Client assertions that are valid for a day are refused",
	Level:        May,
	Requirements: []string{"rfc7523-3-exp-horizon"},
	Applies:      asymmetricApplies,
	Remedy:       "Refuse an exp more than five minutes ahead; whoever accepts it must remember jti as long.",
}, evidence.AssertionForgeriesKind, func(e evidence.ForgedAssertions) Verdict {
	var accepted, refused, proof []string
	for _, r := range e.About(evidence.LongLifetime).Redemptions {
		proof = append(proof, r.Token.Exchange)
		switch {
		case r.Token.Issued() && r.Name == evidence.OneDay:
			return Discouraged("a refusal, since SMART App Launch allows five minutes", r.Name+": "+r.Token.Describe(), r.Token.Exchange)
		case giveUp(r.Token.Status) != "":
			return CannotJudge(r.Name+": the token endpoint "+giveUp(r.Token.Status), r.Token.Exchange)
		case r.Token.Issued():
			accepted = append(accepted, r.Name)
		default:
			refused = append(refused, r.Name)
		}
	}
	return Note(among("accepted", accepted)+"; "+among("refused", refused), proof...)
})

// among says which of some things something is true of.
func among(what string, names []string) string {
	if len(names) == 0 {
		return what + ": none"
	}
	return what + ": " + few(names)
}

// AssertionNotBefore verifies that an assertion of the future is refused.
var AssertionNotBefore = New(Meta{
	ID:           "client-auth-asymmetric.not-before",
	Title:        "Client assertions that are not valid yet are refused",
	Level:        Shall,
	Requirements: []string{"335", "rfc7523-3-nbf"},
	Applies:      asymmetricApplies,
	Remedy:       "Compare nbf, where there is one, with the clock.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadNotBefore))

// AssertionIssuer verifies that iss, sub and client_id all name the client.
var AssertionIssuer = New(Meta{
	ID:           "client-auth-asymmetric.issuer",
	Title:        "Issuer, subject and client_id of a client assertion all name the client",
	Level:        Shall,
	Requirements: []string{"337", "rfc7523-3-iss-sub"},
	Applies:      asymmetricApplies,
	Remedy:       "Find the client by iss, and compare sub and, where it was sent, client_id with it.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadIssuer, evidence.BadClientID))

// AssertionJTI verifies that an assertion without an id is refused.
var AssertionJTI = New(Meta{
	ID:           "client-auth-asymmetric.jti-required",
	Title:        "Client assertions without jti are refused",
	Level:        Should,
	Requirements: []string{"rfc7523-3-jti-missing"},
	Applies:      asymmetricApplies,
	Remedy:       "Demand jti: without one a replay cannot be told from a new assertion.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadJTI))

// AssertionAlgorithmConfusion verifies that a public key is no secret of an HMAC.
var AssertionAlgorithmConfusion = New(Meta{
	ID:           "client-auth-asymmetric.algorithm-confusion",
	Title:        "Client assertions with an HMAC by the public key are refused",
	Level:        Shall,
	Requirements: []string{"rfc8725-3.1-algorithm-confusion"},
	Applies:      asymmetricApplies,
	Remedy:       "Take the algorithms that a key may serve from the key, and never from the assertion alone.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadAlgorithm))

// AssertionUntrustedKeys verifies that an assertion does not bring its own key.
var AssertionUntrustedKeys = New(Meta{
	ID:           "client-auth-asymmetric.untrusted-keys",
	Title:        "Keys inside a client assertion are not trusted",
	Level:        ShallNot,
	Requirements: []string{"rfc8725-3.10-untrusted-key-headers"},
	Applies:      asymmetricApplies,
	Remedy:       "Ignore jwk and x5c of the header; verify with the registered keys of the client only.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadKeySource))

// AssertionKeySelection verifies that kid and jku decide which key counts.
var AssertionKeySelection = New(Meta{
	ID:           "client-auth-asymmetric.key-selection",
	Title:        "Client assertions whose kid or jku is not registered are refused",
	Level:        Shall,
	Requirements: []string{"338"},
	Versions:     asymmetricVersions,
	Applies:      asymmetricApplies,
	Remedy:       "Refuse a jku that is not the registered URL, and choose the single key with the kid of the header and a kty for its alg.",
}, evidence.AssertionForgeriesKind, forged(evidence.BadKeyChoice))

// AssertionTypeHeader records whether another kind of JWT passes for a client assertion.
var AssertionTypeHeader = New(Meta{
	ID:           "client-auth-asymmetric.type-header",
	Title:        "A JWT that calls itself an access token does not pass for a client assertion",
	Level:        May,
	Requirements: []string{"rfc8725-3.12-other-jwt-types"},
	Applies:      asymmetricApplies,
	Remedy:       "Compare typ with JWT, the value that SMART App Launch fixes, when it is there.",
}, evidence.AssertionForgeriesKind, func(e evidence.ForgedAssertions) Verdict {
	for _, r := range e.About(evidence.OtherJWTTyped).Redemptions {
		switch failed := giveUp(r.Token.Status); {
		case r.Token.Issued():
			return Discouraged("a refusal, since SMART App Launch fixes typ to JWT", r.Name+": "+r.Token.Describe(), r.Token.Exchange)
		case failed != "":
			return CannotJudge(r.Name+": the token endpoint "+failed, r.Token.Exchange)
		default:
			return Note(r.Name+": "+r.Token.Describe(), r.Token.Exchange)
		}
	}
	return Skip("no other typ was tried")
})

// AssertionInvalidClient verifies how a failed authentication is answered.
var AssertionInvalidClient = New(Meta{
	ID:           "client-auth-asymmetric.invalid-client",
	Title:        "Bad client assertions are answered with invalid_client and 400 or 401",
	Level:        Shall,
	Requirements: []string{"340"},
	Versions:     asymmetricVersions,
	Applies:      asymmetricApplies,
	Remedy:       "Answer 400 or 401 with error=invalid_client, whatever is wrong with the assertion.",
}, evidence.AssertionForgeriesKind, func(e evidence.ForgedAssertions) Verdict {
	var t tally
	for _, f := range e.ForgedAssertions {
		status := f.Token.Status
		switch {
		case f.Token.Issued(), f.About == evidence.BadClientID: // judged elsewhere; may be invalid_request
		case busy(status):
			t.unsure(f.Name + ": the token endpoint " + giveUp(status))
		case f.Token.Error() == "invalid_client" && (status == 400 || status == 401):
			t.holds(f.Token.Exchange)
		default:
			t.breaks(f.Name+": "+f.Token.Describe(), f.Token.Exchange)
		}
	}
	return t.verdict(invalidClient, "every refusal named its error", "no forged assertion was refused")
})

// AssertionSingleUse verifies that one assertion works once.
var AssertionSingleUse = New(Meta{
	ID:           "client-auth-asymmetric.single-use",
	Title:        "A client assertion is accepted once",
	Level:        Shall,
	Requirements: []string{"336"},
	Applies:      asymmetricApplies,
	Remedy:       "Remember jti and iss of each assertion until it expires, in one step with looking it up, and for all endpoints together.",
}, evidence.AssertionReplaysKind, func(e evidence.Replays) Verdict {
	var t tally
	for _, r := range e.Replays {
		switch failed := giveUp(r.Again.Status); {
		case !r.First.Issued():
			t.unsure(r.Name + ": the first use of the assertion was answered with " + r.First.Describe())
		case r.Elsewhere() && r.Control.Status != 200: // the client cannot authenticate there
		case r.Again.Issued(), r.Elsewhere() && r.Again.Status == 200:
			t.breaks(r.Name+" was answered with "+r.Again.Describe(), r.First.Exchange, r.Again.Exchange)
		case failed != "":
			t.unsure(r.Name + ": the endpoint " + failed)
		default:
			t.holds(r.First.Exchange, r.Again.Exchange)
		}
	}
	return t.verdict(invalidClient+" for the second use", "every replay was refused", "no assertion was replayed")
})

// InlineAlgorithms verifies that ES384 and RS384 work as listed, and one of them in any case.
var InlineAlgorithms = New(Meta{
	ID:           "client-auth-asymmetric.algorithms",
	Title:        "ES384 or RS384 works with inline keys, and each of them that is listed",
	Level:        Shall,
	Requirements: []string{"310", "297", "assertion-algorithms-honoured"},
	Versions:     asymmetricVersions,
	Applies:      asymmetricApplies,
	Remedy:       "Verify with the registered keys, and list in token_endpoint_auth_signing_alg_values_supported what works and nothing else.",
}, evidence.AssertionAlgorithmsKind, func(e evidence.Algorithms) Verdict {
	var t tally
	worked := slices.ContainsFunc(e.Demanded, func(r evidence.Redemption) bool { return r.Token.Issued() })
	for _, r := range e.Demanded {
		promised := slices.Contains(e.Listed, r.Name)
		switch failed := giveUp(r.Token.Status); {
		case r.Token.Issued():
			t.holds(r.Token.Exchange)
		case failed != "":
			t.unsure(r.Name + ": the token endpoint " + failed)
		case promised || !worked && len(e.Demanded) == 2:
			t.breaks(fmt.Sprintf("%s: %s", r.Name, r.Token.Describe()), r.Token.Exchange)
		case !worked:
			t.unsure("the client has no key for an algorithm that the server lists; the other of ES384 and RS384 may work")
		}
	}
	return t.verdict("tokens for ES384 and RS384, as listed", "every listed algorithm worked", "the client has no key for ES384 or RS384")
})

// AssertionOtherAlgorithms records what is accepted besides.
var AssertionOtherAlgorithms = New(Meta{
	ID:           "client-auth-asymmetric.other-algorithms",
	Title:        "Algorithms other than ES384 and RS384 are accepted only when they are listed",
	Level:        May,
	Requirements: []string{"311"},
	Versions:     asymmetricVersions,
	Applies:      "the target file has a confidential client with an RSA key",
	Remedy:       "List the algorithms that are accepted in token_endpoint_auth_signing_alg_values_supported, and refuse the others.",
}, evidence.AssertionAlgorithmsKind, func(e evidence.Algorithms) Verdict {
	if len(e.Others) == 0 {
		return Skip("the client has no RSA key to sign with RS256 and PS384")
	}
	var accepted, refused, proof []string
	for _, r := range e.Others {
		proof = append(proof, r.Token.Exchange)
		switch failed := giveUp(r.Token.Status); {
		case r.Token.Issued() && len(e.Listed) > 0 && !slices.Contains(e.Listed, r.Name):
			return Discouraged("a refusal, since it is not listed", r.Name+": "+r.Token.Describe(), r.Token.Exchange)
		case r.Token.Issued():
			accepted = append(accepted, r.Name)
		case failed != "":
			return CannotJudge(r.Name+": the token endpoint "+failed, r.Token.Exchange)
		default:
			refused = append(refused, r.Name)
		}
	}
	return Note(among("accepted", accepted)+"; "+among("refused", refused), proof...)
})

// AssertionAudienceArray verifies that aud may be an array.
var AssertionAudienceArray = New(Meta{
	ID:           "client-auth-asymmetric.audience-array",
	Title:        "A client assertion may name its audience in an array",
	Level:        Should,
	Requirements: []string{"rfc7519-4.1.3-aud-array"},
	Applies:      asymmetricApplies,
	Remedy:       "Read aud as a string or as an array of strings (RFC 7519 §4.1.3).",
}, evidence.AssertionFormsKind, accepted(evidence.AudienceArray))

// AssertionJKUOptional verifies that the registered keys count without jku.
var AssertionJKUOptional = New(Meta{
	ID:           "client-auth-asymmetric.jku-optional",
	Title:        "Client assertions without jku are verified with the registered keys",
	Level:        Should,
	Requirements: []string{"326"},
	Versions:     asymmetricVersions,
	Applies:      asymmetricApplies,
	Remedy:       "Fall back on the registered key set, or on the set at the registered URL, when there is no jku.",
}, evidence.AssertionFormsKind, accepted(evidence.WithoutJKU))

// accepted judges a right assertion, which must bring a token.
func accepted(name string) func(evidence.Redemptions) Verdict {
	return func(e evidence.Redemptions) Verdict {
		var t tally
		for _, r := range e.Only(name).Redemptions {
			switch failed := giveUp(r.Token.Status); {
			case r.Token.Issued():
				t.holds(r.Token.Exchange)
			case failed != "":
				t.unsure(r.Name + ": the token endpoint " + failed)
			default:
				t.breaks(r.Name+": "+r.Token.Describe(), r.Token.Exchange)
			}
		}
		return t.verdict("a token", "the assertion was accepted", "no assertion was sent")
	}
}
