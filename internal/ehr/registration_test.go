package ehr

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// TestRegistrationRequests says what the registration endpoint makes of a request.
func TestRegistrationRequests(t *testing.T) {
	s := start(t)
	for name, row := range map[string]struct {
		changes []any
		want    string
	}{
		"as little as can be":           {[]any{"client_name", nil, "grant_types", nil}, "201"},
		"http on the app's own machine": {[]any{"redirect_uris", []string{"http://127.0.0.1:8080/callback", "http://[::1]/callback", "http://localhost/"}}, "201"},
		"a private scheme":              {[]any{"redirect_uris", []string{"com.example.app:/callback"}}, "201"},
		"no host":                       {[]any{"redirect_uris", []string{"https:///callback"}}, "400 invalid_redirect_uri"},
		"a relative redirect URI":       {[]any{"redirect_uris", []string{"/callback"}}, "400 invalid_redirect_uri"},
		"a redirect URI with a user":    {[]any{"redirect_uris", []string{"https://amy@app.example.org/"}}, "400 invalid_redirect_uri"},
		"one redirect URI as a string":  {[]any{"redirect_uris", DemoRedirectURI}, "400 invalid_client_metadata"},
		"nine redirect URIs":            {[]any{"redirect_uris", strings.Split(strings.Repeat(DemoRedirectURI+" ", 8)+DemoRedirectURI, " ")}, "400 invalid_redirect_uri"},
		"an unknown method":             {[]any{"token_endpoint_auth_method", "telepathy"}, "400 invalid_client_metadata"},
		"a name that is a number":       {[]any{"client_name", 7}, "400 invalid_client_metadata"},
		"a client that signs, no keys":  {[]any{"token_endpoint_auth_method", "private_key_jwt"}, "400 invalid_client_metadata"},
		"keys at an address":            {[]any{"token_endpoint_auth_method", "private_key_jwt", "jwks_uri", "https://app.example.org/jwks"}, "201"},
		"keys at an http address":       {[]any{"token_endpoint_auth_method", "private_key_jwt", "jwks_uri", "http://app.example.org/jwks"}, "400 invalid_client_metadata"},
		"no keys in the set":            {[]any{"token_endpoint_auth_method", "private_key_jwt", "jwks", map[string]any{"keys": []any{}}}, "400 invalid_client_metadata"},
		"a backend with a secret":       {[]any{"token_endpoint_auth_method", confidential, "grant_types", []string{"client_credentials"}}, "400 invalid_client_metadata"},
		"the refresh grant alone":       {[]any{"grant_types", []string{"refresh_token"}}, "400 invalid_client_metadata"},
		"no scope that is granted":      {[]any{"scope", "telepathy system/*.rs"}, "400 invalid_client_metadata"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &lab{newApp(t, s, ""), s}
			NewWithT(t).Expect(verdict(l.register(row.changes...))).To(Equal(row.want))
		})
	}
}

// TestRegisteredMetadata returns what is registered, and no more.
func TestRegisteredMetadata(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	r := l.registered("token_endpoint_auth_method", nil, "grant_types", nil, "scope", "openid telepathy patient/*.rs", "example_favourite", "blue")
	g.Expect(r.body).To(And(
		HaveKeyWithValue("token_endpoint_auth_method", "client_secret_basic"), HaveKeyWithValue("grant_types", []any{"authorization_code"}),
		HaveKeyWithValue("response_types", []any{"code"}), HaveKeyWithValue("scope", "openid patient/*.rs"),
		HaveKeyWithValue("client_secret_expires_at", BeZero()), Not(HaveKey("example_favourite")),
	))
	g.Expect(l.manage(http.MethodGet, r).body).To(Equal(r.body))
	g.Expect(verdict(l.registerAs("Bearer "+DemoRegistrationToken(), confidential))).To(Equal("201"))
	g.Expect(verdict(l.send(http.MethodGet, s.authURL("", "register"), nil))).To(Equal("405 invalid_request"))
}

// TestUpdatesOfARegistration holds what an update may not change.
func TestUpdatesOfARegistration(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	r := l.registered(confidential)
	for _, bad := range [][]any{
		{"client_id", "app-other"}, {"client_id", nil}, {"client_secret", "mine"}, {"registration_access_token", "x"},
		{"client_id_issued_at", 1}, {"client_secret_expires_at", 0}, {"registration_client_uri", "https://x.example"},
	} {
		g.Expect(verdict(l.update(r, bad...))).To(Equal("400 invalid_client_metadata"), fmt.Sprint(bad))
	}
	g.Expect(verdict(l.update(r, "redirect_uris", []string{"http://x.example/"}))).To(Equal("400 invalid_redirect_uri"))
	g.Expect(l.manage(http.MethodGet, r).body).To(Equal(r.body), "a refused update changes nothing")
	g.Expect(l.update(r, "client_name", nil).status).To(Equal(200))
	g.Expect(l.manage(http.MethodGet, r).text("client_secret")).To(Equal(r.text("client_secret")))

	public := l.registered()
	g.Expect(l.update(public, "token_endpoint_auth_method", confidential).text("client_secret")).NotTo(BeEmpty())
}

// TestRegistrationsAreBounded lets the oldest client go when there are too many, and no tenant sees those of another.
func TestRegistrationsAreBounded(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	first := l.registered()
	elsewhere := strings.Replace(first.text("registration_client_uri"), s.origin, s.origin+"/faults/code-reusable", 1)
	g.Expect(l.send(http.MethodGet, elsewhere, nil, "Authorization", "Bearer "+first.text("registration_access_token")).status).To(Equal(401))
	for range maxRegistrations {
		l.registered()
	}
	g.Expect(l.manage(http.MethodGet, first).status).To(Equal(401))
}
