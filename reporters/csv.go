package reporters

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/internal/citation"
)

// The verdicts on a requirement for which no check came to one, beside the statuses of checks.
const (
	notObservable = "not observable" // nothing outside the server can show it
	notCovered    = "not covered"    // no check judges it
	notRun        = "not run"        // none of its checks was part of this run
)

// csvColumns are the columns of the coverage of requirements. Columns may be added at the end, never
// renamed.
var csvColumns = []string{
	"requirement", "source", "clause", "level", "area", "summary", "condition", "observability", "checks", "verdict",
	"pass", "fail", "warn", "info", "skip", "error", "reason",
}

// WriteCSV writes the coverage of requirements as RFC 4180 lays CSV down: one row for each requirement of the
// catalogue, with its checks and the worst of their outcomes in this run. Requirements that the findings name
// and the catalogue does not know come last.
func WriteCSV(w io.Writer, r Results) error {
	table := csv.NewWriter(w)
	table.UseCRLF = true
	table.Write(csvColumns) // the writer keeps its first error for the end
	for _, row := range r.coverage() {
		for i, cell := range row {
			row[i] = spreadsheetCell(cell)
		}
		table.Write(row)
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return fmt.Errorf("write the coverage of requirements: %w", err)
	}
	return nil
}

// spreadsheetCell makes text safe for programs that take what begins with one of these characters for a
// formula: they show a text after an apostrophe as it stands.
func spreadsheetCell(s string) string {
	s = line(s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (r Results) coverage() [][]string {
	judging := map[string][]string{} // the checks of each requirement
	for _, c := range checks.All() {
		for _, id := range c.Requirements {
			judging[id] = append(judging[id], c.ID)
		}
	}
	found := map[string][]checks.Finding{}
	var strange []string
	for _, f := range r.Findings {
		for _, id := range f.Requirements {
			found[id] = append(found[id], f)
			judging[id] = append(judging[id], f.Check)
			if _, ok := catalogue.Lookup(id); !ok && !slices.Contains(strange, id) {
				strange = append(strange, id)
			}
		}
	}
	var rows [][]string
	for _, q := range catalogue.All() {
		rows = append(rows, coverageRow(q, judging[q.ID], found[q.ID]))
	}
	for _, id := range strange {
		unknown := catalogue.Requirement{ID: id, Summary: "not in the catalogue of this version of smartcheck", Testable: true}
		rows = append(rows, coverageRow(unknown, judging[id], found[id]))
	}
	return rows
}

func coverageRow(q catalogue.Requirement, judging []string, findings []checks.Finding) []string {
	slices.Sort(judging)
	judging = slices.Compact(judging)
	verdict, reason := requirementVerdict(q, judging, findings)
	observability := "observable"
	if !q.Testable {
		observability = notObservable
	}
	row := []string{
		q.ID, citation.Of(q), q.URL, q.Level, q.Area, q.Summary, q.Condition, observability, strings.Join(judging, " "), verdict,
	}
	summary := Summarize(findings)
	for _, status := range statuses {
		row = append(row, strconv.Itoa(summary.Count(status)))
	}
	return append(row, reason)
}

// severity orders statuses from the worst. A check that was skipped says nothing, so that any other outcome
// outweighs it, and a note no more than that something was seen.
var severity = []checks.Status{
	checks.Failed, checks.Undecided, checks.Warned, checks.Passed, checks.Noted, checks.Skipped,
}

// requirementVerdict is the worst outcome of the checks of a requirement, and why when there is none.
func requirementVerdict(q catalogue.Requirement, judging []string, findings []checks.Finding) (verdict, reason string) {
	for _, status := range severity {
		at := slices.IndexFunc(findings, func(f checks.Finding) bool { return f.Status == status })
		if at < 0 {
			continue
		}
		if status == checks.Skipped || status == checks.Undecided {
			reason = findings[at].Reason
		}
		return string(status), reason
	}
	switch {
	case len(judging) > 0:
		return notRun, ""
	case !q.Testable:
		return notObservable, q.How
	default:
		return notCovered, q.Untested
	}
}
