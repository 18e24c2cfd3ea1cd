package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/oauth"
)

// TestS256 uses the example of RFC 7636 appendix B.
func TestS256(t *testing.T) {
	NewWithT(t).Expect(oauth.S256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).
		To(Equal("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))
}

func TestVerifier(t *testing.T) {
	g := NewWithT(t)
	for _, n := range []int{43, 128} {
		v := oauth.Verifier(n)
		g.Expect(v).To(HaveLen(n))
		g.Expect(strings.Trim(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")).To(BeEmpty())
		g.Expect(v).NotTo(Equal(oauth.Verifier(n)))
	}
}

func newKey(t *testing.T, kid string) jose.JSONWebKey {
	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return jose.JSONWebKey{Key: private, KeyID: kid, Algorithm: "ES384", Use: "sig"}
}

func TestAssertion(t *testing.T) {
	g := NewWithT(t)
	key, now := newKey(t, "k1"), time.Now()
	raw, err := oauth.NewAssertion("app", "https://ehr.example/token", now).Sign(key)
	g.Expect(err).NotTo(HaveOccurred())
	parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES384})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(parsed.Headers[0].KeyID).To(Equal("k1"))
	var claims jwt.Claims
	g.Expect(parsed.Claims(key.Public(), &claims)).To(Succeed())
	g.Expect(claims.Issuer).To(Equal("app"))
	g.Expect(claims.Subject).To(Equal("app"))
	g.Expect(claims.Audience).To(Equal(jwt.Audience{"https://ehr.example/token"}))
	g.Expect(claims.Expiry.Time().Sub(now)).To(BeNumerically("<=", 5*time.Minute))
}

func TestVerifySignature(t *testing.T) {
	g := NewWithT(t)
	key, other, stranger := newKey(t, "k1"), newKey(t, "k1"), newKey(t, "k2")
	raw, err := oauth.NewAssertion("app", "aud", time.Now()).Sign(key)
	g.Expect(err).NotTo(HaveOccurred())
	set := func(keys ...jose.JSONWebKey) jose.JSONWebKeySet { return jose.JSONWebKeySet{Keys: keys} }
	g.Expect(oauth.VerifySignature(raw, set(key.Public()))).To(Succeed())
	g.Expect(oauth.VerifySignature(raw, set(other.Public()))).To(MatchError(ContainSubstring("does not verify")))
	g.Expect(oauth.VerifySignature(raw, set(stranger.Public()))).To(MatchError(ContainSubstring("no key of the JWKS")))
	parts := strings.Split(raw, ".")
	g.Expect(oauth.VerifySignature(parts[0]+"."+parts[1]+".", set(key.Public()))).NotTo(Succeed())
	g.Expect(oauth.VerifySignature("eyJhbGciOiJub25lIn0."+parts[1]+".", set(key.Public()))).
		To(MatchError(ContainSubstring("not signed")))
}
