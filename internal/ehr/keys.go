package ehr

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// signingKey signs ID tokens. All tenants of the process share it and publish its public half.
var signingKey = sync.OnceValues(func() (jose.JSONWebKey, error) { return newSigningKey("ehr-1") })

// unpublishedKey signs the ID tokens of a tenant that forgot to publish its key.
var unpublishedKey = sync.OnceValues(func() (jose.JSONWebKey, error) { return newSigningKey("ehr-0") })

func newSigningKey(id string) (jose.JSONWebKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("generate the signing key %s of the EHR: %w", id, err)
	}
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"}, nil
}
