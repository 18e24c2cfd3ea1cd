package ehr

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	. "github.com/onsi/gomega"
)

func TestClientAssertions(t *testing.T) {
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	with := func(name string, value any) func() string {
		return func() string {
			return l.assertion(DemoBackendID, func(c map[string]any) {
				if c[name] = value; value == nil {
					delete(c, name)
				}
			})
		}
	}
	now := s.now().Unix()
	for name, c := range map[string]struct {
		make func() string
		want string
	}{
		"valid":                      {func() string { return l.assertion(DemoBackendID) }, "tokens"},
		"aud in a list":              {with("aud", []string{"https://other.example", s.authURL("", "token")}), "tokens"},
		"aud of another server":      {with("aud", "https://other.example/token"), "401 invalid_client"},
		"aud is the issuer":          {with("aud", s.origin), "401 invalid_client"},
		"no aud":                     {with("aud", nil), "401 invalid_client"},
		"expired":                    {with("exp", now-1), "401 invalid_client"},
		"valid for ten minutes":      {with("exp", now+600), "401 invalid_client"},
		"no exp":                     {with("exp", nil), "401 invalid_client"},
		"not valid yet":              {with("nbf", now+120), "401 invalid_client"},
		"no jti":                     {with("jti", nil), "401 invalid_client"},
		"another subject":            {with("sub", DemoAsymmetricID), "401 invalid_client"},
		"another issuer":             {with("iss", DemoAsymmetricID), "401 invalid_client"},
		"an unknown client":          {func() string { return l.assertion("nobody") }, "401 invalid_client"},
		"a client without keys":      {func() string { return l.assertion(DemoPublicID) }, "401 invalid_client"},
		"another key of the same id": {func() string { return l.signedWith(newClientKey(), nil) }, "401 invalid_client"},
		"an unknown kid":             {func() string { return l.signedWith(renamed(clientKey, "client-2"), nil) }, "401 invalid_client"},
		"no kid":                     {func() string { return l.signedWith(renamed(clientKey, ""), nil) }, "401 invalid_client"},
		"a jku": {func() string {
			return l.signedWith(clientKey, map[jose.HeaderKey]any{"jku": "https://evil.example/jwks"})
		}, "401 invalid_client"},
		"an algorithm of weaker hash": {func() string { return l.signedWith(rsaKey(jose.RS256), nil) }, "401 invalid_client"},
		"no JWT":                      {func() string { return "abc" }, "401 invalid_client"},
		"no signature":                {func() string { return unsigned(map[string]any{"iss": DemoBackendID}) }, "401 invalid_client"},
		"a cut signature":             {func() string { a := l.assertion(DemoBackendID); return a[:strings.LastIndex(a, ".")+1] }, "401 invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a := l.backend(c.make())
			g.Expect(verdict(a)).To(Equal(c.want), a.raw)
		})
	}
}

func TestAssertionsWithRS384(t *testing.T) {
	g := NewWithT(t)
	key := rsaKey(jose.RS384)
	public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{clientKey.Public(), key.Public()}})
	g.Expect(err).NotTo(HaveOccurred())
	s := start(t, func(o *Options) { o.Clients = DemoClients(public) })
	l := &lab{newApp(t, s, ""), s}
	g.Expect(verdict(l.backend(l.signedWith(key, nil)))).To(Equal("tokens"))
	g.Expect(verdict(l.backend(l.signedWith(clientKey, nil)))).To(Equal("tokens"))
}

// signedWith makes an assertion of the backend service with that key and more headers.
func (l *lab) signedWith(key jose.JSONWebKey, headers map[jose.HeaderKey]any) string {
	l.t.Helper()
	return signWith(l.t, key, headers, map[string]any{
		"iss": DemoBackendID, "sub": DemoBackendID, "aud": l.s.authURL(l.fault, "token"),
		"exp": l.s.now().Unix() + 240, "jti": opaque(),
	})
}

// signWith signs claims with that key and more headers.
func signWith(t testing.TB, key jose.JSONWebKey, headers map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	for name, value := range headers {
		options = options.WithHeader(name, value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func renamed(key jose.JSONWebKey, id string) jose.JSONWebKey {
	key.KeyID = id
	return key
}

func rsaKey(algorithm jose.SignatureAlgorithm) jose.JSONWebKey {
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	return jose.JSONWebKey{Key: key, KeyID: "client-rsa", Algorithm: string(algorithm), Use: "sig"}
}

func TestClientsAreCheckedWhenTheyAreRegistered(t *testing.T) {
	g := NewWithT(t)
	private := must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{clientKey}}))
	redirect := []string{DemoRedirectURI}
	for _, c := range []struct {
		client Client
		want   string
	}{
		{Client{}, "it has no id"},
		{Client{ID: "x"}, `kind "" is not`},
		{Client{ID: "x", Kind: Public}, "it needs a redirect URI"},
		{Client{ID: "x", Kind: Symmetric, RedirectURIs: redirect}, "needs a secret"},
		{Client{ID: "x", Kind: Public, RedirectURIs: []string{"/callback"}}, "not an absolute URI"},
		{Client{ID: "x", Kind: Public, RedirectURIs: []string{DemoRedirectURI + "#top"}}, "without fragment"},
		{Client{ID: "x", Kind: Asymmetric, RedirectURIs: redirect, JWKS: []byte("{")}, "read the key set"},
		{Client{ID: "x", Kind: Backend, JWKS: []byte(`{"keys":[]}`)}, "holds no public key"},
		{Client{ID: "x", Kind: Backend, JWKS: private}, "is not public"},
	} {
		_, err := newRegisteredClient(c.client)
		g.Expect(err).To(MatchError(ContainSubstring(c.want)))
	}
}
