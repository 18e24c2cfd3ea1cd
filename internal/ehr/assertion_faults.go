package ehr

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// raceWindow is how long the defect of AssertionReplayRace takes between looking and remembering.
const raceWindow = 300 * time.Millisecond

// pause waits, and not longer than somebody waits for the answer.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// algorithmsAccepted are those with which the tenant takes assertions.
func (t *tenant) algorithmsAccepted() []jose.SignatureAlgorithm {
	without := func(one jose.SignatureAlgorithm) []jose.SignatureAlgorithm {
		return slices.DeleteFunc(slices.Clone(assertionAlgorithms), func(a jose.SignatureAlgorithm) bool { return a == one })
	}
	switch {
	case t.has(faults.AssertionRS384Refused):
		return without(jose.RS384)
	case t.has(faults.AssertionES384Refused):
		return without(jose.ES384)
	case t.has(faults.AssertionRS256Unlisted):
		return append(slices.Clone(assertionAlgorithms), jose.RS256)
	case t.has(faults.AssertionHMACPEM), t.has(faults.AssertionHMACJWK):
		return append(slices.Clone(assertionAlgorithms), jose.HS256)
	}
	return assertionAlgorithms
}

// secretOf returns what verifies a signature: the key or, where HMAC is mistaken for a signature, the bytes
// of the key.
func (t *tenant) secretOf(key jose.JSONWebKey, algorithm string) any {
	if !strings.HasPrefix(algorithm, "HS") {
		return key.Key
	}
	if t.has(faults.AssertionHMACJWK) {
		raw, _ := key.MarshalJSON() // a key that was read can be written
		return raw
	}
	der, _ := x509.MarshalPKIXPublicKey(key.Key)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// readUnsigned reads an assertion with alg none, and reports whether it is one.
func (a *clientAssertion) readUnsigned() bool {
	parts := strings.Split(a.raw, ".")
	if len(parts) != 3 {
		return false
	}
	var header struct{ Alg string }
	return decodePart(parts[0], &header) == nil && header.Alg == "none" && decodePart(parts[1], &a.Claims) == nil
}

func decodePart(part string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// misreadClaims reads the claims of an assertion whose exp is a text, which is taken for none. It reports
// whether it did.
func (t *tenant) misreadClaims(a *clientAssertion) bool {
	if !t.has(faults.AssertionExpTextIgnored) {
		return false
	}
	var members map[string]any
	if a.token.UnsafeClaimsWithoutVerification(&members) != nil {
		return false
	}
	if _, text := members["exp"].(string); !text {
		return false
	}
	delete(members, "exp")
	a.noExp = true
	raw, err := json.Marshal(members)
	return err == nil && json.Unmarshal(raw, &a.Claims) == nil
}

// audienceInList reports whether aud is an array.
func (a *clientAssertion) audienceInList() bool {
	var claims struct {
		Audience any `json:"aud"`
	}
	_ = a.token.UnsafeClaimsWithoutVerification(&claims) // they were read before
	_, list := claims.Audience.([]any)
	return list
}

// misnamedFailure words a failed authentication as another error.
func (t *tenant) misnamedFailure(failed *oauthError) *oauthError {
	switch {
	case t.has(faults.AssertionErrorOther):
		return tokenError("invalid_grant", failed.description)
	case t.has(faults.AssertionErrorStatus):
		failed.status, failed.challenges = http.StatusForbidden, nil
	}
	return failed
}

// keyOfHeader returns the key that the assertion brings along or points to, where a defect trusts it.
func (t *tenant) keyOfHeader(ctx context.Context, a clientAssertion) (any, bool) {
	jku, named := a.jku()
	x5u, _ := a.header.ExtraHeaders["x5u"].(string)
	switch {
	case t.has(faults.AssertionJWKTrusted) && a.header.JSONWebKey != nil:
		return a.header.JSONWebKey.Key, true
	case t.has(faults.AssertionX5CTrusted):
		return a.keyOfX5C()
	case t.has(faults.AssertionX5UTrusted) && x5u != "":
		return t.clientKeys.certified(ctx, x5u)
	case t.has(faults.AssertionJKUFetched) && named:
		_, _, _ = t.clientKeys.fetch(ctx, jku) // and is refused all the same
	case t.has(faults.AssertionJKUTrusted) && named:
		set, _, err := t.clientKeys.fetch(ctx, jku)
		if keys := set.Key(a.header.KeyID); err == nil && len(keys) > 0 {
			return keys[0].Key, true
		}
	}
	return nil, false
}

// keyOfX5C returns the key of the first certificate of the x5c header.
func (a clientAssertion) keyOfX5C() (any, bool) {
	var header struct {
		X5C [][]byte `json:"x5c"` // in standard base64, RFC 7515 section 4.1.6
	}
	head, _, _ := strings.Cut(a.raw, ".")
	if decodePart(head, &header) != nil || len(header.X5C) == 0 {
		return nil, false
	}
	certificate, err := x509.ParseCertificate(header.X5C[0])
	if err != nil {
		return nil, false
	}
	return certificate.PublicKey, true
}
