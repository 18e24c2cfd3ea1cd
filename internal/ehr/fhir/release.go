package fhir

import "maps"

// release is what differs between the versions of FHIR.
type release struct {
	name           string
	fhirVersion    string
	mediaType      string
	capability     string // the type of the resource at metadata
	securitySystem string // of the code SMART-on-FHIR
	acceptUnknown  bool   // metadata has to say how it treats unknown elements
	full           bool   // every interaction, and not Patient reads alone
	shape          func(resource) resource
}

const (
	oldSecuritySystem = "http://hl7.org/fhir/restful-security-service"
	newSecuritySystem = "http://terminology.hl7.org/CodeSystem/restful-security-service"
)

var releases = map[string]release{
	"DSTU2": {"DSTU2", "1.0.2", "application/json+fhir", "Conformance", oldSecuritySystem, true, false, dstu2},
	"STU3":  {"STU3", "3.0.2", "application/fhir+json", "CapabilityStatement", oldSecuritySystem, true, false, same},
	"R4":    {"R4", "4.0.1", "application/fhir+json", "CapabilityStatement", newSecuritySystem, false, true, same},
	"R4B":   {"R4B", "4.3.0", "application/fhir+json", "CapabilityStatement", newSecuritySystem, false, false, same},
	"R5":    {"R5", "5.0.0", "application/fhir+json", "CapabilityStatement", newSecuritySystem, false, false, same},
}

// VersionOf returns the version number of a release, such as 4.0.1 for R4.
func VersionOf(release string) string { return releases[release].fhirVersion }

func same(r resource) resource { return r }

// dstu2 shapes a Patient as DSTU2 has it: family names are lists, and the general practitioner is a
// care provider.
func dstu2(r resource) resource {
	out := maps.Clone(r)
	if providers, ok := out["generalPractitioner"]; ok {
		out["careProvider"] = providers
		delete(out, "generalPractitioner")
	}
	names, _ := r["name"].(list)
	shaped := make(list, len(names))
	for i, item := range names {
		o, _ := item.(object)
		o = maps.Clone(o)
		if family := text(o, "family"); family != "" {
			o["family"] = list{family}
		}
		shaped[i] = o
	}
	out["name"] = shaped
	return out
}
