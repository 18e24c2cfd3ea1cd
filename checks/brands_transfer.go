package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// brandTransfer are the checks of how the bundle is served to pages and to those who have it already.
var brandTransfer = []Check{BrandsCORS, BrandsCORSPreflight, BrandsETag, BrandsRevalidation}

// servedAlone reports whether an answer is one of a brand or an endpoint that is served alone.
func servedAlone(c evidence.CrossOrigin) bool {
	return c.Resource != "bundle" && c.Problem == "" && c.Status == 200
}

// BrandsCORS verifies that pages can read the bundle.
var BrandsCORS = New(Meta{
	ID:           "brands.cors",
	Title:        "Pages of any origin can read the brand bundle",
	Level:        Shall,
	Requirements: []string{"400", "423"},
	Versions:     sinceBrands,
	Applies:      "to live servers",
	Remedy:       "Send Access-Control-Allow-Origin: * with the bundle, and with its entries where they are served alone.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	var t tally
	for _, c := range b.CrossOrigin {
		switch {
		case c.Preflight(), c.Resource != "bundle" && !servedAlone(c):
		case c.Problem != "", unavailable(c.Status):
			t.unsure(fmt.Sprintf("%s: %d %s", describeCORS(c), c.Status, c.Problem))
		case c.Allows() && c.Status < 300:
			t.holds(c.Exchange)
		default:
			t.breaks(fmt.Sprintf("%s: status %d, %s", describeCORS(c), c.Status, allowedOrigin(c)), c.Exchange)
		}
	}
	return t.verdict("Access-Control-Allow-Origin with * or the origin of the page", "every origin may read it",
		"needs a live server that serves the bundle (see brands.public)")
})

// BrandsCORSPreflight verifies that pages can ask with If-None-Match, which apps should do, and which
// browsers ask about before (Fetch, "CORS-safelisted request-header").
var BrandsCORSPreflight = New(Meta{
	ID:           "brands.cors-preflight",
	Title:        "Pages may ask for the brand bundle with If-None-Match",
	Level:        Should,
	Requirements: []string{"400", "423"},
	Versions:     sinceBrands,
	Applies:      "to live servers",
	Remedy:       "Answer OPTIONS with 200 or 204 and Access-Control-Allow-Headers: if-none-match.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	var t tally
	for _, c := range b.CrossOrigin {
		if !c.Preflight() {
			continue
		}
		switch allowed := c.Header.Values("Access-Control-Allow-Headers"); {
		case c.Problem != "", unavailable(c.Status):
			t.unsure(fmt.Sprintf("%s: %d %s", describeCORS(c), c.Status, c.Problem))
		case c.Status < 200 || c.Status > 299:
			t.breaks(fmt.Sprintf("%s: status %d", describeCORS(c), c.Status), c.Exchange)
		case !c.Allows():
			t.breaks(fmt.Sprintf("%s: %s", describeCORS(c), allowedOrigin(c)), c.Exchange)
		case !c.Header.Has("Access-Control-Allow-Headers", "*") && !c.Header.Has("Access-Control-Allow-Headers", "if-none-match"):
			t.breaks(fmt.Sprintf("%s: if-none-match is not among the allowed headers %q", describeCORS(c), cut(strings.Join(allowed, ", "))), c.Exchange)
		default:
			t.holds(c.Exchange)
		}
	}
	return t.verdict("2xx that allows the origin and the header if-none-match", "the preflight passes", "needs a live server")
})

// BrandsETag verifies that apps can tell whether the bundle has changed.
var BrandsETag = New(Meta{
	ID:           "brands.etag",
	Title:        "The brand bundle is served with a weak ETag",
	Level:        Should,
	Requirements: []string{"401", "424"},
	Versions:     sinceBrands,
	Applies:      "to live servers",
	Remedy:       `Send ETag: W/"…" with a value that changes with the content, also with entries that are served alone.`,
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	var t tally
	judge := func(what string, h evidence.Headers, exchanges ...string) {
		switch tag := h.Get("Etag"); {
		case tag == "":
			t.breaks(what+": none", exchanges...)
		case !strings.HasPrefix(tag, `W/"`):
			t.breaks(fmt.Sprintf("%s: %s, which is no weak one", what, cut(tag)), exchanges...)
		default:
			t.holds(exchanges...)
		}
	}
	if b.Live {
		judge("bundle", b.Answer.Header, b.Exchanges()...)
	}
	for _, c := range b.CrossOrigin {
		if servedAlone(c) {
			judge(c.Resource, c.Header, c.Exchange)
		}
	}
	return t.verdict("a weak ETag", "there is a weak ETag", "needs a live server")
})

// BrandsRevalidation verifies that a bundle which has not changed is not sent again.
var BrandsRevalidation = New(Meta{
	ID:           "brands.revalidation",
	Title:        "A brand bundle that has not changed is not sent again",
	Level:        Should,
	Requirements: []string{"401", "424"},
	Versions:     sinceBrands,
	Applies:      "to live servers that send an ETag",
	Remedy:       "Answer 304 without a body when If-None-Match holds the current ETag.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	a := b.Revalidated
	switch {
	case a == nil:
		return Skip("needs a live server that sends an ETag (see brands.etag)")
	case a.Problem != "":
		return CannotJudge(a.Problem, a.Exchanges()...)
	case unavailable(a.Status):
		return CannotJudge(fmt.Sprintf("%s answered %d", a.URL, a.Status), a.Exchanges()...)
	case a.Status == 304:
		return Holds("304 for If-None-Match with the current ETag", a.Exchanges()...)
	default:
		return Broken("304 for If-None-Match with the current ETag", fmt.Sprintf("%d", a.Status), a.Exchanges()...)
	}
})
