package probe

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// AppState lists the probe of the state that apps keep.
func AppState() []Probe { return []Probe{of(evidence.AppStateKind, keepState)} }

const appStateCapability = "smart-app-state"

// keepState keeps state as an app, changes and deletes it, and tries in between what others can do with it. All
// of it is one probe, since a server may know only a few codes.
func keepState(ctx context.Context, s *session.Session) (evidence.AppState, error) {
	endpoint, err := stateEndpoint(ctx, s)
	if err != nil {
		return evidence.AppState{}, err
	}
	k := &keeper{ctx: ctx, session: s, scope: s.Scope(evidence.AppStateKind.Name()), kept: map[string]*keptState{}}
	k.found.Endpoint = endpoint
	app, err := k.stateApp()
	if err != nil {
		return k.found, err
	}
	k.app, k.found.Scope = app, app.granted
	colleague := k.colleague(app)
	k.sweep(app)
	mine := k.begin(app, colleague)
	if mine != nil {
		k.change(app, mine)
		k.trials(app, colleague, mine)
		k.end(app, mine)
	}
	k.clear()
	return k.found, k.err
}

// stateEndpoint returns where the server keeps the state of apps.
func stateEndpoint(ctx context.Context, s *session.Session) (string, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return "", err
	}
	for _, endpoint := range m.Associated {
		if !slices.Contains(endpoint.Capabilities, appStateCapability) {
			continue
		}
		if !s.OwnsToken(endpoint.URL) {
			return "", unavailable(fmt.Sprintf("app state is kept at %.100q, which is not on the host of the FHIR base: no token is sent there", endpoint.URL))
		}
		return strings.TrimRight(endpoint.URL, "/"), nil
	}
	if m.Claims(appStateCapability) {
		return strings.TrimRight(s.Config.FHIR, "/"), nil
	}
	return "", unavailable("the server does not claim " + appStateCapability)
}

// keeper keeps state and remembers what it has made. After an error it does nothing any more.
type keeper struct {
	ctx       context.Context
	session   *session.Session
	scope     *record.Scope
	app       stateApp
	code      string // as system|code
	otherCode string
	kept      map[string]*keptState
	found     evidence.AppState
	err       error
}

// keptState is state that the keeper made and that is still there.
type keptState struct {
	id, etag, token string
	body            map[string]any
}

// name chooses the codes: those of the target file, or new ones under the origin of the app.
func (k *keeper) name(redirect string) {
	if named := k.session.Config.Data.State; named.Code != "" {
		k.code, k.otherCode, k.found.Named = named.Code, named.OtherCode, true
		return
	}
	system := "urn:smartcheck"
	if u, err := url.Parse(redirect); err == nil && u.Host != "" {
		system = u.Scheme + "://" + u.Host
	}
	k.code = system + "|smartcheck-" + oauth.Random(6)
	k.otherCode = k.code + "-other"
}

// mark is the url of an extension by which smartcheck knows its own state again.
const mark = "/smartcheck"

// state returns state under a code and about a subject; about nobody when that is empty.
func state(code, subject, text string) map[string]any {
	system, value, _ := strings.Cut(code, "|")
	s := map[string]any{
		"resourceType": "Basic",
		"code":         map[string]any{"coding": []any{map[string]any{"system": system, "code": value}}},
		"extension": []any{
			map[string]any{"url": system + mark, "valueString": text},
			map[string]any{"url": system + mark + "/more", "valueString": `{"größe":"2 < 3","line":"a\nb"}`},
		},
	}
	if subject != "" {
		s["subject"] = map[string]any{"reference": subject}
	}
	return s
}

// do makes a call with a token, or without one, and returns the answer as a step.
func (k *keeper) do(token string, call session.Call) evidence.StateStep {
	var step evidence.StateStep
	if k.err != nil {
		return step
	}
	call.Path = k.found.Endpoint + "/Basic" + call.Path
	call.Token = token
	if body, ok := call.Body.(map[string]any); ok {
		step.Sent = stateOf(body)
	}
	call.Whole = func(r map[string]any) {
		entries, _ := r["entry"].([]any)
		for _, e := range entries {
			entry, _ := e.(map[string]any)
			if inner, ok := entry["resource"].(map[string]any); ok && inner["resourceType"] != "OperationOutcome" {
				step.Found = append(step.Found, *stateOf(inner))
			}
		}
		if r["resourceType"] == "Basic" {
			step.Got = stateOf(r)
		}
	}
	step.FHIRAnswer, k.err = k.session.FHIR(k.ctx, k.scope, call)
	return step
}

// note keeps a step for the checks.
func (k *keeper) note(s evidence.StateStep) evidence.StateStep {
	if k.err == nil {
		k.found.Steps = append(k.found.Steps, s)
	}
	return s
}

// create makes state, and returns it; nil when the server refused.
func (k *keeper) create(token, name string, body map[string]any) *keptState {
	return k.remember(token, body, k.note(k.do(token, session.Call{Name: name, Method: http.MethodPost, Body: body})))
}

// remember keeps in mind what a create made.
func (k *keeper) remember(token string, body map[string]any, s evidence.StateStep) *keptState {
	if k.err != nil || !s.Succeeded() {
		return nil
	}
	made := &keptState{id: idIn(s.Location, "Basic"), etag: etagOf(s), token: token, body: body}
	if s.Got != nil && s.Got.ID != "" {
		made.id = s.Got.ID
	}
	if made.id == "" {
		return nil
	}
	k.kept[made.id] = made
	return made
}

// etagOf returns the ETag of a step, or else the one that its resource has by the rules of FHIR.
func etagOf(s evidence.StateStep) string {
	if s.ETag == "" && s.Got != nil && s.Got.Version != "" {
		return `W/"` + s.Got.Version + `"`
	}
	return s.ETag
}

// updating is the call that replaces state.
func updating(name string, held *keptState, etag string, body map[string]any) session.Call {
	body["id"] = held.id
	return session.Call{Name: name, Method: http.MethodPut, Path: "/" + url.PathEscape(held.id), IfMatch: etag, Body: body}
}

func deleting(name string, held *keptState, etag string) session.Call {
	return session.Call{Name: name, Method: http.MethodDelete, Path: "/" + url.PathEscape(held.id), IfMatch: etag}
}

// changed takes over what a write has made of state.
func (k *keeper) changed(held *keptState, s evidence.StateStep) evidence.StateStep {
	if k.err == nil && s.Succeeded() {
		if held.etag = etagOf(s); s.Sent == nil {
			delete(k.kept, held.id)
		}
	}
	return s
}

// searching is the call that searches by code and subject, or for state without a subject.
func searching(name, code, subject string) session.Call {
	query := url.Values{"code": {code}}
	if subject == "" {
		query.Set("subject:missing", "true")
	} else {
		query.Set("subject", subject)
	}
	return session.Call{Name: name, Path: "?" + query.Encode()}
}

// search searches with the token of the app. held is what exists and matches; it may be nil.
func (k *keeper) search(token, name, code, subject string, held *keptState) evidence.StateStep {
	step := k.do(token, searching(name, code, subject))
	step.Code, step.Subject = code, subject
	if held != nil {
		step.Exists = held.id
	}
	return k.note(step)
}

// sweep deletes what an earlier run has left behind under the codes of the target file.
func (k *keeper) sweep(app stateApp) {
	if !k.found.Named {
		return // the codes are new
	}
	for _, code := range []string{k.code, k.otherCode} {
		for _, left := range k.do(app.token, searching("what an earlier run has left", code, app.subject)).Found {
			if slices.ContainsFunc(left.Extensions, func(e string) bool { return strings.Contains(e, mark) }) {
				held := &keptState{id: left.ID, etag: `W/"` + left.Version + `"`}
				k.do(app.token, deleting("tidying up", held, held.etag))
			}
		}
	}
}

// clear deletes what is still there. An error of before does not keep it from that.
func (k *keeper) clear() {
	failed := k.err
	for _, id := range slices.Sorted(maps.Keys(k.kept)) {
		held := k.kept[id]
		k.err = nil
		k.do(held.token, deleting("tidying up", held, held.etag))
	}
	if failed != nil {
		k.err = failed
	}
}

// stateOf takes a resource apart.
func stateOf(r map[string]any) *evidence.State {
	var s evidence.State
	s.Type, _ = r["resourceType"].(string)
	s.ID, _ = r["id"].(string)
	meta, _ := r["meta"].(map[string]any)
	s.Version, _ = meta["versionId"].(string)
	subject, _ := r["subject"].(map[string]any)
	s.Subject, _ = subject["reference"].(string)
	code, _ := r["code"].(map[string]any)
	codings, _ := code["coding"].([]any)
	for _, c := range codings {
		coding, _ := c.(map[string]any)
		s.Codes = append(s.Codes, fmt.Sprintf("%v|%v", coding["system"], coding["code"]))
	}
	extensions, _ := r["extension"].([]any)
	for _, e := range extensions {
		s.Extensions = append(s.Extensions, digest(e))
	}
	return &s
}

// digest returns a value as JSON, or what tells a long one from others.
func digest(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if len(raw) > 300 {
		return fmt.Sprintf("%d bytes, SHA-256 %x", len(raw), sha256.Sum256(raw))
	}
	return string(raw)
}
