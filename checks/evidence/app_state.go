package evidence

// AppState is what became of the state that an app kept at a server, step by step.
type AppState struct {
	Endpoint string      `json:"endpoint"`
	Scope    string      `json:"scope"`             // as granted to the app that kept it
	Steps    []StateStep `json:"steps,omitempty"`   // in order
	Trials   []StateStep `json:"trials,omitempty"`  // of those who may not, or may less
	Named    bool        `json:"named,omitempty"`   // the target file names the codes
	Untried  []string    `json:"untried,omitempty"` // what could not be tried, and why
}

// StateStep is one request and its answer.
type StateStep struct {
	FHIRAnswer
	Sent  *State  `json:"sent,omitempty"`
	Got   *State  `json:"got,omitempty"`   // the state in the answer
	Found []State `json:"found,omitempty"` // the entries of a Bundle
	// Exists is the id of state that exists and that matches the search.
	Exists  string `json:"exists,omitempty"`
	Code    string `json:"code,omitempty"`    // that was searched for, as system|code
	Subject string `json:"subject,omitempty"` // that was searched for
	// Who tells a trial of somebody who may not do this, or who may do only what is marked as Control.
	Who     string `json:"who,omitempty"`
	Control bool   `json:"control,omitempty"`
}

// State is one Basic resource that holds the state of an app.
type State struct {
	Type       string   `json:"type"`
	ID         string   `json:"id,omitempty"`
	Version    string   `json:"version,omitempty"`
	Subject    string   `json:"subject,omitempty"`
	Codes      []string `json:"codes,omitempty"`      // as system|code
	Extensions []string `json:"extensions,omitempty"` // as JSON, long ones as a digest
}

// AppStateKind is state of an app that is made, changed and deleted again.
var AppStateKind = NewKind[AppState]("app-state.life")

// The names of the steps.
const (
	StateCreate         = "a create"
	StateCreateOther    = "a create under another code"
	StateCreateWithID   = "a create with an id and a version of the app's own"
	StateCreateOdd      = "a create with an extension that holds a number"
	StateCreateLarge    = "a create of 250,000 bytes"
	StateCreateGlobal   = "a create without a subject"
	StateCreateUser     = "a create about the user"
	StateSearch         = "a search by code and subject"
	StateSearchUpdated  = "a search after the update"
	StateSearchOdd      = "a search for what has an extension that holds a number"
	StateSearchLarge    = "a search for the large state"
	StateSearchUser     = "a search by code and user"
	StateSearchPrefix   = "a search by the beginning of the code"
	StateSearchGlobal   = "a search for state without a subject"
	StateSearchDeleted  = "a search for what was deleted"
	StateUpdate         = "an update of the current version"
	StateUpdateBare     = "an update without If-Match"
	StateUpdateOutdated = "an update of an outdated version"
	StateUpdateCode     = "an update with another code"
	StateUpdateSubject  = "an update with another subject"
	StateUpdateDeleted  = "an update of what was deleted"
	StateDelete         = "a delete of the current version"
	StateDeleteBare     = "a delete without If-Match"
	StateDeleteOutdated = "a delete of an outdated version"
	StateDeleteDeleted  = "a delete of what was deleted"
)

// Who tries what is not allowed.
const (
	StateByNobody      = "without a token"
	StateByUnscoped    = "with a token without a scope for app state"
	StateBySearcher    = "with a token that only searches"
	StateByOneCode     = "with a token for another code"
	StateByOtherPerson = "with a token for another patient"
)

// Finds reports whether a search found the state with that id.
func (s StateStep) Finds(id string) bool { return s.FoundState(id) != nil }

// FoundState returns the state with that id among what a search found; nil when it is not there.
func (s StateStep) FoundState(id string) *State {
	for i := range s.Found {
		if s.Found[i].ID == id {
			return &s.Found[i]
		}
	}
	return nil
}

// Step returns the step with that name.
func (a AppState) Step(name string) (StateStep, bool) {
	for _, s := range a.Steps {
		if s.Name == name {
			return s, true
		}
	}
	return StateStep{}, false
}

// Succeeded reports whether the answer has a status of success.
func (a FHIRAnswer) Succeeded() bool { return a.Status >= 200 && a.Status <= 299 }
