package reporters_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// everythingKnown are the outcomes of sample that would break a build.
const everythingKnown = `
- check: token.code-single-use
  status: fail
  reason: ticket 4711
  until: 2026-03-31
- check: token.pragma
  status: warn
  reason: the gateway drops it
- check: authorize.state-echoed
  status: error
  reason: the login page is being rebuilt
`

var today = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func expecting(t *testing.T, file string, on time.Time) reporters.Results {
	t.Helper()
	known, err := reporters.ReadExpectations(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return sample().Expecting(known, on)
}

func TestWhatIsExpectedBreaksNothing(t *testing.T) {
	for _, c := range []struct {
		name, file string
		on         time.Time
		strict     bool
		verdict    reporters.Verdict
		exit       int
	}{
		{"no file", "", today, false, reporters.NonConformant, 1},
		{"all known", everythingKnown, today, false, reporters.Conformant, 0},
		{"all known, strictly", everythingKnown, today, true, reporters.Conformant, 0},
		{"the last day", everythingKnown, time.Date(2026, 3, 31, 23, 0, 0, 0, time.UTC), false, reporters.Conformant, 0},
		{"the day after", everythingKnown, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), false, reporters.NonConformant, 1},
		{"the warning is not known, strictly", strings.Replace(everythingKnown, "token.pragma", "token.absent", 1), today, true, reporters.NonConformant, 1},
		{"the error is not known", strings.Replace(everythingKnown, "authorize.state-echoed", "token.absent", 1), today, false, reporters.NotJudged, 3},
		{"the error was to be a failure", strings.Replace(everythingKnown, "status: error", "status: fail", 1), today, false, reporters.NotJudged, 3},
		{"a pass was to be a failure", everythingKnown + "- {check: token.access-token, status: fail, reason: ticket 12}\n", today, false, reporters.NonConformant, 1},
		{"a skip was to be a pass", everythingKnown + "- {check: authorize.post, status: pass, reason: it works}\n", today, false, reporters.NonConformant, 1},
		{"a pass is known", everythingKnown + "- {check: token.access-token, status: pass, reason: it works}\n", today, false, reporters.Conformant, 0},
		{"an unused line", everythingKnown + "- {check: token.absent, status: fail, reason: ticket 13}\n", today, false, reporters.Conformant, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			r := expecting(t, c.file, c.on)
			r.Strict = c.strict
			g.Expect(r.Verdict()).To(Equal(c.verdict))
			g.Expect(reporters.ExitCode(r, c.strict)).To(Equal(c.exit))
			g.Expect(r.Summary).To(Equal(sample().Summary), "what was found stays what was found")
		})
	}
}

func TestEveryReportSaysWhatWasExpected(t *testing.T) {
	r := expecting(t, everythingKnown+`
- {check: token.access-token, status: fail, reason: ticket 12}
- {check: token.absent, status: fail, reason: ticket 13}
`, today)

	t.Run("json", func(t *testing.T) {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(reporters.WriteJSON(&out, r)).To(Succeed())
		again, err := reporters.Read(&out)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(again).To(Equal(r))
		raw, err := json.Marshal(again.Findings[len(again.Findings)-1])
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(raw)).To(ContainSubstring(`"expectation":{"status":"warn","reason":"the gateway drops it","outcome":"as-expected"}`))
	})
	t.Run("junit", func(t *testing.T) {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(reporters.WriteJUnit(&out, r)).To(Succeed())
		suites, err := junit.Ingest(out.Bytes())
		g.Expect(err).NotTo(HaveOccurred())
		status := map[string]junit.Status{}
		var unused []string
		for _, suite := range suites {
			for _, one := range suite.Tests {
				id, _, _ := strings.Cut(one.Name, ":")
				status[id] = one.Status
			}
			if value := suite.Properties["unused-expectation"]; value != "" {
				unused = append(unused, value)
			}
		}
		g.Expect(status).To(And(
			HaveKeyWithValue("token.code-single-use", junit.StatusSkipped),
			HaveKeyWithValue("token.pragma", junit.StatusSkipped),
			HaveKeyWithValue("authorize.state-echoed", junit.StatusSkipped),
			HaveKeyWithValue("token.access-token", junit.StatusFailed),
		))
		g.Expect(out.String()).To(ContainSubstring(`<skipped message="fail, as expected until 2026-03-31: ticket 4711">`))
		g.Expect(unused).To(Equal([]string{"token.absent fail: ticket 13"}))
	})
	t.Run("console", func(t *testing.T) {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(reporters.WriteConsole(&out, r, reporters.ConsoleOptions{Width: 200})).To(Succeed())
		g.Expect(out.String()).To(And(
			ContainSubstring("FAIL  token.code-single-use fail, as expected until 2026-03-31: ticket 4711\n"),
			ContainSubstring("known     fail, but the outcome is pass; correct the expectations file or the server: ticket 12\n"),
			ContainSubstring("token.absent is expected to be fail, but did not run"),
			ContainSubstring("3 as expected, 1 other than expected, 1 expectation not used"),
		))
		g.Expect(strings.Count(out.String(), "token.code-single-use")).To(Equal(1), "what is known is told in one line")
	})
	t.Run("markdown", func(t *testing.T) {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(reporters.WriteMarkdown(&out, r)).To(Succeed())
		g.Expect(out.String()).To(And(
			ContainSubstring("### Other than expected\n\n#### `token.access-token`"),
			ContainSubstring("### As expected\n\n- `authorize.state-echoed`: error, as expected: the login page is being rebuilt\n"),
			ContainSubstring("- `token.absent` did not run"),
		))
		g.Expect(out.String()).NotTo(ContainSubstring("### Failures"))
	})
}

func TestAnExpectationsFileIsHeldToItsForm(t *testing.T) {
	for name, c := range map[string]struct{ file, mistake string }{
		"no list":          {"check: token.pragma", "not a YAML list"},
		"no YAML":          {"- [", "not a YAML list"},
		"no check":         {"- {status: fail, reason: ticket}", "line 1: names no check"},
		"no status":        {"- {check: token.pragma, reason: ticket}", `line 1: token.pragma has the status ""; statuses are pass, fail`},
		"unknown status":   {"- {check: token.pragma, status: failed, reason: ticket}", `the status "failed"`},
		"no reason":        {"- {check: token.pragma, status: fail}", "token.pragma has no reason"},
		"no day":           {"- {check: token.pragma, status: fail, reason: ticket, until: soon}", `until "soon"; write a day such as`},
		"unknown member":   {"- {check: token.pragma, status: fail, reason: ticket, untill: 2026-01-01}", "untill"},
		"twice":            {"- {check: token.pragma, status: fail, reason: a}\n- {check: token.pragma, status: warn, reason: b}", "line 2: token.pragma is expected on line 1 already"},
		"two mistakes":     {"- {status: fail}\n- {check: token.pragma}", "line 2"},
		"longer than that": {strings.Repeat("#\n", 1<<20), "longer than 1024 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := reporters.ReadExpectations(strings.NewReader(c.file))
			g.Expect(err).To(MatchError(ContainSubstring(c.mistake)))
		})
	}
	g := NewWithT(t)
	known, err := reporters.ReadExpectations(strings.NewReader("- {check: token.pragma, status: warn, reason: the gateway drops it, until: 2026-12-31}"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(known).To(Equal([]reporters.KnownOutcome{{Check: "token.pragma", Status: checks.Warned, Reason: "the gateway drops it", Until: "2026-12-31"}}))
}
