package checks

import (
	"fmt"
	"maps"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// capabilityNames are the capabilities that SMART App Launch defines, with the version since which it
// does. smart-app-state came with 2.1.0.
var capabilityNames = map[string]Version{
	"launch-ehr":                     V1_0_0,
	"launch-standalone":              V1_0_0,
	"client-public":                  V1_0_0,
	"client-confidential-symmetric":  V1_0_0,
	"sso-openid-connect":             V1_0_0,
	"context-banner":                 V1_0_0,
	"context-style":                  V1_0_0,
	"context-ehr-patient":            V1_0_0,
	"context-ehr-encounter":          V1_0_0,
	"context-standalone-patient":     V1_0_0,
	"context-standalone-encounter":   V1_0_0,
	"permission-offline":             V1_0_0,
	"permission-patient":             V1_0_0,
	"permission-user":                V1_0_0,
	"authorize-post":                 V2_0_0,
	"client-confidential-asymmetric": V2_0_0,
	"permission-online":              V2_0_0,
	"permission-v1":                  V2_0_0,
	"permission-v2":                  V2_0_0,
	"smart-app-state":                V2_2_0,
}

// experimental are the capabilities that SMART App Launch 2.2.0 calls experimental.
var experimental = []string{"context-style", "permission-online", "smart-app-state"}

// guideCapabilities are plain names that other guides of HL7 define.
var guideCapabilities = map[string]string{
	"health-cards": "SMART Health Cards and Links",
}

// oldCapabilities are names under which capabilities are met that drafts or examples gave them.
var oldCapabilities = map[string]string{
	"single-sign-on":                 "sso-openid-connect",
	"openid-connect":                 "sso-openid-connect",
	"sso-openid":                     "sso-openid-connect",
	"context-passthrough-banner":     "context-banner",
	"context-passthrough-style":      "context-style",
	"context-passthrough-patient":    "context-ehr-patient",
	"context-passthrough-encounter":  "context-ehr-encounter",
	"client-confidential":            "client-confidential-symmetric",
	"client-confidential-assymetric": "client-confidential-asymmetric",
	"smartv1":                        "permission-v1",
	"smartv2":                        "permission-v2",
	"offline-access":                 "permission-offline",
	"permission-offline-access":      "permission-offline",
	"permission-online-access":       "permission-online",
	"online-access":                  "permission-online",
}

// sorted holds listed capabilities by what they are.
type sorted struct {
	slips   []string // a mistyped or old name, with the one that is meant
	unknown []string // a plain name that no guide of HL7 known here defines
	notes   []string // experimental, or defined by another guide
}

// sortCapabilities tells known names, full URIs, slips and unknown names apart.
func sortCapabilities(names []string) sorted {
	var s sorted
	for _, name := range unique(names) {
		_, known := capabilityNames[name]
		guide := guideCapabilities[name]
		switch {
		case slices.Contains(experimental, name):
			s.notes = append(s.notes, name+" is experimental")
		case known, isURI(name):
		case guide != "":
			s.notes = append(s.notes, fmt.Sprintf("%s is defined by %s", name, guide))
		default:
			if meant := meantCapability(name); meant != "" {
				s.slips = append(s.slips, fmt.Sprintf("%s (did you mean %s?)", shown(name), meant))
			} else {
				s.unknown = append(s.unknown, shown(name))
			}
		}
	}
	return s
}

// meantCapability returns the capability that an unknown name is another spelling of, or "".
func meantCapability(name string) string {
	if meant := oldCapabilities[name]; meant != "" {
		return meant
	}
	return nearest(name, slices.Sorted(maps.Keys(capabilityNames)))
}

// CapabilityNames verifies that capabilities have names that SMART or HL7 defines, or are URIs. A plain
// name that is unknown here may still be defined by some guide of HL7, so it is a warning and no failure.
var CapabilityNames = New(Meta{
	ID:           "capabilities.names",
	Title:        "Capabilities have names that HL7 defines, or are full URIs",
	Level:        Shall,
	Requirements: []string{"capability-names", "393"},
	Versions:     sinceSTU2,
	Remedy:       "Use the name that SMART App Launch defines. Name a capability of your own by a full URI; plain names are reserved for HL7.",
}, evidence.DiscoveryKind, overCapabilities(func(m metadata, names []string) Verdict {
	s := sortCapabilities(names)
	switch {
	case len(s.slips) > 0:
		return m.broken("the names that SMART App Launch defines", few(slices.Concat(s.slips, s.unknown)))
	case len(s.unknown) > 0:
		return m.discouraged("a full URI for a capability that no HL7 guide defines", few(s.unknown))
	case len(s.notes) > 0:
		return m.holds("%d known names; %s", len(names), few(s.notes))
	default:
		return m.holds("%d known names", len(names))
	}
}))

// CapabilityNamesSTU1 verifies that core capabilities of STU1, which has no rule for others, are not
// misspelt.
var CapabilityNamesSTU1 = New(Meta{
	ID:           "capabilities.names-stu1",
	Title:        "Core capabilities are not misspelt",
	Level:        Shall,
	Requirements: []string{"stu1-capability-names"},
	Versions:     []Version{V1_0_0},
	Remedy:       "Use the name that SMART App Launch defines.",
}, evidence.DiscoveryKind, overCapabilities(func(m metadata, names []string) Verdict {
	switch s := sortCapabilities(names); {
	case len(s.slips) > 0:
		return m.broken("the names that SMART App Launch defines", few(s.slips))
	case len(s.unknown) > 0:
		return m.note("beside the core capabilities: %s", few(s.unknown))
	default:
		return m.holds("%d known names", len(names))
	}
}))
