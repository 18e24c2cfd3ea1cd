package evidence

// ScopeGrants are grants that a probe of scopes obtained, each with its own request.
type ScopeGrants struct {
	Grants []Grant `json:"grants"`
	// Declined are the scopes that the user unticked at the consent page.
	Declined []string `json:"declined,omitempty"`
	// Reads are what such a scope would allow: with the token of the grant, and with one of a grant in which
	// nothing was unticked.
	Reads *Access `json:"reads,omitempty"`
}

// ContextReads are the launch contexts of the grants, and what reading them brought.
type ContextReads struct {
	Reads []ContextRead `json:"reads"`
}

// ContextRead is one grant and what its launch context led to. An answer is nil when the grant has no
// such context.
type ContextRead struct {
	Grant     Grant       `json:"grant"`
	Picked    string      `json:"picked,omitempty"` // id of the patient chosen at the picker, when known
	Patient   *FHIRAnswer `json:"patient,omitempty"`
	Encounter *FHIRAnswer `json:"encounter,omitempty"`
	FHIRUser  *FHIRAnswer `json:"fhir_user,omitempty"`
	Style     *Document   `json:"style,omitempty"` // what smart_style_url served to a page of Origin
	Origin    string      `json:"origin,omitempty"`
	// Capabilities are those that the SMART configuration claims.
	Capabilities []string `json:"capabilities,omitempty"`
}

// The kinds of evidence about scopes, launch context and the FHIR server.
var (
	ContextKind        = NewKind[ContextReads]("launch-context.reads")
	ScopesV1Kind       = NewKind[ScopeGrants]("scopes.v1")
	ScopesV2Kind       = NewKind[ScopeGrants]("scopes.v2")
	ScopesDeclinedKind = NewKind[ScopeGrants]("scopes.declined")
	ScopesContextKind  = NewKind[ScopeGrants]("scopes.launch-context")
	AnonymousKind      = NewKind[Access]("resource-access.anonymous")
	BadTokenKind       = NewKind[Access]("resource-access.bad-token")
	NarrowScopeKind    = NewKind[Access]("resource-access.narrow-scope")
	LettersKind        = NewKind[Access]("resource-access.letters")
	GranularKind       = NewKind[Access]("resource-access.granular")
)
