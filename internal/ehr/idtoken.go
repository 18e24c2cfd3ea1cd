package ehr

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

const idTokenLifetime = 10 * time.Minute

// idToken makes the ID token that goes with an access token (OpenID Connect Core sections 2 and
// 3.1.3.6).
func (t *tenant) idToken(g *grant, scopes []string, nonce, access string) string {
	claims := t.idClaims(g, scopes, nonce)
	hash := sha256.Sum256([]byte(access))
	claims["at_hash"] = base64.RawURLEncoding.EncodeToString(hash[:len(hash)/2])
	if t.has(faults.IDTokenUnsigned) {
		return unsigned(claims)
	}
	key := t.server.signingKey
	if t.has(faults.IDTokenUnknownKey) {
		key = t.server.unpublishedKey
	}
	return sign(key, claims)
}

func (t *tenant) idClaims(g *grant, scopes []string, nonce string) map[string]any {
	now := t.now()
	claims := map[string]any{
		"iss": t.issuer(), "sub": g.user.subject(), "aud": g.client.ID,
		"iat": now.Unix(), "exp": now.Add(idTokenLifetime).Unix(), "auth_time": g.authTime.Unix(),
	}
	if nonce != "" && !t.has(faults.IDTokenNonceMissing) {
		claims["nonce"] = nonce
	}
	t.addIdentity(claims, g, scopes)
	switch {
	case t.has(faults.IDTokenIssuerOther):
		claims["iss"] = g.base
	case t.has(faults.IDTokenAudienceOther):
		claims["aud"] = g.base
	case t.has(faults.IDTokenExpired):
		claims["iat"], claims["exp"] = now.Add(-2*time.Hour).Unix(), now.Add(-time.Hour).Unix()
	case t.has(faults.IDTokenTimesStrings):
		claims["iat"], claims["exp"] = strconv.FormatInt(now.Unix(), 10), strconv.FormatInt(now.Add(idTokenLifetime).Unix(), 10)
	case t.has(faults.IDTokenSubjectMissing):
		delete(claims, "sub")
	}
	return claims
}

// addIdentity adds the claims that point to the user's resource; SMART App Launch 1.0.0 called the scope
// and the claim profile as well.
func (t *tenant) addIdentity(claims map[string]any, g *grant, scopes []string) {
	for _, claim := range []string{"fhirUser", "profile"} {
		if slices.Contains(scopes, claim) && !t.has(faults.FHIRUserMissing) {
			claims[claim] = t.fhirUser(g)
		}
	}
}

func sign(key jose.JSONWebKey, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err) // an RSA key of our own always fits RS256
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err) // strings and numbers always serialize
	}
	return token
}

// unsigned writes a JWT with alg none.
func unsigned(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err) // strings and numbers always serialize
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(body) + "."
}
