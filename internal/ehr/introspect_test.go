package ehr

import (
	"net/http"
	"net/url"
	"testing"

	. "github.com/onsi/gomega"
)

func (l *lab) ask(client, token string) answered {
	l.t.Helper()
	return l.post("introspect", client, url.Values{"token": {token}})
}

func TestIntrospectionRepeatsTheTokenResponse(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	_, tokens := l.launched(DemoPublicID, "scope", "launch openid fhirUser offline_access patient/*.rs")
	access := tokens.text("access_token")
	claims := unverified(t, tokens.text("id_token"))
	byBearer := l.send(http.MethodPost, s.authURL("", "introspect"), url.Values{"token": {access}}, "Authorization", "Bearer "+access)
	for name, a := range map[string]answered{
		"another client by secret":    l.ask(DemoSymmetricID, access),
		"another client by assertion": l.ask(DemoBackendID, access),
		"a bearer":                    byBearer,
	} {
		g.Expect(a.status).To(Equal(http.StatusOK), name)
		g.Expect(a.header.Get("Cache-Control")).To(Equal("no-store"))
		g.Expect(a.body).To(And(
			HaveKeyWithValue("active", true), HaveKeyWithValue("scope", tokens.text("scope")), HaveKeyWithValue("client_id", DemoPublicID),
			HaveKeyWithValue("exp", BeNumerically("~", s.now().Unix()+3600, 5)), HaveKeyWithValue("token_type", "Bearer"),
		), name)
		for _, context := range []string{"patient", "encounter", "need_patient_banner", "smart_style_url"} {
			g.Expect(a.body[context]).To(Equal(tokens.body[context]), context)
		}
		for _, claim := range []string{"iss", "sub", "fhirUser"} {
			g.Expect(a.body[claim]).To(Equal(claims[claim]), claim)
		}
	}
	g.Expect(l.ask(DemoSymmetricID, tokens.text("refresh_token")).body).To(And(
		HaveKeyWithValue("active", true), HaveKeyWithValue("client_id", DemoPublicID), HaveKey("exp"), Not(HaveKey("token_type"))))
}

func TestIntrospectionOfDeadTokens(t *testing.T) {
	g := NewWithT(t)
	c := newClock()
	s := start(t, func(o *Options) { o.Now = c.Now })
	l := &lab{newApp(t, s, ""), s}
	tokens := l.redeem(DemoPublicID)
	c.advance(accessLifetime)
	for _, token := range []string{"nonsense", tokens.text("access_token")} {
		a := l.ask(DemoSymmetricID, token)
		g.Expect(a.status).To(Equal(http.StatusOK))
		g.Expect(a.body).To(Equal(map[string]any{"active": false}))
	}
}

func TestIntrospectionIsForAuthorizedCallers(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	to := s.authURL("", "introspect")
	for name, a := range map[string]answered{
		"nobody":          l.send(http.MethodPost, to, url.Values{"token": {"x"}}),
		"a public client": l.ask(DemoPublicID, "x"),
		"a wrong secret":  l.send(http.MethodPost, to, url.Values{"token": {"x"}}, "Authorization", basic(DemoSymmetricID, "guess")),
		"a wrong bearer":  l.send(http.MethodPost, to, url.Values{"token": {"x"}}, "Authorization", "Bearer guess"),
	} {
		g.Expect(a.status).To(Equal(http.StatusUnauthorized), name)
		g.Expect(a.header.Get("WWW-Authenticate")).NotTo(BeEmpty(), name)
		g.Expect(a.body).NotTo(HaveKey("active"), name)
	}
	g.Expect(verdict(l.ask(DemoSymmetricID, ""))).To(Equal("400 invalid_request"))
	g.Expect(l.send(http.MethodGet, to, nil).status).To(Equal(http.StatusMethodNotAllowed))
}

func TestRevocation(t *testing.T) {
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	revoke := func(client, token, hint string) answered {
		return l.post("revoke", client, edit(url.Values{"token": {token}}, "token_type_hint", hint))
	}
	t.Run("an access token", func(t *testing.T) {
		g := NewWithT(t)
		tokens := l.redeem(DemoPublicID)
		g.Expect(revoke(DemoPublicID, tokens.text("access_token"), "refresh_token").status).To(Equal(http.StatusOK), "a wrong hint does no harm")
		g.Expect(l.userinfo(tokens).status).To(Equal(http.StatusUnauthorized))
		g.Expect(verdict(l.refresh(DemoPublicID, tokens.text("refresh_token")))).To(Equal("tokens"))
	})
	t.Run("a refresh token", func(t *testing.T) {
		g := NewWithT(t)
		tokens := l.redeem(DemoAsymmetricID)
		g.Expect(revoke(DemoAsymmetricID, tokens.text("refresh_token"), "access_token").status).To(Equal(http.StatusOK))
		g.Expect(l.userinfo(tokens).status).To(Equal(http.StatusUnauthorized), "its access tokens go with it")
		g.Expect(verdict(l.refresh(DemoAsymmetricID, tokens.text("refresh_token")))).To(Equal("400 invalid_grant"))
		g.Expect(revoke(DemoAsymmetricID, tokens.text("refresh_token"), "").status).To(Equal(http.StatusOK), "a second time")
	})
	t.Run("an unknown token", func(t *testing.T) {
		NewWithT(t).Expect(revoke(DemoPublicID, "nonsense", "").status).To(Equal(http.StatusOK))
	})
	t.Run("another client's token", func(t *testing.T) {
		g := NewWithT(t)
		tokens := l.redeem(DemoPublicID)
		for _, token := range []string{tokens.text("access_token"), tokens.text("refresh_token")} {
			g.Expect(verdict(revoke(DemoSymmetricID, token, ""))).To(Equal("400 invalid_grant"))
		}
		g.Expect(l.userinfo(tokens).status).To(Equal(http.StatusOK))
	})
	t.Run("without the secret", func(t *testing.T) {
		g := NewWithT(t)
		tokens := l.redeem(DemoSymmetricID)
		form := url.Values{"token": {tokens.text("access_token")}, "client_id": {DemoSymmetricID}}
		g.Expect(verdict(l.send(http.MethodPost, s.authURL("", "revoke"), form))).To(Equal("401 invalid_client"))
		g.Expect(l.userinfo(tokens).status).To(Equal(http.StatusOK))
	})
}

func TestUserInfo(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	tokens := l.redeem(DemoPublicID)
	claims := unverified(t, tokens.text("id_token"))
	g.Expect(l.userinfo(tokens).body).To(Equal(map[string]any{"sub": claims["sub"], "fhirUser": claims["fhirUser"]}))
	other := l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, amy, "scope", "patient/*.rs")))
	refused := l.userinfo(other)
	g.Expect(refused.status).To(Equal(http.StatusForbidden))
	g.Expect(refused.header.Get("WWW-Authenticate")).To(ContainSubstring(`error="insufficient_scope"`))
	anonymous := l.send(http.MethodGet, s.authURL("", "userinfo"), nil)
	g.Expect(anonymous.status).To(Equal(http.StatusUnauthorized))
	g.Expect(anonymous.header.Get("WWW-Authenticate")).To(Equal(`Bearer realm="Harbour Clinic"`))
}
