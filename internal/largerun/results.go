// Package largerun makes the results of a large run, by which the writing and the reading of reports is
// measured.
package largerun

import (
	"fmt"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

// What a large run holds.
const (
	Checks    = 400
	Exchanges = 2000
)

// statuses are those of the findings, over and over.
var statuses = []checks.Status{
	checks.Passed, checks.Passed, checks.Passed, checks.Passed, checks.Failed, checks.Warned, checks.Skipped, checks.Undecided,
}

// Results are those of a run of 400 checks in 20 areas, each of which points to ten of 2,000 exchanges.
func Results() reporters.Results {
	started := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	exchanges := make([]evidence.Exchange, Exchanges)
	for i := range exchanges {
		exchanges[i] = exchange(i, started)
	}
	findings := make([]checks.Finding, Checks)
	for i := range findings {
		findings[i] = finding(i, exchanges)
	}
	return reporters.NewResults(reporters.Run{
		Tool: reporters.Tool{Name: "smartcheck", Version: "0.1.0"},
		Target: reporters.Target{
			Name: "Example EHR", FHIR: "https://ehr.example/fhir", Spec: checks.V2_2_0, TLS: reporters.SystemRoots,
		},
		Started: started, Finished: started.Add(42 * time.Second),
	}, findings, exchanges)
}

func exchange(i int, started time.Time) evidence.Exchange {
	return evidence.Exchange{
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
	}
}

func finding(i int, exchanges []evidence.Exchange) checks.Finding {
	area := fmt.Sprintf("area-%d", i%20)
	f := checks.Finding{
		Check: fmt.Sprintf("%s.check-%d", area, i), Status: statuses[i%len(statuses)], Level: checks.Shall, Area: area,
		Title: fmt.Sprintf("The promise number %d is kept", i), Requirements: []string{"rfc6749-4.1.2-code-single-use", "74"},
		Expected: "400 invalid_grant", Observed: "200 with an access token", Message: "said", Remedy: "Keep the promise.",
	}
	if f.Status == checks.Skipped || f.Status == checks.Undecided {
		f.Expected, f.Observed, f.Reason = "", "", fmt.Sprintf("the reason number %d", i%5)
	}
	for n := range 10 {
		f.Evidence = append(f.Evidence, exchanges[(i*5+n)%len(exchanges)].ID)
	}
	return f
}
