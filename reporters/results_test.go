package reporters_test

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

func TestNewResultsIsInOrder(t *testing.T) {
	g := NewWithT(t)
	r := sample()
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, f.Check)
	}
	g.Expect(ids).To(Equal([]string{
		"authorize.post", "authorize.state-echoed", "discovery.caching", "token.access-token", "token.code-single-use", "token.pragma",
	}))
	var exchanges []string
	for _, e := range r.Exchanges {
		exchanges = append(exchanges, e.ID)
	}
	g.Expect(exchanges).To(Equal([]string{"browser.login#1", "token.code-replay#9", "token.code-replay#10", "token.redeem#1"}),
		"only what findings point to, and #10 after #9")
	g.Expect(r.Summary).To(Equal(reporters.Summary{Pass: 1, Fail: 1, Warn: 1, Info: 1, Skip: 1, Error: 1}))
	g.Expect(r.Started.Nanosecond()).To(Equal(589_000_000))
}

func TestNewResultsLeavesItsArgumentsAlone(t *testing.T) {
	g := NewWithT(t)
	findings := []checks.Finding{{Check: "b.b"}, {Check: "a.a"}}
	reporters.NewResults(run(), findings, nil)
	g.Expect(findings[0].Check).To(Equal("b.b"))
	g.Expect(findings[0].Evidence).To(BeNil())
}

func TestVerdictAndExitCode(t *testing.T) {
	all := func(statuses ...checks.Status) reporters.Results {
		var findings []checks.Finding
		for _, s := range statuses {
			findings = append(findings, checks.Finding{Check: "a.b", Status: s})
		}
		return reporters.NewResults(run(), findings, nil)
	}
	for name, c := range map[string]struct {
		results reporters.Results
		verdict reporters.Verdict
		exit    int
		strict  int
	}{
		"all pass":                  {all(checks.Passed), reporters.Conformant, 0, 0},
		"pass and skip":             {all(checks.Passed, checks.Skipped), reporters.Conformant, 0, 0},
		"only noted":                {all(checks.Noted), reporters.Conformant, 0, 0},
		"a warning":                 {all(checks.Passed, checks.Warned), reporters.Conformant, 0, 1},
		"a failure":                 {all(checks.Passed, checks.Failed), reporters.NonConformant, 1, 1},
		"an error":                  {all(checks.Passed, checks.Undecided), reporters.NotJudged, 3, 3},
		"a failure beats an error":  {all(checks.Undecided, checks.Failed), reporters.NonConformant, 1, 1},
		"a warning and an error":    {all(checks.Warned, checks.Undecided), reporters.NotJudged, 3, 1},
		"nothing executed":          {all(), reporters.NotJudged, 3, 3},
		"everything skipped":        {all(checks.Skipped, checks.Skipped), reporters.NotJudged, 3, 3},
		"a status of another world": {all("maybe"), reporters.NotJudged, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(c.results.Verdict()).To(Equal(c.verdict))
			g.Expect(reporters.ExitCode(c.results, false)).To(Equal(c.exit))
			g.Expect(reporters.ExitCode(c.results, true)).To(Equal(c.strict))
		})
	}
}

func TestReadReadsWhatWriteJSONWrote(t *testing.T) {
	for name, r := range map[string]reporters.Results{"sample": sample(), "empty": reporters.NewResults(run(), nil, nil)} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(reporters.Read(bytes.NewReader(asJSON(t, r)))).To(Equal(r))
		})
	}
}

func TestReadKeepsReadingWhenFieldsAreAdded(t *testing.T) {
	g := NewWithT(t)
	later := strings.Replace(string(asJSON(t, sample())), `"tool": {`, `"later": [1], "tool": {"build": "x",`, 1)
	g.Expect(reporters.Read(strings.NewReader(later))).To(Equal(sample()))
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	valid := string(asJSON(t, sample()))
	for name, c := range map[string]struct{ document, want string }{
		"HTML":                   {"<html>", "not JSON"},
		"empty":                  {"", "not JSON"},
		"truncated":              {valid[:len(valid)/2], "not JSON"},
		"an array":               {"[]", "expected object, but got array"},
		"two documents":          {valid + valid, "text after the JSON document"},
		"another format":         {strings.Replace(valid, "results.schema.json", "other.schema.json", 1), "/schema:"},
		"an unknown status":      {strings.Replace(valid, `"status": "fail"`, `"status": "bad"`, 1), "/findings/4/status:"},
		"a missing member":       {strings.Replace(valid, `"finished"`, `"ended"`, 1), "missing properties: 'finished'"},
		"a date that is none":    {strings.Replace(valid, "2026-03-14T09:26:53", "yesterday", 1), "/started:"},
		"a skip without reason":  {strings.Replace(valid, `"reason": "the server`, `"cause": "the server`, 1), "missing properties: 'reason'"},
		"a summary that lies":    {strings.Replace(valid, `"fail": 1`, `"fail": 0`, 1), "/summary: says"},
		"a check id with a path": {strings.Replace(valid, `"check": "token.pragma"`, `"check": "../../etc/passwd"`, 1), "/findings/5/check:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := reporters.Read(strings.NewReader(c.document))
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.want)))
		})
	}
}

func asJSON(t *testing.T, r reporters.Results) []byte {
	t.Helper()
	var out bytes.Buffer
	NewWithT(t).Expect(reporters.WriteJSON(&out, r)).To(Succeed())
	return out.Bytes()
}
