package reporters_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/reporters"
)

// readCSV returns the rows by requirement, each cell by its column.
func readCSV(t *testing.T, r reporters.Results) map[string]map[string]string {
	t.Helper()
	g := NewWithT(t)
	raw := written(t, "requirements.csv", r)
	g.Expect(strings.Count(string(raw), "\n")).To(Equal(strings.Count(string(raw), "\r\n")), "RFC 4180 ends lines with CRLF")
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	g.Expect(err).NotTo(HaveOccurred())
	byID := map[string]map[string]string{}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, cell := range row {
			cells[rows[0][i]] = cell
		}
		g.Expect(byID).NotTo(HaveKey(row[0]))
		byID[row[0]] = cells
	}
	return byID
}

func TestCSVHasARowForEachRequirement(t *testing.T) {
	g := NewWithT(t)
	rows := readCSV(t, sample())
	judged := map[string]bool{}
	for _, c := range checks.All() {
		for _, id := range c.Requirements {
			judged[id] = true
		}
	}
	for _, f := range sample().Findings {
		for _, id := range f.Requirements {
			judged[id] = true
		}
	}
	for _, q := range catalogue.All() {
		g.Expect(rows).To(HaveKey(q.ID))
		verdict := rows[q.ID]["verdict"]
		switch {
		case judged[q.ID]:
			g.Expect(verdict).NotTo(HavePrefix("not cov"), q.ID)
			g.Expect(verdict).NotTo(Equal("not observable"), q.ID)
			g.Expect(rows[q.ID]["checks"]).NotTo(BeEmpty(), q.ID)
		case q.Testable:
			g.Expect(verdict).To(Equal("not covered"), q.ID)
		default:
			g.Expect(verdict).To(Equal("not observable"), q.ID)
			g.Expect(rows[q.ID]["reason"]).NotTo(BeEmpty(), q.ID)
		}
	}
	g.Expect(rows).To(HaveLen(len(catalogue.All())+1), "and one for the requirement that the catalogue does not know")
}

func TestCSVVerdicts(t *testing.T) {
	for requirement, want := range map[string]map[string]string{
		"rfc6749-4.1.2-code-single-use":       {"verdict": "fail", "fail": "1", "pass": "0", "source": "RFC 6749 §4.1.2", "observability": "observable"},
		"rfc6749-4.1.2.1-error-returns-state": {"verdict": "error", "reason": "the login page did not load within 30 s"},
		"49":                                  {"verdict": "skip", "reason": "the server does not claim authorize-post"},
		"116":                                 {"verdict": "info", "info": "1"},
		"74":                                  {"verdict": "pass"},
		"of-a-newer-catalogue":                {"verdict": "warn", "checks": "token.pragma"},
		"14":                                  {"verdict": "not run"},
	} {
		row := readCSV(t, sample())[requirement]
		for column, cell := range want {
			NewWithT(t).Expect(row[column]).To(Equal(cell), "%s of %s", column, requirement)
		}
	}
}

// TestCSVTakesTheWorst: a pass outweighs a skip, and a failure everything.
func TestCSVTakesTheWorst(t *testing.T) {
	statuses := []checks.Status{checks.Skipped, checks.Noted, checks.Passed, checks.Warned, checks.Undecided, checks.Failed}
	var findings []checks.Finding
	for _, status := range statuses {
		findings = append(findings, checks.Finding{Check: "token.x", Status: status, Requirements: []string{"74"}})
		row := readCSV(t, reporters.NewResults(run(), findings, nil))["74"]
		NewWithT(t).Expect(row["verdict"]).To(Equal(string(status)))
	}
}

// TestCSVHoldsNoFormula: programs for spreadsheets take a cell that begins with one of these for a formula.
func TestCSVHoldsNoFormula(t *testing.T) {
	for _, begin := range []string{"=", "+", "-", "@", "\t=", "\r=", " =", "\u200b="} {
		r := reporters.NewResults(run(), []checks.Finding{{
			Check: begin + "c", Status: checks.Skipped, Requirements: []string{"74", begin + "r"}, Reason: begin + `HYPERLINK("https://evil.example")`,
		}}, nil)
		for _, row := range readCSV(t, r) {
			for column, cell := range row {
				NewWithT(t).Expect(strings.TrimLeft(cell, " \t\r\n\u200b")).NotTo(MatchRegexp(`^[=+\-@]`), column)
			}
		}
	}
}
