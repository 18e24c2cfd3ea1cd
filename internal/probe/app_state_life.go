package probe

import (
	"maps"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// begin makes state under both codes, and in the ways that a server may refuse. It returns the state that the
// rest works with; nil when the server took none.
func (k *keeper) begin(app stateApp, colleague *stateApp) *keptState {
	mine := k.create(app.token, evidence.StateCreate, state(k.code, app.subject, "first"))
	if mine == nil {
		return nil
	}
	k.odd(app)
	k.create(app.token, evidence.StateCreateOther, state(k.otherCode, app.subject, "other"))
	k.search(app.token, evidence.StateSearch, k.code, app.subject, mine)
	k.search(app.token, evidence.StateSearchPrefix, k.code[:len(k.code)-1], app.subject, nil)
	who := app
	if colleague != nil {
		who = *colleague
		about := k.create(who.token, evidence.StateCreateUser, state(k.code, who.subject, "of the user"))
		k.search(who.token, evidence.StateSearchUser, k.code, who.subject, about)
	}
	global := k.create(who.token, evidence.StateCreateGlobal, state(k.code, "", "of nobody"))
	k.search(who.token, evidence.StateSearchGlobal, k.code, "", global)
	k.drop(global)
	return mine
}

// largeState is how long the text of large state is: with what is around it, a little less than 256 KB.
const largeState = 249_000

// odd makes state that a server may refuse, and need not hide: with an id of its own, with an extension of
// another type, and large. Each is gone again before the next, since a server may keep one for each code.
func (k *keeper) odd(app stateApp) {
	own := state(k.otherCode, app.subject, "own id")
	own["id"], own["meta"] = "smartcheck-own-id", map[string]any{"versionId": "smartcheck-7"}
	k.drop(k.create(app.token, evidence.StateCreateWithID, own))

	number := state(k.otherCode, app.subject, "number")
	system, _, _ := strings.Cut(k.otherCode, "|")
	number["extension"] = append(number["extension"].([]any), map[string]any{"url": system + mark + "/number", "valueInteger": 7})
	if held := k.create(app.token, evidence.StateCreateOdd, number); held != nil {
		k.search(app.token, evidence.StateSearchOdd, k.otherCode, app.subject, held)
		k.drop(held)
	}
	large := state(k.otherCode, app.subject, strings.Repeat("smartcheck ", largeState/11))
	if held := k.create(app.token, evidence.StateCreateLarge, large); held != nil {
		k.search(app.token, evidence.StateSearchLarge, k.otherCode, app.subject, held)
		k.drop(held)
	}
}

// drop deletes state at once.
func (k *keeper) drop(held *keptState) {
	if held != nil && k.err == nil {
		k.changed(held, k.do(held.token, deleting("tidying up", held, held.etag)))
	}
}

// change updates state, rightly and wrongly.
func (k *keeper) change(app stateApp, mine *keptState) {
	update := func(name, etag string, body map[string]any) bool {
		return k.note(k.changed(mine, k.do(app.token, updating(name, mine, etag, body)))).Succeeded()
	}
	second := state(k.code, app.subject, "second")
	update(evidence.StateUpdateBare, "", state(k.code, app.subject, "without If-Match"))
	first := mine.etag
	if !update(evidence.StateUpdate, mine.etag, second) {
		return // then nothing is outdated
	}
	mine.body = second
	k.search(app.token, evidence.StateSearchUpdated, k.code, app.subject, mine)
	if mine.etag != first {
		update(evidence.StateUpdateOutdated, first, state(k.code, app.subject, "outdated"))
	}
	for _, moved := range []struct {
		name string
		body map[string]any
	}{
		{evidence.StateUpdateCode, state(k.otherCode, app.subject, "moved")},
		{evidence.StateUpdateSubject, state(k.code, "", "moved")},
	} {
		if update(moved.name, mine.etag, moved.body) {
			k.changed(mine, k.do(app.token, updating("an update that moves it back", mine, mine.etag, maps.Clone(second))))
		}
	}
}

// end deletes state, wrongly and rightly, and uses its id once more.
func (k *keeper) end(app stateApp, mine *keptState) {
	remove := func(name, etag string) bool {
		return k.note(k.changed(mine, k.do(app.token, deleting(name, mine, etag)))).Succeeded()
	}
	last := mine.etag
	outdated, updated := k.found.Step(evidence.StateCreate)
	if remove(evidence.StateDeleteBare, "") {
		return
	}
	if old := etagOf(outdated); updated && old != last && remove(evidence.StateDeleteOutdated, old) {
		return
	}
	if !remove(evidence.StateDelete, last) {
		return
	}
	k.search(app.token, evidence.StateSearchDeleted, k.code, app.subject, mine)
	again := maps.Clone(mine.body)
	k.remember(app.token, again, k.note(k.do(app.token, updating(evidence.StateUpdateDeleted, mine, last, again))))
	k.note(k.do(app.token, deleting(evidence.StateDeleteDeleted, mine, last)))
}
