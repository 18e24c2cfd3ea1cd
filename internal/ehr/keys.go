package ehr

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// signingKey and successorKey sign ID tokens, one after the other. All tenants of the process share them and
// publish their public halves.
var (
	signingKey   = sync.OnceValues(func() (jose.JSONWebKey, error) { return newSigningKey("ehr-1") })
	successorKey = sync.OnceValues(func() (jose.JSONWebKey, error) { return newSigningKey("ehr-2") })
)

// turnover is how many ID tokens a tenant signs before its next key takes over.
const turnover = 2

// nextKey returns the key that signs the next ID token.
func (t *tenant) nextKey() jose.JSONWebKey {
	if t.signed.Add(1) > turnover || t.has(faults.IDTokenUnknownKey) {
		return t.server.successorKey
	}
	return t.server.signingKey
}

// retired reports whether the successor has taken over.
func (t *tenant) retired() bool { return t.signed.Load() > turnover }

func newSigningKey(id string) (jose.JSONWebKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("generate the signing key %s of the EHR: %w", id, err)
	}
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"}, nil
}
