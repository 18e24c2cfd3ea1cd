package evidence

// TypedContexts are launches that asked for context beyond patient and encounter.
type TypedContexts struct {
	// Offered are the context scopes of scopes_supported, without those for patient and encounter.
	Offered []string `json:"offered"`
	Asked   string   `json:"asked,omitempty"` // the one that was asked for
	Role    string   `json:"role,omitempty"`  // the role, known to no server, in which it was asked for again
	Plain   *Grant   `json:"plain,omitempty"`
	InRole  *Grant   `json:"in_role,omitempty"`
}

// HintedLaunch is one launch from the EHR, made twice: as it is, and with a context scope as a hint.
type HintedLaunch struct {
	Hint   string `json:"hint"`
	Plain  Grant  `json:"plain"`
	Hinted Grant  `json:"hinted"`
}

// PickedEncounter is a standalone launch that asked for a patient and an encounter.
type PickedEncounter struct {
	Grant  Grant  `json:"grant"`
	Picked string `json:"picked,omitempty"` // id of the encounter chosen at the picker, when known
}

// The kinds of evidence about launch context that was asked for.
var (
	TypedContextKind    = NewKind[TypedContexts]("launch-context.typed")
	HintedLaunchKind    = NewKind[HintedLaunch]("launch-context.hinted")
	PickedEncounterKind = NewKind[PickedEncounter]("launch-context.encounter")
	PatientScopeKind    = NewKind[Grant]("launch-context.patient-scope")
)
