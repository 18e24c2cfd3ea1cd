package fhir

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// stateType is the resource type that the state of apps has.
const stateType = "Basic"

// states is what apps keep at a base of their own, apart from the other records
// (https://hl7.org/fhir/smart-app-launch/STU2.2/app-state.html).
type states struct {
	base   string // absolute URL, without a slash at its end
	held   map[string]resource
	issued int
}

// NewAppState returns the handler of a base that keeps the state of apps. o describes the FHIR base that the
// subjects belong to and whose tokens are good here, and base is the URL of this one.
func NewAppState(base string, o Options) http.Handler {
	s := New(o).(*server)
	s.states = &states{base: base, held: map[string]resource{}}
	return s
}

// keep does one interaction with the state of apps.
func (s *server) keep(who caller, req request) (response, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visit(who, s.records)
	switch {
	case len(req.path) == 1 && req.path[0] == stateType:
		return v.choose(req, verbs{
			http.MethodGet:  func() (response, *problem) { return v.findStates(req.query) },
			http.MethodPost: func() (response, *problem) { return v.createState(req) },
		})
	case len(req.path) == 2 && req.path[0] == stateType:
		return v.choose(req, verbs{
			http.MethodPut:    func() (response, *problem) { return v.updateState(req.path[1], req) },
			http.MethodDelete: func() (response, *problem) { return v.deleteState(req.path[1], req) },
		})
	}
	return response{}, problemf(http.StatusNotFound, "not-supported", "This base keeps resources of type %s for apps, and nothing else.", stateType)
}

func (v *visit) createState(req request) (response, *problem) {
	if v.has(faults.AppStateReadOnly) {
		return response{}, methodNotAllowed(req.method, "GET, OPTIONS")
	}
	if !v.mayEver(create) {
		return response{}, v.forbidden(create, stateType)
	}
	if p := v.unfit(req.body); p != nil {
		return response{}, p
	}
	v.states.issued++
	id := "state-" + strconv.Itoa(v.states.issued)
	if own := idOf(req.body); own != "" && v.has(faults.AppStateClientID) {
		id = own
	}
	state := v.asKept(req.body, id, 1)
	if !v.mayKeep(create, state) {
		return response{}, v.notCovered()
	}
	if p := v.crowded(state); p != nil {
		return response{}, p
	}
	v.states.held[id] = state
	answer := v.answerState(http.StatusCreated, state)
	answer.location = v.states.base + "/" + refOf(state)
	return answer, nil
}

// crowded reports that there is no room for one more state.
func (v *visit) crowded(state resource) *problem {
	if len(v.states.held) >= maxRecords {
		return tooMany()
	}
	for _, other := range v.states.held {
		if v.has(faults.AppStateSingle) && subjectOf(other) == subjectOf(state) {
			return problemf(http.StatusConflict, "duplicate", "There is state of %.80q.", subjectOf(state))
		}
	}
	return nil
}

func (v *visit) updateState(id string, req request) (response, *problem) {
	held, found := v.states.held[id]
	if !found && req.body != nil && idOf(req.body) == id && v.has(faults.AppStateResurrected) {
		held, found = stamped(req.body, id, "1", seeded), true
		req.ifMatch = etag(held)
	}
	if p := v.guardState(update, held, found, req, v.has(faults.AppStateConflictIgnored)); p != nil {
		return response{}, p
	}
	if idOf(req.body) != id {
		return response{}, problemf(http.StatusBadRequest, "invalid", "The id in the body is %.64q; the URL says %.64q.", idOf(req.body), id)
	}
	if p := v.unfit(req.body); p != nil {
		return response{}, p
	}
	moved := subjectOf(req.body) != subjectOf(held) || stateCode(req.body) != stateCode(held)
	if moved && !v.has(faults.AppStateRehomed) {
		return response{}, problemf(http.StatusPreconditionFailed, "conflict", "The code and the subject of state do not change.")
	}
	state := v.asKept(req.body, id, nextVersion(held))
	if v.has(faults.AppStateUpdateLost) {
		state = stamped(held, id, versionOf(state), seeded)
	}
	v.states.held[id] = state
	return v.answerState(http.StatusOK, state), nil
}

func (v *visit) deleteState(id string, req request) (response, *problem) {
	held, found := v.states.held[id]
	if p := v.guardState(remove, held, found, req, v.has(faults.AppStateDeleteOutdated)); p != nil {
		return response{}, p
	}
	if !v.has(faults.AppStateDeleteKept) {
		delete(v.states.held, id)
	}
	return response{status: http.StatusNoContent}, nil
}

// guardState says what keeps a change from being made: the scopes, or the version that it is based on. State
// that is gone, or out of reach, has no version that could match.
func (v *visit) guardState(letter string, held resource, found bool, req request, outdated bool) *problem {
	if !v.mayEver(letter) {
		return v.forbidden(letter, stateType)
	}
	if req.ifMatch == "" && !v.has(faults.AppStateIfMatchOptional) {
		return problemf(http.StatusPreconditionRequired, "required", "Say in If-Match which version of the state you have seen.")
	}
	switch {
	case !found || !v.mayKeep(letter, held):
		return problemf(http.StatusPreconditionFailed, "conflict", "There is no such state, or none within reach of this access token.")
	case req.ifMatch == "" || req.ifMatch == etag(held) || outdated:
		return nil
	case v.has(faults.AppStateConflict409):
		return problemf(http.StatusConflict, "conflict", "The state is at version %s by now.", etag(held))
	}
	return problemf(http.StatusPreconditionFailed, "conflict", "The state is at version %s by now.", etag(held))
}

// findStates answers a search by code and by subject, or for state without a subject.
func (v *visit) findStates(query url.Values) (response, *problem) {
	if !v.mayEver(search) {
		return response{}, v.forbidden(search, stateType)
	}
	code := query.Get("code")
	if code == "" {
		return response{}, problemf(http.StatusBadRequest, "required", "Search for state by its code.")
	}
	entries := list{}
	for _, id := range slices.Sorted(maps.Keys(v.states.held)) {
		state := v.states.held[id]
		if v.coded(state, code) && v.about(state, query) && v.mayKeep(search, state) {
			entries = append(entries, object{"fullUrl": v.states.base + "/" + refOf(state), "resource": state, "search": object{"mode": "match"}})
		}
	}
	bundle := object{"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
	if len(entries) > 0 {
		bundle["entry"] = entries
	}
	return response{status: http.StatusOK, body: bundle}, nil
}

func (v *visit) coded(state resource, wanted string) bool {
	if v.has(faults.AppStateCodePrefix) {
		return strings.HasPrefix(stateCode(state), wanted)
	}
	return stateCode(state) == wanted
}

// about reports whether the subject of a state is what a search wants.
func (v *visit) about(state resource, query url.Values) bool {
	subject := subjectOf(state)
	if v.has(faults.AppStateSubjectRelative) {
		subject = v.relative(subject)
	}
	if missing := query.Get("subject:missing"); missing != "" && !v.has(faults.AppStateMissingIgnored) && missing != strconv.FormatBool(subject == "") {
		return false
	}
	return !query.Has("subject") || query.Get("subject") == subject || v.has(faults.AppStateSubjectIgnored)
}

// mayEver reports whether a scope allows the interaction on state at all.
func (v *visit) mayEver(letter string) bool {
	return v.may(v.letterOf(letter), stateType) || v.anyScope()
}

// letterOf is the letter that an interaction takes.
func (v *visit) letterOf(letter string) string {
	if v.has(faults.AppStateWriteBySearch) {
		return search
	}
	return letter
}

// anyScope reports whether a valid token is enough; only by a defect.
func (v *visit) anyScope() bool { return v.has(faults.AppStateScopeUnchecked) && !v.caller.unchecked }

// mayKeep reports whether a scope allows the interaction on this very state: on its code and on its subject.
func (v *visit) mayKeep(letter string, state resource) bool {
	return v.anyScope() || slices.ContainsFunc(v.rules, func(r rule) bool {
		ofCode := r.Query == nil || v.has(faults.AppStateCodeUnchecked) || slices.Equal(r.Query["code"], []string{stateCode(state)}) && len(r.Query) == 1
		return r.Allows(v.letterOf(letter), stateType) && ofCode && v.subjectWithin(r, subjectOf(state))
	})
}

// subjectWithin reports whether a scope reaches state about a subject. State about nobody is for the whole
// clinic: apps of those who work there may keep it.
func (v *visit) subjectWithin(r rule, subject string) bool {
	kind, id, _ := splitReference(v.relative(subject))
	switch {
	case v.has(faults.AppStateAnySubject), r.Context == "system":
		return true
	case subject == "":
		return r.reach.everyone
	case kind == "Patient":
		patient, found := v.db.get(kind, id)
		return found && v.within(r.reach, search, patient)
	default:
		return r.Context == "user" && v.relative(subject) == v.relative(v.caller.User)
	}
}

const (
	maxState   = 256 << 10 // bytes of one state, as JSON
	smallState = 32 << 10
)

// subjectTypes are the types whose resources state can be about.
var subjectTypes = []string{"Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"}

// unfit reports what keeps a resource from being kept whole.
func (v *visit) unfit(body resource) *problem {
	limit, types := maxState, subjectTypes
	if v.has(faults.AppStateSmall) {
		limit = smallState
	}
	if v.has(faults.AppStatePatientsOnly) {
		types = types[:1]
	}
	refuse := func(format string, values ...any) *problem {
		return problemf(http.StatusUnprocessableEntity, "invalid", format, values...)
	}
	if typeOf(body) != stateType {
		return problemf(http.StatusBadRequest, "invalid", "The body is no %s.", stateType)
	}
	if encoded, err := json.Marshal(body); err != nil || len(encoded) > limit {
		return problemf(http.StatusRequestEntityTooLarge, "too-long", "State takes up to %d bytes.", limit)
	}
	if subject := subjectOf(body); subject != "" {
		kind, _, ok := splitReference(v.relative(subject))
		if !strings.HasPrefix(subject, v.Base+"/") || !ok || !slices.Contains(types, kind) {
			return refuse("The subject %.80q is no absolute reference to one of %s at %s.", subject, strings.Join(types, ", "), v.Base)
		}
	}
	if len(at(body, "code.coding")) != 1 || strings.HasSuffix(stateCode(body), "|") {
		return refuse("The code has to have exactly one coding.")
	}
	for _, extension := range at(body, "extension") {
		if !ofString(extension) && !v.has(faults.AppStateOddDropped) {
			return refuse("An extension has to have a url and a valueString, and nothing else.")
		}
	}
	return nil
}

// ofString reports whether an extension has a url and a valueString, and nothing else.
func ofString(extension any) bool {
	e, _ := extension.(object)
	_, isText := e["valueString"].(string)
	return isText && len(e) == 2 && text(e, "url") != ""
}

// asKept returns the state as it is stored.
func (v *visit) asKept(body resource, id string, version int) resource {
	state := stamped(body, id, strconv.Itoa(version), v.Now().UTC().Format(time.RFC3339))
	extensions, _ := state["extension"].(list)
	switch {
	case len(extensions) > 0 && v.has(faults.AppStateExtensionLost):
		state["extension"] = extensions[:1]
	case v.has(faults.AppStateOddDropped):
		state["extension"] = slices.DeleteFunc(slices.Clone(extensions), func(e any) bool { return !ofString(e) })
	}
	return state
}

// answerState is the answer to a write.
func (v *visit) answerState(status int, state resource) response {
	answer := response{status: status, body: state, stored: state}
	if v.has(faults.AppStateNoETag) {
		answer.stored = nil
	}
	if v.has(faults.AppStateNoBody) {
		answer.body = nil
	}
	return answer
}

func subjectOf(state resource) string { return first(at(state, "subject.reference")) }

// stateCode returns the coding of a state as system|code.
func stateCode(state resource) string {
	return first(at(state, "code.coding.system")) + "|" + first(at(state, "code.coding.code"))
}
