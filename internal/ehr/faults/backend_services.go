package faults

// Defects of the token endpoint for backend services, and of what their tokens open.
var (
	BackendRefused            = Fault{"backend-refused", "grants backend services nothing", []string{"backend-services.token"}}
	BackendTokenDead          = Fault{"backend-token-dead", "issues backend services tokens that its FHIR server does not know", []string{"backend-services.token"}}
	BackendTokenTypeMAC       = Fault{"backend-token-type-mac", "calls the tokens of backend services mac tokens", []string{"backend-services.token-type"}}
	BackendExpiresInMissing   = Fault{"backend-expires-in-missing", "does not tell backend services how long a token lives", []string{"backend-services.expires-in"}}
	BackendTokenHour          = Fault{"backend-token-hour", "issues backend services tokens for an hour", []string{"backend-services.lifetime"}}
	BackendTokenDay           = Fault{"backend-token-day", "issues backend services tokens for a day", []string{"backend-services.short-lived", "backend-services.lifetime"}}
	BackendTokenOutlives      = Fault{"backend-token-outlives", "tells backend services that a token lives for seconds, and lets it live for minutes", []string{"backend-services.expired-token-refused"}}
	BackendScopeOmitted       = Fault{"backend-scope-omitted", "does not tell backend services what they were granted", []string{"backend-services.scope-present"}}
	BackendScopeAll           = Fault{"backend-scope-all", "grants backend services all that they are registered for, whatever they ask for", []string{"backend-services.scope-exact"}}
	BackendRefreshToken       = Fault{"backend-refresh-token", "issues backend services refresh tokens", []string{"backend-services.no-refresh-token"}}
	BackendCacheable          = Fault{"backend-cacheable", "lets the tokens of backend services be cached", []string{"backend-services.no-store"}}
	BackendScopeUnregistered  = Fault{"backend-scope-unregistered", "grants backend services every system scope", []string{"backend-services.within-registration"}}
	BackendScopeEchoed        = Fault{"backend-scope-echoed", "tells backend services that they were granted what they asked for, unknown scopes too", []string{"backend-services.within-registration"}}
	BackendPersonalScopes     = Fault{"backend-personal-scopes", "grants backend services the scopes of patients and users", []string{"backend-services.personal-scopes"}}
	BackendScopeDefaultSilent = Fault{"backend-scope-default-silent", "grants a backend service that names no scope a default, and does not say which", []string{"backend-services.scope-omitted"}}
	BackendKidIgnored         = Fault{"backend-kid-ignored", "tries every key of the client on an assertion, whatever its kid", []string{"backend-services.assertions"}}
	BackendErrorInvented      = Fault{"backend-error-invented", "answers backend services with errors of its own invention", []string{"backend-services.errors"}}
	BackendErrorMute          = Fault{"backend-error-mute", "does not explain its errors to backend services", []string{"backend-services.error-description"}}
	BackendPublicClient       = Fault{"backend-public-client", "lets public clients use client_credentials", []string{"backend-services.public-client"}}
	BackendRegistrationOpen   = Fault{"backend-registration-open", "holds the tokens of backend services to the registration of the client instead of to their scopes", []string{"backend-services.narrowing", "backend-services.scope-enforced"}}
	BackendWriteOpen          = Fault{"backend-write-open", "lets every system scope write", []string{"backend-services.scope-enforced"}}
	BackendForbiddenEmpty     = Fault{"backend-forbidden-empty", "answers a search beyond the scopes of a backend service with an empty Bundle", []string{"backend-services.unauthorized-fails"}}
	BackendUnsupportedEmpty   = Fault{"backend-unsupported-empty", "answers a search for a type that it does not have with an empty Bundle", []string{"backend-services.unsupported-fails"}}
	BackendAnyToken           = Fault{"backend-any-token", "takes a token that it does not know for one of a backend service", []string{"backend-services.bad-tokens-refused"}}
)

var backendServices = []Fault{
	BackendRefused, BackendTokenDead, BackendTokenTypeMAC, BackendExpiresInMissing, BackendTokenHour, BackendTokenDay,
	BackendTokenOutlives, BackendScopeOmitted, BackendScopeAll, BackendRefreshToken, BackendCacheable,
	BackendScopeUnregistered, BackendScopeEchoed, BackendPersonalScopes, BackendScopeDefaultSilent, BackendKidIgnored,
	BackendErrorInvented, BackendErrorMute, BackendPublicClient, BackendRegistrationOpen, BackendWriteOpen,
	BackendForbiddenEmpty, BackendUnsupportedEmpty, BackendAnyToken,
}
