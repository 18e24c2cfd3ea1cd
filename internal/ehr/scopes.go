package ehr

import (
	"net/http"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// checkScopes settles which of the requested scopes the user will be asked for. Scopes that are
// unknown, or more than the client may have, are dropped.
func (t *tenant) checkScopes(_ *http.Request, q *authorizationRequest, form parameters) *oauthError {
	for _, s := range scope.Split(form.get("scope")) {
		if t.has(faults.MalformedLettersAll) {
			s = guessed(s)
		}
		if t.grantable(q.client, s, "patient", "user") && !slices.Contains(q.scopes, s) {
			q.scopes = append(q.scopes, s)
		}
	}
	if q.launch == nil {
		q.scopes = without(q.scopes, "launch")
	}
	if t.has(faults.PatientScopeAloneBlank) && q.infersPatient() {
		return refusal("", "patient scopes need launch/patient")
	}
	if q.scopes = withoutOrphans(q.scopes); len(q.scopes) == 0 {
		return refusal("invalid_scope", "none of the requested scopes can be granted to this app")
	}
	return nil
}

// grantable reports whether the client may have the scope in one of the contexts.
func (t *tenant) grantable(c *registeredClient, raw string, contexts ...string) bool {
	s, clinical := scope.Parse(raw)
	if !clinical {
		raw = t.knownScope(raw)
		_, known := meanings[raw]
		return known && slices.Contains(contexts, "user") && slices.Contains(c.Scopes, raw) || !known && t.has(faults.UnknownScopeGranted)
	}
	foreign := s.V1 && t.has(faults.V1ScopesDropped) || !s.V1 && (t.has(faults.V2ScopesDropped) || !t.since(stu2))
	refused := s.Resource == "*" && strings.Contains(s.Letters, "d") && t.has(faults.ListedScopeRefused)
	if foreign || refused || !slices.Contains(contexts, s.Context) {
		return false
	}
	return slices.ContainsFunc(c.Scopes, func(allowed string) bool {
		a, ok := scope.Parse(allowed)
		return ok && a.Covers(s)
	})
}

// imagingStudyScope asks for the one context beside patient and encounter that the EHR knows.
const imagingStudyScope = "launch/imagingstudy"

// knownScope is the scope as clients are registered for it. Roles are of SMART App Launch 2.2, and context
// beside patient and encounter has had a place in the token response since 2.0.
func (t *tenant) knownScope(raw string) string {
	if studyScope(raw) && !t.since(stu2) {
		return ""
	}
	if t.since(stu22) {
		return withoutRole(raw)
	}
	return raw
}

// withoutRole cuts the role off a context scope. The EHR knows none, and gives what it has of the type
// (https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-context-data).
func withoutRole(raw string) string {
	kind, role, ok := scope.Context(raw)
	if !ok || role == "" || kind == "patient" || kind == "encounter" {
		return raw
	}
	return "launch/" + kind
}

// guessed takes letters that cannot be read for all letters; only a defect does.
func guessed(raw string) string {
	_, clinical := scope.Parse(raw)
	head, _, dotted := strings.Cut(raw, ".")
	if clinical || !dotted || !strings.Contains(head, "/") {
		return raw
	}
	return head + ".cruds"
}

// withoutOrphans drops the scopes that mean nothing without another one: fhirUser and profile are claims
// of an ID token, which only openid brings.
func withoutOrphans(scopes []string) []string {
	if slices.Contains(scopes, "openid") {
		return scopes
	}
	return without(scopes, "fhirUser", "profile")
}

// consistent drops what the user's choices leave without meaning: orphans, and the context scopes for
// which there was nothing to pick.
func consistent(scopes []string, it *interaction) []string {
	if it.encounter == "" {
		scopes = without(scopes, "launch/encounter")
	}
	if it.study == "" {
		scopes = slices.DeleteFunc(slices.Clone(scopes), studyScope)
	}
	return withoutOrphans(scopes)
}

func without(scopes []string, dropped ...string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(dropped, s) })
}

// needsPatient reports whether a patient has to be in context: the app asked for one, or for records
// that hang on one.
func (q *authorizationRequest) needsPatient() bool {
	return q.needsEncounter() || q.needsStudy() || slices.Contains(q.scopes, "launch/patient") || slices.ContainsFunc(q.scopes, patientScope)
}

// infersPatient reports whether the app asks for a patient's records and not for the patient.
func (q *authorizationRequest) infersPatient() bool {
	return q.launch == nil && slices.ContainsFunc(q.scopes, patientScope) && !slices.Contains(q.scopes, "launch/patient")
}

func (q *authorizationRequest) needsEncounter() bool {
	return slices.Contains(q.scopes, "launch/encounter")
}

func (q *authorizationRequest) needsStudy() bool { return slices.ContainsFunc(q.scopes, studyScope) }

func studyScope(raw string) bool { return withoutRole(raw) == imagingStudyScope }

func patientScope(raw string) bool { return strings.HasPrefix(raw, "patient/") }

// granted turns the scopes that the user chose into those of the grant: the same ones.
func (t *tenant) granted(c *registeredClient, chosen []string, patient string) []string {
	switch {
	case t.has(faults.ScopeWidened):
		for _, s := range c.Scopes {
			_, clinical := scope.Parse(s)
			if clinical && !slices.Contains(chosen, s) && (patient != "" || !patientScope(s)) {
				chosen = append(slices.Clone(chosen), s)
			}
		}
	case t.has(faults.ScopeWriteAdded):
		chosen = mapScopes(chosen, func(s scope.Scope) string { return respell(s, "cruds", "*") })
	case t.has(faults.ClinicalScopesDropped):
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(raw string) bool {
			_, clinical := scope.Parse(raw)
			return clinical
		})
	case t.has(faults.WildcardMisexpanded):
		chosen = expanded(chosen, "Patient", "Observation", "Immunization")
	}
	return chosen
}

// expanded writes each wildcard as a list of types.
func expanded(scopes []string, types ...string) []string {
	var out []string
	for _, raw := range scopes {
		before, after, wildcard := strings.Cut(raw, "/*.")
		if !wildcard {
			out = append(out, raw)
			continue
		}
		for _, kind := range types {
			out = append(out, before+"/"+kind+"."+after)
		}
	}
	return out
}

// spelled is how the tenant tells the granted scopes to the app.
func (t *tenant) spelled(scopes []string) string {
	switch {
	case t.has(faults.ScopeCommaSeparated):
		return strings.Join(scopes, ",")
	case t.has(faults.V1ReturnedAsV2):
		scopes = mapScopes(scopes, func(s scope.Scope) string { return respell(s, s.Letters, s.Letters) })
	}
	return strings.Join(scopes, " ")
}

func mapScopes(scopes []string, respelled func(scope.Scope) string) []string {
	out := make([]string, len(scopes))
	for i, raw := range scopes {
		out[i] = raw
		if s, clinical := scope.Parse(raw); clinical {
			out[i] = respelled(s)
		}
	}
	return out
}

// respell writes a clinical scope with other letters, or another verb if it is of version 1.
func respell(s scope.Scope, letters, verb string) string {
	if s.V1 {
		letters = verb
	}
	_, query, granular := strings.Cut(s.Raw, "?")
	out := s.Context + "/" + s.Resource + "." + letters
	if granular {
		out += "?" + query
	}
	return out
}
