package faults

// Defects of the listed capabilities.
var (
	CapabilitiesMissing      = Fault{"capabilities-missing", "leaves capabilities out", []string{"capabilities.listed"}}
	CapabilityTwice          = Fault{"capability-twice", "lists launch-ehr twice", []string{"capabilities.unique"}}
	CapabilityMisspelt       = Fault{"capability-misspelt", "lists single-sign-on instead of sso-openid-connect", []string{"capabilities.names"}}
	CapabilityPlainExtension = Fault{"capability-plain-extension", "lists a capability of its own under a plain name", []string{"capabilities.names"}}
	CapabilityMisspeltSTU1   = Fault{"capability-misspelt-stu1", "lists context-passthrough-banner, the name of a draft", []string{"capabilities.names-stu1"}}
	CapabilitySetNone        = Fault{"capability-set-none", "does not claim patient scopes, which every set needs", []string{"capabilities.sets"}}
	PermissionV1Unlisted     = Fault{"permission-v1-unlisted", "does not claim v1 scopes", []string{"capabilities.permission-v1"}}
	AsymmetricUnlisted       = Fault{"asymmetric-unlisted", "takes signed assertions and does not claim asymmetric clients", []string{"capabilities.asymmetric"}}
	CapabilitiesIncoherent   = Fault{"capabilities-incoherent", "claims context of the EHR launch without the EHR launch", []string{"capabilities.coherent"}}

	ContextStandalonePatientUnlisted = Fault{"context-standalone-patient-unlisted", "lets users pick a patient in a standalone launch and does not claim it", []string{"capabilities.set-patient-standalone", "capabilities.unclaimed"}}
	ContextEHRPatientUnlisted        = Fault{"context-ehr-patient-unlisted", "passes the patient of the chart on and does not claim it", []string{"capabilities.set-patient-ehr", "capabilities.set-clinician-ehr", "capabilities.unclaimed"}}
	PermissionUserUnlisted           = Fault{"permission-user-unlisted", "grants user scopes and does not claim them", []string{"capabilities.set-clinician-standalone", "capabilities.set-clinician-ehr", "capabilities.unclaimed"}}
	PublicUnlisted                   = Fault{"public-unlisted", "serves public clients and does not claim them", []string{"capabilities.unclaimed"}}
)

var capabilities = []Fault{
	CapabilitiesMissing, CapabilityTwice, CapabilityMisspelt, CapabilityPlainExtension,
	CapabilityMisspeltSTU1, CapabilitySetNone, PermissionV1Unlisted, AsymmetricUnlisted,
	CapabilitiesIncoherent, ContextStandalonePatientUnlisted, ContextEHRPatientUnlisted, PermissionUserUnlisted, PublicUnlisted,
}
