package ehr

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func (l *lab) refresh(client, token string, edits ...string) answered {
	l.t.Helper()
	return l.token(client, edit(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, edits...))
}

func TestRefreshTokensRotate(t *testing.T) {
	s := start(t)
	for _, client := range []string{DemoPublicID, DemoSymmetricID, DemoAsymmetricID} {
		t.Run(client, func(t *testing.T) {
			g := NewWithT(t)
			l := &lab{newApp(t, s, ""), s}
			first := l.redeem(client)
			second := l.refresh(client, first.text("refresh_token"))
			g.Expect(second.status).To(Equal(http.StatusOK), second.raw)
			g.Expect(second.text("refresh_token")).NotTo(BeElementOf("", first.text("refresh_token")))
			g.Expect(second.text("scope")).To(Equal(first.text("scope")))
			g.Expect(second.text("patient")).To(Equal(first.text("patient")))
			before, after := unverified(t, first.text("id_token")), unverified(t, second.text("id_token"))
			for _, claim := range []string{"iss", "sub", "aud", "auth_time"} {
				g.Expect(after[claim]).To(Equal(before[claim]), claim)
			}
			g.Expect(after).NotTo(HaveKey("nonce"))
			g.Expect(l.userinfo(first).status).To(Equal(http.StatusOK), "the older access token lives on")

			g.Expect(verdict(l.refresh(client, first.text("refresh_token")))).To(Equal("400 invalid_grant"))
			g.Expect(verdict(l.refresh(client, second.text("refresh_token")))).To(Equal("400 invalid_grant"), "reuse ends the family")
			g.Expect(l.userinfo(second).status).To(Equal(http.StatusUnauthorized))
		})
	}
}

func TestRefreshNarrowsAndNeverWidens(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	tokens := l.redeem(DemoPublicID, "scope", "")
	narrow := l.refresh(DemoPublicID, tokens.text("refresh_token"), "scope", "patient/Observation.r")
	g.Expect(narrow.text("scope")).To(Equal("patient/Observation.r"), narrow.raw)
	g.Expect(narrow.body).NotTo(HaveKey("id_token"))
	wide := l.refresh(DemoPublicID, narrow.text("refresh_token"), "scope", "patient/Observation.cruds")
	g.Expect(verdict(wide)).To(Equal("400 invalid_scope"))
	whole := l.refresh(DemoPublicID, narrow.text("refresh_token"))
	g.Expect(whole.text("scope")).To(Equal(tokens.text("scope")), "the refresh token keeps its scopes; a refused request does not use it up")
}

func TestRefreshTokensBelongToTheirClient(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	tokens := l.redeem(DemoPublicID)
	g.Expect(verdict(l.refresh(DemoSymmetricID, tokens.text("refresh_token")))).To(Equal("400 invalid_grant"))
	g.Expect(verdict(l.refresh(DemoPublicID, tokens.text("refresh_token")))).To(Equal("tokens"))
}

func TestRefreshTokensNeedAScope(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	tokens := l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, amy, "scope", "openid patient/*.rs")))
	g.Expect(tokens.body).NotTo(HaveKey("refresh_token"))
}

func TestOnlineAccessEndsWithTheVisit(t *testing.T) {
	for scope, after := range map[string]string{"online_access": "400 invalid_grant", "offline_access": "tokens"} {
		t.Run(scope, func(t *testing.T) {
			g := NewWithT(t)
			c := newClock()
			s := start(t, func(o *Options) { o.Now = c.Now })
			l := &lab{newApp(t, s, ""), s}
			b := newBrowser(t, s)
			grant := func() string {
				v := b.finish(b.authorize("", request(s, "", DemoPublicID, "scope", "openid "+scope)), amy)
				return l.token(DemoPublicID, redemption(v.query.get("code"))).text("refresh_token")
			}
			refresh := l.refresh(DemoPublicID, grant())
			g.Expect(verdict(refresh)).To(Equal("tokens"))
			token := s.tenants[""].sessions.values()[0].visit.token
			b.post(s.Portal("")+"/sign-out", url.Values{"token": {"guess"}})
			refresh = l.refresh(DemoPublicID, refresh.text("refresh_token"))
			g.Expect(verdict(refresh)).To(Equal("tokens"), "nobody signs a user out from elsewhere")
			b.post(s.Portal("")+"/sign-out", url.Values{"token": {token}})
			g.Expect(verdict(l.refresh(DemoPublicID, refresh.text("refresh_token")))).To(Equal(after), "signed out")

			other := grant()
			c.advance(sessionLifetime + time.Second)
			g.Expect(verdict(l.refresh(DemoPublicID, other))).To(Equal(after), "the session has ended")
		})
	}
}
