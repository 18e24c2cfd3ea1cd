package faults

// Defects of fhirContext, the launch context beside patient and encounter.
var (
	FHIRContextObject            = Fault{"fhir-context-object", "sends fhirContext as one object instead of an array", []string{"fhir-context.array"}}
	FHIRContextPatient           = Fault{"fhir-context-patient", "lists the patient in fhirContext too", []string{"fhir-context.patient-encounter"}}
	FHIRContextTargetMissing     = Fault{"fhir-context-target-missing", "lists an item of fhirContext that points nowhere", []string{"fhir-context.target"}}
	FHIRContextReferenceAbsolute = Fault{"fhir-context-reference-absolute", "writes references of fhirContext as absolute URLs", []string{"fhir-context.reference"}}
	FHIRContextReferenceUnknown  = Fault{"fhir-context-reference-unknown", "refers in fhirContext to what its FHIR server does not know", []string{"fhir-context.reference"}}
	FHIRContextCanonicalRelative = Fault{"fhir-context-canonical-relative", "writes a canonical of fhirContext as a relative reference", []string{"fhir-context.canonical"}}
	FHIRContextIdentifierString  = Fault{"fhir-context-identifier-string", "writes an identifier of fhirContext as a string", []string{"fhir-context.identifier"}}
	FHIRContextTypeUnknown       = Fault{"fhir-context-type-unknown", "gives an item of fhirContext a type that FHIR does not have", []string{"fhir-context.type"}}
	FHIRContextTypeMissing       = Fault{"fhir-context-type-missing", "leaves the type of a canonical in fhirContext to guesses", []string{"fhir-context.type-stated"}}
	FHIRContextRoleNumber        = Fault{"fhir-context-role-number", "sends a role of fhirContext as a number", []string{"fhir-context.role"}}
	FHIRContextRoleRelative      = Fault{"fhir-context-role-relative", "sends a role of its own in fhirContext as a relative URI", []string{"fhir-context.role-absolute"}}
	FHIRContextRoleEmpty         = Fault{"fhir-context-role-empty", "sends an empty role in fhirContext", []string{"fhir-context.role-not-empty"}}
	FHIRContextObjects           = Fault{"fhir-context-objects-in-2-0", "sends the objects of a later version in fhirContext", []string{"fhir-context.references"}}
	ContextTypeMissing           = Fault{"context-type-missing", "grants a context scope for a resource type and sends none of that type", []string{"fhir-context.requested"}}
)

var fhirContext = []Fault{
	FHIRContextObject, FHIRContextPatient, FHIRContextTargetMissing, FHIRContextReferenceAbsolute, FHIRContextReferenceUnknown,
	FHIRContextCanonicalRelative, FHIRContextIdentifierString, FHIRContextTypeUnknown, FHIRContextTypeMissing,
	FHIRContextRoleNumber, FHIRContextRoleRelative, FHIRContextRoleEmpty, FHIRContextObjects, ContextTypeMissing,
}
