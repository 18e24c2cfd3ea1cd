package ehr

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	. "github.com/onsi/gomega"
)

// TestAppsSignUsersOut signs a user out at the request of an app: at once when the app knows the user, after
// a question otherwise, and not at all for an ID token that is not of this EHR or of another app.
func TestAppsSignUsersOut(t *testing.T) {
	s := start(t)
	logout := s.authURL("", "logout")
	others := (&lab{newApp(t, s, ""), s}).redeem(DemoPublicID).text("id_token")
	for name, row := range map[string]struct {
		ask       func(b *browser, hint string) visited
		signedOut bool
		status    int
	}{
		"an ID token": {func(b *browser, hint string) visited {
			return b.get(logout + "?client_id=" + DemoPublicID + "&id_token_hint=" + url.QueryEscape(hint))
		}, true, http.StatusOK},
		"by a form of the app": {func(b *browser, hint string) visited {
			return b.post(logout, url.Values{"id_token_hint": {hint}})
		}, true, http.StatusOK},
		"nothing is known": {func(b *browser, _ string) visited { return b.get(logout) }, false, http.StatusOK},
		"nothing is known, and the user agrees": {func(b *browser, _ string) visited {
			question := b.get(logout)
			token := regexp.MustCompile(`action="([^"]+/sign-out)">\s*<input type="hidden" name="token" value="([^"]+)"`).FindStringSubmatch(question.body)
			return b.post(token[1], url.Values{"token": {token[2]}})
		}, true, http.StatusOK},
		"the ID token of another user": {func(b *browser, _ string) visited {
			return b.get(logout + "?id_token_hint=" + url.QueryEscape(others))
		}, false, http.StatusOK},
		"another client": {func(b *browser, hint string) visited {
			return b.get(logout + "?client_id=" + DemoSymmetricID + "&id_token_hint=" + url.QueryEscape(hint))
		}, false, http.StatusBadRequest},
		"no ID token": {func(b *browser, _ string) visited { return b.get(logout + "?id_token_hint=guess") }, false, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			b := newBrowser(t, s)
			v := b.finish(b.authorize("", request(s, "", DemoPublicID)), lin)
			hint := newApp(t, s, "").token(DemoPublicID, redemption(v.query.get("code"))).text("id_token")
			g.Expect(row.ask(b, hint).status).To(Equal(row.status))
			before := b.pagesSeen("/auth/login")
			b.get(s.Portal(""))
			g.Expect(b.pagesSeen("/auth/login") > before).To(Equal(row.signedOut))
		})
	}
}
