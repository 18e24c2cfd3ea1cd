package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
)

// keyring holds the keys of the hosted client. They are made for one run.
type keyring struct {
	listed    []string        // the algorithms of the server; empty when it lists none
	main      jose.JSONWebKey // of the first set
	next      jose.JSONWebKey // takes its place
	rsa, p256 jose.JSONWebKey // for other algorithms
}

// oddKey is a key that a server has to choose with care, and the step that it is for.
type oddKey struct {
	step string
	key  jose.JSONWebKey
}

// newKeyring makes keys for ES384 or, where the server lists algorithms without it, for RS384.
func newKeyring(listed []string) (keyring, error) {
	k := keyring{listed: listed}
	algorithm := string(jose.ES384)
	if !k.takes(algorithm) && k.takes(string(jose.RS384)) {
		algorithm = string(jose.RS384)
	}
	var err error
	for _, key := range []struct {
		into      *jose.JSONWebKey
		algorithm string
	}{{&k.main, algorithm}, {&k.next, algorithm}, {&k.rsa, string(jose.RS384)}} {
		if *key.into, err = oauth.NewKey(key.algorithm); err != nil {
			return k, err
		}
		key.into.KeyID = newKid()
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return k, fmt.Errorf("cannot make a key for ES256: %w", err)
	}
	k.p256 = jose.JSONWebKey{Key: p256, KeyID: newKid(), Algorithm: string(jose.ES256), Use: "sig"}
	return k, nil
}

func newKid() string { return "smartcheck-" + oauth.Random(9) }

// takes reports whether the server can be expected to accept the algorithm.
func (k keyring) takes(algorithm string) bool {
	return len(k.listed) == 0 || slices.Contains(k.listed, algorithm)
}

// of returns the key of the first set that signs with the algorithm.
func (k keyring) of(algorithm string) (jose.JSONWebKey, bool) {
	key := k.rsa
	switch {
	case algorithm == k.main.Algorithm:
		key = k.main
	case algorithm == string(jose.ES256):
		key = k.p256
	case strings.HasPrefix(algorithm, "RS"), strings.HasPrefix(algorithm, "PS"):
	default:
		return key, false
	}
	key.Algorithm = algorithm
	return key, true
}

// odd makes the odd keys of the last set: those that share a kid, and one that is too short.
func (k keyring) odd() ([]oddKey, error) {
	var odd []oddKey
	twice := newKid()
	for range 2 {
		key, err := oauth.NewKey(k.next.Algorithm)
		if err != nil {
			return nil, err
		}
		key.KeyID = twice
		odd = append(odd, oddKey{evidence.KidTwice, key})
	}
	if k.takes(string(jose.ES384)) && k.takes(string(jose.RS384)) {
		ec, err := oauth.NewKey(string(jose.ES384))
		if err != nil {
			return nil, err
		}
		rsa := k.rsa
		rsa.KeyID = newKid()
		ec.KeyID = rsa.KeyID
		odd = append(odd, oddKey{evidence.KidOfTwoTypes, rsa}, oddKey{evidence.KidOfTwoTypes, ec})
	}
	if k.takes(string(jose.RS384)) {
		short, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			return nil, fmt.Errorf("cannot make a short RSA key: %w", err)
		}
		odd = append(odd, oddKey{evidence.KeyWeak, jose.JSONWebKey{Key: short, KeyID: newKid(), Algorithm: string(jose.RS384), Use: "sig"}})
	}
	return odd, nil
}
