package reporters

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Bounds of a TestReport.
const (
	maxTestOperations = 20      // of one test
	maxFHIRText       = 4 << 10 // bytes of a string; FHIR allows a mebibyte
)

// WriteTestReport writes the results as a TestReport of FHIR R4: a test for each finding, in it an operation
// for each exchange that proves it and an assertion with the outcome.
//
//	pass, info  pass
//	fail        fail, and so is an outcome other than expected
//	warn        warning, and so is a failure that an expectations file knows
//	skip        skip
//	error       error
//
// The report as a whole is pass, fail, or pending when the target was not judged. A TestReport must refer to a
// TestScript, and checks are programs; so the reference is a logical one, which names the checks and their
// version.
func WriteTestReport(w io.Writer, r Results) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r.testReport()); err != nil {
		return fmt.Errorf("write FHIR TestReport: %w", err)
	}
	return nil
}

// The elements of TestReport that smartcheck writes.
type (
	testReport struct {
		Type         string            `json:"resourceType"`
		Language     string            `json:"language"`
		Text         testNarrative     `json:"text"`
		Identifier   testIdentifier    `json:"identifier"`
		Name         string            `json:"name"`
		Status       string            `json:"status"`
		Script       testReference     `json:"testScript"`
		Result       string            `json:"result"`
		Score        *float64          `json:"score,omitempty"`
		Tester       string            `json:"tester"`
		Issued       string            `json:"issued"`
		Participants []testParticipant `json:"participant"`
		Tests        []testOfCheck     `json:"test,omitempty"`
	}

	testNarrative struct {
		Status string `json:"status"`
		Div    string `json:"div"`
	}

	testIdentifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}

	testReference struct {
		Type       string         `json:"type"`
		Identifier testIdentifier `json:"identifier"`
		Display    string         `json:"display"`
	}

	testParticipant struct {
		Type    string `json:"type"`
		URI     string `json:"uri"`
		Display string `json:"display"`
	}

	testOfCheck struct {
		Name        string       `json:"name"`
		Description string       `json:"description"`
		Actions     []testAction `json:"action"`
	}

	// testAction is either an operation or an assertion (inv-2).
	testAction struct {
		Operation *testOutcome `json:"operation,omitempty"`
		Assert    *testOutcome `json:"assert,omitempty"`
	}

	testOutcome struct {
		Result  string `json:"result"`
		Message string `json:"message"`
		Detail  string `json:"detail,omitempty"`
	}
)

func (r Results) testReport() testReport {
	program := fhirString(strings.TrimSpace(r.Tool.Name + " " + r.Tool.Version))
	report := testReport{
		Type: "TestReport", Language: "en", Text: r.testNarrative(),
		Identifier: testIdentifier{"urn:ietf:rfc:3986", "urn:uuid:" + r.identity()},
		Name:       "SMART App Launch " + fhirString(string(r.Target.Spec)), Status: "completed",
		Script: testReference{
			Type: "TestScript", Identifier: testIdentifier{homepage, program},
			Display: "the checks of " + program,
		},
		Result: testResults[r.Verdict()], Score: r.score(), Tester: program,
		Issued: r.Finished.UTC().Format(time.RFC3339Nano),
		Participants: []testParticipant{
			{"test-engine", homepage, program},
			{"server", fhirURI(r.Target.FHIR), fhirString(r.targetName())},
		},
	}
	for _, f := range r.Findings {
		report.Tests = append(report.Tests, r.testOfCheck(f))
	}
	return report
}

func (r Results) targetName() string {
	if r.Target.Name != "" {
		return r.Target.Name
	}
	return r.Target.FHIR
}

var testResults = map[Verdict]string{Conformant: "pass", NonConformant: "fail", NotJudged: "pending"}

// score is the percentage of the checks with a verdict that passed, to one decimal place.
func (r Results) score() *float64 {
	judged := r.Summary.Pass + r.Summary.Fail + r.Summary.Warn
	if judged == 0 {
		return nil
	}
	score := math.Floor(1000*float64(r.Summary.Pass)/float64(judged)) / 10
	return &score
}

func (r Results) testNarrative() testNarrative {
	by := "SMART App Launch " + string(r.Target.Spec)
	if r.Profile != nil {
		by += " and the profile " + r.Profile.ID
	}
	text := fhirString(fmt.Sprintf("%s, judged by %s: %s. %s.", r.targetName(), by, r.Verdict(), sentence(r.because())))
	return testNarrative{"generated", `<div xmlns="http://www.w3.org/1999/xhtml"><p>` + html.EscapeString(text) + `</p></div>`}
}

func (r Results) testOfCheck(f checks.Finding) testOfCheck {
	test := testOfCheck{Name: fhirString(f.Check), Description: fhirString(f.Title)}
	for i, e := range r.proof(f) {
		if i == maxTestOperations {
			break
		}
		test.Actions = append(test.Actions, testAction{Operation: testOperation(e)})
	}
	assert := testOutcome{Result: testResult(f), Message: testMessage(f)}
	if urls := addresses(f); len(urls) > 0 {
		assert.Detail = urls[0]
	}
	test.Actions = append(test.Actions, testAction{Assert: &assert})
	return test
}

func testResult(f checks.Finding) string {
	switch {
	case f.Status == checks.Undecided:
		return "error"
	case f.Surprising():
		return "fail"
	case f.Excused() && f.Status == checks.Failed:
		return "warning"
	}
	return cmp.Or(map[checks.Status]string{
		checks.Passed: "pass", checks.Noted: "pass", checks.Failed: "fail", checks.Warned: "warning", checks.Skipped: "skip",
	}[f.Status], "error")
}

// testMessage tells the outcome in Markdown. Text of the server stands in code spans.
func testMessage(f checks.Finding) string {
	lines := []string{"- " + string(f.Status) + ", " + string(f.Level) + markdownClauses(f)}
	for _, fact := range facts(f) {
		text := code(fact.text)
		if fact.name == "remedy" {
			text = markdownText(fact.text)
		}
		lines = append(lines, "- "+fact.name+": "+text)
	}
	return strings.Join(lines, "\n")
}

// testOperation tells an exchange.
func testOperation(e evidence.Exchange) *testOutcome {
	request := code(strings.TrimSpace(e.Request.Method + " " + e.Request.URL))
	if e.Response == nil {
		return &testOutcome{
			Result: "error", Message: fmt.Sprintf("%s: %s was not answered: %s", code(e.ID), request, code(e.Error)),
		}
	}
	return &testOutcome{
		Result:  "pass",
		Message: fmt.Sprintf("%s: %s was answered with %d after %d ms", code(e.ID), request, e.Response.Status, e.Millis),
	}
}

// fhirString makes a string of FHIR of any text: no control characters, not empty, and not long.
func fhirString(s string) string {
	if s = visible(cut(s, maxFHIRText)); s != "" {
		return s
	}
	return "unknown"
}

// fhirURI makes a uri of FHIR, which has no space in it, of any text. What is no URL, such as the name of a
// saved document, becomes a relative reference.
func fhirURI(s string) string {
	s = fhirString(s)
	if strings.ContainsAny(s, " \\<>\"{}|^`") {
		return url.PathEscape(s)
	}
	return s
}
