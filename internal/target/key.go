package target

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

const minRSABits = 2048 // SMART App Launch 2.2.0, client-confidential-asymmetric

// SigningKey returns the private key that signs the client's assertions, with its KeyID and Algorithm
// set: the key with the client's KID, or else the first that can sign with its Alg, or with ES384 or
// RS384 when it has none.
func (c Client) SigningKey() (jose.JSONWebKey, error) {
	keys, err := privateKeys([]byte(c.Key.Reveal()))
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	if c.KID != "" && len(keys) == 1 && keys[0].KeyID == "" {
		keys[0].KeyID = c.KID
	}
	if c.KID != "" {
		keys = slices.DeleteFunc(keys, func(k jose.JSONWebKey) bool { return k.KeyID != c.KID })
		if len(keys) == 0 {
			return jose.JSONWebKey{}, fmt.Errorf("holds no key with the kid %s", shown(c.KID))
		}
	}
	var refused error
	for _, key := range keys {
		alg, err := algorithm(key)
		if err == nil && c.Alg != "" && alg != c.Alg {
			err = fmt.Errorf("holds a key for %s, but alg is %s", alg, c.Alg)
		}
		if err != nil {
			refused = err
			continue
		}
		key.Algorithm = alg
		if key.KeyID == "" {
			if key.KeyID, err = thumbprint(key); err != nil {
				return jose.JSONWebKey{}, err
			}
		}
		return key, nil
	}
	return jose.JSONWebKey{}, refused
}

// privateKeys reads a JWKS, a JWK or a PEM key and returns the private keys in it, at least one.
func privateKeys(raw []byte) ([]jose.JSONWebKey, error) {
	keys, err := parseKeys(raw)
	if err != nil {
		return nil, err
	}
	private := slices.DeleteFunc(keys, func(k jose.JSONWebKey) bool {
		return k.IsPublic() || !k.Valid() || k.Use == "enc"
	})
	if len(private) == 0 {
		return nil, errors.New("holds no private key for signing; a client assertion needs the private part")
	}
	return private, nil
}

func parseKeys(raw []byte) ([]jose.JSONWebKey, error) {
	if block, _ := pem.Decode(raw); block != nil {
		key, err := parsePEM(block)
		if err != nil {
			return nil, err
		}
		return []jose.JSONWebKey{{Key: key}}, nil
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, errors.New("is neither a JWK, a JWKS nor a PEM key")
	}
	if set.Keys == nil {
		set.Keys = []json.RawMessage{raw}
	}
	var keys []jose.JSONWebKey
	for _, one := range set.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(one); err != nil {
			continue // a set may hold keys of kinds that are not for signing
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("holds no JWK that can be read")
	}
	return keys, nil
}

func parsePEM(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("is an encrypted PEM key; decrypt it with openssl pkey")
	default:
		return nil, fmt.Errorf("is a PEM %s; expected a PRIVATE KEY", shown(block.Type))
	}
	if err != nil {
		return nil, errors.New("is a PEM key that cannot be read")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("is a key that cannot sign (%T)", key)
	}
	return signer, nil
}

// algorithm returns which of the two algorithms that SMART requires the key can sign with.
func algorithm(key jose.JSONWebKey) (string, error) {
	var alg string
	switch k := key.Key.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve != elliptic.P384() {
			return "", fmt.Errorf("holds an EC key on %s; ES384 needs P-384", k.Curve.Params().Name)
		}
		alg = string(jose.ES384)
	case *rsa.PrivateKey:
		if k.N.BitLen() < minRSABits {
			return "", fmt.Errorf("holds an RSA key of %d bits; RS384 needs at least %d", k.N.BitLen(), minRSABits)
		}
		alg = string(jose.RS384)
	default:
		return "", errors.New("holds a key that is neither EC (ES384) nor RSA (RS384)")
	}
	if key.Algorithm != "" && key.Algorithm != alg {
		return "", fmt.Errorf("holds a key for %s; SMART signs with ES384 or RS384", shown(key.Algorithm))
	}
	return alg, nil
}

// thumbprint returns the JWK thumbprint of the key (RFC 7638), which serves as its kid.
func thumbprint(key jose.JSONWebKey) (string, error) {
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("holds a key without a thumbprint: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// GenerateKeys returns a new JWKS with two private keys, one for ES384 and one for RS384.
func GenerateKeys() ([]byte, error) {
	ec, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("cannot make an ES384 key: %w", err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		return nil, fmt.Errorf("cannot make an RS384 key: %w", err)
	}
	var set jose.JSONWebKeySet
	for _, key := range []jose.JSONWebKey{
		{Key: ec, Use: "sig", Algorithm: string(jose.ES384)},
		{Key: rs, Use: "sig", Algorithm: string(jose.RS384)},
	} {
		if key.KeyID, err = thumbprint(key); err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, key)
	}
	return encodeKeys(set)
}

// PublicKeys returns the JWKS to register for a file of private keys.
func PublicKeys(private []byte) ([]byte, error) {
	keys, err := privateKeys(private)
	if err != nil {
		return nil, err
	}
	var set jose.JSONWebKeySet
	for _, key := range keys {
		public := key.Public()
		public.Use = "sig"
		if alg, err := algorithm(key); err == nil {
			public.Algorithm = alg
		}
		if public.KeyID == "" {
			if public.KeyID, err = thumbprint(key); err != nil {
				return nil, err
			}
		}
		set.Keys = append(set.Keys, public)
	}
	return encodeKeys(set)
}

func encodeKeys(set jose.JSONWebKeySet) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(set); err != nil {
		return nil, fmt.Errorf("cannot write a key set: %w", err)
	}
	return out.Bytes(), nil
}
