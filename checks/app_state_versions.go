package checks

import (
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// StateUpdated verifies that state can be changed.
var StateUpdated = stateCheck(Meta{
	ID:           "app-state.update",
	Title:        "An app can change the current version of its state",
	Requirements: []string{"app-state-update", "371"},
	Remedy:       "Support PUT /Basic/[id] with the ETag of the current version in If-Match, and store what came.",
}, func(e evidence.AppState) Verdict {
	var t tally
	sent, made := e.Step(evidence.StateUpdate)
	if !made {
		return Skip(noState)
	}
	if taken(&t, sent) {
		search, _ := e.Step(evidence.StateSearchUpdated)
		compared(&t, sent, search)
	}
	return t.verdict("200, and the new content when it is searched for", "the state was changed", "the updated state could not be found (see app-state.search)")
})

const refusedAs = "412 Precondition Failed"

// preconditioned makes a judgement of steps that have to end in 412. A refusal by access control counts for
// those that access decides first.
func preconditioned(access []string, names ...string) func(evidence.AppState) Verdict {
	return func(e evidence.AppState) Verdict {
		var t tally
		for _, name := range names {
			s, made := e.Step(name)
			switch {
			case !made:
			case s.Status == 412, slices.Contains(access, name) && (s.Status == 401 || s.Status == 403):
				t.holds(s.Exchange)
			case giveUp(s.Status) != "":
				t.unsure(name + " was " + giveUp(s.Status))
			default:
				t.breaks(name+": "+s.Describe(), s.Exchange)
			}
		}
		return t.verdict(refusedAs, "refused with 412", "the steps before did not succeed (see app-state.create, app-state.update and app-state.delete)")
	}
}

// StateIfMatch verifies that changes need If-Match.
var StateIfMatch = stateCheck(Meta{
	ID:           "app-state.if-match-required",
	Title:        "State is not changed or deleted without If-Match",
	Requirements: []string{"app-state-update-if-match", "app-state-delete-if-match"},
	Remedy:       "Refuse PUT and DELETE that come without If-Match.",
}, func(e evidence.AppState) Verdict {
	var t tally
	for _, name := range []string{evidence.StateUpdateBare, evidence.StateDeleteBare} {
		s, made := e.Step(name)
		switch {
		case !made:
		case s.Succeeded():
			t.breaks(name+": "+s.Describe(), s.Exchange)
		case giveUp(s.Status) != "":
			t.unsure(name + " was " + giveUp(s.Status))
		default:
			t.holds(s.Exchange)
		}
	}
	return t.verdict("a refusal", "refused", noState)
})

// StateUpdateConflict verifies that an outdated version does not overwrite a newer one.
var StateUpdateConflict = stateCheck(Meta{
	ID:           "app-state.update-conflict",
	Title:        "An update of an outdated version is refused with 412",
	Requirements: []string{"app-state-update-conflict", "371"},
	Remedy:       "Compare If-Match with the ETag of the current version, and answer 412 when they differ.",
}, preconditioned(nil, evidence.StateUpdateOutdated))

// StateDeleteConflict verifies that an outdated version does not delete a newer one.
var StateDeleteConflict = stateCheck(Meta{
	ID:           "app-state.delete-conflict",
	Title:        "A delete of an outdated version is refused with 412",
	Requirements: []string{"app-state-delete-conflict"},
	Remedy:       "Compare If-Match with the ETag of the current version, and answer 412 when they differ.",
}, preconditioned(nil, evidence.StateDeleteOutdated))

// StateIdentity verifies that code and subject stay.
var StateIdentity = stateCheck(Meta{
	ID:           "app-state.identity-fixed",
	Title:        "An update that changes the code or the subject of state is refused with 412",
	Requirements: []string{"app-state-identity-fixed"},
	Remedy:       "Compare code and subject with what is stored, and answer 412 when they differ.",
}, preconditioned([]string{evidence.StateUpdateSubject}, evidence.StateUpdateCode, evidence.StateUpdateSubject))

// StateDeleted verifies that state can be deleted.
var StateDeleted = stateCheck(Meta{
	ID:           "app-state.delete",
	Title:        "An app can delete its state",
	Requirements: []string{"app-state-delete", "371"},
	Remedy:       "Support DELETE /Basic/[id] with the ETag of the current version in If-Match.",
}, func(e evidence.AppState) Verdict {
	s, made := e.Step(evidence.StateDelete)
	if !made {
		return Skip("there was no state to delete (see app-state.create and app-state.if-match-required)")
	}
	var t tally
	if taken(&t, s) {
		search, _ := e.Step(evidence.StateSearchDeleted)
		if search.Finds(search.Exists) {
			t.breaks(search.Name+" found it", s.Exchange, search.Exchange)
		} else {
			t.holds(s.Exchange, search.Exchange)
		}
	}
	return t.verdict("200 or 204, and nothing to be found", "the state is gone", noState)
})

// StateDeletedID verifies that the id of deleted state is not used again. For a second delete the rules of FHIR
// go first, by which it may succeed.
var StateDeletedID = stateCheck(Meta{
	ID:           "app-state.deleted-id",
	Title:        "An update of deleted state is refused with 412",
	Requirements: []string{"app-state-deleted-id"},
	Remedy:       "Answer 412 to an update of state that was deleted; make nothing anew under its id.",
}, preconditioned(nil, evidence.StateUpdateDeleted))
