package ehr

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// challenge is what a code is bound to (RFC 7636). The zero value binds nothing; only a defect makes it.
type challenge struct{ value, method string }

var (
	s256Form     = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
)

// checkChallenge demands an S256 challenge of every client. SMART App Launch 1.0.0 knows no PKCE, and its
// clients may do without.
func (t *tenant) checkChallenge(_ *http.Request, q *authorizationRequest, form parameters) *oauthError {
	c := challenge{form.get("code_challenge"), form.get("code_challenge_method")}
	if c.value == "" {
		if !t.since(stu2) || t.has(faults.ChallengeOptional) && !q.client.confidential() ||
			t.has(faults.Downgrade) && q.client.confidential() || q.responseType == "token" {
			return nil
		}
		return refusal("invalid_request", "code_challenge is missing")
	}
	switch {
	case c.method == "" && t.has(faults.MethodDefaultsToPlain):
		c.method = "plain"
	case c.method == "plain" && t.has(faults.PlainAccepted):
	case c.method != "" && t.has(faults.MethodIgnored):
		c.method = "S256"
	case c.method != "S256":
		return refusal("invalid_request", "code_challenge_method must be S256")
	}
	form43 := s256Form
	if c.method == "plain" {
		form43 = verifierForm
	}
	if !form43.MatchString(c.value) {
		return refusal("invalid_request", "code_challenge is not a SHA-256 hash in base64url")
	}
	q.challenge = c
	return nil
}

// checkVerifier compares the code verifier with the challenge of the code (RFC 7636 section 4.6).
func (t *tenant) checkVerifier(c *code, form parameters) *oauthError {
	if c.request.challenge == (challenge{}) {
		return nil
	}
	verifier := form.get("code_verifier")
	if verifier == "" {
		_, sent := form["code_verifier"]
		if !sent && t.has(faults.VerifierOptional) || sent && t.has(faults.VerifierEmptyAccepted) {
			return nil
		}
		return tokenError("invalid_grant", "code_verifier is missing")
	}
	if t.has(faults.VerifierUnchecked) {
		return nil
	}
	if t.has(faults.VerifierLengthLimited) && len(verifier) > 64 {
		return tokenError("invalid_grant", "code_verifier is too long")
	}
	for _, bound := range t.challengesFor(c) {
		if (verifierForm.MatchString(verifier) || t.has(faults.VerifierShortAccepted)) && t.answers(bound, verifier) {
			return nil
		}
	}
	if t.has(faults.VerifierMismatchOtherCode) {
		return tokenError("access_denied", "code_verifier is wrong")
	}
	return tokenError("invalid_grant", "code_verifier does not answer the challenge of this code")
}

// challengesFor returns the challenges that a verifier for the code may answer: its own.
func (t *tenant) challengesFor(c *code) []challenge {
	bound := []challenge{c.request.challenge}
	if t.has(faults.VerifierAnySession) {
		for _, other := range t.grants.codes.values() {
			if other.grant.client == c.grant.client {
				bound = append(bound, other.request.challenge)
			}
		}
	}
	return bound
}

// answers reports whether verifier is the one behind the challenge.
func (t *tenant) answers(c challenge, verifier string) bool {
	if c.method == "plain" {
		return sameSecret(verifier, c.value)
	}
	hash := sha256.Sum256([]byte(verifier))
	computed := base64.RawURLEncoding.EncodeToString(hash[:])
	switch {
	case t.has(faults.S256Miscomputed):
		computed = base64.StdEncoding.EncodeToString(hash[:])
	case t.has(faults.VerifierIsChallenge) && sameSecret(verifier, c.value):
		return true
	case t.has(faults.VerifierTruncated):
		return len(c.value) >= comparedCharacters && computed[:comparedCharacters] == c.value[:comparedCharacters]
	}
	return sameSecret(computed, c.value)
}

// comparedCharacters is how much of the challenge the verifier-truncated defect compares.
const comparedCharacters = 2
