package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Pages lists the checks of the pages that a user sees on the way.
var Pages = []Check{Clickjacking, ReferrerPolicy, No307, NoThirdPartyContent}

// Clickjacking verifies that no page of the journey can be framed by another site.
var Clickjacking = New(Meta{
	ID:           "authorize.clickjacking",
	Title:        "Login and consent pages cannot be framed by another site",
	Level:        Shall,
	Requirements: []string{"rfc9700-4.16-clickjacking"},
	Remedy:       "Send Content-Security-Policy with frame-ancestors 'none' (or 'self') on every page of the flow.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	return judgePages(e, "frame-ancestors in the Content-Security-Policy, or X-Frame-Options",
		func(p evidence.Page) string {
			if framingRefused(p.Header) {
				return ""
			}
			return "any site may frame it"
		})
})

// framingRefused reports whether the header keeps other sites from framing the page. frame-ancestors
// wins over X-Frame-Options where both stand.
func framingRefused(h evidence.Headers) bool {
	for _, policy := range h.Values("Content-Security-Policy") {
		for directive := range strings.SplitSeq(policy, ";") {
			fields := strings.Fields(strings.ToLower(directive))
			if len(fields) == 0 || fields[0] != "frame-ancestors" {
				continue
			}
			for _, source := range fields[1:] {
				if source == "*" || source == "https:" || source == "http:" {
					return false
				}
			}
			return true
		}
	}
	return h.Has("X-Frame-Options", "DENY") || h.Has("X-Frame-Options", "SAMEORIGIN")
}

// ReferrerPolicy verifies that the pages of the journey do not leak their URLs.
var ReferrerPolicy = New(Meta{
	ID:           "authorize.referrer-policy",
	Title:        "Login and consent pages suppress the referrer",
	Level:        May,
	Requirements: []string{"rfc9700-4.2.4-referrer-policy"},
	Remedy:       "Send Referrer-Policy: no-referrer on every page of the flow.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	return advised(judgePages(e, "a Referrer-Policy that keeps the URL of the page to the server",
		func(p evidence.Page) string {
			policy := p.Header.Get("Referrer-Policy")
			if policy == "" {
				policy = p.MetaReferrer
			}
			switch policy = strings.ToLower(strings.TrimSpace(policy)); {
			case policy == "":
				return "no referrer policy"
			case strings.Contains(policy, "unsafe-url") || policy == "no-referrer-when-downgrade":
				return "the policy " + policy
			}
			return ""
		}))
})

// judgePages judges every page of every launch, each URL path once.
func judgePages(e evidence.Grants, expected string, judge func(evidence.Page) string) Verdict {
	var t tally
	for _, g := range e.Grants {
		for _, p := range g.Authorization.Pages {
			if problem := judge(p); problem != "" {
				t.breaks(fmt.Sprintf("%q (%s): %s", p.Title, withoutQuery(p.URL), problem), g.Authorization.Exchanges...)
				continue
			}
			t.holds()
		}
	}
	return t.verdict(expected, "every page was protected", "no page was shown on the way")
}

// No307 verifies that a form post with a password is never forwarded with its body.
var No307 = New(Meta{
	ID:           "authorize.no-307",
	Title:        "Posts that hold a password are not redirected with 307 or 308",
	Level:        ShallNot,
	Requirements: []string{"rfc9700-4.12-no-307"},
	Remedy:       "Redirect with 303 See Other after the login form.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		for _, hop := range g.Authorization.Hops {
			switch {
			case !hop.Credentials || hop.Status < 300 || hop.Status > 399:
			case hop.Status == 307 || hop.Status == 308:
				t.breaks(fmt.Sprintf("%d after the POST to %s", hop.Status, withoutQuery(hop.URL)), g.Authorization.Exchanges...)
			default:
				t.holds()
			}
		}
	}
	return t.verdict("303, or 302, after a post with a password", "no password was forwarded", "no post with a password was redirected on the way")
})

// NoThirdPartyContent verifies that the pages load nothing from other sites.
var NoThirdPartyContent = New(Meta{
	ID:           "authorize.no-third-party-content",
	Title:        "Login and consent pages load nothing from other sites",
	Level:        ShouldNot,
	Requirements: []string{"rfc9700-4.2.4-no-third-party-content"},
	Remedy:       "Serve scripts, styles, images and fonts of the flow's pages from the server itself.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		if len(g.Authorization.Pages) == 0 {
			continue
		}
		for _, host := range g.Authorization.Resources {
			t.breaks("content from "+host, g.Authorization.Exchanges...)
		}
		t.holds()
	}
	return t.verdict("content of the server's own hosts only", "nothing was loaded from other sites", "no page was shown on the way")
})
