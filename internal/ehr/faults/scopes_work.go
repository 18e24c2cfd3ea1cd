package faults

// Defects of what a granted scope lets an app do.
var (
	FHIRSearchNeedsRead     = Fault{"fhir-search-needs-read", "takes the letter s only beside the letter r", []string{"scopes.letters-work"}}
	FHIRWriteNeedsAll       = Fault{"fhir-write-needs-all", "allows a write only with c, u and d together", []string{"scopes.letters-work"}}
	FHIRReadBySearch        = Fault{"fhir-read-by-search", "lets the letter s read", []string{"scopes.letters-exact"}}
	FHIRWriteByAny          = Fault{"fhir-write-by-any", "takes each of c, u and d for every write", []string{"scopes.letters-exact"}}
	FHIRNoScopeOpen         = Fault{"fhir-no-scope-open", "opens the patient's record to a token without a scope for it", []string{"scopes.letters-exact"}}
	FHIRV1ReadNoSearch      = Fault{"fhir-v1-read-no-search", "takes .read of version 1 for reading alone", []string{"scopes.v1-verbs"}}
	FHIRV1WriteReads        = Fault{"fhir-v1-write-reads", "lets .write of version 1 read", []string{"scopes.v1-verbs"}}
	FHIRUpdateCreateRefused = Fault{"fhir-update-create-refused", "offers update as create and demands the letter c for it", []string{"scopes.update-as-create"}}
	FHIRUserUnbound         = Fault{"fhir-user-unbound", "opens under a user scope what the user may not see", []string{"scopes.user-limits"}}
	FHIRUserContextOnly     = Fault{"fhir-user-context-only", "holds a user scope to the patient in context", []string{"scopes.user-reach"}}
	FHIRSystemNeedsPatient  = Fault{"fhir-system-needs-patient", "refuses a backend service that searches without a patient", []string{"scopes.system"}}
	FHIRWildcardPartial     = Fault{"fhir-wildcard-partial", "takes a wildcard scope for a fixed list of types", []string{"scopes.wildcard"}}
	WildcardMisexpanded     = Fault{"wildcard-misexpanded", "grants a wildcard as a list with a type that it does not have", []string{"scopes.wildcard-granted"}}
	MalformedLettersAll     = Fault{"malformed-letters-all", "takes letters that it cannot read for all letters", []string{"scopes.malformed-letters"}}
	UnknownScopeGranted     = Fault{"unknown-scope-granted", "grants any scope that it does not know", []string{"scopes.unknown-ignored"}}
	ClinicalScopesDropped   = Fault{"clinical-scopes-dropped", "issues a token with every scope for FHIR resources left out", []string{"scopes.differences"}}
	ListedScopeRefused      = Fault{"listed-scope-refused", "lists wildcards that write and grants none of them", []string{"scopes.listed-granted"}}
	ExtensionMemberPlain    = Fault{"extension-member-plain", "adds a member of its own to the token response under a plain name", []string{"scopes.extension-members"}}
)

var scopesWork = []Fault{
	FHIRSearchNeedsRead, FHIRWriteNeedsAll, FHIRReadBySearch, FHIRWriteByAny, FHIRNoScopeOpen, FHIRV1ReadNoSearch, FHIRV1WriteReads,
	FHIRUpdateCreateRefused, FHIRUserUnbound, FHIRUserContextOnly, FHIRSystemNeedsPatient, FHIRWildcardPartial, WildcardMisexpanded,
	MalformedLettersAll, UnknownScopeGranted, ClinicalScopesDropped, ListedScopeRefused, ExtensionMemberPlain,
}
