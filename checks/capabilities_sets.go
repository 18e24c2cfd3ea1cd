package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// capabilitySet is a use case of the specification, with the capabilities that it takes. Each entry
// is satisfied by any one of its capabilities.
type capabilitySet struct {
	name       string
	needs      [][]string
	claim      string // the name under which a target file claims it
	user, mode string // of the launches that exercise it
}

var appClients = []string{"client-public", symmetricCapability}

// capabilitySets are the four sets of the specification.
//
// https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#capability-sets
var capabilitySets = []capabilitySet{
	{"patient access for standalone apps", [][]string{
		{"launch-standalone"}, appClients, {"context-standalone-patient"}, {"permission-patient"},
	}, "patient-access-standalone", "patient", "standalone"},
	{"patient access for EHR launch", [][]string{
		{"launch-ehr"}, appClients, {"context-ehr-patient"}, {"permission-patient"},
	}, "patient-access-ehr", "patient", "ehr"},
	{"clinician access for standalone apps", [][]string{
		{"launch-standalone"}, appClients, {"permission-user"}, {"permission-patient"},
	}, "clinician-access-standalone", "clinician", "standalone"},
	{"clinician access for EHR launch", [][]string{
		{"launch-ehr"}, appClients, {"context-ehr-patient"}, {"context-ehr-encounter"}, {"permission-user"}, {"permission-patient"},
	}, "clinician-access-ehr", "clinician", "ehr"},
}

// lacks returns what a list of capabilities lacks to satisfy the set.
func (s capabilitySet) lacks(names []string) []string {
	var missing []string
	for _, need := range s.needs {
		if !slices.ContainsFunc(need, func(name string) bool { return slices.Contains(names, name) }) {
			missing = append(missing, either(need))
		}
	}
	return missing
}

func either(names []string) string { return strings.Join(names, " or ") }

// CapabilitySets verifies that at least one capability set is met, and tells what the others lack.
var CapabilitySets = New(Meta{
	ID:           "capabilities.sets",
	Title:        "The capabilities satisfy at least one capability set",
	Level:        Should,
	Requirements: []string{"346"},
	Versions:     sinceSTU2,
	Remedy:       "Support, and list, every capability of one set.",
}, evidence.DiscoveryKind, overCapabilities(func(m metadata, names []string) Verdict {
	var met, unmet []string
	for _, set := range capabilitySets {
		if missing := set.lacks(names); len(missing) > 0 {
			unmet = append(unmet, fmt.Sprintf("%s lacks %s", set.name, strings.Join(missing, ", ")))
		} else {
			met = append(met, set.name)
		}
	}
	switch {
	case len(met) == 0:
		return m.broken("one satisfied set", few(unmet))
	case len(unmet) > 0:
		return m.holds("satisfied: %s; not satisfied: %s", strings.Join(met, ", "), few(unmet))
	default:
		return m.holds("all four sets are satisfied")
	}
}))
