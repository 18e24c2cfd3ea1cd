package ehr

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
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
	if l.verifies(l.redeem(DemoPublicID).text("id_token")) {
		return "verified"
	}
	return "not verified"
}
