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

// Defects of the launch context that comes with a token, beyond patient and encounter.
var (
	LaunchContextEmpty = Fault{"ehr-launch-without-context", "forgets everything about the launch when it issues the token", []string{
		"launch-context.ehr-values", "launch-context.ehr-patient", "launch-context.ehr-encounter",
		"launch-context.need-patient-banner", "launch-context.smart-style-url",
	}}
	LaunchEncounterOther    = Fault{"ehr-launch-other-encounter", "returns another encounter than the one open in the EHR", []string{"launch-context.ehr-encounter"}}
	EncounterChoiceIgnored  = Fault{"encounter-choice-ignored", "returns another encounter than the user picked", []string{"launch-context.standalone-encounter"}}
	IntentNotString         = Fault{"intent-not-string", "sends intent as an object", []string{"launch-context.intent"}}
	TenantNotString         = Fault{"tenant-not-string", "sends tenant as a number", []string{"launch-context.tenant"}}
	TenantPerLaunch         = Fault{"tenant-per-launch", "makes a new tenant for every launch", []string{"launch-context.tenant-stable"}}
	StyleURLPlainHTTP       = Fault{"style-url-plain-http", "sends a smart_style_url with http", []string{"launch-context.smart-style-browser", "launch-context.smart-style-url"}}
	StyleWithoutCORS        = Fault{"style-without-cors", "lets no page of another origin read the style", []string{"launch-context.smart-style-browser"}}
	StyleUnknown            = Fault{"style-unknown-names", "names the properties of the style its own way", []string{"launch-context.smart-style-properties"}}
	StyleNumbers            = Fault{"style-numbers", "writes sizes of the style as numbers without a unit", []string{"launch-context.smart-style-properties"}}
	StyleChanges            = Fault{"style-changes", "serves another style under the same smart_style_url", []string{"launch-context.smart-style-version"}}
	ContextScopeCapitalized = Fault{"context-scope-capitalized", "lists a context scope with the resource type in capitals", []string{"launch-context.other-scopes"}}
	ContextRoleUnknown      = Fault{"context-role-unknown-empty", "grants a context scope in a role that it does not know, and sends no context", []string{"launch-context.unknown-role"}}
	ContextRoleMalformed    = Fault{"context-role-malformed", "answers an unknown role with a role that is no URI", []string{"launch-context.alternative-role"}}
	HintReplacesLaunch      = Fault{"hint-replaces-launch", "forgets the launch when the app also asks for launch/encounter", []string{"launch-context.ehr-hints"}}
	PatientScopeAlone       = Fault{"patient-scope-without-patient", "grants patient scopes without launch/patient and sends no patient", []string{"launch-context.patient-scope"}}
	PatientScopeAloneBlank  = Fault{"patient-scope-refused-blank", "refuses patient scopes without launch/patient and does not say so", []string{"launch-context.patient-scope-alone"}}
)

var launchContext = []Fault{
	PatientNotString, PatientUnknown, EncounterOfOther, ContextNested, BannerString, StyleURLRelative,
	StyleURLBroken, LaunchPatientOther, PickerChoiceIgnored,
	LaunchContextEmpty, LaunchEncounterOther, EncounterChoiceIgnored, IntentNotString, TenantNotString, TenantPerLaunch,
	StyleURLPlainHTTP, StyleWithoutCORS, StyleUnknown, StyleNumbers, StyleChanges, ContextScopeCapitalized,
	ContextRoleUnknown, ContextRoleMalformed, HintReplacesLaunch, PatientScopeAlone, PatientScopeAloneBlank,
}
