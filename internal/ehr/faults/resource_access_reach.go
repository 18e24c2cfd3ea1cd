package faults

// Defects of the FHIR server in whose records a scope reaches.
var (
	FHIRPatientUnenforced = Fault{"fhir-patient-unenforced", "lets a patient scope read another patient", []string{"resource-access.other-patient-refused"}}
	FHIRPatientSearchOpen = Fault{"fhir-patient-search-open", "guards reads by patient but not searches", []string{"resource-access.other-patient-refused", "resource-access.other-patient-search"}}
	FHIRPostSearchOpen    = Fault{"fhir-post-search-open", "guards searches by GET but not by POST", []string{"resource-access.other-patient-search"}}
	FHIRChainedOpen       = Fault{"fhir-chained-open", "joins a chained search before it looks at the patient", []string{"resource-access.other-patient-search"}}
	FHIRCompartmentOpen   = Fault{"fhir-compartment-open", "serves the compartment of any patient", []string{"resource-access.other-patient-search"}}
	FHIRIncludeOpen       = Fault{"fhir-include-open", "follows _include into the record of another patient", []string{"resource-access.other-patient-include"}}
	FHIRRevIncludeOpen    = Fault{"fhir-revinclude-open", "adds records of other patients for _revinclude", []string{"resource-access.other-patient-include"}}
	FHIREverythingOpen    = Fault{"fhir-everything-open", "answers $everything for any patient", []string{"resource-access.other-patient-operations"}}
	FHIRHistoryOpen       = Fault{"fhir-history-open", "guards the current version of a record but not its history", []string{"resource-access.other-patient-operations"}}
	FHIRBatchOpen         = Fault{"fhir-batch-open", "does not look at the patient inside of a batch", []string{"resource-access.batch-entries"}}
	FHIRBatchUnchecked    = Fault{"fhir-batch-unchecked", "checks the token of a batch or transaction and not the scopes for its entries", []string{"resource-access.batch-entries"}}
	FHIRBatchAllOrNothing = Fault{"fhir-batch-all-or-nothing", "refuses a whole batch for one forbidden entry", []string{"resource-access.batch-entries"}}
	FHIRLinkedCrash       = Fault{"fhir-linked-crash", "fails on a record that is in no patient's compartment", []string{"resource-access.linked-resources"}}
)

var resourceAccessReach = []Fault{
	FHIRPatientUnenforced, FHIRPatientSearchOpen, FHIRPostSearchOpen, FHIRChainedOpen, FHIRCompartmentOpen, FHIRIncludeOpen,
	FHIRRevIncludeOpen, FHIREverythingOpen, FHIRHistoryOpen, FHIRBatchOpen, FHIRBatchUnchecked, FHIRBatchAllOrNothing, FHIRLinkedCrash,
}
