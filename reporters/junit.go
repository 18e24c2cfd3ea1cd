package reporters

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
)

// WriteJUnit writes the results in the JUnit XML dialect of Jenkins and Surefire, one test suite for
// each area and one test case for each finding:
//
//	pass   a test case that passes
//	info   a test case that passes; what was recorded stands in system-out
//	warn   a test case that passes: CI systems know no warnings, and a broken SHOULD must not turn a
//	       build red. The property status is "warn" and system-out begins with the warning.
//	fail   <failure type="SHALL">, or the level of the check in a strict run
//	error  <error>: the check could not judge, which is no verdict on the server
//	skip   <skipped> with the reason
//
// A finding that an expectations file knows is <skipped> with the reason of that file, whatever its
// status, unless it passes; one that is other than expected is a <failure>, even if it passes, and an
// <error> when it could not be judged. Lines of the file whose check did not run are properties named
// unused-expectation of the first suite.
//
// The time of a test case is that of the exchanges that prove its finding, the time of a suite is
// the sum of its cases, and the time of the whole is that of the run. A run in which no check was
// executed has one test case of its own, smartcheck.run, that ends in <error>, so that a pipeline
// that only reads this file does not take silence for conformance.
func WriteJUnit(w io.Writer, r Results) error {
	document := junitDocument(r)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Time   seconds      `xml:"time,attr"`
	Suites []junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Time       seconds         `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitCase struct {
	Class      string          `xml:"classname,attr"`
	Name       string          `xml:"name,attr"`
	Time       seconds         `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Failure    *junitProblem   `xml:"failure"`
	Error      *junitProblem   `xml:"error"`
	Skipped    *junitSkip      `xml:"skipped"`
	Output     *junitText      `xml:"system-out"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitProblem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	junitText
}

// junitText is the text of an element, escaped. It is kept apart from encoding/xml only because that
// writes line ends as character references, which nobody can read.
type junitText struct {
	XML string `xml:",innerxml"`
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// text escapes lines whose characters visible has made safe.
func text(lines string) junitText { return junitText{xmlEscaper.Replace(lines)} }

type junitSkip struct {
	Message string `xml:"message,attr"`
}

// seconds is a duration as readers of JUnit expect it: a decimal number with three places.
type seconds time.Duration

// MarshalText writes the number.
func (s seconds) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", time.Duration(s).Seconds()), nil
}

func junitDocument(r Results) junitSuites {
	document := junitSuites{Name: "smartcheck", Time: seconds(max(0, r.Finished.Sub(r.Started)))}
	for _, group := range r.byArea() {
		suite := junitSuite{Name: line(group.area)}
		for _, f := range group.findings {
			suite.Cases = append(suite.Cases, r.junitCase(f))
		}
		document.Suites = append(document.Suites, suite)
	}
	if r.Summary.Judged() == 0 && r.Summary.Error == 0 {
		document.Suites = append(document.Suites, junitSuite{Name: "run", Cases: []junitCase{nothingExecuted(r)}})
	}
	for i := range document.Suites {
		suite := &document.Suites[i]
		suite.Timestamp = r.Started.UTC().Format("2006-01-02T15:04:05")
		suite.Properties = suiteProperties(r)
		if i == 0 {
			suite.Properties = append(suite.Properties, unusedProperties(r)...)
		}
		suite.count()
		document.add(suite.junitCounts)
	}
	return document
}

func (s *junitSuite) count() {
	for _, c := range s.Cases {
		s.Tests++
		s.Time += c.Time
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}

func (c *junitCounts) add(other junitCounts) {
	c.Tests += other.Tests
	c.Failures += other.Failures
	c.Errors += other.Errors
	c.Skipped += other.Skipped
}

func suiteProperties(r Results) []junitProperty {
	properties := []junitProperty{
		{"tool", line(r.Tool.Name + " " + r.Tool.Version)},
		{"target", line(r.Target.FHIR)},
		{"specification", "SMART App Launch " + string(r.Target.Spec)},
		{"tls", string(r.Target.TLS)},
		{"verdict", string(r.Verdict())},
	}
	if r.Profile != nil {
		properties = append(properties, junitProperty{"profile", line(r.Profile.ID)})
	}
	if r.Strict {
		properties = append(properties, junitProperty{"strict", "a warning breaks conformance"})
	}
	return properties
}

func unusedProperties(r Results) []junitProperty {
	var properties []junitProperty
	for _, u := range r.Unused {
		properties = append(properties, junitProperty{"unused-expectation", line(fmt.Sprintf("%s %s: %s", u.Check, u.Status, u.Reason))})
	}
	return properties
}

func nothingExecuted(r Results) junitCase {
	return junitCase{
		Class: "smartcheck.run", Name: "run.executed: At least one check is executed",
		Properties: []junitProperty{{"level", string(checks.Shall)}, {"status", string(checks.Undecided)}},
		Error: &junitProblem{
			Type: "error", Message: r.because(),
			junitText: text("The target was not judged. Look at the selection of checks and at the target file.\n"),
		},
	}
}

func (r Results) junitCase(f checks.Finding) junitCase {
	c := junitCase{
		Class: "smartcheck." + line(f.Area), Name: line(f.Check) + ": " + line(f.Title),
		Properties: caseProperties(f),
	}
	for _, e := range r.proof(f) {
		c.Time += seconds(time.Duration(max(0, e.Millis)) * time.Millisecond)
	}
	var output strings.Builder
	switch {
	case f.Surprising() && f.Status != checks.Undecided:
		c.Failure = &junitProblem{Type: "unexpected", Message: line(expectationInWords(f)), junitText: text(problemText(f))}
	case f.Excused() && f.Status != checks.Passed:
		c.Skipped = &junitSkip{Message: line(expectationInWords(f))}
		output.WriteString(problemText(f) + "\n")
	case f.Status == checks.Warned && r.breaks(f):
		c.Failure = &junitProblem{Type: string(f.Level), Message: line(f.Message), junitText: text(problemText(f))}
	default:
		c.outcome(f, &output)
	}
	output.WriteString(r.journeyText(f))
	output.WriteString(transcript(r.proof(f)))
	if output.Len() > 0 {
		out := text(output.String())
		c.Output = &out
	}
	return c
}

// outcome writes a finding that nobody expected, or that passed as expected.
func (c *junitCase) outcome(f checks.Finding, output *strings.Builder) {
	switch f.Status {
	case checks.Failed:
		c.Failure = &junitProblem{Type: string(f.Level), Message: line(f.Message), junitText: text(problemText(f))}
	case checks.Undecided:
		c.Error = &junitProblem{Type: "error", Message: line(f.Reason), junitText: text(problemText(f))}
	case checks.Skipped:
		c.Skipped = &junitSkip{Message: line(f.Reason)}
	case checks.Warned:
		fmt.Fprintf(output, "warning: %s\n\n%s\n", line(f.Message), problemText(f))
	case checks.Noted:
		fmt.Fprintf(output, "noted: %s\n\n", line(f.Message))
	}
}

func caseProperties(f checks.Finding) []junitProperty {
	properties := []junitProperty{{"level", string(f.Level)}, {"status", string(f.Status)}}
	if f.Expectation != nil {
		properties = append(properties, junitProperty{"expectation", string(f.Expectation.Outcome)})
	}
	for _, list := range []junitProperty{
		{"requirements", strings.Join(f.Requirements, " ")},
		{"specifications", strings.Join(addresses(f), " ")},
		{"exchanges", strings.Join(f.Evidence, " ")},
	} {
		if list.Value != "" {
			properties = append(properties, junitProperty{list.Name, line(list.Value)})
		}
	}
	return properties
}

// addresses returns where the requirements of a finding stand, each address once.
func addresses(f checks.Finding) []string {
	var out []string
	for _, id := range f.Requirements {
		if r, ok := catalogue.Lookup(id); ok && r.URL != "" && !slices.Contains(out, r.URL) {
			out = append(out, r.URL)
		}
	}
	return out
}

// problemText tells what is wrong and what to do, one fact a line.
func problemText(f checks.Finding) string {
	var out strings.Builder
	for _, fact := range facts(f) {
		fmt.Fprintf(&out, "%-14s%s\n", fact.name, line(fact.text))
	}
	for _, url := range addresses(f) {
		fmt.Fprintf(&out, "%-14s%s\n", "specification", url)
	}
	fmt.Fprintf(&out, "%-14ssmartcheck explain %s\n", "explain", line(f.Check))
	return out.String()
}
