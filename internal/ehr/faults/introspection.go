package faults

// Defects of token introspection.
var (
	IntrospectionTextPlain      = Fault{"introspection-text-plain", "labels introspection responses text/plain", []string{"introspection.response"}}
	IntrospectionRefused        = Fault{"introspection-all-inactive", "calls every token inactive", []string{"introspection.response"}}
	IntrospectionActiveString   = Fault{"introspection-active-string", "sends active as a string", []string{"introspection.active-boolean"}}
	IntrospectionScopeList      = Fault{"introspection-scope-list", "sends the scopes of a token as a list", []string{"introspection.scope"}}
	IntrospectionScopeOther     = Fault{"introspection-scope-registered", "tells the scopes that the client may have instead of those of the token", []string{"introspection.scope"}}
	IntrospectionClientCaller   = Fault{"introspection-client-caller", "names the client that asks instead of the one that got the token", []string{"introspection.client-id"}}
	IntrospectionExpMillis      = Fault{"introspection-exp-milliseconds", "sends exp in milliseconds", []string{"introspection.exp"}}
	IntrospectionExpString      = Fault{"introspection-exp-string", "sends exp as a string", []string{"introspection.exp"}}
	IntrospectionExpIn          = Fault{"introspection-exp-other", "tells the expiry of the session instead of that of the token", []string{"introspection.exp-agrees"}}
	IntrospectionContextMissing = Fault{"introspection-context-missing", "does not repeat the patient in introspection", []string{"introspection.launch-context"}}
	IntrospectionIssMissing     = Fault{"introspection-iss-missing", "does not repeat iss in introspection", []string{"introspection.iss"}}
	IntrospectionSubUsername    = Fault{"introspection-sub-username", "tells the name with which the user signs in instead of the subject of the ID token", []string{"introspection.sub"}}
	IntrospectionFHIRUser       = Fault{"introspection-fhiruser-missing", "does not repeat fhirUser in introspection", []string{"introspection.fhir-user"}}
	IntrospectionOwnOnly        = Fault{"introspection-own-only", "tells clients of their own tokens only", []string{"introspection.other-clients"}}
	IntrospectionHintOnly       = Fault{"introspection-hint-only", "looks for a token only where the hint says", []string{"introspection.wrong-hint"}}
	IntrospectionRefreshBearer  = Fault{"introspection-refresh-bearer", "calls a refresh token a Bearer token", []string{"introspection.refresh-token"}}
	IntrospectionDeadError      = Fault{"introspection-dead-error", "answers 400 when it does not know a token", []string{"introspection.dead-token-inactive"}}
	IntrospectionExpiredActive  = Fault{"introspection-expired-active", "calls expired tokens active", []string{"introspection.dead-token-inactive"}}
	IntrospectionRevokedActive  = Fault{"introspection-revoked-active", "calls revoked tokens active", []string{"introspection.dead-token-inactive", "revocation.immediate-effect"}}
	IntrospectionDeadTells      = Fault{"introspection-dead-tells", "says why a token is inactive", []string{"introspection.inactive-minimal"}}
	IntrospectionOpen           = Fault{"introspection-open", "introspects for everybody", []string{"introspection.authorization-required"}}
	IntrospectionAnyBearer      = Fault{"introspection-any-bearer", "takes any Bearer token for leave to introspect", []string{"introspection.authorization-required"}}
	IntrospectionSecretIgnored  = Fault{"introspection-secret-ignored", "looks at the name of the client that introspects and not at its secret", []string{"introspection.authorization-required"}}
	IntrospectionNoBearer       = Fault{"introspection-no-bearer", "introspects by client authentication only", []string{"introspection.bearer"}}
	IntrospectionByGet          = Fault{"introspection-by-get", "takes the token to introspect from the URL", []string{"introspection.token-in-body"}}
)

var introspection = []Fault{
	IntrospectionTextPlain, IntrospectionRefused, IntrospectionActiveString, IntrospectionScopeList, IntrospectionScopeOther,
	IntrospectionClientCaller, IntrospectionExpMillis, IntrospectionExpString, IntrospectionExpIn, IntrospectionContextMissing,
	IntrospectionIssMissing, IntrospectionSubUsername, IntrospectionFHIRUser, IntrospectionOwnOnly, IntrospectionHintOnly,
	IntrospectionRefreshBearer, IntrospectionDeadError, IntrospectionExpiredActive, IntrospectionRevokedActive,
	IntrospectionDeadTells, IntrospectionOpen, IntrospectionAnyBearer, IntrospectionSecretIgnored, IntrospectionNoBearer,
	IntrospectionByGet,
}
