// Package oauth builds the requests of an OAuth 2.0 client: PKCE, client authentication, ID tokens.
package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Random returns n random bytes in base64url without padding.
func Random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// verifierAlphabet holds the unreserved characters of RFC 7636 §4.1.
const verifierAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// Verifier returns a random code verifier of n characters that uses every kind of lawful character.
func Verifier(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = verifierAlphabet[int(b[i])%len(verifierAlphabet)]
	}
	copy(b, "-._~")
	return string(b)
}

// S256 returns the code challenge of a verifier (RFC 7636 §4.2).
func S256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
