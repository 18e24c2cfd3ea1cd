package faults

// Defects of scope negotiation. Defects of scope enforcement are in scopes_work.go and resource_access.go.
var (
	ScopeWidened          = Fault{"scope-widened", "grants every scope that the client may ever have", []string{"scopes.not-widened"}}
	ScopeWriteAdded       = Fault{"scope-write-added", "adds the write letters to a read scope", []string{"scopes.not-widened"}}
	ScopeCommaSeparated   = Fault{"scope-comma-separated", "separates granted scopes with commas", []string{"scopes.syntax"}}
	V2ScopesDropped       = Fault{"v2-scopes-dropped", "grants v1 scopes only", []string{"scopes.v2"}}
	V1ScopesDropped       = Fault{"v1-scopes-dropped", "advertises permission-v1 and drops v1 scopes", []string{"scopes.v1"}}
	V1ReturnedAsV2        = Fault{"v1-returned-as-v2", "returns granted v1 scopes in v2 spelling", []string{"scopes.v1-spelling"}}
	ConsentChoiceIgnored  = Fault{"consent-choice-ignored", "grants scopes that the user unticked", []string{"scopes.declined-absent"}}
	PatientContextMissing = Fault{"launch-patient-without-context", "grants launch/patient and returns no patient", []string{"scopes.launch-context"}}
	EncounterMissing      = Fault{"launch-encounter-without-context", "grants launch/encounter and returns no encounter", []string{"scopes.launch-context"}}
)

var scopes = []Fault{
	ScopeWidened, ScopeWriteAdded, ScopeCommaSeparated, V2ScopesDropped, V1ScopesDropped, V1ReturnedAsV2,
	ConsentChoiceIgnored, PatientContextMissing, EncounterMissing,
}
