package ehr

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
	t.addHashes(claims, g, nonce, access)
	if t.has(faults.IDTokenUnsigned) {
		return unsigned(claims)
	}
	return t.sign(claims)
}

// addHashes ties the ID token to the access token and, where it is the first of its grant, to the code. Only
// that one has a nonce.
func (t *tenant) addHashes(claims map[string]any, g *grant, nonce, access string) {
	claims["at_hash"] = t.accessHash(access)
	if nonce == "" {
		return
	}
	claims["c_hash"] = leftHalf(g.code)
	if t.has(faults.IDTokenCodeHashOther) {
		claims["c_hash"] = leftHalf(access)
	}
}

func (t *tenant) accessHash(access string) string {
	switch {
	case t.has(faults.IDTokenHashWhole):
		whole := sha256.Sum256([]byte(access))
		return base64.RawURLEncoding.EncodeToString(whole[:])
	case t.has(faults.IDTokenHashFunction):
		other := sha512.Sum512([]byte(access))
		return base64.RawURLEncoding.EncodeToString(other[:len(other)/2])
	default:
		return leftHalf(access)
	}
}

// leftHalf is the left half of the hash that goes with RS256.
func leftHalf(value string) string {
	sum := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func (t *tenant) idClaims(g *grant, scopes []string, nonce string) map[string]any {
	now := t.now()
	claims := map[string]any{
		"iss": t.issuer(), "sub": t.subject(g, nonce != ""), "aud": g.client.ID,
		"iat": now.Unix(), "exp": now.Add(idTokenLifetime).Unix(), "auth_time": g.authTime.Unix(),
	}
	if nonce != "" && !t.has(faults.IDTokenNonceMissing) {
		claims["nonce"] = t.nonce(nonce)
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
	case t.has(faults.IDTokenAZPOther):
		claims["azp"] = "another-app"
	case t.has(faults.IDTokenAuthTimeMissing):
		delete(claims, "auth_time")
	}
	return claims
}

// subject names the user in an ID token: the first of its grant, or that of a refresh.
func (t *tenant) subject(g *grant, first bool) string {
	switch {
	case t.has(faults.IDTokenSubjectUnstable):
		return g.id
	case t.has(faults.IDTokenSubjectShared):
		return "user"
	case t.has(faults.IDTokenSubjectLong):
		return strings.Repeat("0", 300-len(g.user.subject())) + g.user.subject()
	case t.has(faults.IDTokenSubjectRefreshed) && !first:
		return g.user.Username
	default:
		return g.user.subject()
	}
}

// nonce is what the app sent, byte for byte.
func (t *tenant) nonce(sent string) string {
	if t.has(faults.IDTokenNonceDecoded) {
		if decoded, err := url.QueryUnescape(sent); err == nil {
			return decoded
		}
	}
	return sent
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

// sign signs an ID token with the key whose turn it is.
func (t *tenant) sign(claims map[string]any) string {
	key := t.nextKey()
	with := jose.SigningKey{Algorithm: jose.RS256, Key: key}
	options := (&jose.SignerOptions{}).WithType("JWT")
	switch {
	case t.has(faults.IDTokenAlgorithmUnlisted):
		with.Algorithm = jose.RS512
	case t.has(faults.IDTokenKeyUnnamed):
		with.Key = key.Key
	case t.has(faults.IDTokenKeyInHeader):
		options = options.WithHeader("jwk", key.Public())
	}
	signer, err := jose.NewSigner(with, options)
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
