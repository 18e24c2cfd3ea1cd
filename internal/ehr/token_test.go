package ehr

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestTokenRequestsThatFail(t *testing.T) {
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	to := s.authURL("", "token")
	for name, c := range map[string]struct {
		send func() answered
		want string
	}{
		"GET":                    {func() answered { return l.send(http.MethodGet, to, nil) }, "405 invalid_request"},
		"JSON":                   {func() answered { return l.send(http.MethodPost, to, nil, "Content-Type", "application/json") }, "400 invalid_request"},
		"no grant type":          {func() answered { return l.token(DemoPublicID, redemption("x", "grant_type", "")) }, "400 invalid_request"},
		"an unknown grant type":  {func() answered { return l.token(DemoPublicID, redemption("x", "grant_type", "magic")) }, "400 unsupported_grant_type"},
		"no code":                {func() answered { return l.token(DemoPublicID, redemption("")) }, "400 invalid_request"},
		"an unknown code":        {func() answered { return l.token(DemoPublicID, redemption("x")) }, "400 invalid_grant"},
		"an unknown client":      {func() answered { return l.token("nobody", redemption("x")) }, "401 invalid_client"},
		"no client":              {func() answered { return l.send(http.MethodPost, to, redemption("x")) }, "401 invalid_client"},
		"a code for a backend":   {func() answered { return l.token(DemoBackendID, redemption("x")) }, "400 unauthorized_client"},
		"credentials for an app": {func() answered { return l.token(DemoAsymmetricID, url.Values{"grant_type": {"client_credentials"}}) }, "400 unauthorized_client"},
		"a repeated parameter": {func() answered {
			form := redemption("x")
			form.Add("code", "y")
			return l.token(DemoPublicID, form)
		}, "400 invalid_request"},
		"an unknown refresh token": {func() answered {
			return l.token(DemoPublicID, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}})
		}, "400 invalid_grant"},
		"two methods": {func() answered {
			form := redemption("x", "client_secret", DemoSecret())
			return l.send(http.MethodPost, to, form, "Authorization", basic(DemoSymmetricID, DemoSecret()))
		}, "400 invalid_request"},
		"a secret and an assertion": {func() answered {
			return l.token(DemoAsymmetricID, redemption("x", "client_secret", "y"))
		}, "400 invalid_request"},
		"two client ids": {func() answered {
			form := redemption("x", "client_id", DemoPublicID)
			return l.send(http.MethodPost, to, form, "Authorization", basic(DemoSymmetricID, DemoSecret()))
		}, "400 invalid_request"},
		"a secret of a public client": {func() answered {
			return l.token(DemoPublicID, redemption("x", "client_secret", "y"))
		}, "401 invalid_client"},
		"another scheme": {func() answered {
			return l.send(http.MethodPost, to, redemption("x"), "Authorization", "Digest username=x")
		}, "401 invalid_client"},
		"a wrong secret": {func() answered {
			return l.send(http.MethodPost, to, redemption("x"), "Authorization", basic(DemoSymmetricID, "guess"))
		}, "401 invalid_client"},
		"another assertion type": {func() answered {
			form := redemption("x", "client_assertion", "a.b.c", "client_assertion_type", "urn:saml")
			return l.send(http.MethodPost, to, form)
		}, "400 invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a := c.send()
			g.Expect(verdict(a)).To(Equal(c.want), a.raw)
			g.Expect(a.header.Get("Content-Type")).To(Equal("application/json"))
			g.Expect(a.header.Get("Cache-Control")).To(Equal("no-store"))
			g.Expect(a.header.Get("Pragma")).To(Equal("no-cache"))
			g.Expect(a.header.Get("WWW-Authenticate") != "").To(Equal(a.status == http.StatusUnauthorized))
		})
	}
}

func TestSecretsMayBePostedAndFormEncoded(t *testing.T) {
	g := NewWithT(t)
	const id, secret = "an app: 1+1", "sécret %:+&"
	s := start(t, func(o *Options) {
		o.Clients = append(o.Clients, Client{
			ID: id, Kind: Symmetric, Secret: secret, RedirectURIs: []string{DemoRedirectURI}, Scopes: appScopes,
		})
	})
	l := &lab{newApp(t, s, ""), s}
	to := s.authURL("", "token")
	g.Expect(verdict(l.send(http.MethodPost, to, redemption(l.codeFor(id, amy)), "Authorization", basic(id, secret)))).To(Equal("tokens"))
	posted := redemption(l.codeFor(id, amy), "client_id", id, "client_secret", secret)
	g.Expect(verdict(l.send(http.MethodPost, to, posted))).To(Equal("tokens"))
}

func TestACodeExpires(t *testing.T) {
	g := NewWithT(t)
	c := newClock()
	s := start(t, func(o *Options) { o.Now = c.Now })
	l := &lab{newApp(t, s, ""), s}
	code := l.codeFor(DemoPublicID, amy)
	c.advance(codeLifetime)
	g.Expect(verdict(l.token(DemoPublicID, redemption(code)))).To(Equal("400 invalid_grant"))
}

func TestACodeIsRedeemedOnceEvenInARace(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	code := l.codeFor(DemoPublicID, amy)
	verdicts := make([]string, 8)
	var wait sync.WaitGroup
	for i := range verdicts {
		wait.Go(func() { verdicts[i] = verdict(l.token(DemoPublicID, redemption(code))) })
	}
	wait.Wait()
	g.Expect(strings.Count(strings.Join(verdicts, " "), "tokens")).To(Equal(1))
}

func TestAReplayedCodeEndsTheGrant(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	first, second := l.twice()
	g.Expect(verdict(second)).To(Equal("400 invalid_grant"))
	g.Expect(l.userinfo(first).status).To(Equal(http.StatusUnauthorized))
	refreshed := l.token(DemoPublicID, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.text("refresh_token")}})
	g.Expect(verdict(refreshed)).To(Equal("400 invalid_grant"))
	read := l.send(http.MethodGet, s.Base("")+"/Patient/amy-shaw", nil, "Authorization", "Bearer "+first.text("access_token"))
	g.Expect(read.status).To(Equal(http.StatusUnauthorized))
}

func TestAnAccessTokenExpires(t *testing.T) {
	g := NewWithT(t)
	c := newClock()
	s := start(t, func(o *Options) { o.Now = c.Now })
	l := &lab{newApp(t, s, ""), s}
	tokens := l.redeem(DemoPublicID)
	c.advance(accessLifetime - time.Second)
	g.Expect(l.userinfo(tokens).status).To(Equal(http.StatusOK))
	c.advance(time.Second)
	g.Expect(l.userinfo(tokens).status).To(Equal(http.StatusUnauthorized))
}

func TestATokenOpensTheBaseThatItIsFor(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	r5 := s.Base("") + "-r5"
	tokens := l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, amy, "aud", r5)))
	status := func(base string) int {
		return l.send(http.MethodGet, base+"/Patient/amy-shaw", nil, "Authorization", "Bearer "+tokens.text("access_token")).status
	}
	g.Expect(status(r5)).To(Equal(http.StatusOK))
	g.Expect(status(s.Base(""))).To(Equal(http.StatusUnauthorized))
	g.Expect(status(s.Base("state-dropped"))).To(Equal(http.StatusUnauthorized), "tenants do not know each other's tokens")
	g.Expect(unverified(t, tokens.text("id_token"))["fhirUser"]).To(Equal(r5 + "/Patient/amy-shaw"))
}

func TestBackendServices(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	ask := func(scope string) answered {
		return l.token(DemoBackendID, url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
	}
	tokens := ask("system/Observation.rs patient/*.rs openid system/Patient.cud")
	g.Expect(tokens.status).To(Equal(http.StatusOK), tokens.raw)
	g.Expect(tokens.body).To(And(
		HaveKeyWithValue("scope", "system/Observation.rs"), HaveKeyWithValue("expires_in", BeNumerically("==", 300)),
		Not(HaveKey("refresh_token")), Not(HaveKey("id_token")), Not(HaveKey("patient")),
	))
	search := l.send(http.MethodGet, s.Base("")+"/Observation?_count=1", nil, "Authorization", "Bearer "+tokens.text("access_token"))
	g.Expect(search.status).To(Equal(http.StatusOK), search.raw)
	g.Expect(verdict(ask("patient/*.rs"))).To(Equal("400 invalid_scope"))
	g.Expect(verdict(ask(""))).To(Equal("400 invalid_scope"))
}

func TestBrowserAppsMayCallFromTheirOrigin(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	to := s.authURL("", "token")
	preflight := l.send(http.MethodOptions, to, nil, "Origin", "https://app.example.org", "Access-Control-Request-Method", "POST")
	g.Expect(preflight.status).To(Equal(http.StatusNoContent))
	g.Expect(preflight.header.Get("Access-Control-Allow-Origin")).To(Equal("https://app.example.org"))
	g.Expect(preflight.header.Get("Access-Control-Allow-Headers")).To(ContainSubstring("Authorization"))
	g.Expect(preflight.header.Get("Access-Control-Allow-Credentials")).To(BeEmpty())
	stranger := l.send(http.MethodPost, to, redemption("x"), "Origin", "https://evil.example")
	g.Expect(stranger.header.Get("Access-Control-Allow-Origin")).To(BeEmpty())
	g.Expect(stranger.header.Values("Vary")).To(ContainElement("Origin"))
}
