package faults

// Defects of the launch context that comes with a token.
var (
	PatientNotString    = Fault{"patient-not-string", "sends patient as a FHIR reference object", []string{"launch-context.patient"}}
	PatientUnknown      = Fault{"patient-unknown", "sends a patient id that its FHIR server does not know", []string{"launch-context.patient"}}
	EncounterOfOther    = Fault{"encounter-of-other-patient", "sends an encounter of another patient", []string{"launch-context.encounter"}}
	ContextNested       = Fault{"context-nested", "nests the launch context under a member of its own", []string{"launch-context.top-level"}}
	BannerString        = Fault{"banner-string", "sends need_patient_banner as a string", []string{"launch-context.need-patient-banner"}}
	StyleURLRelative    = Fault{"style-url-relative", "sends a relative smart_style_url", []string{"launch-context.smart-style-url"}}
	StyleURLBroken      = Fault{"style-url-broken", "sends a smart_style_url that answers 404", []string{"launch-context.smart-style-url"}}
	LaunchPatientOther  = Fault{"ehr-launch-other-patient", "returns another patient than the one open in the EHR", []string{"launch-context.ehr-patient"}}
	PickerChoiceIgnored = Fault{"picker-choice-ignored", "returns another patient than the user picked", []string{"launch-context.standalone-patient"}}
)

var launchContext = []Fault{
	PatientNotString, PatientUnknown, EncounterOfOther, ContextNested, BannerString, StyleURLRelative,
	StyleURLBroken, LaunchPatientOther, PickerChoiceIgnored,
}
