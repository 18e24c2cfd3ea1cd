package probe

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// maxTypes bounds how many types of a CapabilityStatement are searched.
const maxTypes = 60

// wildcardGrant returns the shared grant of a wildcard scope of the patient.
func wildcardGrant(ctx context.Context, s *session.Session) (session.Grant, string, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return session.Grant{}, "", err
	}
	asked := "patient/*" + readLetters(s)
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: launchScopes(launch, asked)})
	return grant, asked, err
}

// wildcard asks for a wildcard scope and, when it is granted as such, searches every type that holds
// records of patients.
func wildcard(ctx context.Context, s *session.Session) (evidence.Wildcard, error) {
	grant, asked, err := wildcardGrant(ctx, s)
	e := evidence.Wildcard{Asked: asked, Grant: grant.Evidence}
	if err != nil || !grant.Evidence.Worked() {
		return e, err
	}
	c := callerFor(ctx, s, evidence.ScopesWildcardKind.Name(), grant)
	st, err := readStatement(ctx, s, c.scope)
	if err != nil {
		return e, err
	}
	for _, r := range st.resources() {
		e.Types = append(e.Types, r.Type)
	}
	if !wild(c.access.Scope) || c.access.Patient == "" {
		return e, nil
	}
	for _, r := range st.resources() {
		query := r.ofPatient(url.QueryEscape(c.access.Patient))
		if query == "" || !r.can("search-type") || len(c.access.Answers) >= maxTypes {
			continue
		}
		if err := c.call(session.Call{Name: r.Type, Path: r.Type + "?" + query}); err != nil {
			return e, err
		}
	}
	e.Answers = c.access.Answers
	return e, nil
}

// wild reports whether granted scopes hold a wildcard that allows searching.
func wild(granted string) bool {
	for _, g := range scope.Clinical(granted) {
		if g.Resource == "*" && g.Query == nil && strings.Contains(g.Letters, "s") {
			return true
		}
	}
	return false
}

// userReach reads with a user scope of a clinician what that user may see, and what not.
func userReach(ctx context.Context, s *session.Session) (evidence.UserReach, error) {
	var e evidence.UserReach
	data := s.Config.Data
	if len(data.VisiblePatients) == 0 && data.ForbiddenRecord == "" {
		return e, unavailable("the target file has neither data.visiblePatients nor data.forbiddenRecord")
	}
	grant, err := clinicianGrant(ctx, s)
	if err != nil {
		return e, err
	}
	c := callerFor(ctx, s, evidence.UserReachKind.Name(), grant)
	if userAllowed(c.access.Scope, "r", "Patient") {
		for _, id := range data.VisiblePatients {
			reference := "Patient/" + url.PathEscape(id)
			if err := c.call(session.Call{Name: reference, Path: reference}); err != nil {
				return e, err
			}
		}
	}
	e.Access = c.access
	e.Forbidden, err = forbiddenReads(c, data.ForbiddenRecord)
	return e, err
}

// forbiddenReads tries every way to a record that the user must not see and whose type the scopes allow.
func forbiddenReads(c *caller, reference string) ([]evidence.FHIRAnswer, error) {
	kind, id, named := strings.Cut(reference, "/")
	if !named {
		return nil, nil
	}
	c.access.Answers = nil
	var calls []session.Call
	if userAllowed(c.access.Scope, "r", kind) {
		calls = append(calls, session.Call{Name: "a read of " + reference, Path: reference})
	}
	if userAllowed(c.access.Scope, "s", kind) {
		calls = append(calls, session.Call{Name: "a search for " + reference, Path: kind + "?_id=" + url.QueryEscape(id)})
	}
	if resource := c.session.Config.Data.Resource; kind == "Patient" && userAllowed(c.access.Scope, "s", resource) {
		calls = append(calls, session.Call{Name: "a search for the data of " + reference, Path: resource + "?patient=" + url.QueryEscape(id)})
	}
	for _, call := range calls {
		if err := c.call(call); err != nil {
			return nil, err
		}
	}
	return c.access.Answers, nil
}

// userAllowed reports whether granted user scopes allow an interaction on a resource type.
func userAllowed(granted, letter, resource string) bool {
	return slices.ContainsFunc(scope.Clinical(granted), func(s scope.Scope) bool {
		return s.Context == "user" && s.Query == nil && s.Allows(letter, resource)
	})
}

// clinicianGrant returns a shared grant of the clinician.
func clinicianGrant(ctx context.Context, s *session.Session) (session.Grant, error) {
	for _, mode := range target.LaunchModes {
		for _, kind := range []target.ClientKind{target.Public, target.Symmetric, target.Asymmetric} {
			if s.Config.Lacks(target.Clinician, mode, kind) != "" {
				continue
			}
			launch := evidence.Launch{User: string(target.Clinician), Mode: string(mode), Client: string(kind)}
			grant, err := s.SharedGrant(ctx, session.Request{Launch: launch})
			return grant, working(grant, err)
		}
	}
	return session.Grant{}, unavailable("the target file has no users.clinician together with a client that launches")
}

// systemReach gets a token as a backend service and searches with it, without naming a patient.
func systemReach(ctx context.Context, s *session.Session) (evidence.SystemReach, error) {
	var e evidence.SystemReach
	client, ok := s.Config.Client(target.Backend)
	if !ok {
		return e, unavailable("the target file has no clients.backend")
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{
		"grant_type": {"client_credentials"}, "scope": {strings.Join(client.Scopes, " ")},
	}}
	if err := s.Authenticate(&request, target.Backend, m); err != nil {
		return e, err
	}
	trace := s.Scope(evidence.SystemReachKind.Name())
	response, tokens, err := s.Send(ctx, trace, m, request)
	e.Token = response
	if err != nil || tokens.Access == "" {
		return e, err
	}
	granted, _ := response.Text("scope")
	for _, g := range scope.Clinical(granted) {
		if g.Context != "system" || !strings.Contains(g.Letters, "s") {
			continue
		}
		resource := g.Resource
		if resource == "*" {
			resource = s.Config.Data.Resource
		}
		answer, err := s.FHIR(ctx, trace, session.Call{Name: "a search for " + resource, Path: resource + "?_count=5", Token: tokens.Access})
		e.Search = &answer
		return e, err
	}
	return e, nil
}
