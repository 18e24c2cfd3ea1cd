package checks

import (
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// PKCE lists the checks of Proof Key for Code Exchange.
var PKCE = []Check{
	PKCES256, VerifierWrong, VerifierMissing, VerifierEqualsChallenge, MismatchInvalidGrant, PlainRefused,
	MethodOmitted, MethodUnknown, ChallengeRequired, PKCEDowngrade, VerifierRange, VerifierShort, CodeInjection,
}

// pkceVersions are the versions of SMART App Launch that know PKCE.
var pkceVersions = []Version{V2_0_0, V2_2_0}

const verifierRemedy = "Recompute BASE64URL(SHA256(code_verifier)) and compare it with the challenge of the code, before anything is issued."

// PKCES256 verifies that a flow with S256 and the right verifier ends with a token.
var PKCES256 = New(Meta{
	ID:           "pkce.s256",
	Title:        "PKCE with the S256 method works end to end",
	Level:        Shall,
	Requirements: []string{"14"},
	Versions:     pkceVersions,
	Remedy:       "Compute the challenge as unpadded base64url of the SHA-256 digest (RFC 7636 §4.6).",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		switch {
		case g.Token == nil:
		case g.Worked():
			t.holds(g.Token.Exchange)
		case g.Token.Error() == "invalid_grant":
			t.breaks(g.Launch.String()+": "+g.Describe(), g.Token.Exchange)
		}
	}
	return t.verdict("a token for the right verifier", "every code was redeemed with its verifier", "no code was redeemed")
})

// VerifierWrong verifies that a verifier of another challenge is refused.
var VerifierWrong = New(Meta{
	ID:           "pkce.verifier-wrong",
	Title:        "A wrong code verifier is refused",
	Level:        Shall,
	Requirements: []string{"31", "rfc7636-4.6-mismatch-invalid-grant"},
	Versions:     pkceVersions,
	Remedy:       verifierRemedy,
}, evidence.VerifierWrongKind, neverIssued("a refusal"))

// VerifierMissing verifies that a code with a challenge needs a verifier.
var VerifierMissing = New(Meta{
	ID:           "pkce.verifier-missing",
	Title:        "A missing or empty code verifier is refused",
	Level:        Shall,
	Requirements: []string{"31"},
	Versions:     pkceVersions,
	Remedy:       "Refuse a token request without code_verifier when the code was issued for a challenge.",
}, evidence.VerifierMissingKind, neverIssued("a refusal"))

// VerifierEqualsChallenge verifies that the challenge itself is no verifier.
var VerifierEqualsChallenge = New(Meta{
	ID:           "pkce.verifier-equals-challenge",
	Title:        "The challenge itself is not accepted as verifier",
	Level:        Shall,
	Requirements: []string{"31", "15"},
	Versions:     pkceVersions,
	Remedy:       "Compare by the method of the authorization request only; S256 never falls back to plain.",
}, evidence.VerifierChallengeKind, neverIssued("a refusal"))

// neverIssued judges redemptions none of which may bring a token.
func neverIssued(expected string) func(evidence.Redemptions) Verdict {
	return func(e evidence.Redemptions) Verdict {
		var t tally
		for _, r := range e.Redemptions {
			switch failed := giveUp(r.Token.Status); {
			case r.Token.Issued():
				t.breaks(r.Name+": "+r.Token.Describe(), r.Token.Exchange)
			case failed != "":
				t.unsure(r.Name + ": the token endpoint " + failed)
			default:
				t.holds(r.Token.Exchange)
			}
		}
		return t.verdict(expected, "every attempt was refused", "no attempt was made")
	}
}

// MismatchInvalidGrant verifies the error of a verifier mismatch.
var MismatchInvalidGrant = New(Meta{
	ID:           "pkce.mismatch-invalid-grant",
	Title:        "A verifier mismatch is answered with invalid_grant",
	Level:        Shall,
	Requirements: []string{"rfc7636-4.6-mismatch-invalid-grant"},
	Versions:     pkceVersions,
	Remedy:       "Answer 400 with error=invalid_grant when the verifier does not match.",
}, evidence.VerifierWrongKind, answeredWith("a refusal", "invalid_grant"))

// answeredWith judges redemptions that must be refused with one of the given error codes.
func answeredWith(expected string, codes ...string) func(evidence.Redemptions) Verdict {
	return func(e evidence.Redemptions) Verdict {
		var t tally
		for _, r := range e.Redemptions {
			switch {
			case busy(r.Token.Status):
				t.unsure(r.Name + ": the token endpoint " + giveUp(r.Token.Status))
			case r.Token.Issued() || !slices.Contains(codes, r.Token.Error()):
				t.breaks(r.Name+": "+r.Token.Describe(), r.Token.Exchange)
			default:
				t.holds(r.Token.Exchange)
			}
		}
		return t.verdict(expected+" with "+strings.Join(codes, " or "), "every refusal named its error", "no attempt was made")
	}
}

// PlainRefused verifies that the plain method is refused.
var PlainRefused = New(Meta{
	ID:           "pkce.plain-refused",
	Title:        "The plain challenge method is refused",
	Level:        ShallNot,
	Requirements: []string{"15"},
	Versions:     pkceVersions,
	Remedy:       "Support S256 only.",
}, evidence.ChallengePlainKind, noWorkingCode("no token for a plain challenge"))

// MethodOmitted verifies that an omitted method is not taken for plain.
var MethodOmitted = New(Meta{
	ID:           "pkce.method-omitted",
	Title:        "An omitted challenge method is not taken for plain",
	Level:        ShallNot,
	Requirements: []string{"15"},
	Versions:     pkceVersions,
	Remedy:       "Refuse a code_challenge without code_challenge_method=S256; the default of RFC 7636 is plain.",
}, evidence.ChallengeOmittedKind, noWorkingCode("no token for a challenge without method"))

// noWorkingCode judges variants after which no token may be had: a code is tolerated when redeeming it
// fails.
func noWorkingCode(expected string) func(evidence.Variants) Verdict {
	return func(e evidence.Variants) Verdict {
		var t tally
		for _, v := range e.Variants {
			switch a := v.Authorization; {
			case a.Outcome == evidence.GotToken:
				t.breaks(v.Name+": "+a.Describe(), a.Exchanges...)
			case a.Outcome == evidence.GotNowhere || a.Outcome == evidence.NotLaunched:
				t.unsure(v.Name + ": " + a.Describe())
			case v.Token != nil && v.Token.Issued():
				t.breaks(v.Name+": the code was redeemed, "+v.Token.Describe(), append(slices.Clone(a.Exchanges), v.Token.Exchange)...)
			case v.Token != nil && giveUp(v.Token.Status) != "":
				t.unsure(v.Name + ": the token endpoint " + giveUp(v.Token.Status))
			case pageFailed(a) != "":
				t.unsure(v.Name + ": the authorization endpoint " + pageFailed(a))
			default:
				t.holds(a.Exchanges...)
			}
		}
		return t.verdict(expected, "every variant was refused", "no variant was tried")
	}
}

// MethodUnknown verifies that unknown challenge methods are refused at the authorization endpoint.
var MethodUnknown = New(Meta{
	ID:           "pkce.method-unknown",
	Title:        "Unknown challenge methods are refused",
	Level:        Shall,
	Requirements: []string{"rfc7636-4.4.1-unknown-method"},
	Versions:     pkceVersions,
	Remedy:       "Answer invalid_request when code_challenge_method is not a supported method.",
}, evidence.ChallengeUnknownKind, noCode("error=invalid_request and no code"))

// ChallengeRequired verifies that a public client cannot start without a challenge.
var ChallengeRequired = New(Meta{
	ID:           "pkce.challenge-required",
	Title:        "A public client cannot start without a challenge",
	Level:        Shall,
	Requirements: []string{"31", "rfc7636-4.4.1-challenge-required"},
	Versions:     pkceVersions,
	Applies:      "the target file has a public client",
	Remedy:       "Answer invalid_request when code_challenge is missing.",
}, evidence.ChallengeMissingKind, noWorkingCode("no token without a challenge"))

// PKCEDowngrade verifies that leaving the challenge out does not switch PKCE off.
var PKCEDowngrade = New(Meta{
	ID:           "pkce.downgrade",
	Title:        "Leaving the challenge out does not switch PKCE off",
	Level:        Shall,
	Requirements: []string{"rfc9700-2.1.1-pkce-downgrade"},
	Versions:     pkceVersions,
	Remedy:       "Refuse a code_verifier for a code that was issued without a challenge, and demand a challenge from every client.",
}, evidence.ChallengeDowngradeKind, noWorkingCode("no token with a verifier for a code without challenge"))

// VerifierRange verifies that verifiers of every lawful length work.
var VerifierRange = New(Meta{
	ID:           "pkce.verifier-range",
	Title:        "Verifiers of 43 and of 128 characters work",
	Level:        Shall,
	Requirements: []string{"rfc7636-4.1-verifier-range"},
	Versions:     pkceVersions,
	Remedy:       "Accept verifiers of 43 to 128 unreserved characters (RFC 7636 §4.1).",
}, evidence.VerifierRangeKind, allReachCode("a token for every lawful verifier"))

// VerifierShort verifies that a verifier below the minimum is refused. RFC 7636 binds only the client to the
// minimum, and a hashed challenge does not show it before the code is redeemed.
var VerifierShort = New(Meta{
	ID:           "pkce.verifier-short",
	Title:        "A verifier of fewer than 43 characters is refused",
	Level:        May,
	Requirements: []string{"rfc7636-4.1-verifier-minimum"},
	Versions:     pkceVersions,
	Remedy:       "Match code_verifier against 43*128unreserved (RFC 7636 §4.1) before it is hashed, so that no app gets away with one that can be guessed.",
}, evidence.VerifierShortKind, func(e evidence.Variants) Verdict {
	return unwise(noWorkingCode("no token for a verifier that is too short")(e))
})

// CodeInjection verifies that a code of one session cannot be redeemed with the verifier of another.
var CodeInjection = New(Meta{
	ID:           "pkce.code-injection",
	Title:        "A code cannot be redeemed with the verifier of another session",
	Level:        Shall,
	Requirements: []string{"rfc9700-4.5-code-injection"},
	Versions:     pkceVersions,
	Remedy:       "Bind each code to its own challenge.",
}, evidence.CodeInjectionKind, neverIssued("a refusal"))
