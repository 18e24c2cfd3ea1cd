package oauth

import (
	"crypto"
	_ "crypto/sha256" // hash functions of LeftHash
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// IDToken is an ID token taken apart, whether its signature holds or not.
type IDToken struct {
	Header map[string]json.RawMessage
	Claims map[string]json.RawMessage
}

// ParseIDToken decodes the header and the claims of a JWS in compact form without verifying it.
func ParseIDToken(raw string) (IDToken, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return IDToken{}, fmt.Errorf("the ID token has %d parts; a JWS in compact form has 3", len(parts))
	}
	var t IDToken
	for i, into := range []*map[string]json.RawMessage{&t.Header, &t.Claims} {
		decoded, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return IDToken{}, fmt.Errorf("part %d of the ID token is not base64url: %w", i+1, err)
		}
		if err := json.Unmarshal(decoded, into); err != nil {
			return IDToken{}, fmt.Errorf("part %d of the ID token is not a JSON object: %w", i+1, err)
		}
	}
	return t, nil
}

// signatureAlgorithms are those that an ID token may be signed with; none and HMAC are not among them.
var signatureAlgorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.PS384,
	jose.PS512, jose.EdDSA,
}

// UnknownKeyError says that no key of a set is the one that signed a token. A set that is read again may
// hold it (OpenID Connect Core §10.1.1).
type UnknownKeyError struct {
	KeyID string // "" when the token names none
	Keys  int    // how many keys were tried
}

func (e UnknownKeyError) Error() string {
	if e.KeyID == "" {
		return fmt.Sprintf("the ID token has no kid, and none of the %d keys of the JWKS verifies its signature", e.Keys)
	}
	return fmt.Sprintf("no key of the JWKS has the kid %q of the ID token", e.KeyID)
}

// VerifySignature checks the signature of an ID token against a key set. The error says why it does
// not hold: an algorithm that is no signature, a wrong signature or, as an UnknownKeyError, that the set
// does not hold the key.
func VerifySignature(raw string, keys jose.JSONWebKeySet) error {
	signed, err := jose.ParseSigned(raw, signatureAlgorithms)
	if err != nil {
		return fmt.Errorf("the ID token is not signed with a public-key algorithm: %w", err)
	}
	kid := signed.Signatures[0].Header.KeyID
	candidates := keys.Keys
	if kid != "" {
		candidates = keys.Key(kid)
		if len(candidates) == 0 {
			return UnknownKeyError{KeyID: kid}
		}
	}
	for _, key := range candidates {
		if _, err := signed.Verify(key); err == nil {
			return nil
		}
	}
	if kid == "" {
		return UnknownKeyError{Keys: len(candidates)}
	}
	return fmt.Errorf("the signature does not verify with key %q of the JWKS", kid)
}

// hashes are the hash functions of the signature algorithms, by the digits that the names end in (RFC 7518
// §3.1).
var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

// LeftHash returns the base64url form of the left half of the hash of value, as at_hash and c_hash hold it
// (OpenID Connect Core §3.1.3.6). It reports false for an algorithm without a hash function of its own.
func LeftHash(algorithm, value string) (string, bool) {
	function, known := hashes[algorithm[max(0, len(algorithm)-3):]]
	if !known {
		return "", false
	}
	h := function.New()
	h.Write([]byte(value))
	sum := h.Sum(nil)
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]), true
}
