package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TokenGuess lists the checks of whether codes and tokens can be guessed.
var TokenGuess = []Check{CodesUnguessable, AccessTokensUnguessable, RefreshTokensUnguessable}

const (
	// fewestValues is how many values show what they have in common.
	fewestValues = 5
	// surelyTooFew is how many bits an estimate must come to. RFC 6749 §10.10 demands 128; what is missing
	// to that is how far chance can press the estimate for so few values.
	surelyTooFew = 112
	// unpredictable is what must be so.
	unpredictable = "values that hold at least 128 bits which nobody can predict (RFC 6749 §10.10)"
)

// CodesUnguessable verifies that authorization codes cannot be guessed.
var CodesUnguessable = New(Meta{
	ID:           "token.codes-unguessable",
	Title:        "Authorization codes cannot be guessed",
	Level:        Shall,
	Requirements: []string{"rfc6749-10.10-token-entropy"},
	Remedy:       "Make codes of at least 128 bits, better 160, from a cryptographic random source.",
}, evidence.SamplesKind, func(e evidence.Samples) Verdict { return guess("code", e.Codes) })

// AccessTokensUnguessable verifies that access tokens cannot be guessed.
var AccessTokensUnguessable = New(Meta{
	ID:           "token.access-tokens-unguessable",
	Title:        "Access tokens cannot be guessed",
	Level:        Shall,
	Requirements: []string{"rfc6749-10.10-token-entropy"},
	Remedy:       "Make opaque access tokens of at least 128 bits, better 160, from a cryptographic random source, and sign self-contained ones.",
}, evidence.SamplesKind, func(e evidence.Samples) Verdict { return guess("access token", e.AccessTokens) })

// RefreshTokensUnguessable verifies that refresh tokens cannot be guessed.
var RefreshTokensUnguessable = New(Meta{
	ID:           "token.refresh-tokens-unguessable",
	Title:        "Refresh tokens cannot be guessed",
	Level:        Shall,
	Requirements: []string{"rfc6749-10.10-token-entropy"},
	Applies:      "the server issues refresh tokens",
	Remedy:       "Make refresh tokens of at least 128 bits, better 160, from a cryptographic random source.",
}, evidence.SamplesKind, func(e evidence.Samples) Verdict { return guess("refresh token", e.RefreshTokens) })

// guess judges values of the kind that name names. It fails only what cannot be chance.
func guess(name string, s evidence.Sample) Verdict {
	switch {
	case s.Unsigned > 0:
		return Broken(unpredictable, fmt.Sprintf("%d %ss that are JWTs without a signature, which anybody can write", s.Unsigned, name), s.Exchanges...)
	case s.Repeated > 0:
		return Broken("a value of its own for everybody", fmt.Sprintf("%d %ss that were issued to several holders", s.Repeated, name), s.Exchanges...)
	case s.Values == 0:
		return Skip("no " + name + " was issued")
	case s.Values < fewestValues:
		return Skip(fmt.Sprintf("only %d different %ss were issued, too few to compare", s.Values, name))
	case s.Bits < surelyTooFew:
		return Broken(unpredictable, s.Describe(), s.Exchanges...)
	case s.Form == evidence.UUID4:
		return Discouraged(unpredictable, s.Describe(), s.Exchanges...)
	}
	return Holds(s.Describe(), s.Exchanges...)
}
