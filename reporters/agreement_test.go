package reporters_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// TestFormatsAgree holds that each format tells the verdict that the exit code tells, whatever decided it.
func TestFormatsAgree(t *testing.T) {
	for name, row := range map[string]struct {
		statuses []checks.Status
		expected checks.Status // of token.check-0, when something was expected
		strict   bool
		want     reporters.Verdict
	}{
		"all is well":            {statuses: []checks.Status{checks.Passed, checks.Noted}, want: reporters.Conformant},
		"a warning":              {statuses: []checks.Status{checks.Warned}, want: reporters.Conformant},
		"a warning, strictly":    {statuses: []checks.Status{checks.Warned}, strict: true, want: reporters.NonConformant},
		"a failure and an error": {statuses: []checks.Status{checks.Failed, checks.Undecided}, want: reporters.NonConformant},
		"an error":               {statuses: []checks.Status{checks.Passed, checks.Undecided}, want: reporters.NotJudged},
		"nothing but skips":      {statuses: []checks.Status{checks.Skipped}, want: reporters.NotJudged},
		"nothing":                {want: reporters.NotJudged},
		"a known failure":        {statuses: []checks.Status{checks.Failed, checks.Passed}, expected: checks.Failed, want: reporters.Conformant},
		"a failure that is gone": {statuses: []checks.Status{checks.Passed}, expected: checks.Failed, want: reporters.NonConformant},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := ofStatuses(row.statuses, row.strict)
			if row.expected != "" {
				r = r.Expecting([]reporters.KnownOutcome{{Check: "token.check-0", Status: row.expected, Reason: "known"}}, time.Time{})
			}
			code := map[reporters.Verdict]int{reporters.Conformant: 0, reporters.NonConformant: 1, reporters.NotJudged: 3}[row.want]
			result := map[reporters.Verdict]string{reporters.Conformant: "pass", reporters.NonConformant: "fail", reporters.NotJudged: "pending"}[row.want]
			g.Expect(reporters.ExitCode(r, false)).To(Equal(code))
			g.Expect(in(t, "html", r)).To(ContainSubstring("<title>%s ·", row.want))
			g.Expect(in(t, "markdown", r)).To(HavePrefix("## smartcheck: %s\n", row.want))
			g.Expect(in(t, "sarif", r)).To(And(ContainSubstring(`"exitCode": %d`, code), ContainSubstring(`"verdict": %q`, row.want)))
			g.Expect(in(t, "fhir-testreport", r)).To(MatchRegexp(`\n  "result": "%s"`, result))
			if len(row.statuses) > 0 {
				g.Expect(in(t, "junit", r)).To(ContainSubstring(`<property name="verdict" value="%s">`, row.want))
			}
			red := MatchRegexp(`<testsuites [^>]*(failures|errors)="[1-9]`)
			if code == 0 {
				red = Not(red)
			}
			g.Expect(in(t, "junit", r)).To(red, "what a build server shows")
			var log strings.Builder
			g.Expect(reporters.WriteBuildLog(&log, r, reporters.GitHubActions)).To(Succeed())
			g.Expect(strings.Contains(log.String(), "::error ")).To(Equal(code == 1), log.String())
		})
	}
}

// ofStatuses is a run of checks of level SHALL that ended so.
func ofStatuses(statuses []checks.Status, strict bool) reporters.Results {
	ran := run()
	ran.Strict = strict
	var findings []checks.Finding
	for i, status := range statuses {
		findings = append(findings, checks.Finding{Check: fmt.Sprintf("token.check-%d", i), Area: "token", Level: checks.Shall, Title: "A title", Status: status, Reason: "a reason"})
	}
	return reporters.NewResults(ran, findings, nil)
}
