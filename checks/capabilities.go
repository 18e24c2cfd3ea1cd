package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Capabilities lists the checks of the capabilities that the SMART configuration lists.
var Capabilities = []Check{
	CapabilitiesListed, CapabilitiesUnique, CapabilityNames, CapabilityNamesSTU1, CapabilitySets, CapabilityV1Scopes,
	CapabilityAsymmetric, CapabilitiesCoherent,
}

// CapabilitiesListed verifies that capabilities is an array of strings.
var CapabilitiesListed = New(Meta{
	ID:           "capabilities.listed",
	Title:        "capabilities is listed",
	Level:        Shall,
	Requirements: []string{"393", "373"},
	Remedy:       "Add capabilities with the names of what the server supports, such as launch-standalone and client-public.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	names, ok := m.list("capabilities")
	switch {
	case !ok:
		return m.broken("capabilities as an array of strings", m.state("capabilities"))
	case len(names) == 0:
		return m.discouraged("at least one capability", m.state("capabilities"))
	default:
		return m.holds("%d capabilities", len(names))
	}
}))

// overCapabilities judges the names that capabilities lists.
func overCapabilities(judge func(m metadata, names []string) Verdict) func(evidence.Discovery) Verdict {
	return overSMART(func(m metadata, _ evidence.Discovery) Verdict {
		names, ok := m.list("capabilities")
		if !ok || len(names) == 0 {
			return Skip("capabilities is not listed (see capabilities.listed)")
		}
		return judge(m, names)
	})
}

// CapabilitiesUnique verifies that each capability is listed once.
var CapabilitiesUnique = New(Meta{
	ID:           "capabilities.unique",
	Title:        "Each capability is listed once",
	Level:        Shall,
	Requirements: []string{"393"},
	Remedy:       "List each capability once.",
}, evidence.DiscoveryKind, overCapabilities(func(m metadata, names []string) Verdict {
	var twice []string
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			twice = append(twice, shown(name))
		}
		seen[name] = true
	}
	if len(twice) > 0 {
		return m.discouraged("each capability once", "more than once: "+few(twice))
	}
	return m.holds("%d different capabilities", len(names))
}))

// CapabilityV1Scopes verifies that servers keep offering scopes of version 1.
var CapabilityV1Scopes = New(Meta{
	ID:           "capabilities.permission-v1",
	Title:        "Scopes of SMART App Launch 1 are supported",
	Level:        Should,
	Requirements: []string{"126"},
	Versions:     sinceSTU2,
	Remedy:       "Grant scopes such as patient/Observation.read, and list permission-v1.",
}, evidence.DiscoveryKind, overCapabilities(func(m metadata, names []string) Verdict {
	if !slices.Contains(names, "permission-v1") {
		return m.broken("permission-v1 among the capabilities", "it is not listed")
	}
	return m.holds("permission-v1 is listed")
}))

// CapabilityAsymmetric verifies that support for asymmetric clients is advertised.
var CapabilityAsymmetric = New(Meta{
	ID:           "capabilities.asymmetric",
	Title:        asymmetricCapability + " is listed by a server that takes signed assertions",
	Level:        Shall,
	Requirements: []string{"285"},
	Versions:     sinceSTU2,
	Applies:      "with the authentication method private_key_jwt",
	Remedy:       "List " + asymmetricCapability + ", or remove private_key_jwt from " + authMethods + ".",
}, evidence.DiscoveryKind, overCapabilities(func(m metadata, names []string) Verdict {
	switch {
	case !m.lists(authMethods, "private_key_jwt"):
		return Skip("the server does not list private_key_jwt")
	case !slices.Contains(names, asymmetricCapability):
		return m.broken(asymmetricCapability+" beside private_key_jwt", "the capability is not listed")
	default:
		return m.holds("%s is listed", asymmetricCapability)
	}
}))

// companions are capabilities that mean nothing without one of others.
var companions = []struct {
	capability string
	needs      []string
}{
	{"context-banner", []string{"launch-ehr"}},
	{"context-style", []string{"launch-ehr"}},
	{"context-ehr-patient", []string{"launch-ehr"}},
	{"context-ehr-encounter", []string{"launch-ehr"}},
	{"context-standalone-patient", []string{"launch-standalone"}},
	{"context-standalone-encounter", []string{"launch-standalone"}},
	{"authorize-post", []string{"launch-ehr", "launch-standalone"}},
	{"launch-ehr", []string{"client-public", symmetricCapability, asymmetricCapability}},
	{"launch-standalone", []string{"client-public", symmetricCapability, asymmetricCapability}},
}

// CapabilitiesCoherent verifies that the listed capabilities make sense together.
var CapabilitiesCoherent = New(Meta{
	ID:           "capabilities.coherent",
	Title:        "Capabilities come with those that they build on",
	Level:        Shall,
	Requirements: []string{"352", "353", "354", "359", "360", "361", "362", "363", "364"},
	Remedy:       "List the missing capability, or remove the one that cannot work without it.",
}, evidence.DiscoveryKind, overCapabilities(func(m metadata, names []string) Verdict {
	var alone []string
	for _, c := range companions {
		if slices.Contains(names, c.capability) && !slices.ContainsFunc(c.needs, m.claims) {
			alone = append(alone, fmt.Sprintf("%s without %s", c.capability, either(c.needs)))
		}
	}
	if len(alone) > 0 {
		return m.discouraged("capabilities with those that they build on", few(alone))
	}
	return m.holds("%d capabilities", len(names))
}))
