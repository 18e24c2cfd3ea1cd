package ehr

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// assertionAlgorithms are those that SMART App Launch demands of a server.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.RS384, jose.ES384}

const (
	// assertionLifetime is how far in the future an assertion may expire.
	assertionLifetime = 5 * time.Minute
	// clockSkew is how much a client's clock may differ.
	clockSkew = 10 * time.Second
)

// readKeys reads a JSON Web Key Set and keeps what can verify assertions: valid public keys with an id.
func readKeys(raw []byte) (jose.JSONWebKeySet, error) {
	var keys, usable jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &keys); err != nil {
		return usable, fmt.Errorf("read the key set: %w", err)
	}
	for _, k := range keys.Keys {
		if !k.IsPublic() {
			return usable, fmt.Errorf("key %q of the key set is not public; register the public half only", k.KeyID)
		}
		if k.Valid() && k.KeyID != "" && k.Use != "enc" {
			usable.Keys = append(usable.Keys, k)
		}
	}
	if len(usable.Keys) == 0 {
		return usable, errors.New("the key set holds no public key with a kid")
	}
	return usable, nil
}

// byAssertion authenticates a client by private_key_jwt
// (https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#signature-verification).
func (t *tenant) byAssertion(c credentials) (*registeredClient, *oauthError) {
	assertion, err := jwt.ParseSigned(c.assertion, assertionAlgorithms)
	if err != nil {
		return nil, unauthenticated("the client assertion is not a JWT signed with RS384 or ES384")
	}
	var claims jwt.Claims
	if err := assertion.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return nil, unauthenticated("the claims of the client assertion cannot be read")
	}
	client, known := t.client(claims.Issuer)
	switch {
	case !known || len(client.keys.Keys) == 0:
		return nil, unauthenticated("iss of the client assertion is not a client with keys")
	case claims.Subject != claims.Issuer:
		return nil, unauthenticated("iss and sub of the client assertion differ")
	case c.id != "" && c.id != client.ID:
		return nil, unauthenticated("client_id differs from iss of the client assertion")
	case !t.has(faults.AssertionUnverified) && !verifies(client, assertion):
		return nil, unauthenticated("no registered key of the client verifies the client assertion")
	}
	if failed := t.checkClaims(client, claims); failed != nil {
		return nil, failed
	}
	return client, nil
}

// verifies reports whether one of the client's keys, chosen by kid and key type, made the signature.
// Keys are registered by value, so a jku names a set that nobody registered.
func verifies(client *registeredClient, assertion *jwt.JSONWebToken) bool {
	header := assertion.Headers[0]
	if _, named := header.ExtraHeaders["jku"]; named || header.KeyID == "" {
		return false
	}
	for _, key := range client.keys.Key(header.KeyID) {
		if assertion.Claims(key.Key, &jwt.Claims{}) == nil {
			return true
		}
	}
	return false
}

// checkClaims holds the claims to RFC 7523 section 3 and to the limits of SMART App Launch.
func (t *tenant) checkClaims(client *registeredClient, claims jwt.Claims) *oauthError {
	now := t.now()
	switch {
	case !claims.Audience.Contains(t.tokenURL()) && !t.has(faults.AssertionAudUnchecked):
		return unauthenticated("aud of the client assertion is not " + t.tokenURL())
	case claims.Expiry == nil:
		return unauthenticated("exp of the client assertion is missing")
	case !now.Before(claims.Expiry.Time()) && !t.has(faults.AssertionExpUnchecked):
		return unauthenticated("the client assertion has expired")
	case claims.Expiry.Time().After(now.Add(assertionLifetime + clockSkew)):
		return unauthenticated("the client assertion expires more than five minutes from now")
	case claims.NotBefore != nil && claims.NotBefore.Time().After(now.Add(clockSkew)):
		return unauthenticated("the client assertion is not valid yet")
	case claims.ID == "":
		return unauthenticated("jti of the client assertion is missing")
	case !t.assertions.claim(fingerprint(client.ID, claims.ID), struct{}{}) && !t.has(faults.AssertionReplayable):
		return unauthenticated("the client assertion was used before")
	}
	return nil
}
