package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// StateSearched verifies that state is found by code and subject.
var StateSearched = stateCheck(Meta{
	ID:           "app-state.search",
	Title:        "State is found by its code and its subject",
	Requirements: []string{"app-state-search", "371"},
	Remedy:       "Support GET /Basic?code=system|code&subject=… with the absolute reference as it was stored, and answer with a Bundle.",
}, func(e evidence.AppState) Verdict {
	var t tally
	for _, name := range []string{evidence.StateSearch, evidence.StateSearchUser} {
		s, made := e.Step(name)
		if !made || s.Exists == "" || !taken(&t, s) {
			continue
		}
		if s.ResourceType == "Bundle" && s.Finds(s.Exists) {
			t.holds(s.Exchange)
		} else {
			t.breaks(name+": "+s.Describe()+", without the state that was made", s.Exchange)
		}
	}
	return t.verdict("200 with a Bundle that holds the state", "the state was found", noState)
})

// StateSearchExact verifies that a search finds nothing else.
var StateSearchExact = stateCheck(Meta{
	ID:           "app-state.search-exact",
	Title:        "A search for state finds exactly the code and the subject that it names",
	Requirements: []string{"app-state-search-exact"},
	Remedy:       "Compare code with system|code as a whole, and subject with the reference as a whole.",
}, func(e evidence.AppState) Verdict {
	var t tally
	for _, name := range []string{evidence.StateSearch, evidence.StateSearchUser, evidence.StateSearchPrefix} {
		s, made := e.Step(name)
		switch {
		case !made || giveUp(s.Status) != "":
		case strays(s) != "":
			t.breaks(name+" found "+strays(s), s.Exchange)
		case s.Succeeded():
			t.holds(s.Exchange)
		}
	}
	return t.verdict("state of this code and this subject alone", "nothing else was found", noState)
})

// strays says what a search found that it did not ask for; "" when there is nothing.
func strays(s evidence.StateStep) string {
	for _, found := range s.Found {
		if found.Subject != s.Subject {
			return fmt.Sprintf("state about %s when it asked for %s", shown(found.Subject), shown(s.Subject))
		}
		if !slices.Contains(found.Codes, s.Code) {
			return fmt.Sprintf("the code %s when it asked for %s", shown(few(found.Codes)), shown(s.Code))
		}
	}
	return ""
}

// StateSearchGlobal verifies the search for state about nobody.
var StateSearchGlobal = stateCheck(Meta{
	ID:           "app-state.search-global",
	Title:        "A search with subject:missing=true finds state without a subject and nothing else",
	Requirements: []string{"app-state-search-global"},
	Remedy:       "Support GET /Basic?code=system|code&subject:missing=true.",
}, func(e evidence.AppState) Verdict {
	s, made := e.Step(evidence.StateSearchGlobal)
	const expected = "200 with a Bundle of state without a subject"
	switch {
	case !made:
		return Skip(noState)
	case giveUp(s.Status) != "":
		return CannotJudge(s.Name+" was "+giveUp(s.Status), s.Exchange)
	case s.Exists == "" && (s.Status == 401 || s.Status == 403):
		return Skip("the user may not keep state about nobody, and may not search for it: " + s.Describe())
	case !s.Succeeded() || s.ResourceType != "Bundle":
		return Broken(expected, s.Describe(), s.Exchange)
	case strays(s) != "":
		return Broken(expected, "it found "+strays(s), s.Exchange)
	case s.Exists != "" && !s.Finds(s.Exists):
		return Broken(expected, s.Describe()+", without the state that was made", s.Exchange)
	default:
		return Holds("a Bundle of "+s.Describe(), s.Exchange)
	}
})
