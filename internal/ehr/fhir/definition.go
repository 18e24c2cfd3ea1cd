package fhir

// definition says what the server knows of a resource type.
type definition struct {
	name       string
	patient    string // the element that refers to the patient whose compartment holds it; empty outside of any
	parameters []parameter
}

// parameter is one search parameter of a type.
type parameter struct {
	name string
	kind parameterKind
	path string // where its values stand
}

type parameterKind string

const (
	tokenKind     parameterKind = "token"
	stringKind    parameterKind = "string"
	dateKind      parameterKind = "date" // of elements of type date only
	referenceKind parameterKind = "reference"
)

// refersTo is the type that each reference parameter names.
var refersTo = map[string]string{
	"patient": "Patient", "subject": "Patient", "focus": "Patient", "encounter": "Encounter",
	"asserter": "Practitioner", "participant": "Practitioner", "performer": "Practitioner", "requester": "Practitioner",
	"general-practitioner": "Practitioner", "organization": "Organization", "service-provider": "Organization",
}

// patientParameter is the search parameter that takes a patient's id without its type.
const patientParameter = "patient"

// definitions are the resource types of the server, by name.
//
// A resource is in the compartment of its subject alone. R4 also counts performers and participants,
// which the store restricts to practitioners.
var definitions = []definition{
	{"Condition", "subject", []parameter{
		{"patient", referenceKind, "subject"},
		{"subject", referenceKind, "subject"},
		{"encounter", referenceKind, "encounter"},
		{"asserter", referenceKind, "asserter"},
		{"category", tokenKind, "category"},
		{"clinical-status", tokenKind, "clinicalStatus"},
		{"code", tokenKind, "code"},
	}},
	{"Encounter", "subject", []parameter{
		{"patient", referenceKind, "subject"},
		{"subject", referenceKind, "subject"},
		{"participant", referenceKind, "participant.individual"},
		{"service-provider", referenceKind, "serviceProvider"},
		{"class", tokenKind, "class"},
		{"status", tokenKind, "status"},
		{"type", tokenKind, "type"},
	}},
	{"ImagingStudy", "subject", []parameter{
		{"patient", referenceKind, "subject"},
		{"subject", referenceKind, "subject"},
		{"encounter", referenceKind, "encounter"},
		{"modality", tokenKind, "modality"},
		{"status", tokenKind, "status"},
	}},
	{"MedicationRequest", "subject", []parameter{
		{"patient", referenceKind, "subject"},
		{"subject", referenceKind, "subject"},
		{"encounter", referenceKind, "encounter"},
		{"requester", referenceKind, "requester"},
		{"code", tokenKind, "medicationCodeableConcept"},
		{"intent", tokenKind, "intent"},
		{"status", tokenKind, "status"},
	}},
	{"Observation", "subject", []parameter{
		{"patient", referenceKind, "subject"},
		{"subject", referenceKind, "subject"},
		{"encounter", referenceKind, "encounter"},
		{"performer", referenceKind, "performer"},
		{"focus", referenceKind, "focus"},
		{"category", tokenKind, "category"},
		{"code", tokenKind, "code"},
		{"status", tokenKind, "status"},
	}},
	{"Organization", "", []parameter{
		{"identifier", tokenKind, "identifier"},
		{"name", stringKind, "name"},
	}},
	{"Patient", "", []parameter{
		{"general-practitioner", referenceKind, "generalPractitioner"},
		{"organization", referenceKind, "managingOrganization"},
		{"birthdate", dateKind, "birthDate"},
		{"family", stringKind, "name.family"},
		{"gender", tokenKind, "gender"},
		{"given", stringKind, "name.given"},
		{"identifier", tokenKind, "identifier"},
		{"name", stringKind, "name"},
	}},
	{"Practitioner", "", []parameter{
		{"identifier", tokenKind, "identifier"},
		{"name", stringKind, "name"},
	}},
	{"RelatedPerson", "patient", []parameter{
		{"patient", referenceKind, "patient"},
		{"identifier", tokenKind, "identifier"},
		{"name", stringKind, "name"},
	}},
	{"Task", "for", []parameter{
		{"patient", referenceKind, "for"},
		{"subject", referenceKind, "for"},
		{"encounter", referenceKind, "encounter"},
		{"code", tokenKind, "code"},
		{"status", tokenKind, "status"},
	}},
}

// define returns the definition of a type, and whether the server knows it.
func define(kind string) (definition, bool) {
	for _, d := range definitions {
		if d.name == kind {
			return d, true
		}
	}
	return definition{}, false
}

// parameter returns a search parameter of the type. Every type has _id.
func (d definition) parameter(name string) (parameter, bool) {
	if name == "_id" {
		return parameter{"_id", tokenKind, "id"}, true
	}
	for _, p := range d.parameters {
		if p.name == name {
			return p, true
		}
	}
	return parameter{}, false
}

// patientOf returns the id of the patient whose compartment holds r; empty for a resource that is in
// none.
func patientOf(r resource) string {
	if typeOf(r) == "Patient" {
		return idOf(r)
	}
	d, _ := define(typeOf(r))
	if d.patient == "" {
		return ""
	}
	kind, id, ok := splitReference(first(at(r, d.patient+".reference")))
	if !ok || kind != "Patient" {
		return ""
	}
	return id
}
