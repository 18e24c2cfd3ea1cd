package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// AppState lists the checks of the state that apps keep.
var AppState = []Check{
	StateAdvertised, StateCreated, StatePersisted, StateWholeOrRefused, StateOwnID, StateETag, StateRepresentation, StatePerCode,
	StateSubjects, StateSize, StateUpdated, StateIfMatch, StateUpdateConflict, StateDeleteConflict, StateIdentity, StateDeleted,
	StateDeletedID, StateSearched, StateSearchExact, StateSearchGlobal, StateToken, StateScopes, StateCodeScopes, StateOthers,
}

var sinceAppState = []Version{V2_2_0}

const claimsAppState = "the server claims smart-app-state"

// StateAdvertised verifies that a server with app state says so.
var StateAdvertised = New(Meta{
	ID:           "app-state.advertised",
	Title:        "A server that keeps the state of apps claims smart-app-state",
	Level:        Shall,
	Requirements: []string{"app-state-advertised"},
	Versions:     sinceAppState,
	Applies:      "the server names an app state endpoint",
	Remedy:       "List smart-app-state in capabilities, or in the capabilities of an entry of associated_endpoints.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	endpoints, _ := m.members["associated_endpoints"].([]any)
	associated := slices.ContainsFunc(endpoints, func(raw any) bool {
		members, _ := raw.(map[string]any)
		return metadata{m.document, members}.lists("capabilities", appStateCapability)
	})
	switch {
	case m.claims(appStateCapability), associated:
		return m.holds("%s is claimed", appStateCapability)
	case m.has("smart_app_state_endpoint"):
		return m.broken(appStateCapability+" among the capabilities", m.state("smart_app_state_endpoint")+", and no such capability")
	default:
		return Skip("the server names no app state endpoint")
	}
}))

const appStateCapability = "smart-app-state"

// stateCheck makes a check of the state of an app.
func stateCheck(m Meta, judge func(evidence.AppState) Verdict) Check {
	m.Versions = sinceAppState
	if m.Level == "" {
		m.Level = Shall
	}
	if m.Applies == "" {
		m.Applies = claimsAppState
	}
	return New(m, evidence.AppStateKind, judge)
}

const noState = "no state could be kept (see app-state.create)"

// taken counts a step that has to succeed, and reports whether it did.
func taken(t *tally, s evidence.StateStep) bool {
	switch seen := s.Name + ": " + s.Describe(); {
	case s.Succeeded():
		return true
	case giveUp(s.Status) != "":
		t.unsure(s.Name + " was " + giveUp(s.Status))
	default:
		t.breaks(seen, s.Exchange)
	}
	return false
}

// StateCreated verifies that an app can keep state.
var StateCreated = stateCheck(Meta{
	ID:           "app-state.create",
	Title:        "An app can keep state",
	Requirements: []string{"app-state-create", "371"},
	Remedy:       "Support POST /Basic at the app state endpoint for apps with a scope such as patient/Basic.cuds.",
}, func(e evidence.AppState) Verdict {
	var t tally
	s, made := e.Step(evidence.StateCreate)
	if madeUp(e, s) {
		return Skip("the create was answered with " + s.Describe() + ", be it for the code, which smartcheck made up; name two codes in data.state of the target file")
	}
	if made && taken(&t, s) {
		t.holds(s.Exchange)
	}
	return t.verdict("201 for POST /Basic", "state was made", "nothing was tried")
})

// madeUp reports whether a server may have refused state for its code: apps need not be trusted with codes that
// nobody registered.
func madeUp(e evidence.AppState, s evidence.StateStep) bool {
	return !e.Named && slices.Contains([]int{400, 401, 403, 409, 422}, s.Status)
}

// lost says what of the state that was sent is not in the state that came back; "" when all of it is.
func lost(sent, got *evidence.State) string {
	var missing []string
	note := func(lacks bool, what string) {
		if lacks {
			missing = append(missing, what)
		}
	}
	note(got.ID == "", "no id")
	note(got.Version == "", "no meta.versionId")
	note(got.Subject != sent.Subject, fmt.Sprintf("the subject %s instead of %s", shown(got.Subject), shown(sent.Subject)))
	note(!slices.Equal(got.Codes, sent.Codes), fmt.Sprintf("the code %s instead of %s", shown(strings.Join(got.Codes, ", ")), shown(strings.Join(sent.Codes, ", "))))
	for _, extension := range sent.Extensions {
		note(!slices.Contains(got.Extensions, extension), "without the extension "+shorten(extension))
	}
	return few(missing)
}

// compared counts what a search found of the state that a step sent.
func compared(t *tally, sent, search evidence.StateStep) {
	found := search.FoundState(search.Exists)
	switch {
	case found == nil: // that is judged by app-state.search
	case lost(sent.Sent, found) != "":
		t.breaks(search.Name+": "+lost(sent.Sent, found), sent.Exchange, search.Exchange)
	default:
		t.holds(sent.Exchange, search.Exchange)
	}
}

// StatePersisted verifies that state is kept whole.
var StatePersisted = stateCheck(Meta{
	ID:           "app-state.persisted",
	Title:        "State is kept with its subject, its code and all its extensions",
	Requirements: []string{"app-state-persisted"},
	Remedy:       "Store the resource as it came, with an id and a meta.versionId of the server's.",
}, func(e evidence.AppState) Verdict {
	var t tally
	for _, pair := range []struct{ create, search string }{
		{evidence.StateCreate, evidence.StateSearch}, {evidence.StateCreateUser, evidence.StateSearchUser},
		{evidence.StateCreateGlobal, evidence.StateSearchGlobal},
	} {
		sent, made := e.Step(pair.create)
		found, searched := e.Step(pair.search)
		if made && searched && sent.Succeeded() {
			compared(&t, sent, found)
		}
	}
	return t.verdict("all that was sent, an id and a meta.versionId", "what was sent was found again", "no state that was made could be found (see app-state.create and app-state.search)")
})

// StateWholeOrRefused verifies that nothing is accepted that is not kept.
var StateWholeOrRefused = stateCheck(Meta{
	ID:           "app-state.whole-or-refused",
	Title:        "State that the server cannot keep whole is refused",
	Requirements: []string{"app-state-whole-or-refused"},
	Remedy:       "Answer 422 when an extension has a type that you do not store, and store nothing.",
}, func(e evidence.AppState) Verdict {
	sent, made := e.Step(evidence.StateCreateOdd)
	search, searched := e.Step(evidence.StateSearchOdd)
	switch {
	case !made:
		return Skip(noState)
	case giveUp(sent.Status) != "":
		return CannotJudge(sent.Name+" was "+giveUp(sent.Status), sent.Exchange)
	case !sent.Succeeded():
		return Holds(sent.Name+" was refused with "+sent.Describe(), sent.Exchange)
	case !searched || search.FoundState(search.Exists) == nil:
		return CannotJudge("what was accepted could not be found again (see app-state.search)", sent.Exchange)
	}
	var t tally
	compared(&t, sent, search)
	return t.verdict("a refusal, or all that was sent", "all of it was kept", noState)
})

// StateOwnID verifies that the server chooses id and version.
var StateOwnID = stateCheck(Meta{
	ID:           "app-state.own-id",
	Title:        "New state gets an id and a version of the server's",
	Requirements: []string{"app-state-own-id"},
	Remedy:       "Ignore id and meta.versionId of new state, or refuse it.",
}, func(e evidence.AppState) Verdict {
	s, made := e.Step(evidence.StateCreateWithID)
	switch {
	case !made || s.Sent == nil:
		return Skip(noState)
	case giveUp(s.Status) != "":
		return CannotJudge(s.Name+" was "+giveUp(s.Status), s.Exchange)
	case !s.Succeeded():
		return Holds(s.Name+" was refused with "+s.Describe(), s.Exchange)
	case s.Got != nil && (s.Got.ID == s.Sent.ID || s.Got.Version == s.Sent.Version), strings.Contains(s.Location, s.Sent.ID):
		return Broken("an id and a version of the server's", "those that the app sent", s.Exchange)
	default:
		return Holds("the server chose its own", s.Exchange)
	}
})

// written are the steps that write state and have to answer with it.
func written(e evidence.AppState) []evidence.StateStep {
	var all []evidence.StateStep
	for _, name := range []string{evidence.StateCreate, evidence.StateUpdate} {
		if s, made := e.Step(name); made && s.Succeeded() {
			all = append(all, s)
		}
	}
	return all
}

// StateETag verifies that writes are answered with an ETag.
var StateETag = stateCheck(Meta{
	ID:           "app-state.etag",
	Title:        "A write of state is answered with the ETag of the new version",
	Requirements: []string{"app-state-etag", "371"},
	Remedy:       `Send ETag: W/"…" with meta.versionId in it, another one after every change.`,
}, func(e evidence.AppState) Verdict {
	var t tally
	var other []string
	before := ""
	for _, s := range written(e) {
		switch {
		case s.ETag == "":
			t.breaks(s.Name+": no ETag", s.Exchange)
		case s.ETag == before:
			t.breaks(s.Name+": the ETag of the version before", s.Exchange)
		default:
			t.holds(s.Exchange)
		}
		if s.Got != nil && s.ETag != "" && !strings.Contains(s.ETag, `"`+s.Got.Version+`"`) {
			other = append(other, fmt.Sprintf("%s: ETag %s, meta.versionId %s", s.Name, shown(s.ETag), shown(s.Got.Version)))
		}
		before = s.ETag
	}
	if len(t.broken) == 0 && len(other) > 0 {
		return Discouraged("an ETag that holds meta.versionId", few(other), unique(t.evidence)...)
	}
	return t.verdict("an ETag for each version", "every version had its ETag", noState)
})

// StateRepresentation verifies that writes are answered with the resource.
var StateRepresentation = stateCheck(Meta{
	ID:           "app-state.representation",
	Title:        "A write of state is answered with the state as it is kept",
	Requirements: []string{"app-state-representation"},
	Remedy:       "Answer create and update with the stored Basic resource.",
}, func(e evidence.AppState) Verdict {
	var t tally
	for _, s := range written(e) {
		switch {
		case s.Got == nil:
			t.breaks(s.Name+": no Basic resource", s.Exchange)
		case lost(s.Sent, s.Got) != "":
			t.breaks(s.Name+": "+lost(s.Sent, s.Got), s.Exchange)
		default:
			t.holds(s.Exchange)
		}
	}
	return t.verdict("the Basic resource as it is stored", "every write was answered with the state", noState)
})

// StatePerCode verifies that there can be one state for each code.
var StatePerCode = stateCheck(Meta{
	ID:           "app-state.per-code",
	Title:        "An app can keep state under each of its codes",
	Requirements: []string{"app-state-per-code"},
	Remedy:       "Allow at least one state for each code and one for each pair of code and subject.",
}, func(e evidence.AppState) Verdict {
	first, _ := e.Step(evidence.StateCreate)
	if !first.Succeeded() {
		return Skip(noState)
	}
	var t tally
	s, made := e.Step(evidence.StateCreateOther)
	if madeUp(e, s) && s.Status != 409 {
		return Skip("the server may not know the second code: " + s.Describe())
	}
	if made && taken(&t, s) {
		t.holds(s.Exchange)
	}
	return t.verdict("201 beside the state under another code", "there was room for a second code", noState)
})

// StateSubjects verifies that state can be about patients and about users.
var StateSubjects = stateCheck(Meta{
	ID:           "app-state.subjects",
	Title:        "State can be about patients and about users",
	Requirements: []string{"app-state-subjects"},
	Remedy:       "Take Patient, Practitioner, PractitionerRole, RelatedPerson and Person as subject, as absolute references to your FHIR server.",
}, func(e evidence.AppState) Verdict {
	var t tally
	nothing := noState
	for _, name := range []string{evidence.StateCreate, evidence.StateCreateUser} {
		s, made := e.Step(name)
		switch {
		case !made || s.Sent == nil:
		case name == evidence.StateCreate && madeUp(e, s), !s.Succeeded() && s.Status != 400 && s.Status != 422:
			nothing = name + ": " + s.Describe() + ", which says nothing about the type of the subject"
		case taken(&t, s):
			t.holds(s.Exchange)
		}
	}
	return t.verdict("201 for state about a patient and about a user", "the subjects were taken", nothing)
})

// StateSize verifies that state of nearly 256 KB is taken.
var StateSize = stateCheck(Meta{
	ID:           "app-state.size",
	Title:        "State of nearly 256 KB is kept",
	Requirements: []string{"app-state-size"},
	Remedy:       "Allow resources of 256 KB at the app state endpoint.",
}, func(e evidence.AppState) Verdict {
	sent, made := e.Step(evidence.StateCreateLarge)
	switch {
	case !made:
		return Skip(noState)
	case slices.Contains([]int{401, 403, 409}, sent.Status):
		return Skip(sent.Name + ": " + sent.Describe() + ", which says nothing about the size")
	}
	var t tally
	if taken(&t, sent) {
		search, _ := e.Step(evidence.StateSearchLarge)
		compared(&t, sent, search)
	}
	return t.verdict("201, and the same text when it is searched for", "it was kept", "what was accepted could not be found again (see app-state.search)")
})
