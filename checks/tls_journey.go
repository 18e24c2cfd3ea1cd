package checks

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TLSJourney lists the checks of the way to a code as the network sees it: pages, what they load, cookies.
var TLSJourney = []Check{TLSJourneyHTTPS, TLSMixedContent, TLSCookiesSecure, TLSCookiesHTTPOnly, TLSCookiesSameSite}

// TLSJourneyHTTPS verifies that the browser never leaves https on the way.
var TLSJourneyHTTPS = New(Meta{
	ID:           "tls.journey-https",
	Title:        "Every page, redirect and form on the way to a code uses https",
	Level:        Shall,
	Requirements: []string{"rfc6749-1.6-tls-endpoints", "231"},
	Remedy:       "Write https addresses into redirects and forms. Behind a proxy that ends TLS, configure the public address instead of deriving it from the request.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		a := g.Authorization
		for _, hop := range a.Hops {
			if plainHTTP(hop.URL) {
				t.breaks(fmt.Sprintf("%s %s", hop.Method, withoutQuery(hop.URL)), a.Exchanges...)
			} else {
				t.holds()
			}
		}
		for _, p := range a.Pages {
			for _, r := range p.Insecure {
				if sends(r) {
					t.breaks(fmt.Sprintf("a %s of %q goes to %s", r.Element, p.Title, withoutQuery(r.URL)), a.Exchanges...)
				}
			}
		}
	}
	return t.verdict("https all the way", "https all the way", "no document was requested on the way")
})

func plainHTTP(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http"
}

// sends reports whether the element sends what a person fills in.
func sends(r evidence.InsecureReference) bool {
	return r.Element == "form" || r.Element == "button" || r.Element == "input"
}

// TLSMixedContent verifies that nothing on the pages comes over plain http.
var TLSMixedContent = New(Meta{
	ID:           "tls.mixed-content",
	Title:        "Pages on the way to a code load nothing over plain http",
	Level:        ShouldNot,
	Requirements: []string{"rfc9325-3.2-mixed-content"},
	Remedy:       "Load scripts, styles, images and frames over https; browsers block the rest, and who is on the network can change it.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	return judgePages(e, "https addresses of everything that the page loads", func(p evidence.Page) string {
		var loaded []string
		for _, r := range p.Insecure {
			if !sends(r) {
				loaded = append(loaded, r.Element+" "+withoutQuery(r.URL))
			}
		}
		return few(loaded)
	})
})

// TLSCookiesSecure verifies that no cookie is ever sent over plain http.
var TLSCookiesSecure = New(Meta{
	ID:           "tls.cookies-secure",
	Title:        "Cookies of the hosts on the way to a code are Secure",
	Level:        Should,
	Requirements: []string{"rfc6265-8.3-secure-cookies"},
	Remedy:       "Set Secure on every cookie: one request over http, which anybody on the network can cause, gives the session away.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, jar := range jars(e) {
		for _, c := range jar.cookies {
			if c.Secure {
				t.holds(jar.exchanges...)
			} else {
				t.breaks(fmt.Sprintf("the cookie %s of %s is not Secure", cut(c.Name), cut(c.Domain)), jar.exchanges...)
			}
		}
	}
	return t.verdict("Secure with every cookie", "every cookie is Secure", noCookies)
})

const noCookies = "no host on the way over https left a cookie in the browser"

// jar holds the cookies of one domain.
type jar struct {
	domain    string
	cookies   []evidence.Cookie
	exchanges []string
}

// jars returns the cookies of the hosts that were reached over https, by domain and each name once, in the order
// of their names. A host that is reached over http alone cannot set Secure, and breaks another requirement.
func jars(e evidence.Grants) []jar {
	byDomain := map[string]*jar{}
	for _, g := range e.Grants {
		a := g.Authorization
		for _, c := range a.Cookies {
			if !reachedSecurely(a, c.Domain) {
				continue
			}
			if byDomain[c.Domain] == nil {
				byDomain[c.Domain] = &jar{domain: c.Domain, exchanges: a.Exchanges}
			}
			j := byDomain[c.Domain]
			if !slices.ContainsFunc(j.cookies, func(known evidence.Cookie) bool { return known.Name == c.Name }) {
				j.cookies = append(j.cookies, c)
			}
		}
	}
	var all []jar
	for _, domain := range slices.Sorted(maps.Keys(byDomain)) {
		j := byDomain[domain]
		slices.SortFunc(j.cookies, func(a, b evidence.Cookie) int { return strings.Compare(a.Name, b.Name) })
		all = append(all, *j)
	}
	return all
}

func reachedSecurely(a evidence.Authorization, domain string) bool {
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	return slices.ContainsFunc(a.Hops, func(hop evidence.Hop) bool {
		u, err := url.Parse(hop.URL)
		host := strings.ToLower(u.Hostname())
		return err == nil && u.Scheme == "https" && (host == domain || strings.HasSuffix(host, "."+domain))
	})
}

// TLSCookiesHTTPOnly verifies that scripts cannot read the session.
var TLSCookiesHTTPOnly = New(Meta{
	ID:           "tls.cookies-http-only",
	Title:        "Session cookies of the hosts on the way to a code are out of the reach of scripts",
	Level:        Should,
	Requirements: []string{"nist-800-63b-5.1.1-cookies"},
	Remedy:       "Set HttpOnly on the cookie that holds the session; a cookie that scripts must read may do without.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	return someCookie(e, "HttpOnly with the session cookie", "is HttpOnly", func(c evidence.Cookie) bool { return c.HTTPOnly })
})

// TLSCookiesSameSite verifies that other sites cannot use the session.
var TLSCookiesSameSite = New(Meta{
	ID:           "tls.cookies-same-site",
	Title:        "Session cookies of the hosts on the way to a code say to which sites they go",
	Level:        Should,
	Requirements: []string{"nist-800-63b-5.1.1-cookies"},
	Remedy:       "Set SameSite=Lax, or Strict, on the cookie that holds the session; SameSite=None lets every site act with it.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	return someCookie(e, "SameSite=Lax or SameSite=Strict with the session cookie", "has SameSite Lax or Strict", func(c evidence.Cookie) bool {
		return c.SameSite == "Lax" || c.SameSite == "Strict"
	})
})

// someCookie judges what a session cookie should have. Which cookie holds the session cannot be seen, so a
// domain breaks it when none of its cookies has it.
func someCookie(e evidence.Grants, expected, attribute string, has func(evidence.Cookie) bool) Verdict {
	var t tally
	for _, jar := range jars(e) {
		if slices.ContainsFunc(jar.cookies, has) {
			t.holds(jar.exchanges...)
			continue
		}
		var names []string
		for _, c := range jar.cookies {
			names = append(names, cut(c.Name))
		}
		t.breaks(fmt.Sprintf("none of the cookies of %s %s: %s", cut(jar.domain), attribute, few(names)), jar.exchanges...)
	}
	return t.verdict(expected, "every domain has one", noCookies)
}
