// Package citation names the clause that a requirement stands in, in the words that people use.
package citation

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/catalogue"
)

// section is a section number as the catalogue writes it, such as the "s4.1.2" of "RFC 6749 s4.1.2".
var section = regexp.MustCompile(`\bs(\d)`)

// Of returns the specification and the clause, such as "RFC 6749 §4.1.2".
func Of(r catalogue.Requirement) string { return section.ReplaceAllString(r.Source, "§$1") }

// First cites the strongest of the requirements with these ids, the first of them when several are
// as strong, and says how many more there are: "RFC 6749 §3.1.2.4, §4.1.2.1 (+2)". Ids that the
// catalogue does not know are cited as they stand.
func First(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	strongest, known := catalogue.Requirement{Source: ids[0]}, false
	for _, id := range ids {
		r, ok := catalogue.Lookup(id)
		if ok && (!known || rank(r.Level) < rank(strongest.Level)) {
			strongest, known = r, true
		}
	}
	if len(ids) == 1 {
		return Of(strongest)
	}
	return fmt.Sprintf("%s (+%d)", Of(strongest), len(ids)-1)
}

// rank orders levels from the strongest to the weakest.
func rank(level string) int {
	verb, _, _ := strings.Cut(level, " ")
	switch verb {
	case "SHALL":
		return 0
	case "SHOULD":
		return 1
	default:
		return 2
	}
}
