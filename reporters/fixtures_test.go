package reporters_test

import (
	"reflect"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

var started = time.Date(2026, 3, 14, 9, 26, 53, 589_793_238, time.UTC)

func run() reporters.Run {
	return reporters.Run{
		Tool: reporters.Tool{Name: "smartcheck", Version: "0.1.0"},
		Target: reporters.Target{
			Name: "Example EHR", FHIR: "https://ehr.example/fhir", Spec: checks.V2_2_0, TLS: reporters.SystemRoots,
		},
		Started: started, Finished: started.Add(42 * time.Second),
	}
}

// sample is a run with a finding of every status, given in no particular order.
func sample() reporters.Results {
	return reporters.NewResults(run(), []checks.Finding{
		{
			Check: "token.code-single-use", Status: checks.Failed, Level: checks.Shall, Area: "token",
			Title:        "An authorization code is accepted once",
			Requirements: []string{"rfc6749-4.1.2-code-single-use"},
			Expected:     "400 invalid_grant on the second redemption",
			Observed:     "200 with a new access token, 2.1 s after the first",
			Message:      "expected 400 invalid_grant on the second redemption; observed 200 with a new access token, 2.1 s after the first",
			Remedy:       "Delete or mark the code in the same transaction that redeems it.",
			Evidence:     []string{"token.code-replay#9", "token.code-replay#10"},
		},
		{
			Check: "token.access-token", Status: checks.Passed, Level: checks.Shall, Area: "token",
			Title: "The token response holds an access token", Message: "access_token has 32 characters",
			Requirements: []string{"74"}, Evidence: []string{"token.redeem#1"},
		},
		{
			Check: "token.pragma", Status: checks.Warned, Level: checks.Shall, Area: "token",
			Title: "Token responses carry Pragma: no-cache", Requirements: []string{"of-a-newer-catalogue"},
			Expected: "Pragma: no-cache", Observed: "no Pragma header",
			Message: "expected Pragma: no-cache; observed no Pragma header (implied by the specification)",
			Remedy:  "Send Pragma: no-cache with every token response.", Evidence: []string{"token.redeem#1"},
		},
		{
			Check: "authorize.state-echoed", Status: checks.Undecided, Level: checks.Shall, Area: "authorize",
			Title:        "State comes back exactly as it was sent",
			Requirements: []string{"rfc6749-4.1.2.1-error-returns-state"},
			Message:      "the login page did not load within 30 s", Reason: "the login page did not load within 30 s",
			Remedy: "Return the state parameter unchanged.", Evidence: []string{"browser.login#1"},
		},
		{
			Check: "authorize.post", Status: checks.Skipped, Level: checks.Shall, Area: "authorize",
			Title: "The authorization endpoint accepts POST", Requirements: []string{"49", "354"},
			Message: "the server does not claim authorize-post", Reason: "the server does not claim authorize-post",
		},
		{
			Check: "discovery.caching", Status: checks.Noted, Level: checks.May, Area: "discovery",
			Title: "Discovery documents may be cached", Requirements: []string{"116"},
			Message: "Cache-Control: max-age=3600",
		},
	}, []evidence.Exchange{
		{
			ID: "token.code-replay#10", Started: started.Add(3 * time.Second), Millis: 2100,
			Request: evidence.Request{
				Method: "POST", URL: "https://ehr.example/token",
				Header: evidence.Headers{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
				Body:   "grant_type=authorization_code&code=[code 1]",
			},
			Response: &evidence.Response{
				Status: 200, Header: evidence.Headers{"Set-Cookie": {"[cookie 1]", "[cookie 2]"}, "Content-Type": {"application/json"}},
				Body: "{\n  \"access_token\": \"[token 2]\"\n}",
			},
		},
		{
			ID: "token.code-replay#9", Started: started.Add(time.Second), Millis: 120,
			Request:  evidence.Request{Method: "POST", URL: "https://ehr.example/token"},
			Response: &evidence.Response{Status: 200, Body: `{"access_token":"[token 1]"`, Truncated: true},
		},
		{
			ID: "token.redeem#1", Started: started, Millis: 80,
			Request:  evidence.Request{Method: "POST", URL: "https://ehr.example/token"},
			Response: &evidence.Response{Status: 200},
		},
		{
			ID: "browser.login#1", Started: started, Millis: 30000,
			Request: evidence.Request{Method: "GET", URL: "https://ehr.example/login"}, Error: "timed out",
		},
		{ID: "nobody.points-here#1", Started: started, Request: evidence.Request{Method: "GET", URL: "https://ehr.example/"}},
	})
}

// hostileText tries to break out of every format.
const hostileText = "]]></system-out><x a='\"'>&amp;<script>alert(1)</script><!-- \x00\x01\x1b[2J\x1b]0;title\x07\x7f\u009b31m" +
	"\xff\xed\xa0\x80\ufffe\u202egnp.exe\u2066\u200b\u2028\r\n# heading\n- item\n\n| a | b |\n```\n~~~\n`` ` <b onclick=x>" +
	"![i](https://evil.example/i.png) [l](javascript:alert(1)) <https://evil.example> https://evil.example www.evil.example " +
	"@everyone #1 **bold** &#x3c;img src=x&#x3e; $x$ \\\\| \\| <i> [^1] \\` <details>"

// hostile is sample with every string of findings, exchanges, target and tool replaced by hostileText,
// and text of every size, apart from statuses and levels, which a reader checks.
func hostile() reporters.Results {
	r := sample()
	r.Tool = reporters.Tool{Name: hostileText, Version: hostileText}
	r.Target.Name, r.Target.FHIR = hostileText, hostileText
	for i := range r.Findings {
		status, level := r.Findings[i].Status, r.Findings[i].Level
		poison(reflect.ValueOf(&r.Findings[i]).Elem())
		r.Findings[i].Status, r.Findings[i].Level = status, level
	}
	for i := range r.Exchanges {
		poison(reflect.ValueOf(&r.Exchanges[i]).Elem())
	}
	return r
}

// poison replaces every string that v holds.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostileText)
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i))
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(evidence.Headers{hostileText: {hostileText, hostileText}}))
	}
}

// writers are all writers, by the name of their golden file.
var writers = map[string]func(w writer, r reporters.Results) error{
	"results.json":     func(w writer, r reporters.Results) error { return reporters.WriteJSON(w, r) },
	"junit.xml":        func(w writer, r reporters.Results) error { return reporters.WriteJUnit(w, r) },
	"results.sarif":    func(w writer, r reporters.Results) error { return reporters.WriteSARIF(w, r) },
	"testreport.json":  func(w writer, r reporters.Results) error { return reporters.WriteTestReport(w, r) },
	"requirements.csv": func(w writer, r reporters.Results) error { return reporters.WriteCSV(w, r) },
	"run.har":          func(w writer, r reporters.Results) error { return reporters.WriteHAR(w, r) },
	"summary.md":       func(w writer, r reporters.Results) error { return reporters.WriteMarkdown(w, r) },
	"report.html":      writeHTMLFrame,
	"console.txt": func(w writer, r reporters.Results) error {
		return reporters.WriteConsole(w, r, reporters.ConsoleOptions{Record: "reports/results.json"})
	},
	"console-narrow-verbose.txt": func(w writer, r reporters.Results) error {
		return reporters.WriteConsole(w, r, reporters.ConsoleOptions{Width: 60, Verbose: true})
	},
	"console-colour.txt": func(w writer, r reporters.Results) error {
		return reporters.WriteConsole(w, r, reporters.ConsoleOptions{Color: true})
	},
}
