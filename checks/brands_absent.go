package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// brandAbsentData are the checks of data that a brand did not supply.
var brandAbsentData = []Check{BrandsAbsentReasons, BrandsAbsentData}

// absentReasons are the only ones that a bundle may give.
var absentReasons = []string{"asked-declined", "asked-unknown"}

// eachAbsence calls look for every place where data are said to be absent.
func eachAbsence(d evidence.BrandBundle, look func(where string, a evidence.AbsentData)) {
	for _, a := range d.Absent {
		look("the bundle", a)
	}
	for kind, entry := range entries(d) {
		for _, a := range entry.Absent {
			look(called(kind, entry), a)
		}
	}
}

// BrandsAbsentReasons verifies that no other reason is given why data are absent.
var BrandsAbsentReasons = New(Meta{
	ID:           "brands.absent-reasons",
	Title:        "Data are absent for no other reason than asked-declined or asked-unknown",
	Level:        ShallNot,
	Requirements: []string{"405"},
	Versions:     sinceBrands,
	Applies:      "to brand bundles with data-absent-reason",
	Remedy:       "Ask the brand for the data; until it answers, give asked-unknown, and asked-declined when it refuses.",
}, evidence.BrandsKind, overBundle("asked-declined or asked-unknown", "no other reason is given", "no data are said to be absent",
	func(d evidence.BrandBundle, t *tally) {
		eachAbsence(d, func(where string, a evidence.AbsentData) {
			if slices.Contains(absentReasons, a.Reason) {
				t.holds()
			} else {
				t.breaks(fmt.Sprintf("%s of %s: %q", cut(a.Element), where, cut(a.Reason)))
			}
		})
	}))

// BrandsAbsentData tells which data are said to be absent.
var BrandsAbsentData = New(Meta{
	ID:           "brands.absent-data",
	Title:        "What is said to be absent has no value",
	Level:        May,
	Requirements: []string{"404", "437"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       "Remove the data-absent-reason from elements that have a value.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	given := map[string]int{}
	var filled []string
	eachAbsence(b.Bundle, func(where string, a evidence.AbsentData) {
		given[a.Reason]++
		if a.Filled {
			filled = append(filled, fmt.Sprintf("%s of %s has a value and is %s", cut(a.Element), where, cut(a.Reason)))
		}
	})
	if len(filled) > 0 {
		return Discouraged("a value, or a reason why it is absent", few(filled), b.Exchanges()...)
	}
	if len(given) == 0 {
		return Note("no data are said to be absent", b.Exchanges()...)
	}
	return Note(fmt.Sprintf("data are absent: %d × asked-declined, %d × asked-unknown", given["asked-declined"], given["asked-unknown"]), b.Exchanges()...)
})
