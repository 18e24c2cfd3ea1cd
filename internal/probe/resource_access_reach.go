package probe

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// patientOnly returns a caller whose token searches and reads for one patient: with the wildcard where it
// is granted, or else with the scopes of the target's resource. ok is false when the token may do more
// than that, or less.
func patientOnly(ctx context.Context, s *session.Session, name string) (c *caller, ok bool, err error) {
	grant, _, err := wildcardGrant(ctx, s)
	if err != nil {
		return nil, false, err
	}
	resource := s.Config.Data.Resource
	if !grant.Evidence.Worked() || !allowedIn(grant, "s", resource) {
		if grant, err = patientGrant(ctx, s, "patient/Patient"+readLetters(s), "patient/"+resource+readLetters(s)); err != nil {
			return nil, false, err
		}
	}
	c = callerFor(ctx, s, name, grant)
	clinical := scope.Clinical(c.access.Scope)
	beyond := slices.ContainsFunc(clinical, func(g scope.Scope) bool { return g.Context != "patient" })
	return c, c.access.Patient != "" && !beyond && reads(c.access.Scope, resource) && allowed(c.access.Scope, "s", resource), nil
}

func allowedIn(g session.Grant, letter, resource string) bool {
	granted, _ := g.Evidence.Token.Text("scope")
	return allowed(granted, letter, resource)
}

// confined tries the ways by which a patient scope might reach the record of another patient.
func confined(ctx context.Context, s *session.Session) (evidence.Access, error) {
	data := s.Config.Data
	if data.OtherPatient == "" {
		return evidence.Access{}, unavailable("the target file has no data.otherPatient")
	}
	c, ok, err := patientOnly(ctx, s, evidence.ConfinedKind.Name())
	if err != nil || !ok {
		return evidence.Access{}, orUnavailable(err, "no token was granted that searches for one patient and no more")
	}
	st, err := readStatement(ctx, s, c.scope)
	if err != nil {
		return c.access, err
	}
	var linked []string
	own := session.Call{Name: evidence.OwnSearch, Path: data.Resource + "?patient=" + url.QueryEscape(c.access.Patient), See: func(r map[string]any) bool {
		linked = append(linked, referencesIn(r)...)
		return false
	}}
	if err := c.call(own); err != nil {
		return c.access, err
	}
	calls := append(otherPatientCalls(data.Resource, data.OtherPatient), includeCalls(st, data.Resource, c.access.Patient, linked)...)
	if foreign := foreignRecord(ctx, s); foreign != "" {
		calls = append(calls,
			session.Call{Name: evidence.OtherRecord, Path: foreign},
			session.Call{Name: evidence.OtherRecordHistory, Path: foreign + "/_history"})
	}
	for _, call := range calls {
		if err := c.call(call); err != nil {
			return c.access, err
		}
	}
	return c.access, nil
}

// otherPatientCalls ask for another patient's data in the ways that FHIR has.
func otherPatientCalls(resource, patient string) []session.Call {
	id, path := url.QueryEscape(patient), "Patient/"+url.PathEscape(patient)
	return []session.Call{
		{Name: evidence.OtherByID, Path: "Patient?_id=" + id},
		{Name: evidence.OtherByPost, Method: http.MethodPost, Path: resource + "/_search", Form: url.Values{"patient": {patient}}},
		{Name: evidence.OtherByChain, Path: resource + "?patient._id=" + id},
		{Name: evidence.OtherByChain, Path: resource + "?subject:Patient._id=" + id},
		{Name: evidence.OtherCompartment, Path: path + "/" + resource},
		{Name: evidence.OtherRevIncluded, Path: "Patient?_id=" + id + "&_revinclude=" + resource + ":subject"},
		{Name: evidence.OtherEverything, Path: path + "/$everything"},
		{Name: evidence.OtherHistory, Path: path + "/_history"},
	}
}

// maxLinked bounds how many records outside of the patient's own are tried.
const maxLinked = 5

// includeCalls ask for what the patient's records refer to, and for what else refers to that, with the
// parameters that the server says it has.
func includeCalls(st statement, resource, patient string, linked []string) []session.Call {
	var calls []session.Call
	include := url.Values{"patient": {patient}, "_include": st.of(resource).SearchInclude}
	if len(include["_include"]) == 0 {
		include["_include"] = []string{resource + ":subject"}
	}
	calls = append(calls, session.Call{Name: evidence.OtherIncluded, Path: resource + "?" + include.Encode()})
	for _, reference := range firstOfEach(linked) {
		kind, id, _ := strings.Cut(reference, "/")
		if back := st.of(kind).SearchRevInclude; kind != "Patient" && len(back) > 0 {
			query := url.Values{"_id": {id}, "_revinclude": back}
			calls = append(calls, session.Call{Name: evidence.OtherRevIncluded, Path: kind + "?" + query.Encode()})
		}
	}
	return calls
}

// firstOfEach returns at most maxLinked references, each to another type.
func firstOfEach(references []string) []string {
	var found, types []string
	for _, reference := range references {
		kind, _, _ := strings.Cut(reference, "/")
		if !slices.Contains(types, kind) && len(found) < maxLinked {
			found, types = append(found, reference), append(types, kind)
		}
	}
	return found
}

// referencesIn returns the relative literal references of a resource, as "Type/id", at any depth.
func referencesIn(value any) []string {
	var found []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			found = append(found, referencesIn(item)...)
		}
	case map[string]any:
		if reference, ok := v["reference"].(string); ok && isRelative(reference) {
			found = append(found, reference)
		}
		for member, inner := range v {
			if member != "contained" {
				found = append(found, referencesIn(inner)...)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func isRelative(reference string) bool {
	kind, id, ok := strings.Cut(reference, "/")
	return ok && kind != "" && id != "" && strings.IndexFunc(kind, func(r rune) bool { return r < 'A' || r > 'z' }) < 0 && !strings.ContainsAny(id, "/?#")
}

// foreignRecord returns a record of the other patient, found with the eyes of the clinician; "" when that
// is not possible.
func foreignRecord(ctx context.Context, s *session.Session) string {
	data := s.Config.Data
	grant, err := clinicianGrant(ctx, s)
	if err != nil {
		return ""
	}
	granted, _ := grant.Evidence.Token.Text("scope")
	if !userAllowed(granted, "s", data.Resource) {
		return ""
	}
	r, err := anyRecord(ctx, s, s.Scope(evidence.ConfinedKind.Name()), grant.Tokens.Access, data.Resource, "patient="+url.QueryEscape(data.OtherPatient))
	id, found := r["id"].(string)
	if err != nil || !found {
		return ""
	}
	return data.Resource + "/" + url.PathEscape(id)
}

// bundles sends a batch and a transaction in which one entry is permitted and others are not. A write does
// no harm where it succeeds: it sends a record back as it was read.
func bundles(ctx context.Context, s *session.Session) (evidence.BundleTrials, error) {
	data := s.Config.Data
	if data.OtherPatient == "" {
		return evidence.BundleTrials{}, unavailable("the target file has no data.otherPatient")
	}
	c, ok, err := patientOnly(ctx, s, evidence.BundleKind.Name())
	if err != nil || !ok || allowed(c.access.Scope, "u", data.Resource) {
		return evidence.BundleTrials{}, orUnavailable(err, "no token was granted that reads and searches for one patient and no more")
	}
	st, err := readStatement(ctx, s, c.scope)
	if err != nil {
		return evidence.BundleTrials{}, err
	}
	known, err := anyRecord(ctx, s, c.scope, c.token, data.Resource, "patient="+url.QueryEscape(c.access.Patient))
	if err != nil {
		return evidence.BundleTrials{}, err
	}
	var e evidence.BundleTrials
	for _, kind := range []string{"batch", "transaction"} {
		if !st.can(kind) {
			continue
		}
		trial, err := c.bundle(kind, data.Resource, data.OtherPatient, known)
		if err != nil {
			return e, err
		}
		e.Trials = append(e.Trials, trial)
	}
	if len(e.Trials) == 0 {
		return e, unavailable("the CapabilityStatement lists neither batch nor transaction")
	}
	return e, nil
}

// bundle sends one bundle and reads the answer to each entry.
func (c *caller) bundle(kind, resource, other string, known map[string]any) (evidence.BundleTrial, error) {
	trial := evidence.BundleTrial{Kind: kind}
	var entries []any
	add := func(permitted bool, method, address string, body map[string]any) {
		entry := map[string]any{"request": map[string]any{"method": method, "url": address}}
		if body != nil {
			entry["resource"] = body
		}
		entries, trial.Permitted = append(entries, entry), append(trial.Permitted, permitted)
	}
	add(true, http.MethodGet, "Patient/"+url.PathEscape(c.access.Patient), nil)
	add(false, http.MethodGet, "Patient/"+url.PathEscape(other), nil)
	add(false, http.MethodGet, resource+"?patient="+url.QueryEscape(other), nil)
	if id, ok := known["id"].(string); ok {
		add(false, http.MethodPut, resource+"/"+url.PathEscape(id), known)
	}
	var err error
	trial.Answer, err = c.session.FHIR(c.ctx, c.scope, session.Call{
		Name: "a " + kind, Method: http.MethodPost, Path: strings.TrimRight(c.session.Config.FHIR, "/"), Token: c.token,
		Body:  map[string]any{"resourceType": "Bundle", "type": kind, "entry": entries},
		Whole: func(r map[string]any) { trial.Entries = entriesOf(r) },
	})
	return trial, err
}

// entriesOf reads the entries of a batch-response or transaction-response.
func entriesOf(bundle map[string]any) []evidence.FHIRAnswer {
	items, _ := bundle["entry"].([]any)
	var answers []evidence.FHIRAnswer
	for i, item := range items {
		entry, _ := item.(map[string]any)
		response, _ := entry["response"].(map[string]any)
		status, _ := response["status"].(string)
		status, _, _ = strings.Cut(status, " ")
		code, _ := strconv.Atoi(status)
		resource, _ := entry["resource"].(map[string]any)
		answer := session.Describe(resource)
		answer.Name, answer.Status = "entry "+strconv.Itoa(i), code
		answers = append(answers, answer)
	}
	return answers
}

// linkedResources reads records that the patient's data refers to and that are nobody's, such as
// practitioners.
func linkedResources(ctx context.Context, s *session.Session) (evidence.Access, error) {
	c, ok, err := patientOnly(ctx, s, evidence.LinkedKind.Name())
	if err != nil || !ok {
		return evidence.Access{}, orUnavailable(err, "no token was granted that searches for one patient and no more")
	}
	st, err := readStatement(ctx, s, c.scope)
	if err != nil {
		return c.access, err
	}
	var linked []string
	see := func(r map[string]any) bool {
		linked = append(linked, referencesIn(r)...)
		return false
	}
	for _, path := range []string{"Patient/" + url.PathEscape(c.access.Patient), s.Config.Data.Resource + "?patient=" + url.QueryEscape(c.access.Patient)} {
		if _, err := s.FHIR(ctx, c.scope, session.Call{Name: "the patient's data", Path: path, Token: c.token, See: see}); err != nil {
			return c.access, err
		}
	}
	slices.Sort(linked)
	for _, reference := range firstOfEach(linked) {
		kind, _, _ := strings.Cut(reference, "/")
		if kind == "Patient" || st.of(kind).ofPatient("x") != "" || !reads(c.access.Scope, kind) {
			continue
		}
		if err := c.call(session.Call{Name: reference, Path: reference}); err != nil {
			return c.access, err
		}
	}
	return c.access, nil
}

// orUnavailable returns err, or that something is lacking when there is none.
func orUnavailable(err error, reason string) error {
	if err != nil {
		return err
	}
	return unavailable(reason)
}
