package reporters

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/smart-conformance/smartcheck/checks"
)

// KnownOutcome is one line of an expectations file: the outcome of a check that is known, and why.
type KnownOutcome struct {
	Check  string        `yaml:"check" json:"check"`
	Status checks.Status `yaml:"status" json:"status"`
	Reason string        `yaml:"reason" json:"reason"`
	Until  string        `yaml:"until,omitempty" json:"until,omitempty"` // the last day on which it counts, YYYY-MM-DD
}

// UnusedExpectation is a line of an expectations file whose check did not run.
type UnusedExpectation struct {
	Check  string        `json:"check"`
	Status checks.Status `json:"status"`
	Reason string        `json:"reason"`
	Until  string        `json:"until,omitempty"`
}

// maxExpectations bounds an expectations file, in bytes.
const maxExpectations = 1 << 20

// ReadExpectations reads an expectations file: a YAML list of mappings with check, status, reason and
// until. The error names every line that says nothing useful.
func ReadExpectations(in io.Reader) ([]KnownOutcome, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxExpectations+1))
	switch {
	case err != nil:
		return nil, err
	case len(raw) > maxExpectations:
		return nil, fmt.Errorf("longer than %d KiB; is this an expectations file?", maxExpectations>>10)
	case strings.TrimSpace(string(raw)) == "":
		return nil, nil
	}
	var nodes []yaml.Node
	if err := yaml.Load(raw, &nodes); err != nil {
		return nil, fmt.Errorf("not a YAML list of check, status and reason: %w", err)
	}
	var all []KnownOutcome
	var mistakes []error
	lines := map[string]int{}
	for _, node := range nodes {
		var one KnownOutcome
		err := node.Load(&one, yaml.WithKnownFields())
		if err == nil {
			err = one.check()
		}
		if first := lines[one.Check]; err == nil && first > 0 {
			err = fmt.Errorf("%s is expected on line %d already; keep one of them", one.Check, first)
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("line %d: %w", node.Line, err))
			continue
		}
		lines[one.Check] = node.Line
		all = append(all, one)
	}
	return all, errors.Join(mistakes...)
}

func (k KnownOutcome) check() error {
	switch {
	case k.Check == "":
		return errors.New("names no check; write check: with the id of one")
	case !known(k.Status):
		return fmt.Errorf("%s has the status %q; statuses are pass, fail, warn, info, skip and error", k.Check, k.Status)
	case strings.TrimSpace(k.Reason) == "":
		return fmt.Errorf("%s has no reason; say why the outcome is known", k.Check)
	}
	if k.Until != "" {
		if _, err := time.Parse(time.DateOnly, k.Until); err != nil {
			return fmt.Errorf("%s is expected until %q; write a day such as 2026-12-31", k.Check, k.Until)
		}
	}
	return nil
}

func known(status checks.Status) bool { return slices.Contains(statuses, status) }

// Expecting returns the results with what was expected of each finding. A finding that is as expected no
// longer decides the verdict; one that is otherwise breaks conformance, also when it is a pass. An
// expectation whose last day is before today counts for nothing; one whose check did not run is listed as
// unused.
func (r Results) Expecting(known []KnownOutcome, today time.Time) Results {
	byCheck := map[string]KnownOutcome{}
	for _, k := range known {
		byCheck[k.Check] = k
	}
	findings := make([]checks.Finding, len(r.Findings))
	ran := map[string]bool{}
	for i, f := range r.Findings {
		ran[f.Check] = true
		if k, ok := byCheck[f.Check]; ok {
			f.Expectation = k.of(f.Status, today)
		}
		findings[i] = f
	}
	r.Findings, r.Unused = findings, nil
	for _, k := range known {
		if !ran[k.Check] {
			r.Unused = append(r.Unused, UnusedExpectation(k))
		}
	}
	return r
}

// of says how a status stands to the expectation.
func (k KnownOutcome) of(status checks.Status, today time.Time) *checks.Expectation {
	e := &checks.Expectation{Status: k.Status, Reason: k.Reason, Until: k.Until, Outcome: checks.Otherwise}
	switch {
	case k.Until != "" && today.Format(time.DateOnly) > k.Until:
		e.Outcome = checks.Expired
	case k.Status == status:
		e.Outcome = checks.AsExpected
	}
	return e
}

// unexcused counts the findings of a status that nobody expected.
func (r Results) unexcused(status checks.Status) int {
	n := 0
	for _, f := range r.Findings {
		if f.Status == status && !f.Excused() {
			n++
		}
	}
	return n
}

// expected tells how many findings are as expected, and how many are otherwise.
func (r Results) expected() (as, otherwise int) {
	for _, f := range r.Findings {
		switch {
		case f.Excused():
			as++
		case f.Surprising():
			otherwise++
		}
	}
	return as, otherwise
}

// expectationInWords says in a sentence what was expected of a finding, or "".
func expectationInWords(f checks.Finding) string {
	e := f.Expectation
	if e == nil {
		return ""
	}
	until := ""
	if e.Until != "" {
		until = " until " + e.Until
	}
	switch e.Outcome {
	case checks.AsExpected:
		return fmt.Sprintf("%s, as expected%s: %s", e.Status, until, e.Reason)
	case checks.Expired:
		return fmt.Sprintf("%s was expected until %s, which is over: %s", e.Status, e.Until, e.Reason)
	default:
		return fmt.Sprintf("%s%s, but the outcome is %s; correct the expectations file or the server: %s", e.Status, until, f.Status, e.Reason)
	}
}
