package faults

// Defects that keep a kind of client or a kind of launch from working at all.
var (
	PublicClientRefused     = Fault{"public-client-refused", "demands a secret from public clients", []string{"launch.patient-standalone-public", "launch.patient-ehr-public", "launch.clinician-standalone-public", "launch.clinician-ehr-public"}}
	SymmetricClientRefused  = Fault{"symmetric-client-refused", "does not read HTTP Basic credentials", []string{"launch.patient-standalone-symmetric", "launch.patient-ehr-symmetric", "launch.clinician-standalone-symmetric", "launch.clinician-ehr-symmetric"}}
	AsymmetricClientRefused = Fault{"asymmetric-client-refused", "does not know client assertions", []string{"launch.patient-standalone-asymmetric", "launch.patient-ehr-asymmetric", "launch.clinician-standalone-asymmetric", "launch.clinician-ehr-asymmetric"}}
	LaunchUnresolved        = Fault{"launch-unresolved", "forgets the launch value that its own portal issued", []string{"launch.patient-ehr-public", "launch.clinician-ehr-public", "capabilities.set-patient-ehr", "capabilities.set-clinician-ehr"}}
	LaunchIssWrong          = Fault{"launch-iss-wrong", "names a sibling FHIR base as iss when it launches an app", []string{"launch.iss-is-base"}}
	LaunchValueMissing      = Fault{"launch-value-missing", "launches apps without a launch value", []string{"launch.launch-value"}}
	LaunchValueConstant     = Fault{"launch-value-constant", "uses the patient id as launch value", []string{"launch.launch-value"}}
)

var launch = []Fault{
	PublicClientRefused, SymmetricClientRefused, AsymmetricClientRefused, LaunchUnresolved, LaunchIssWrong,
	LaunchValueMissing, LaunchValueConstant,
}
