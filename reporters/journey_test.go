package reporters_test

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

// lostLaunch is a run in which one launch ended on a page, one arrived, and one belongs to a finding
// that passed.
func lostLaunch() reporters.Results {
	exchange := func(id, journey string) evidence.Exchange {
		return evidence.Exchange{ID: id, Request: evidence.Request{Method: "GET", URL: "https://ehr.example/authorize"}, Journey: journey}
	}
	finding := func(id string, status checks.Status, ids ...string) checks.Finding {
		return checks.Finding{
			Check: id, Area: "launch", Level: checks.Shall, Status: status, Title: "A launch", Requirements: []string{"353"},
			Message: "said", Reason: "said", Evidence: ids,
		}
	}
	return reporters.NewResults(run(), []checks.Finding{
		finding("launch.lost", checks.Failed, "grant.a#1", "grant.a#2", "grant.b#1"),
		finding("launch.fine", checks.Passed, "grant.c#1"),
	}, []evidence.Exchange{
		exchange("grant.a#1", "grant.a@1"), exchange("grant.a#2", "grant.a@1"), exchange("grant.b#1", "grant.b@1"), exchange("grant.c#1", "grant.c@1"),
	}).WithJourneys([]evidence.Journey{
		{ID: "grant.c@1", Outcome: evidence.GotPage, WaitedFor: "https://app.example/c"},
		{ID: "grant.b@1", Outcome: evidence.GotCode, WaitedFor: "https://app.example/b"},
		{ID: "grant.a@1", Outcome: evidence.GotPage, WaitedFor: "https://app.example/a", Pages: []evidence.Page{
			{URL: "https://ehr.example/login?state=x", Status: 200, Title: "Sign in", Kind: "sign-in"},
			{
				URL: "https://ehr.example/oops", Status: 500, Title: "Oops\x1b[2J", Screenshot: "grant.a-1-2.jpg",
				Console: []string{"TypeError\n\x1b[31m"}, Failed: []evidence.FailedRequest{{URL: "https://ehr.example/app.js", Type: "Script", Status: 502}},
			},
		}},
		{ID: "grant.a@1"}, // told by another finding as well
	})
}

func TestWithJourneys(t *testing.T) {
	g := NewWithT(t)
	r := lostLaunch()
	g.Expect(r.Journeys).To(HaveLen(2), "those of findings that did not pass")
	g.Expect(r.Journeys[0].ID).To(Equal("grant.a@1"))
	g.Expect(r.Pictures()).To(Equal([]string{"grant.a-1-2.jpg"}))
}

func TestJourneysFitTheSchema(t *testing.T) {
	g := NewWithT(t)
	g.Expect(reporters.Read(bytes.NewReader(asJSON(t, lostLaunch())))).To(Equal(lostLaunch()))
}

// TestConsoleJourney tells the journey that was lost, and no other.
func TestConsoleJourney(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	g.Expect(reporters.WriteConsole(&out, lostLaunch(), reporters.ConsoleOptions{Pictures: "reports/evidence"})).To(Succeed())
	said := out.String()
	for _, want := range []string{
		"grant.a@1, waiting for https://app.example/a", `1. 200 OK "Sign in" https://ehr.example/login (sign-in)`,
		"500 Internal Server Error", "console: TypeError", "failed: Script https://ehr.example/app.js 502",
		"picture reports/evidence/grant.a-1-2.jpg",
	} {
		g.Expect(said).To(ContainSubstring(want))
	}
	g.Expect(said).NotTo(Or(ContainSubstring("\x1b"), ContainSubstring("app.example/b"), ContainSubstring("app.example/c")))
}
