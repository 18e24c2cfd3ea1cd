package checks

import (
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// StateToken verifies that state is closed without a token.
var StateToken = stateCheck(Meta{
	ID:           "app-state.token-required",
	Title:        "State is closed without an access token",
	Requirements: []string{"app-state-access"},
	Remedy:       "Answer 401 to every app state request without a valid access token.",
}, stateClosed(evidence.StateByNobody))

// StateScopes verifies that a token needs the scope of the interaction.
var StateScopes = stateCheck(Meta{
	ID:           "app-state.scope-enforced",
	Title:        "A token needs the scope of what it does with state",
	Requirements: []string{"app-state-access"},
	Applies:      "the server claims smart-app-state and grants less than all when asked for less",
	Remedy:       "Hold POST, PUT, DELETE and search at the app state endpoint to the letters c, u, d and s of scopes for Basic.",
}, stateClosed(evidence.StateByUnscoped, evidence.StateBySearcher))

// StateCodeScopes verifies that a scope for one code opens no other.
var StateCodeScopes = stateCheck(Meta{
	ID:           "app-state.code-enforced",
	Title:        "A scope for one code of state opens no other code",
	Requirements: []string{"app-state-access"},
	Applies:      "the server claims smart-app-state and grants a scope such as patient/Basic.cuds?code=system|code",
	Remedy:       "Compare the code of the state with the code that the scope names, on every interaction.",
}, stateClosed(evidence.StateByOneCode))

// StateOthers verifies that state of other people is closed.
var StateOthers = stateCheck(Meta{
	ID:           "app-state.other-subjects",
	Title:        "The app of one patient does not reach the state of other patients and users",
	Requirements: []string{"app-state-access"},
	Applies:      "the server claims smart-app-state; the target file has a patient user, and a clinician or another patient",
	Remedy:       "Hold patient scopes for Basic to state about the patient in context, and user scopes to what the user may see.",
}, stateClosed(evidence.StateByOtherPerson))

// stateClosed makes a judgement of what somebody tried who may not do it.
func stateClosed(whos ...string) func(evidence.AppState) Verdict {
	return func(e evidence.AppState) Verdict {
		var t tally
		nothing := "it was not tried"
		if len(e.Untried) > 0 {
			nothing = few(e.Untried)
		}
		for _, s := range e.Trials {
			if slices.Contains(whos, s.Who) {
				nothing = tried(&t, s, nothing)
			}
		}
		return t.verdict("a refusal and no state of others", "nothing was reached", nothing)
	}
}

// tried counts one call. The same call succeeds for the app that may, so a refusal is one; a search that
// finds nothing tells something only when there is state to be found.
func tried(t *tally, s evidence.StateStep, nothing string) string {
	seen := s.Name + " " + s.Who + ": " + s.Describe()
	search := s.Code != ""
	switch {
	case s.Control && s.Finds(s.Exists):
	case s.Control:
		t.unsure("the token does not even find its own state: " + s.Describe())
	case search && (s.Finds(s.Exists) || s.Data()), !search && s.Succeeded():
		t.breaks(seen, s.Exchange)
	case giveUp(s.Status) != "":
		t.unsure(s.Name + " " + s.Who + " was " + giveUp(s.Status))
	case search && s.Succeeded() && s.Exists == "":
		return seen + ", where there is nothing to be found"
	default:
		t.holds(s.Exchange)
	}
	return nothing
}
