package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

var discoveryRecommended = []Check{
	ResponseTypesListed,
	recommended("discovery.management-endpoint", "management_endpoint", "the address of a page where users see and revoke the access of apps", "390"),
	recommended("discovery.introspection-endpoint", "introspection_endpoint", "the address of the token introspection endpoint", "99", "269", "391"),
	recommended("discovery.revocation-endpoint", "revocation_endpoint", "the address of the token revocation endpoint", "392"),
	RegistrationEndpoint, AssociatedEndpoints,
}

// ResponseTypesListed verifies that response_types_supported is listed.
var ResponseTypesListed = New(Meta{
	ID:           "discovery.response-types",
	Title:        "response_types_supported is listed",
	Level:        Should,
	Requirements: []string{"390"},
	Applies:      "to servers with an authorization endpoint",
	Remedy:       `Add "response_types_supported": ["code"].`,
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	if !m.launches() && !m.has("authorization_endpoint") && !m.has("response_types_supported") {
		return Skip("the server has no authorization endpoint")
	}
	if types, ok := m.list("response_types_supported"); !ok || len(types) == 0 {
		return m.broken("response_types_supported with code", m.state("response_types_supported"))
	}
	return m.holds("%s", m.state("response_types_supported"))
}))

// recommended makes the check that an endpoint, which the specification recommends, is listed.
func recommended(id, member, what string, requirements ...string) Check {
	return New(Meta{
		ID:           id,
		Title:        member + " is listed",
		Level:        Should,
		Requirements: requirements,
		Remedy:       fmt.Sprintf("Add %s with %s.", member, what),
	}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict { return listed(m, member) }))
}

// RegistrationEndpoint reports dynamic client registration.
var RegistrationEndpoint = New(Meta{
	ID:           "discovery.registration-endpoint",
	Title:        "A listed registration_endpoint is an absolute https URL",
	Level:        May,
	Requirements: []string{"438", "19"},
	Remedy:       "Write the absolute https address of the registration endpoint, or leave it out.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	if !m.has("registration_endpoint") {
		return m.note("no dynamic client registration is advertised")
	}
	if u, ok := absolute(m.text("registration_endpoint")); !ok || u.Scheme != "https" {
		return m.discouraged("an absolute https URL", m.state("registration_endpoint"))
	}
	return m.holds("%s", m.state("registration_endpoint"))
}))

// AssociatedEndpoints verifies that associated endpoints, an experimental member, can be used.
var AssociatedEndpoints = New(Meta{
	ID:           "discovery.associated-endpoints",
	Title:        "Listed associated_endpoints have an address and capabilities",
	Level:        May,
	Requirements: []string{"439"},
	Versions:     []Version{V2_2_0},
	Remedy:       `Write each as {"url": "https://…", "capabilities": ["…"]}, or leave the member out.`,
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	raw, listed := m.members["associated_endpoints"]
	if !listed {
		return m.note("no associated endpoints")
	}
	endpoints, isArray := raw.([]any)
	if !isArray {
		return m.discouraged("an array of objects", m.state("associated_endpoints"))
	}
	var wrong []string
	for i, raw := range endpoints {
		members, _ := raw.(map[string]any)
		endpoint := metadata{m.document, members}
		_, isAbsolute := absolute(endpoint.text("url"))
		capabilities, ok := endpoint.list("capabilities")
		if !isAbsolute || !ok || len(capabilities) == 0 {
			wrong = append(wrong, fmt.Sprintf("/associated_endpoints/%d: %s", i, shown(raw)))
		}
	}
	if len(wrong) > 0 {
		return m.discouraged("an absolute url and capabilities for each", few(wrong))
	}
	return m.holds("%d associated endpoints", len(endpoints))
}))
