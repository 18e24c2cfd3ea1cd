package ehr

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// unverified returns the claims of a JWT, whoever signed it.
func unverified(t testing.TB, raw string) map[string]any {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", raw)
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// signature verifies an ID token with the keys that the tenant publishes.
func signature(l *lab) string {
	raw := l.redeem(DemoPublicID).text("id_token")
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(l.send(http.MethodGet, l.s.authURL(l.fault, "jwks"), nil).raw), &keys); err != nil {
		l.t.Fatal(err)
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || token.Claims(keys, &jwt.Claims{}) != nil {
		return "not verified"
	}
	return "verified"
}
