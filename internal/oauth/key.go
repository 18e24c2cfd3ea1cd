package oauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// NewKey returns a new private key for an algorithm that SMART names for client assertions, ES384 or
// RS384.
func NewKey(alg string) (jose.JSONWebKey, error) {
	var private crypto.Signer
	var err error
	switch alg {
	case string(jose.ES384):
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case string(jose.RS384):
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		return jose.JSONWebKey{}, fmt.Errorf("cannot make a key for %q; SMART names ES384 and RS384", alg)
	}
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("cannot make a key for %s: %w", alg, err)
	}
	return jose.JSONWebKey{Key: private, Algorithm: alg, Use: "sig"}, nil
}
