package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// ResourceAccess lists the probes of the FHIR server as a resource server.
func ResourceAccess() []Probe {
	return []Probe{
		of(evidence.AnonymousKind, anonymous),
		of(evidence.BadTokenKind, badTokens),
		of(evidence.NarrowScopeKind, narrowScope),
		of(evidence.LettersKind, readLetterOnly),
		of(evidence.GranularKind, granular),
		of(evidence.CredentialsKind, credentials),
		of(evidence.OtherTokensKind, otherTokens),
		of(evidence.RevokedKind, revokedToken),
		of(evidence.ExpiredKind, expiredToken),
		of(evidence.ConfinedKind, confined),
		of(evidence.BundleKind, bundles),
		of(evidence.LinkedKind, linkedResources),
	}
}

// reads reports whether granted scopes allow reading a resource type.
func reads(granted, resource string) bool {
	return allowed(granted, "r", resource)
}

// caller makes calls with one token and collects the answers.
type caller struct {
	ctx     context.Context
	session *session.Session
	scope   *record.Scope
	token   string
	access  evidence.Access
}

func (c *caller) call(call session.Call) error {
	if call.Token == "" {
		call.Token = c.token
	}
	answer, err := c.session.FHIR(c.ctx, c.scope, call)
	if err != nil {
		return err
	}
	c.access.Answers = append(c.access.Answers, answer)
	return nil
}

// anonymous calls without a token.
func anonymous(ctx context.Context, s *session.Session) (evidence.Access, error) {
	c := caller{ctx: ctx, session: s, scope: s.Scope(evidence.AnonymousKind.Name())}
	for _, resource := range []string{"Patient", s.Config.Data.Resource} {
		if err := c.call(session.Call{Name: "an anonymous search for " + resource, Path: resource + "?_count=1"}); err != nil {
			return c.access, err
		}
	}
	return c.access, nil
}

// badTokens calls with tokens that were never issued: a random one, and a working one with its last
// character, or its end, changed.
func badTokens(ctx context.Context, s *session.Session) (evidence.Access, error) {
	grant, err := workingGrant(ctx, s, nil)
	if err != nil {
		return evidence.Access{}, err
	}
	c := caller{ctx: ctx, session: s, scope: s.Scope(evidence.BadTokenKind.Name())}
	good := grant.Tokens.Access
	if _, err := readable(ctx, s, c.scope, grant); err != nil {
		return c.access, err
	}
	for _, bad := range madeUpTokens(good) {
		s.Recorder.Seal("access_token", bad.token)
		if err := c.call(session.Call{Name: bad.name, Path: patientPath(grant), Token: bad.token}); err != nil {
			return c.access, err
		}
	}
	return c.access, nil
}

// madeUp is a token that was never issued.
type madeUp struct{ name, token string }

func madeUpTokens(good string) []madeUp {
	return []madeUp{
		{evidence.RandomToken, oauth.Random(32)},
		{"a token with its end changed", good[:len(good)-min(8, len(good)/2)] + oauth.Random(6)},
		{evidence.AppendedToken, good + "x"},
	}
}

// workingGrant returns a shared grant that ended with a token: of a patient where the target has one.
func workingGrant(ctx context.Context, s *session.Session, scopes []string) (session.Grant, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return session.Grant{}, err
	}
	var asked []string
	if scopes != nil {
		asked = launchScopes(launch, scopes...)
	}
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: asked})
	return grant, working(grant, err)
}

// working returns err, or that a grant ended without a token.
func working(g session.Grant, err error) error {
	if err == nil && !g.Evidence.Worked() {
		err = fmt.Errorf("no token to call the FHIR server with: %s", g.Evidence.Describe())
	}
	return err
}

// patientGrant returns a working grant of patient scopes with a patient in context.
func patientGrant(ctx context.Context, s *session.Session, scopes ...string) (session.Grant, error) {
	grant, err := workingGrant(ctx, s, scopes)
	if err != nil {
		return grant, err
	}
	if patient, _ := grant.Evidence.Token.Text("patient"); patient == "" {
		return grant, fmt.Errorf("the token response for %q names no patient, so there is none whose data could be asked for", grant.Evidence.Scope)
	}
	return grant, nil
}

// allowed reports whether granted scopes allow an interaction on a resource type.
func allowed(granted, letter, resource string) bool {
	return slices.ContainsFunc(scope.Clinical(granted), func(s scope.Scope) bool { return s.Allows(letter, resource) })
}

func patientPath(g session.Grant) string {
	if id, ok := g.Evidence.Token.Text("patient"); ok {
		return "Patient/" + url.PathEscape(id)
	}
	return "Patient?_count=1"
}

// narrowScope gets a token that may read and search one resource type of one patient, and the patient,
// and tries what it may and what it may not.
func narrowScope(ctx context.Context, s *session.Session) (evidence.Access, error) {
	data := s.Config.Data
	grant, err := patientGrant(ctx, s, "patient/Patient"+readLetters(s), "patient/"+data.Resource+readLetters(s))
	if err != nil {
		return evidence.Access{}, err
	}
	c := callerFor(ctx, s, evidence.NarrowScopeKind.Name(), grant)
	if !reads(c.access.Scope, data.Resource) || !allowed(c.access.Scope, "s", data.Resource) {
		return c.access, nil
	}
	inContext := "?patient=" + url.QueryEscape(c.access.Patient)
	var known map[string]any
	remember := func(resource map[string]any) bool {
		if known == nil && resource["resourceType"] == data.Resource {
			known = resource
		}
		return false
	}
	if err := c.call(session.Call{Name: evidence.AllowedSearch, Path: data.Resource + inContext, See: remember}); err != nil {
		return c.access, err
	}
	for _, call := range narrowCalls(data, inContext, c.access, known) {
		if err := c.call(call); err != nil {
			return c.access, err
		}
	}
	return c.access, c.queryToken(data.Resource + inContext)
}

// narrowCalls are the calls to make with a token for one resource type of one patient. A server may
// have granted more than was asked for, which scopes.not-widened judges; what it granted is not tried
// as if it were forbidden. A write does no harm where it succeeds: an update sends a record back as it
// was read.
func narrowCalls(data target.Data, inContext string, granted evidence.Access, known map[string]any) []session.Call {
	var calls []session.Call
	if !allowed(granted.Scope, "s", data.OtherResource) {
		calls = append(calls, session.Call{Name: evidence.OtherType, Path: data.OtherResource + inContext})
	}
	if !allowed(granted.Scope, "c", data.Resource) {
		calls = append(calls, session.Call{
			Name: evidence.Create, Method: http.MethodPost, Path: data.Resource, Body: newRecord(data.Resource, granted.Patient, "smartcheck: a read scope must not create this"),
		})
	}
	if id, ok := known["id"].(string); ok {
		path := data.Resource + "/" + url.PathEscape(id)
		calls = append(calls, session.Call{Name: evidence.AllowedRead, Path: path})
		if !allowed(granted.Scope, "u", data.Resource) {
			calls = append(calls, session.Call{Name: evidence.Update, Method: http.MethodPut, Path: path, Body: known})
		}
	}
	beyondPatient := func(s scope.Scope) bool { return s.Context != "patient" }
	if data.OtherPatient != "" && !slices.ContainsFunc(scope.Clinical(granted.Scope), beyondPatient) {
		calls = append(calls,
			session.Call{Name: evidence.OtherPatient, Path: "Patient/" + url.PathEscape(data.OtherPatient)},
			session.Call{Name: evidence.OtherSearch, Path: data.Resource + "?patient=" + url.QueryEscape(data.OtherPatient)})
	}
	return calls
}

// newRecord is a small resource of the type, about the patient, that says what it is.
func newRecord(resource, patient, text string) map[string]any {
	return map[string]any{
		"resourceType": resource,
		"status":       "preliminary",
		"code":         map[string]any{"text": text},
		"subject":      map[string]any{"reference": "Patient/" + patient},
	}
}

// queryToken repeats a search that works, with the token in the query only.
func (c *caller) queryToken(path string) error {
	answer, err := c.session.FHIR(c.ctx, c.scope, session.Call{
		Name: evidence.QueryToken, Path: path + "&access_token=" + url.QueryEscape(c.token),
	})
	c.access.Answers = append(c.access.Answers, answer)
	return err
}

// readLetterOnly gets a token that may read a resource type and not search it, and searches.
func readLetterOnly(ctx context.Context, s *session.Session) (evidence.Access, error) {
	resource := s.Config.Data.Resource
	grant, err := patientGrant(ctx, s, "patient/"+resource+".r")
	if err != nil {
		return evidence.Access{}, err
	}
	c := callerFor(ctx, s, evidence.LettersKind.Name(), grant)
	for _, granted := range scope.Clinical(c.access.Scope) {
		if granted.Allows("s", resource) {
			return c.access, nil // the server grants reading together with searching
		}
	}
	if !reads(c.access.Scope, resource) {
		return c.access, nil
	}
	return c.access, c.call(session.Call{Name: evidence.SearchByRead, Path: resource + "?patient=" + url.QueryEscape(c.access.Patient)})
}

// granular gets a token for one category of a resource type, and searches for everything and for
// another category.
func granular(ctx context.Context, s *session.Session) (evidence.Access, error) {
	data := s.Config.Data
	narrow := data.Granular
	if narrow.Parameter == "" {
		return evidence.Access{}, unavailable("the target file has no data.granular")
	}
	asked := "patient/" + data.Resource + ".rs?" + narrow.Parameter + "=" + narrow.Value
	grant, err := patientGrant(ctx, s, asked)
	if err != nil {
		return evidence.Access{}, err
	}
	c := callerFor(ctx, s, evidence.GranularKind.Name(), grant)
	granted := scope.Clinical(c.access.Scope)
	opens := func(granular bool) bool {
		return slices.ContainsFunc(granted, func(g scope.Scope) bool {
			return (g.Query != nil) == granular && g.Allows("s", data.Resource)
		})
	}
	if !opens(true) || opens(false) {
		return c.access, nil // the scope was not granted, or another one opens the type without a query
	}
	inContext := data.Resource + "?patient=" + url.QueryEscape(c.access.Patient)
	outside := func(resource map[string]any) bool {
		return resource["resourceType"] == data.Resource && !session.Coded(resource, narrow.Parameter, narrow.Value)
	}
	leftOut := inContext + "&" + narrow.Parameter + "=" + url.QueryEscape(narrow.Other)
	calls := []session.Call{
		{Name: evidence.Granular, Path: inContext, See: outside},
		{Name: "a search for what the scope leaves out", Path: leftOut, See: outside},
	}
	record, err := leftOutRecord(ctx, s, c, leftOut)
	if err != nil {
		return c.access, err
	}
	if id, found := record["id"].(string); found && outside(record) {
		path := data.Resource + "/" + url.PathEscape(id)
		calls = append(calls,
			session.Call{Name: "a read of what the scope leaves out", Path: path, See: outside},
			session.Call{Name: "the history of what the scope leaves out", Path: path + "/_history", See: outside})
	}
	for _, call := range calls {
		if err := c.call(call); err != nil {
			return c.access, err
		}
	}
	return c.access, nil
}

// leftOutRecord returns a record that a granular scope leaves out, found with a token without that scope; nil
// when there is none to be had.
func leftOutRecord(ctx context.Context, s *session.Session, c *caller, search string) (map[string]any, error) {
	resource, query, _ := strings.Cut(search, "?")
	wide, err := patientGrant(ctx, s, "patient/Patient"+readLetters(s), "patient/"+resource+readLetters(s))
	if err != nil {
		return nil, nil // the searches say enough
	}
	return anyRecord(ctx, s, c.scope, wide.Tokens.Access, resource, query)
}

// readLetters are the letters of a read scope in the syntax of the version.
func readLetters(s *session.Session) string {
	if s.Config.Spec == "1.0.0" {
		return ".read"
	}
	return ".rs"
}

// callerFor returns a caller with the token of a grant.
func callerFor(ctx context.Context, s *session.Session, name string, g session.Grant) *caller {
	granted, _ := g.Evidence.Token.Text("scope")
	patient, _ := g.Evidence.Token.Text("patient")
	return &caller{
		ctx: ctx, session: s, scope: s.Scope(name), token: g.Tokens.Access,
		access: evidence.Access{Scope: granted, Patient: patient},
	}
}
