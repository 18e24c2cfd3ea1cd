package ehr

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// minRSABits is the size of an RSA key from which on its signatures count (RFC 7518 section 3.3).
const minRSABits = 2048

// verify reports why the signature of the assertion is not that of the client.
func (t *tenant) verify(ctx context.Context, client *registeredClient, a clientAssertion) error {
	if a.token == nil {
		return nil // only a defect lets an unsigned assertion come this far
	}
	key, err := t.verifyingKey(ctx, client, a)
	if err != nil {
		return err
	}
	if err := a.token.Claims(key); err != nil {
		return errors.New("the key of the client does not verify the client assertion")
	}
	return nil
}

// verifyingKey finds the one key that may have made the signature. A jku has to be the address that the
// client registered; kid and kty must leave a single key.
func (t *tenant) verifyingKey(ctx context.Context, client *registeredClient, a clientAssertion) (any, error) {
	if key, trusted := t.keyOfHeader(ctx, a); trusted {
		return key, nil
	}
	jku, named := a.jku()
	switch {
	case !named && t.has(faults.AssertionJKUDemanded):
		return nil, errors.New("jku of the client assertion is missing")
	case named && !t.has(faults.AssertionJKUIgnored) && (jku == "" || jku != client.keyURL(t) || t.has(faults.AssertionJKURefused)):
		return nil, errors.New("jku of the client assertion is not registered")
	case a.header.KeyID == "" && !t.has(faults.AssertionKidOptional):
		return nil, errors.New("kid of the client assertion is missing")
	}
	set, err := t.clientKeys.of(ctx, client, a.header.KeyID)
	if err != nil {
		return nil, err
	}
	candidates := t.candidates(set, a.header)
	switch {
	case len(candidates) == 0:
		return nil, errors.New("no registered key of the client has the kid and the type of the client assertion")
	case len(candidates) > 1 && !t.has(faults.AssertionKidFirst):
		return nil, errors.New("several registered keys of the client have the kid of the client assertion")
	}
	return t.secretOf(candidates[0], a.header.Algorithm), nil
}

// candidates filters a key set by kid and kty.
func (t *tenant) candidates(set jose.JSONWebKeySet, header jose.Header) []jose.JSONWebKey {
	usable := slices.DeleteFunc(slices.Clone(set.Keys), func(k jose.JSONWebKey) bool {
		return weak(k) && !t.has(faults.WeakRSAKeyAccepted) || !suits(k, header.Algorithm) && !t.has(faults.AssertionKtyIgnored)
	})
	named := slices.DeleteFunc(slices.Clone(usable), func(k jose.JSONWebKey) bool { return k.KeyID != header.KeyID })
	if len(named) == 0 && (t.has(faults.AssertionKidUnmatched) || t.has(faults.BackendKidIgnored) || t.has(faults.AssertionKidOptional) && header.KeyID == "") {
		return usable[:min(1, len(usable))]
	}
	return named
}

// suits reports whether the type of the key is that of the algorithm. HMAC, which only a defect
// accepts, takes any.
func suits(k jose.JSONWebKey, algorithm string) bool {
	switch k.Key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS") || strings.HasPrefix(algorithm, "HS")
	case *ecdsa.PublicKey:
		return strings.HasPrefix(algorithm, "ES") || strings.HasPrefix(algorithm, "HS")
	}
	return false
}

func weak(k jose.JSONWebKey) bool {
	key, isRSA := k.Key.(*rsa.PublicKey)
	return isRSA && key.N.BitLen() < minRSABits
}
