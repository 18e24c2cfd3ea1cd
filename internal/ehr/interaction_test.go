package ehr

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestPagesCarrySecurityHeaders(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	b.finish(b.authorize("", request(s, "", DemoPublicID)), lin)
	b.launchFromPortal("", lin, "Launch Growth Chart (public) here")
	b.get(s.Portal("") + "/apps")
	b.get(s.authURL("", "authorize"))
	pages := 0
	for _, r := range b.trail {
		h := r.Header
		g.Expect(h.Get("Strict-Transport-Security")).NotTo(BeEmpty(), r.Request.URL.Path)
		g.Expect(h.Get("Cache-Control")).To(Equal("no-store"), r.Request.URL.Path)
		g.Expect(h.Get("Referrer-Policy")).To(Equal("no-referrer"), r.Request.URL.Path)
		if r.StatusCode == http.StatusSeeOther {
			continue
		}
		pages++
		g.Expect(h.Get("X-Frame-Options")).To(Equal("DENY"))
		g.Expect(h.Get("X-Content-Type-Options")).To(Equal("nosniff"))
		g.Expect(h.Get("Content-Security-Policy")).To(And(
			ContainSubstring("default-src 'none'"), ContainSubstring("frame-ancestors 'none'"),
			ContainSubstring("form-action 'self'"), Not(ContainSubstring("unsafe")),
		))
	}
	g.Expect(pages).To(BeNumerically(">=", 8), "login, patient, encounter, consent, portal, chart, embed, apps, error")
}

func TestCookiesAreGuarded(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	b.finish(b.authorize("state-dropped", request(s, "state-dropped", DemoPublicID)), amy)
	seen := map[string]int{}
	for _, r := range b.trail {
		for _, c := range r.Cookies() {
			seen[c.Name]++
			g.Expect(c.Secure && c.HttpOnly && c.SameSite == http.SameSiteLaxMode).To(BeTrue(), c.String())
			g.Expect(c.Path).To(HavePrefix("/faults/state-dropped/"))
		}
	}
	g.Expect(seen).To(HaveKey("__Secure-session-state-dropped"))
}

func TestTheSessionIsNewAtEverySignIn(t *testing.T) {
	g := NewWithT(t)
	c := newClock()
	s := start(t, func(o *Options) { o.Now = c.Now })
	b := newBrowser(t, s)
	session := func() string {
		for _, k := range b.client.Jar.Cookies(must(url.Parse(s.origin + "/"))) {
			if k.Name == "__Secure-session" {
				return k.Value
			}
		}
		return ""
	}
	b.finish(b.authorize("", request(s, "", DemoPublicID)), amy)
	first := session()
	c.advance(time.Second)
	b.finish(b.authorize("", request(s, "", DemoPublicID, "prompt", "login")), amy)
	g.Expect(session()).NotTo(BeElementOf("", first))
	_, alive := s.tenants[""].sessions.get(first)
	g.Expect(alive).To(BeFalse())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestFormsOfAnotherBrowserAreRefused(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	victim, attacker := newBrowser(t, s), newBrowser(t, s)
	page := readPage(t, attacker.authorize("", request(s, "", DemoPublicID)))
	page.fields.Set("username", PatientUsername)
	page.fields.Set("password", PatientPassword)
	g.Expect(victim.post(page.action, page.fields).status).To(Equal(http.StatusBadRequest), "login CSRF")
	g.Expect(victim.get(page.action).status).To(Equal(http.StatusBadRequest))

	page.fields.Set("token", "guess")
	g.Expect(attacker.post(page.action, page.fields).status).To(Equal(http.StatusBadRequest))
}

func TestConsentNeedsItsToken(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	b.finish(b.authorize("", request(s, "", DemoPublicID)), amy)
	consent := b.authorize("", request(s, "", DemoPublicID, "scope", "openid"))
	page := readPage(t, consent)
	g.Expect(page.action).To(ContainSubstring("/auth/consent"))
	forged := url.Values{"decision": {"allow"}, "scope": {"openid"}}
	g.Expect(b.post(page.action, forged).status).To(Equal(http.StatusBadRequest))
	forged.Set("token", page.fields.Get("token"))
	done := b.post(page.action, forged)
	g.Expect(outcome(done)).To(Equal("code"))
	g.Expect(b.post(page.action, forged).status).To(Equal(http.StatusBadRequest), "a form is good for one decision")
}

func TestAScopeThatWasNotOfferedCannotBeGranted(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	b.finish(b.authorize("", request(s, "", DemoPublicID)), amy)
	page := readPage(t, b.authorize("", request(s, "", DemoPublicID, "scope", "openid")))
	page.fields["scope"] = []string{"openid", "user/*.cruds"}
	page.fields.Set("decision", "allow")
	tokens := newApp(t, s, "").token(DemoPublicID, redemption(b.post(page.action, page.fields).query.get("code")))
	g.Expect(tokens.text("scope")).To(Equal("openid"))
}

func TestAWrongPasswordShowsTheFormAgain(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	v := b.authorize("", request(s, "", DemoPublicID))
	page := readPage(t, v)
	page.fields.Set("username", PatientUsername)
	page.fields.Set("password", OtherPatientPassword)
	again := b.post(page.action, page.fields)
	g.Expect(again.body).To(ContainSubstring("The username or the password is wrong."))
	g.Expect(outcome(b.finish(again, amy))).To(Equal("code"))
}

func TestParallelFlowsInOneBrowser(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	first := b.authorize("", request(s, "", DemoPublicID, "state", "first"))
	second := b.authorize("", request(s, "", DemoPublicID, "state", "second"))
	g.Expect(b.finish(second, amy).query.get("state")).To(Equal("second"))
	g.Expect(b.finish(first, amy).query.get("state")).To(Equal("first"))
}

func TestADifferentUserStartsOver(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	launched := b.launchFromPortal("", lin, "Launch Growth Chart (public)")
	page := readPage(t, b.get(s.Portal("")+"/patients/carla-ruiz"))
	g.Expect(page.links).To(HaveKey("Launch Growth Chart (public)"))
	token := s.tenants[""].sessions.values()[0].visit.token
	b.post(s.Portal("")+"/sign-out", url.Values{"token": {token}})

	request := request(s, "", DemoPublicID, "launch", launched.query.get("launch"), "scope", "launch openid")
	v := b.authorize("", request)
	login := readPage(t, v)
	login.fields.Set("username", PatientUsername)
	login.fields.Set("password", PatientPassword)
	v = b.post(login.action, login.fields)
	g.Expect(v.body).To(ContainSubstring("the app was launched by Mei Lin"), "the launch is the clinician's")
	g.Expect(outcome(b.finish(v, lin))).To(Equal("code"))
}

func TestALaunchWorksOnceAndForItsClient(t *testing.T) {
	c := newClock()
	s := start(t, func(o *Options) { o.Now = c.Now })
	b := newBrowser(t, s)
	use := func(client, value string) string {
		v := b.authorize("", request(s, "", client, "launch", value, "scope", "launch openid patient/*.rs"))
		return outcome(b.finish(v, lin))
	}
	launch := func() string {
		return b.launchFromPortal("", lin, "Launch Growth Chart (public)").query.get("launch")
	}
	g := NewWithT(t)
	value := launch()
	g.Expect(use(DemoSymmetricID, value)).To(Equal("error invalid_request"))
	g.Expect(use(DemoPublicID, value)).To(Equal("code"))
	g.Expect(use(DemoPublicID, value)).To(Equal("error invalid_request"))
	value = launch()
	c.advance(launchLifetime)
	g.Expect(use(DemoPublicID, value)).To(Equal("error invalid_request"))
}

func TestThePortalShowsAPatientTheOwnRecordOnly(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	own := b.finish(b.get(s.Portal("")), amy)
	g.Expect(own.address).To(HaveSuffix("/portal/patients/amy-shaw"))
	for _, path := range []string{"/patients/ben-ode", "/patients/ben-ode/launch/" + DemoPublicID, "/patients/amy-shaw/launch/" + DemoBackendID} {
		g.Expect(b.get(s.Portal("") + path).status).To(Equal(http.StatusNotFound))
	}
}

func TestAnEmbeddedAppNeedsNoBanner(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	launched := b.launchFromPortal("", lin, "Launch Growth Chart (public) here")
	v := b.finish(b.authorize("", request(s, "", DemoPublicID, "launch", launched.query.get("launch"), "scope", "launch")), lin)
	tokens := newApp(t, s, "").token(DemoPublicID, redemption(v.query.get("code")))
	g.Expect(tokens.body).To(And(
		HaveKeyWithValue("need_patient_banner", false), HaveKeyWithValue("patient", "carla-ruiz"),
		HaveKeyWithValue("encounter", HavePrefix("carla-ruiz")),
	))
}

func TestUsersRevokeTheAccessOfApps(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	b := newBrowser(t, s)
	v := b.finish(b.authorize("", request(s, "", DemoPublicID)), amy)
	l := &lab{newApp(t, s, ""), s}
	tokens := l.token(DemoPublicID, redemption(v.query.get("code")))
	g.Expect(l.userinfo(tokens).status).To(Equal(http.StatusOK))
	page := readPage(t, b.get(s.Portal("")+"/apps"))
	g.Expect(page.fields.Get("grant")).NotTo(BeEmpty())
	after := b.post(page.action, page.fields)
	g.Expect(after.body).To(ContainSubstring("No app has access"))
	g.Expect(l.userinfo(tokens).status).To(Equal(http.StatusUnauthorized))
}

func TestPagesEscapeWhatAppsSend(t *testing.T) {
	g := NewWithT(t)
	clients := []Client{{
		ID: "x", Name: "<script>alert(1)</script>", Kind: Public, RedirectURIs: []string{DemoRedirectURI}, Scopes: appScopes,
	}}
	s := start(t, func(o *Options) { o.Clients = clients })
	b := newBrowser(t, s)
	v := b.authorize("", request(s, "", "x", "login_hint", `"><script>alert(2)</script>`))
	g.Expect(strings.ToLower(v.body)).NotTo(ContainSubstring("<script"))
	g.Expect(v.body).To(ContainSubstring("&lt;script&gt;"))
}
