package ehr

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// signInPageHolds shows whether a text stands on the page on which the user signs in.
func signInPageHolds(text string) func(*lab) string {
	return func(l *lab) string {
		_, page := l.open(DemoPublicID)
		return fmt.Sprint(strings.Contains(page.body, text))
	}
}

// sessionCookie shows the attributes of the cookie that holds the session.
func sessionCookie(show func(*http.Cookie) string) func(*lab) string {
	return func(l *lab) string {
		b, page := l.open(DemoPublicID)
		b.finish(page, amy)
		for _, r := range b.trail {
			for _, c := range r.Cookies() {
				if strings.Contains(c.Name, "session") {
					return show(c)
				}
			}
		}
		return "no cookie"
	}
}

var journeyDemonstrations = []demonstration{
	{faults.LoginThroughHTTP, func(l *lab) string {
		_, arrived := l.open(DemoPublicID)
		scheme, _, _ := strings.Cut(arrived.address, "://")
		return scheme
	}, "https", "http"},
	{faults.RedirectDowngrades, func(l *lab) string {
		l.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		scheme, _, _ := strings.Cut(l.send(http.MethodGet, l.s.root(l.fault)+"/", nil).header.Get("Location"), "://")
		return scheme
	}, "https", "http"},
	{faults.LoginFormHTTP, signInPageHolds(`action="http://`), "false", "true"},
	{faults.MixedContent, signInPageHolds(`src="http://`), "false", "true"},
	{faults.CookiesInsecure, sessionCookie(func(c *http.Cookie) string { return fmt.Sprint(c.Secure) }), "true", "false"},
	{faults.CookiesScriptable, sessionCookie(func(c *http.Cookie) string { return fmt.Sprint(c.HttpOnly) }), "true", "false"},
	{faults.CookiesAnySite, sessionCookie(func(c *http.Cookie) string { return fmt.Sprint(c.SameSite == http.SameSiteLaxMode) }), "true", "false"},
}
