package ehr

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// jwk is a published key: its members.
type jwk map[string]any

func (k jwk) with(members jwk) jwk {
	changed := maps.Clone(k)
	maps.Copy(changed, members)
	return changed
}

func (k jwk) without(members ...string) jwk {
	changed := maps.Clone(k)
	for _, member := range members {
		delete(changed, member)
	}
	return changed
}

// keySet is the JSON Web Key Set behind jwks_uri: the public halves of the signing keys, with certificates
// (RFC 7517 section 5, SMART App Launch, "Scopes for requesting identity data"). The next key is there
// before it is used, and the old one stays (OpenID Connect Core section 10.1.1).
func (t *tenant) keySet() map[string]any {
	first, err := publishedKey()
	next, errNext := publishedSuccessor()
	if err := errors.Join(err, errNext); err != nil { // the signing keys were made when the EHR started
		panic(err)
	}
	switch t.fault.ID {
	case faults.IDTokenUnknownKey.ID, faults.SigningKeyUnannounced.ID:
		return map[string]any{"keys": []jwk{first}}
	case faults.KeySetEmpty.ID, faults.KeySetWithoutRSA.ID:
		return map[string]any{"keys": t.misstateKeys(first)}
	case faults.SigningKeyVanishes.ID:
		if t.retired() {
			return map[string]any{"keys": []jwk{next}}
		}
	}
	return map[string]any{"keys": append(t.misstateKeys(first), next)}
}

// misstateKeys returns the keys that the tenant publishes, given the one that it should.
func (t *tenant) misstateKeys(key jwk) []jwk {
	encode := base64.RawURLEncoding.EncodeToString
	switch t.fault.ID {
	case faults.KeySetEmpty.ID:
		return []jwk{}
	case faults.KeySetPrivate.ID:
		return []jwk{key, key.with(jwk{"kid": "ehr-retired", "d": encode(noise(256))}).without("x5c")}
	case faults.KeySetSymmetric.ID:
		return []jwk{key, {"kty": "oct", "kid": "ehr-shared", "alg": "HS256", "k": encode(noise(32))}}
	case faults.KeySetCertificateOnly.ID:
		return []jwk{key, key.with(jwk{"kid": "ehr-certificate"}).without("n", "e")}
	case faults.KeySetShortRSA.ID:
		return []jwk{key, key.with(jwk{"kid": "ehr-short", "n": encode(noise(128))}).without("x5c")}
	case faults.KeySetSameIDs.ID:
		return []jwk{key, ellipticKey().with(jwk{"kid": key["kid"]})}
	case faults.KeySetWithoutRSA.ID:
		return []jwk{ellipticKey()}
	case faults.KeySetForeignCertificate.ID:
		return []jwk{key, key.with(jwk{"kid": "ehr-next", "n": encode(noise(256))})}
	default:
		return []jwk{key}
	}
}

// noise is a number of that many bytes that begins with a one bit and is odd, as the modulus of an RSA
// key is. Nobody has the key.
func noise(bytes int) []byte {
	n := make([]byte, bytes)
	rand.Read(n)
	n[0] |= 0x80
	n[bytes-1] |= 1
	return n
}

// publishedKey and publishedSuccessor are the public halves of the signing keys as they are published.
var (
	publishedKey       = sync.OnceValues(func() (jwk, error) { return published(signingKey()) })
	publishedSuccessor = sync.OnceValues(func() (jwk, error) { return published(successorKey()) })
)

func published(key jose.JSONWebKey, err error) (jwk, error) {
	if err != nil {
		return nil, err
	}
	certificate, err := selfSigned(key.Key.(*rsa.PrivateKey))
	if err != nil {
		return nil, fmt.Errorf("certify the signing key of the EHR: %w", err)
	}
	return members(key.Public(), jwk{"x5c": []string{base64.StdEncoding.EncodeToString(certificate)}})
}

var ellipticKey = sync.OnceValue(func() jwk {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err)
	}
	published, err := members(jose.JSONWebKey{Key: key.Public(), KeyID: "ehr-ec", Algorithm: string(jose.ES384), Use: "sig"}, nil)
	if err != nil {
		panic(err)
	}
	return published
})

// members returns the members of a public key, and more.
func members(key jose.JSONWebKey, more jwk) (jwk, error) {
	raw, err := key.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var k jwk
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, err
	}
	return k.with(more), nil
}

// selfSigned returns a certificate of the key, in DER.
func selfSigned(key *rsa.PrivateKey) ([]byte, error) {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "smartcheck reference EHR"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}
