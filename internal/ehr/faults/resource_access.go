package faults

// Defects of the FHIR server as a resource server. Those of whose records a scope reaches are in
// resource_access_reach.go, those of tokens in resource_access_tokens.go.
var (
	FHIROpen             = Fault{"fhir-open", "serves patient data without a token", []string{"resource-access.anonymous-refused"}}
	FHIRAnyToken         = Fault{"fhir-any-token", "accepts any bearer token", []string{"resource-access.invalid-token-refused"}}
	FHIRTokenPrefix      = Fault{"fhir-token-prefix", "looks up only the first characters of a token", []string{"resource-access.invalid-token-refused"}}
	FHIRNoChallenge      = Fault{"fhir-no-challenge", "sends 401 without WWW-Authenticate", []string{"resource-access.challenge"}}
	FHIRNoInvalidToken   = Fault{"fhir-no-invalid-token", "does not name invalid_token in the challenge", []string{"resource-access.invalid-token-error"}}
	FHIRScope401         = Fault{"fhir-scope-401", "answers 401 where the scope is not enough", []string{"resource-access.insufficient-scope"}}
	FHIRErrorAnonymous   = Fault{"fhir-error-when-anonymous", "names an error in the challenge to an anonymous call", []string{"resource-access.anonymous-challenge"}}
	FHIRQueryToken       = Fault{"fhir-query-token", "accepts access_token in the query", []string{"resource-access.no-query-token"}}
	FHIRTokenRefused     = Fault{"fhir-token-refused", "refuses the tokens that its own authorization server issued", []string{"resource-access.granted-read"}}
	FHIRTypeUnenforced   = Fault{"fhir-type-unenforced", "checks the token but not the resource type of its scopes", []string{"resource-access.other-type-refused"}}
	FHIRWriteUnenforced  = Fault{"fhir-write-unenforced", "lets a read scope create and update", []string{"resource-access.write-refused"}}
	FHIRSearchUnenforced = Fault{"fhir-search-unenforced", "lets a scope without the search letter search", []string{"resource-access.letters-enforced"}}
	FHIRGranularIgnored  = Fault{"fhir-granular-ignored", "ignores the query part of a granular scope", []string{"resource-access.granular-enforced"}}
)

var resourceAccess = []Fault{
	FHIROpen, FHIRAnyToken, FHIRTokenPrefix, FHIRNoChallenge, FHIRNoInvalidToken, FHIRScope401,
	FHIRErrorAnonymous, FHIRQueryToken, FHIRTokenRefused, FHIRTypeUnenforced, FHIRWriteUnenforced,
	FHIRSearchUnenforced, FHIRGranularIgnored,
}
