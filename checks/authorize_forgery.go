package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Forgery lists the checks of what other sites can do with the pages of the authorization endpoint.
var Forgery = []Check{ConsentForgery, Framing, ReferrerSent}

// ConsentForgery verifies that a consent form counts only when the user has sent it.
var ConsentForgery = New(Meta{
	ID:           "authorize.consent-csrf",
	Title:        "Consent cannot be submitted by another site",
	Level:        Shall,
	Requirements: []string{"rfc6749-10.12-authorize-csrf"},
	Applies:      "the consent page is sent as a form",
	Remedy:       "Put a random value into the consent form, bind it to the browser session, compare it before anything else, and set the session cookie with SameSite=Lax.",
}, evidence.ConsentForgedKind, func(e evidence.Forgeries) Verdict {
	const expected = "no code for a form that the user did not send"
	var t, weak tally
	for _, f := range e.Forgeries {
		switch a := f.Authorization; {
		case a.Outcome == evidence.GotNowhere:
			t.unsure(f.Name + ": " + a.Describe())
		case pageFailed(a) != "":
			t.unsure(f.Name + ": the server " + pageFailed(a))
		case a.Outcome != evidence.GotCode && a.Outcome != evidence.GotToken:
			t.holds(a.Exchanges...)
		case f.Approved == evidence.ApprovedForSender: // who gave away a code of their own
			t.holds(a.Exchanges...)
		case f.OtherSite && f.Approved == evidence.ApprovedForUser:
			t.breaks(f.Name+": "+a.Describe(), a.Exchanges...)
		default:
			weak.breaks(f.Name+": "+a.Describe(), a.Exchanges...)
		}
	}
	if len(t.broken) == 0 && len(weak.broken) > 0 { // cookies with SameSite, or a look at the origin, may still keep others out
		return Discouraged(expected, few(weak.broken), unique(weak.proof)...)
	}
	return t.verdict(expected, "every forged form was refused", "no form was sent")
})

// Framing verifies that a browser shows no page of the flow in a frame of another site.
var Framing = New(Meta{
	ID:           "authorize.framing",
	Title:        "A browser shows no login or consent page in a frame of another site",
	Level:        Shall,
	Requirements: []string{"rfc9700-4.16-clickjacking"},
	Remedy:       "Send Content-Security-Policy with frame-ancestors 'none' (or the sites that embed the pages) on every page of the flow.",
}, evidence.FramingKind, endsIn("an empty frame", evidence.GotPage, evidence.GotError, evidence.GotCode, evidence.GotNeither))

// ReferrerSent verifies that no request to another site names a page of the flow.
var ReferrerSent = New(Meta{
	ID:           "authorize.referrer-sent",
	Title:        "Requests to other sites do not tell the URL of a page of the flow",
	Level:        May,
	Requirements: []string{"rfc9700-4.2.4-referrer-policy"},
	Remedy:       "Send Referrer-Policy: no-referrer on every page and every redirect of the flow.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		a := g.Authorization
		for _, r := range a.Referrers {
			if path := pathOf(r.From); path != "" && path != "/" {
				t.breaks(fmt.Sprintf("%s was told %s", r.To, withoutQuery(r.From)), a.Exchanges...)
			}
		}
		if a.Callback != nil {
			t.holds(a.Exchanges...)
		}
	}
	return advised(t.verdict("no Referer, or one that names the origin alone", "no request told another site more than the origin", "no request went to another site"))
})

// pathOf returns what follows the origin of a URL.
func pathOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	if at := strings.IndexAny(rest, "/?"); at >= 0 {
		return rest[at:]
	}
	return ""
}
