package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// DiscoveryPlaces lists the checks of the addresses that people and apps are sent to.
var DiscoveryPlaces = []Check{ManagementPage, AssociatedAnswer}

// ManagementPage verifies that the management endpoint shows a person a page. A page that asks who the user is
// will do.
var ManagementPage = New(Meta{
	ID:           "discovery.management-page",
	Title:        "The management endpoint shows a page, or asks the user to sign in",
	Level:        Should,
	Requirements: []string{"390"},
	Applies:      "management_endpoint is listed",
	Remedy:       "Name the https address of a page on which users see and revoke the access of apps.",
}, evidence.NamedPlacesKind, func(e evidence.NamedPlaces) Verdict {
	const expected = "a page over https"
	p := e.Management
	switch {
	case p == nil:
		return Skip("management_endpoint is not listed (see discovery.management-endpoint)")
	case !strings.HasPrefix(p.URL, "https://"):
		return Broken(expected, "management_endpoint "+shown(p.URL))
	case p.Problem != "":
		return CannotJudge(p.Problem)
	case giveUp(p.Status) != "":
		return CannotJudge("the management endpoint "+giveUp(p.Status), p.Exchange)
	}
	isPage := strings.Contains(p.Media, "html")
	seen := fmt.Sprintf("%d, %s", p.Status, shownMedia(p.Media))
	if p.Onward != "" {
		seen = fmt.Sprintf("%d, on to %s", p.Status, p.Onward)
	}
	if isPage && p.Status == 200 || p.Onward == "https" || p.Status == 401 || p.Status == 403 {
		return Holds(seen, p.Exchange)
	}
	return Broken(expected, seen, p.Exchange)
})

// AssociatedAnswer verifies that associated endpoints answer.
var AssociatedAnswer = New(Meta{
	ID:           "discovery.associated-endpoints-answer",
	Title:        "Listed associated_endpoints answer",
	Level:        May,
	Requirements: []string{"439"},
	Versions:     []Version{V2_2_0},
	Remedy:       "Take the entry out, or let the address answer as a FHIR base with the capabilities that it lists.",
}, evidence.NamedPlacesKind, func(e evidence.NamedPlaces) Verdict {
	var t tally
	var elsewhere []string
	for _, p := range e.Associated {
		seen := fmt.Sprintf("%s: %d, %s", cut(p.Asked), p.Status, shownMedia(p.Media))
		switch {
		case p.Asked == "":
			elsewhere = append(elsewhere, cut(p.URL)+" is not on the host of the FHIR base")
		case p.Problem != "" || p.Stopped != "":
			t.breaks(few([]string{p.Problem, p.Stopped}), p.Exchange)
		case giveUp(p.Status) != "":
			t.unsure(seen)
		case p.Status == 404 || p.Status == 410 || p.Status < 200:
			t.breaks(seen, p.Exchange)
		default:
			t.holds(p.Exchange)
		}
	}
	switch {
	case len(e.Associated) == 0:
		return Note("no associated endpoints")
	case len(t.broken) > 0:
		return Discouraged("an answer of a FHIR base", few(t.broken), unique(t.proof)...)
	case t.judged+len(t.unclear) == 0:
		return Note(few(elsewhere))
	}
	return t.verdict("", "the endpoints answered", "")
})
