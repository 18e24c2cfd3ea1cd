package probe

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// trials tries what others can do with state: those without a token, those with a token for less, and the app
// of another patient.
func (k *keeper) trials(app stateApp, colleague *stateApp, mine *keptState) {
	prey := k.preyUnder(k.otherCode, app.subject)
	k.tryAll(evidence.StateByNobody, "", app, mine, prey)
	if token := k.lesser(app, "", func(granted string) bool { return exactly(granted, "", "Basic") }); token != "" {
		k.tryAll(evidence.StateByUnscoped, token, app, mine, prey)
	}
	if token := k.lesser(app, app.scope("s"), func(granted string) bool { return exactly(granted, "s", "Basic") }); token != "" {
		k.control(evidence.StateBySearcher, token, app, mine)
		k.tryWrites(evidence.StateBySearcher, token, state(k.otherCode, app.subject, "by a searcher"), prey)
	}
	k.tryOneCode(app, mine, prey)
	k.tryOthers(app, colleague)
}

// tryOneCode tries, with a token for the first code, what concerns the other.
func (k *keeper) tryOneCode(app stateApp, mine, prey *keptState) {
	if !app.granular {
		k.untried("the server does not claim permission-v2, which scopes for one code take")
		return
	}
	if token := k.lesser(app, app.oneCode(k.code), k.onlyOneCode); token != "" {
		k.control(evidence.StateByOneCode, token, app, mine)
		k.trySearch(evidence.StateByOneCode, token, k.otherCode, app.subject, prey)
		k.tryWrites(evidence.StateByOneCode, token, state(k.otherCode, app.subject, "by an app of one code"), prey)
	}
}

// lesser gets a token for less than keeping state takes; "" when the server gives none.
func (k *keeper) lesser(app stateApp, clinical string, fits func(string) bool) string {
	if k.err != nil {
		return ""
	}
	token, granted, err := k.narrowed(app, clinical, fits)
	if k.err = err; err == nil && token == "" {
		k.untried(fmt.Sprintf("the server grants %q to an app that asks for the scope %q alone", granted, clinical))
	}
	return token
}

// onlyOneCode reports whether every granted scope for state is held to the first code.
func (k *keeper) onlyOneCode(granted string) bool {
	held := 0
	for _, s := range scope.Clinical(granted) {
		switch {
		case s.Resource != "Basic" && s.Resource != "*":
		case slices.Equal(s.Query["code"], []string{k.code}):
			held++
		default:
			return false
		}
	}
	return held > 0 && keeps(granted)
}

// preyUnder returns the state that others try to change; nil when there is none.
func (k *keeper) preyUnder(code, subject string) *keptState {
	for _, held := range k.kept {
		if s := stateOf(held.body); s.Subject == subject && slices.Equal(s.Codes, []string{code}) {
			return held
		}
	}
	return nil
}

// try makes one call that has to be refused and keeps the answer.
func (k *keeper) try(who, token string, call session.Call) evidence.StateStep {
	return k.tried(evidence.StateStep{Who: who}, k.do(token, call))
}

// tried keeps the answer to a call, described by step.
func (k *keeper) tried(step, answer evidence.StateStep) evidence.StateStep {
	answer.Who, answer.Code, answer.Exists, answer.Control = step.Who, step.Code, step.Exists, step.Control
	if k.err == nil {
		k.found.Trials = append(k.found.Trials, answer)
	}
	return answer
}

func (k *keeper) trySearch(who, token, code, subject string, held *keptState) {
	step := evidence.StateStep{Who: who, Code: code}
	if held != nil {
		step.Exists = held.id
	}
	k.tried(step, k.do(token, searching("a search", code, subject)))
}

// control searches for what the token has to find.
func (k *keeper) control(who, token string, app stateApp, mine *keptState) {
	step := evidence.StateStep{Who: who, Code: k.code, Exists: mine.id, Control: true}
	k.tried(step, k.do(token, searching("a search within the scope", k.code, app.subject)))
}

// tryAll searches for state, makes state, and changes and deletes it.
func (k *keeper) tryAll(who, token string, app stateApp, mine, prey *keptState) {
	k.trySearch(who, token, k.code, app.subject, mine)
	k.tryWrites(who, token, state(k.otherCode, app.subject, "by somebody else"), prey)
}

// tryWrites makes new state, and sends prey back as it is and deletes it. What a server that allows this has
// made is deleted in the end.
func (k *keeper) tryWrites(who, token string, body map[string]any, prey *keptState) {
	k.remember(k.app.token, body, k.try(who, token, session.Call{Name: "a create", Method: http.MethodPost, Body: body}))
	if prey == nil || k.kept[prey.id] == nil {
		return
	}
	k.changed(prey, k.try(who, token, updating("an update", prey, prey.etag, maps.Clone(prey.body))))
	k.changed(prey, k.try(who, token, deleting("a delete", prey, prey.etag)))
}

// tryOthers tries, as the app of one patient, what concerns another patient and the clinician.
func (k *keeper) tryOthers(app stateApp, colleague *stateApp) {
	other := k.session.Config.Data.OtherPatient
	if app.context != "patient" {
		k.untried("the target file has no users.patient, who must not see the state of others")
		return
	}
	if colleague != nil {
		theirs := k.preyUnder(k.code, colleague.subject)
		k.trySearch(evidence.StateByOtherPerson, app.token, k.code, colleague.subject, theirs)
		k.tryWrites(evidence.StateByOtherPerson, app.token, state(k.otherCode, colleague.subject, "about the clinician"), theirs)
	}
	if other == "" {
		k.untried("the target file has no data.otherPatient")
		return
	}
	subject := strings.TrimRight(k.session.Config.FHIR, "/") + "/Patient/" + url.PathEscape(other)
	var theirs *keptState
	if colleague != nil {
		body := state(k.code, subject, "of another patient")
		theirs = k.remember(colleague.token, body, k.do(colleague.token, session.Call{Name: "a create by the clinician", Method: http.MethodPost, Body: body}))
	}
	k.trySearch(evidence.StateByOtherPerson, app.token, k.code, subject, theirs)
	k.tryWrites(evidence.StateByOtherPerson, app.token, state(k.otherCode, subject, "about another patient"), theirs)
}
