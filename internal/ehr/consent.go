package ehr

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

type consentPage struct {
	Form
	App     string
	User    string
	Patient string // the name of the patient in context, or ""
	Scopes  []scopeChoice
}

type scopeChoice struct{ Scope, Meaning string }

func (t *tenant) showConsent(w http.ResponseWriter, _ *http.Request, it *interaction, s *session) {
	p := consentPage{
		Form: t.form(it, "consent"), App: it.request.client.Name, User: s.visit.user.Name, Patient: patientName(it.patient),
	}
	for _, raw := range it.request.scopes {
		p.Scopes = append(p.Scopes, scopeChoice{raw, meaning(raw)})
	}
	t.show(w, http.StatusOK, "consent", "Allow access", p, t.leavesFor(it))
}

// decide ends the interaction with a code, or with the error that the app is told.
func (t *tenant) decide(w http.ResponseWriter, r *http.Request, it *interaction, s *session, form parameters) {
	request := it.request
	denied := form.get("decision") != "allow"
	if denied && t.has(faults.DenialShowsPage) {
		t.interactions.drop(it.id)
		t.refuse(w, http.StatusOK, "Access denied", "You did not allow the app to see anything. You may close this page.")
		return
	}
	if denied && !t.has(faults.DenialIssuesCode) {
		t.end(w, it, t.errorCallback(r, request, "access_denied", "the user denied the request"))
		return
	}
	chosen := request.scopes
	if !denied && !t.has(faults.ConsentChoiceIgnored) {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(s string) bool { return !slices.Contains(form["scope"], s) })
	}
	if chosen = consistent(chosen, it); len(chosen) == 0 {
		t.end(w, it, t.errorCallback(r, request, "access_denied", "the user allowed none of the scopes"))
		return
	}
	if request.launch != nil && !t.consume(request.launch) {
		t.end(w, it, t.errorCallback(r, request, "invalid_request", "the launch value was used before or is too old; launch the app again"))
		return
	}
	t.end(w, it, t.approve(r, it, s, chosen))
}

// approve makes the grant and returns the callback that tells the app.
func (t *tenant) approve(r *http.Request, it *interaction, s *session, chosen []string) string {
	g := t.newGrant(it, s, chosen)
	if t.has(faults.DeclinedScopeServed) {
		g.declined = without(it.request.scopes, chosen...)
	}
	if it.request.responseType == "token" && t.has(faults.ImplicitEnabled) {
		return t.implicitCallback(r, it.request, t.grants.issueAccess(g, g.scopes, accessLifetime))
	}
	code := t.newCode(g)
	g.code = code
	t.grants.issueCode(code, g, it.request)
	return t.codeCallback(r, it.request, code)
}

// meanings explains the scopes that are not clinical.
var meanings = map[string]string{
	"openid":           "Know that it is you",
	"fhirUser":         "See your own entry in the record system",
	"profile":          "See your own entry in the record system",
	"launch":           "Open with what is on your screen",
	"launch/patient":   "Know which patient you chose",
	"launch/encounter": "Know which encounter you chose",
	imagingStudyScope:  "Know which imaging study you chose",
	"offline_access":   "Keep access while you are away",
	"online_access":    "Keep access until you sign out",
}

var verbs = map[rune]string{'c': "create", 'r': "read", 'u': "change", 'd': "delete", 's': "search"}

// meaning says in plain words what a scope allows.
func meaning(raw string) string {
	if text, ok := meanings[withoutRole(raw)]; ok {
		return text
	}
	s, ok := scope.Parse(raw)
	if !ok {
		return raw
	}
	var actions []string
	for _, letter := range s.Letters {
		actions = append(actions, verbs[letter])
	}
	what := s.Resource + " records"
	if s.Resource == "*" {
		what = "all records"
	}
	whose := map[string]string{"patient": "of the patient", "user": "that you may see"}[s.Context]
	text := fmt.Sprintf("%s %s %s", strings.Join(actions, ", "), what, whose)
	if s.Query != nil {
		text += ", limited to " + s.Query.Encode()
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
