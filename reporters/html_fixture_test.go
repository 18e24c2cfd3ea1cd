package reporters_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/reporters"
)

// everything is a run with all that the HTML report can show.
func everything() reporters.Results {
	r := sample()
	lost := lostLaunch()
	lost.Journeys[0].Decisions = []string{"sign-in: typed the user name and the password"}
	lost.Journeys[0].Trouble = "the page was not understood"
	lost.Journeys[0].Pages[1].Text = "Something went wrong"
	r = reporters.NewResults(run(), append(r.Findings, lost.Findings...), append(r.Exchanges, lost.Exchanges...))
	r.Journeys = lost.Journeys
	r.Profile = &reporters.Profile{ID: "patient-access", Title: "Access for patients", Source: "https://hl7.example/profile"}
	r.CapabilitySets = []reporters.CapabilitySet{
		{Name: "patient-access-standalone", Claimed: true, Status: reporters.NotSatisfied, Lacks: []string{"launch-standalone"}, Broken: []string{"token.code-single-use"}},
		{Name: "clinician-access-ehr", Status: reporters.Satisfied}, {Name: "patient-access-ehr", Status: reporters.NotShown},
	}
	return r.Expecting([]reporters.KnownOutcome{
		{Check: "token.pragma", Status: checks.Warned, Reason: "ticket 7", Until: "2026-12-31"},
		{Check: "token.access-token", Status: checks.Failed, Reason: "ticket 8"},
		{Check: "launch.lost", Status: checks.Failed, Reason: "ticket 9", Until: "2026-01-01"},
		{Check: "launch.not-there", Status: checks.Failed, Reason: "ticket 10"},
	}, time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC))
}

// large is a run of 400 checks and 2,000 exchanges.
func large() reporters.Results {
	statuses := []checks.Status{checks.Passed, checks.Passed, checks.Passed, checks.Passed, checks.Failed, checks.Warned, checks.Skipped, checks.Undecided}
	var findings []checks.Finding
	var exchanges []evidence.Exchange
	for i := range 2000 {
		exchanges = append(exchanges, evidence.Exchange{
			ID: fmt.Sprintf("probe.number-%d#%d", i/10, i%10+1), Started: started.Add(time.Duration(i) * 20 * time.Millisecond), Millis: int64(i % 300),
			Request: evidence.Request{
				Method: "POST", URL: fmt.Sprintf("https://ehr.example/auth/token?n=%d", i),
				Header: evidence.Headers{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
				Body:   "grant_type=authorization_code&code=[code 1]&redirect_uri=https%3A%2F%2Fapp.example.org%2Fcallback",
			},
			Response: &evidence.Response{
				Status: 200, Header: evidence.Headers{"Cache-Control": {"no-store"}, "Content-Type": {"application/json"}},
				Body: strings.Repeat(`{"access_token":"[token 1]"}`+"\n", 40),
			},
		})
	}
	for i := range 400 {
		f := checks.Finding{
			Check: fmt.Sprintf("area-%d.check-%d", i%20, i), Status: statuses[i%len(statuses)], Level: checks.Shall, Area: fmt.Sprintf("area-%d", i%20),
			Title: fmt.Sprintf("The promise number %d is kept", i), Requirements: []string{"rfc6749-4.1.2-code-single-use", "74"},
			Expected: "400 invalid_grant", Observed: "200 with an access token", Message: "said", Remedy: "Keep the promise.",
		}
		if f.Status == checks.Skipped || f.Status == checks.Undecided {
			f.Expected, f.Observed, f.Reason = "", "", fmt.Sprintf("the reason number %d", i%5)
		}
		for n := range 10 {
			f.Evidence = append(f.Evidence, exchanges[(i*5+n)%len(exchanges)].ID)
		}
		findings = append(findings, f)
	}
	return reporters.NewResults(run(), findings, exchanges)
}

// picture is a JPEG file.
func picture(string) []byte {
	shot := image.NewRGBA(image.Rect(0, 0, 640, 400))
	for x := range 640 {
		for y := range 400 {
			shot.Set(x, y, color.RGBA{uint8(x / 3), uint8(y / 2), 160, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, shot, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func htmlOf(t testing.TB, r reporters.Results, language locale.Language) string {
	t.Helper()
	var out strings.Builder
	NewWithT(t).Expect(reporters.WriteHTML(&out, r, reporters.Presentation{Language: language, Picture: picture})).To(Succeed())
	return out.String()
}
