// Package reference joins checks, requirements and faults: what is judged, why, and what proves that
// the judgement works. The commands checks, explain and requirements and the pages in docs/reference
// are made from it.
package reference

import (
	"slices"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// Reference is what can be looked up.
type Reference struct {
	Checks       []checks.Check
	Requirements []catalogue.Requirement
	Faults       []faults.Fault
}

// Everything returns all that smartcheck knows.
func Everything() Reference {
	return Reference{Checks: checks.All(), Requirements: catalogue.All(), Faults: faults.All()}
}

// Check describes one check, as smartcheck checks --format json writes it. Fields may be added, never
// renamed.
type Check struct {
	ID           string           `json:"id"`
	Title        string           `json:"title"`
	Level        checks.Level     `json:"level"`
	Area         string           `json:"area"`
	Requirements []string         `json:"requirements"`
	Versions     []checks.Version `json:"versions"` // in which it holds, never empty
	Applies      string           `json:"applies"`  // when it applies, for people
	Faults       []string         `json:"faults"`   // that it must catch
	Remedy       string           `json:"remedy"`
}

// Catalogue describes the checks of an area, or all of them when area is "", in the order of their ids.
func (r Reference) Catalogue(area string) []Check {
	list := []Check{}
	for _, c := range r.Checks {
		if area == "" || c.Area() == area {
			list = append(list, r.describe(c))
		}
	}
	slices.SortFunc(list, func(a, b Check) int { return compare(a.ID, b.ID) })
	return list
}

func (r Reference) describe(c checks.Check) Check {
	out := Check{
		ID: c.ID, Title: c.Title, Level: c.Level, Area: c.Area(), Remedy: c.Remedy, Applies: "always",
		Requirements: append([]string{}, c.Requirements...), Versions: checks.Versions, Faults: []string{},
	}
	if len(c.Versions) > 0 {
		out.Versions = c.Versions
	}
	if c.Applies != "" {
		out.Applies = c.Applies
	}
	for _, f := range r.faultsOf(c.ID) {
		out.Faults = append(out.Faults, f.ID)
	}
	return out
}

// faultsOf returns the faults that a check must catch.
func (r Reference) faultsOf(check string) []faults.Fault {
	var out []faults.Fault
	for _, f := range r.Faults {
		if slices.Contains(f.Checks, check) {
			out = append(out, f)
		}
	}
	return out
}

// Areas returns the areas of checks and requirements, sorted.
func (r Reference) Areas() []string {
	var areas []string
	for _, c := range r.Checks {
		areas = append(areas, c.Area())
	}
	for _, q := range r.Requirements {
		areas = append(areas, q.Area)
	}
	slices.Sort(areas)
	return slices.Compact(areas)
}
