package checks

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// brandEndpoints are the checks of the profile of endpoints
// (https://hl7.org/fhir/smart-app-launch/STU2.2/StructureDefinition-user-access-endpoint.html).
var brandEndpoints = []Check{BrandsEndpointAddress, BrandsEndpointVersion, BrandsEndpointType, BrandsEndpointContact}

// overEndpoints makes the judgement of a rule for each endpoint. shortfall says what is wrong with one, or
// "".
func overEndpoints(expected, message string, shortfall func(evidence.BrandEndpoint) string) func(evidence.Brands) Verdict {
	return overBundle(expected, message, "the bundle holds no endpoints", func(d evidence.BrandBundle, t *tally) {
		for _, endpoint := range d.Endpoints {
			if what := shortfall(endpoint); what != "" {
				t.breaks(endpointCalled(endpoint) + " " + what)
			} else {
				t.holds()
			}
		}
	})
}

// BrandsEndpointAddress verifies that endpoints say where they are.
var BrandsEndpointAddress = New(Meta{
	ID:           "brands.endpoint-address",
	Title:        "Every endpoint has a FHIR base URL as its address",
	Level:        Shall,
	Requirements: []string{"brand-endpoint-address"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       "Write the absolute https FHIR base URL to Endpoint.address, without query or fragment.",
}, evidence.BrandsKind, overEndpoints("the https FHIR base URL", "every address can be a FHIR base", func(e evidence.BrandEndpoint) string {
	u, err := url.Parse(e.Address)
	switch {
	case e.Address == "":
		return "has none"
	case err != nil || !web(e.Address) || u.RawQuery != "" || u.Fragment != "":
		return fmt.Sprintf("has %q", cut(e.Address))
	default:
		return ""
	}
}))

// fhirVersions matches the versions of FHIR that were published, drafts and ballots too
// (https://hl7.org/fhir/valueset-FHIR-version.html).
var fhirVersions = regexp.MustCompile(`^(0\.\d+|1\.[01468]|3\.[035]|4\.[0-6]|5\.0|6\.0)(\.\d+)?(-[a-z][a-z0-9-]*)?$`)

// BrandsEndpointVersion verifies that apps can choose endpoints by the version of FHIR.
var BrandsEndpointVersion = New(Meta{
	ID:           "brands.endpoint-version",
	Title:        "Every endpoint names its FHIR versions",
	Level:        Shall,
	Requirements: []string{"brand-endpoint-version"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       `Add {"url": "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version", "valueCode": "4.0.1"} to Endpoint.extension.`,
}, evidence.BrandsKind, overEndpoints("endpoint-fhir-version with a version of FHIR such as 4.0.1", "every endpoint names its versions", func(e evidence.BrandEndpoint) string {
	if len(e.Versions) == 0 {
		return "names none"
	}
	for _, version := range e.Versions {
		if !fhirVersions.MatchString(version) {
			return fmt.Sprintf("names %q", cut(version))
		}
	}
	return ""
}))

var endpointStatuses = []string{"active", "suspended", "error", "off", "entered-in-error", "test"}

// BrandsEndpointType verifies that endpoints are said to be of FHIR's REST API.
var BrandsEndpointType = New(Meta{
	ID:           "brands.endpoint-type",
	Title:        "Every endpoint is a FHIR REST endpoint with a status and a payload type",
	Level:        Shall,
	Requirements: []string{"brand-endpoint-type"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       "Write status, connectionType hl7-fhir-rest of http://terminology.hl7.org/CodeSystem/endpoint-connection-type, and a payloadType, such as none.",
}, evidence.BrandsKind, overEndpoints("a status, connectionType hl7-fhir-rest and a payloadType", "every endpoint fits the profile", func(e evidence.BrandEndpoint) string {
	rest := evidence.BrandCode{System: "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", Code: "hl7-fhir-rest"}
	switch {
	case !slices.Contains(endpointStatuses, e.Status):
		return fmt.Sprintf("has the status %q", cut(e.Status))
	case e.Connection != rest:
		return fmt.Sprintf("has the connectionType %q of %q", cut(e.Connection.Code), cut(e.Connection.System))
	case e.PayloadTypes == 0:
		return "has no payloadType"
	default:
		return ""
	}
}))

// BrandsEndpointContact verifies that developers are told where to register.
var BrandsEndpointContact = New(Meta{
	ID:           "brands.endpoint-contact",
	Title:        "Every endpoint names a website for developers",
	Level:        Shall,
	Requirements: []string{"brand-endpoint-contact"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       `Add {"system": "url", "value": "https://…"} to Endpoint.contact, with the website where developers configure access.`,
}, evidence.BrandsKind, overEndpoints("a contact with system url and an https address", "every endpoint names a website for developers", func(e evidence.BrandEndpoint) string {
	switch {
	case slices.ContainsFunc(e.Contacts, web):
		return ""
	case len(e.Contacts) > 0:
		return fmt.Sprintf("has only %q", cut(e.Contacts[0]))
	default:
		return "has none"
	}
}))
