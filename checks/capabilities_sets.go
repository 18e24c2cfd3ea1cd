package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Set is a capability set: a use case of the specification, with the capabilities that it takes.
type Set struct {
	Name string // as target files and profiles write it
	// Check is the id of the check that judges the set where it is claimed.
	Check string

	words       string     // the name, for people
	needs       [][]string // each of them is satisfied by any one of its capabilities
	user, mode  string     // of the launches that exercise it
	requirement string
}

var appClients = []string{"client-public", symmetricCapability}

// capabilitySets are the four sets of the specification.
//
// https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#capability-sets
var capabilitySets = []Set{
	{"patient-access-standalone", "capabilities.set-patient-standalone", "patient access for standalone apps", [][]string{
		{"launch-standalone"}, appClients, {"context-standalone-patient"}, {"permission-patient"},
	}, "patient", "standalone", "348"},
	{"patient-access-ehr", "capabilities.set-patient-ehr", "patient access for EHR launch", [][]string{
		{"launch-ehr"}, appClients, {"context-ehr-patient"}, {"permission-patient"},
	}, "patient", "ehr", "349"},
	{"clinician-access-standalone", "capabilities.set-clinician-standalone", "clinician access for standalone apps", [][]string{
		{"launch-standalone"}, appClients, {"permission-user"}, {"permission-patient"},
	}, "clinician", "standalone", "350"},
	{"clinician-access-ehr", "capabilities.set-clinician-ehr", "clinician access for EHR launch", [][]string{
		{"launch-ehr"}, appClients, {"context-ehr-patient"}, {"context-ehr-encounter"}, {"permission-user"}, {"permission-patient"},
	}, "clinician", "ehr", "351"},
}

// Sets lists the four capability sets of the specification.
func Sets() []Set { return slices.Clone(capabilitySets) }

// SetNamed returns the capability set with that name.
func SetNamed(name string) (Set, bool) {
	i := slices.IndexFunc(capabilitySets, func(s Set) bool { return s.Name == name })
	if i < 0 {
		return Set{}, false
	}
	return capabilitySets[i], true
}

// Lacks returns what a list of capabilities lacks to satisfy the set.
func (s Set) Lacks(listed []string) []string {
	var missing []string
	for _, need := range s.needs {
		if !slices.ContainsFunc(need, func(name string) bool { return slices.Contains(listed, name) }) {
			missing = append(missing, either(need))
		}
	}
	return missing
}

// checksOf are the checks of what a launch brings for a capability, besides those of the launches.
var checksOf = map[string][]string{
	"launch-ehr":                 {"launch.iss-is-base", "launch.launch-value"},
	"context-ehr-patient":        {"launch-context.ehr-patient"},
	"context-ehr-encounter":      {"launch-context.ehr-encounter"},
	"context-standalone-patient": {"launch-context.standalone-patient"},
}

// Checks returns the ids of the checks of the set with the listed capabilities: that of the set itself, those
// of its launches by listed clients, and those of what these launches bring.
func (s Set) Checks(listed []string) []string {
	ids := []string{s.Check}
	for _, capability := range slices.Concat(s.needs...) {
		if !slices.Contains(listed, capability) {
			continue
		}
		if slices.Contains(appClients, capability) {
			client := capability[strings.LastIndex(capability, "-")+1:]
			ids = append(ids, "launch."+s.user+"-"+s.mode+"-"+client)
		}
		ids = append(ids, checksOf[capability]...)
	}
	return ids
}

func either(names []string) string { return strings.Join(names, " or ") }

// ListedCapabilities returns the capabilities that the SMART configuration lists, and whether it could be read.
func ListedCapabilities(d evidence.Discovery) (listed []string, ok bool) {
	if d.SMART == nil {
		return nil, false
	}
	members, ok := d.SMART.Object()
	if !ok {
		return nil, false
	}
	listed, _ = metadata{d.SMART, members}.list("capabilities")
	return listed, true
}

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
		if missing := set.Lacks(names); len(missing) > 0 {
			unmet = append(unmet, fmt.Sprintf("%s lacks %s", set.words, strings.Join(missing, ", ")))
		} else {
			met = append(met, set.words)
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
