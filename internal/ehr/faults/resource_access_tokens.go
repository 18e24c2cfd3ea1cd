package faults

// Defects of the FHIR server in which tokens it takes, and how they come.
var (
	FHIRBlankToken       = Fault{"fhir-blank-token", "takes an empty Bearer token for a signed-in caller", []string{"resource-access.malformed-token-refused"}}
	FHIRTokenCut         = Fault{"fhir-token-cut", "reads a token only up to the first character that no token may hold", []string{"resource-access.malformed-token-refused"}}
	FHIRAnyScheme        = Fault{"fhir-any-scheme", "takes a token whatever scheme stands before it", []string{"resource-access.bearer-scheme"}}
	FHIRSeveralTokens    = Fault{"fhir-several-tokens", "takes the first of two tokens", []string{"resource-access.one-token"}}
	FHIRFormToken        = Fault{"fhir-form-token", "takes access_token from the body of any request, a GET too", []string{"resource-access.form-token"}}
	FHIRAnyIssuedToken   = Fault{"fhir-any-issued-token", "takes refresh tokens and ID tokens for access tokens", []string{"resource-access.other-tokens-refused"}}
	FHIRExpiryUnchecked  = Fault{"fhir-expiry-unchecked", "does not look when a token expires", []string{"resource-access.expired-token-refused"}}
	FHIRTokenCached      = Fault{"fhir-token-cached", "remembers for good that a token was valid", []string{"resource-access.revoked-token-refused", "resource-access.expired-token-refused"}}
	FHIRGranularReadOpen = Fault{"fhir-granular-read-open", "applies the query of a granular scope to searches and not to reads", []string{"resource-access.granular-enforced"}}
)

var resourceAccessTokens = []Fault{
	FHIRBlankToken, FHIRTokenCut, FHIRAnyScheme, FHIRSeveralTokens, FHIRFormToken, FHIRAnyIssuedToken, FHIRExpiryUnchecked,
	FHIRTokenCached, FHIRGranularReadOpen,
}
