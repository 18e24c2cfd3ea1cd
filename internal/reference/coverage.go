package reference

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
)

// Status says how far a requirement is verified.
type Status string

// The statuses of a requirement.
const (
	Covered       Status = "covered"        // by at least one check
	NotYet        Status = "not-yet"        // it can be observed, but no check judges it
	NotObservable Status = "not-observable" // nothing outside the server can show it
)

// Statuses lists them in the order of reports.
var Statuses = []Status{Covered, NotYet, NotObservable}

// Levels lists the levels from the strongest to the weakest.
var Levels = []checks.Level{checks.Shall, checks.ShallNot, checks.Should, checks.ShouldNot, checks.May}

// Requirement tells how a requirement is verified, as smartcheck requirements --format json writes it.
// Fields may be added, never renamed.
type Requirement struct {
	ID     string       `json:"id"`
	Level  checks.Level `json:"level"`
	Area   string       `json:"area"`
	Status Status       `json:"status"`
	Checks []string     `json:"checks"`
	Reason string       `json:"reason"` // why it is not covered; empty when it is
}

// Coverage tells how the requirements of an area are verified, or all of them when area is "", by area,
// then by id.
func (r Reference) Coverage(area string) []Requirement {
	list := []Requirement{}
	for _, q := range r.Requirements {
		if area == "" || q.Area == area {
			list = append(list, r.coverage(q))
		}
	}
	slices.SortStableFunc(list, func(a, b Requirement) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), compare(a.ID, b.ID))
	})
	return list
}

func (r Reference) coverage(q catalogue.Requirement) Requirement {
	out := Requirement{ID: q.ID, Level: checks.Level(q.Level), Area: q.Area, Checks: []string{}}
	for _, c := range r.Checks {
		if slices.Contains(c.Requirements, q.ID) {
			out.Checks = append(out.Checks, c.ID)
		}
	}
	slices.Sort(out.Checks)
	switch {
	case len(out.Checks) > 0:
		out.Status = Covered
	case !q.Testable:
		out.Status, out.Reason = NotObservable, q.How
	case q.Untested != "":
		out.Status, out.Reason = NotYet, q.Untested
	case out.Level == checks.May:
		out.Status, out.Reason = NotYet, "optional, so that nothing can fail"
	default:
		out.Status, out.Reason = NotYet, "no check judges it yet"
	}
	return out
}

// Count is the number of requirements of one area and level by status.
type Count struct {
	Area     string
	Level    checks.Level
	ByStatus map[Status]int
}

// Counts counts a coverage by area and level, in the order of areas and from the strongest level to
// the weakest.
func Counts(coverage []Requirement) []Count {
	var counts []Count
	for _, q := range coverage {
		at := slices.IndexFunc(counts, func(c Count) bool { return c.Area == q.Area && c.Level == q.Level })
		if at < 0 {
			at = len(counts)
			counts = append(counts, Count{Area: q.Area, Level: q.Level, ByStatus: map[Status]int{}})
		}
		counts[at].ByStatus[q.Status]++
	}
	slices.SortStableFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area),
			cmp.Compare(slices.Index(Levels, a.Level), slices.Index(Levels, b.Level)))
	})
	return counts
}

// Totals counts a coverage by status.
func Totals(coverage []Requirement) map[Status]int {
	total := map[Status]int{}
	for _, q := range coverage {
		total[q.Status]++
	}
	return total
}

// compare orders ids, and the numbers that SMART gives its requirements by value.
func compare(a, b string) int {
	if numeric(a) && numeric(b) {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

func numeric(id string) bool {
	return id != "" && strings.IndexFunc(id, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}
