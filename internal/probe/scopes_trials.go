package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// aTrial is a scope to try alone. suffix stands behind the resource type.
type aTrial struct {
	suffix, letters string
	wildcard        bool // ask for every type
}

// letterTrials try every letter alone, and no scope for FHIR resources at all. The one that creates comes
// first and the one that deletes last, so that those between have a record to try their hand at.
var letterTrials = []aTrial{
	{suffix: "c", letters: "c"}, {suffix: "r", letters: "r"}, {suffix: "s", letters: "s"},
	{suffix: "u", letters: "u"}, {}, {suffix: "d", letters: "d"},
}

// v1Trials try the verbs of version 1.
var v1Trials = []aTrial{
	{suffix: "*", letters: "cruds"}, {suffix: "read", letters: "rs"}, {suffix: "*", letters: "cruds", wildcard: true},
	{suffix: "write", letters: "cud"},
}

func (t aTrial) scopes(resource string) []string {
	switch {
	case t.suffix == "":
		return nil
	case t.wildcard:
		resource = "*"
	}
	return []string{"patient/" + resource + "." + t.suffix}
}

func tryLetters(ctx context.Context, s *session.Session) (evidence.ScopeTrials, error) {
	return tryScopes(ctx, s, evidence.ScopeLettersKind.Name(), "permission-v2", letterTrials)
}

func tryV1Verbs(ctx context.Context, s *session.Session) (evidence.ScopeTrials, error) {
	return tryScopes(ctx, s, evidence.ScopeV1VerbsKind.Name(), "permission-v1", v1Trials)
}

// tryScopes gets a token for each trial and tries with it what its scope allows and what it does not.
func tryScopes(ctx context.Context, s *session.Session, name, capability string, trials []aTrial) (evidence.ScopeTrials, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.ScopeTrials{}, err
	}
	if err := syntaxClaimed(s, m, capability); err != nil {
		return evidence.ScopeTrials{}, err
	}
	bench := &workbench{ctx: ctx, session: s, scope: s.Scope(name), resource: s.Config.Data.Resource}
	if bench.known, err = knownRecord(ctx, s, bench.scope); err != nil {
		return evidence.ScopeTrials{}, err
	}
	narrow, err := newNarrowing(ctx, s, bench.scope, trials)
	if err != nil {
		return evidence.ScopeTrials{}, err
	}
	for _, t := range trials {
		if err := bench.try(narrow, t); err != nil {
			return bench.found, err
		}
	}
	return bench.found, bench.clear()
}

// knownRecord returns a record of the patient in context, read with a token of its own; nil when there is
// none to be had.
func knownRecord(ctx context.Context, s *session.Session, scope *record.Scope) (map[string]any, error) {
	data := s.Config.Data
	grant, err := patientGrant(ctx, s, "patient/Patient"+readLetters(s), "patient/"+data.Resource+readLetters(s))
	if err != nil {
		return nil, err
	}
	patient, _ := grant.Evidence.Token.Text("patient")
	return anyRecord(ctx, s, scope, grant.Tokens.Access, data.Resource, "patient="+url.QueryEscape(patient))
}

// anyRecord returns the first record of a type that a search finds; nil when it finds none.
func anyRecord(ctx context.Context, s *session.Session, scope *record.Scope, token, resource, query string) (map[string]any, error) {
	var first map[string]any
	_, err := s.FHIR(ctx, scope, session.Call{
		Name: "a record to work with", Path: resource + "?" + query, Token: token, See: func(r map[string]any) bool {
			if first == nil && r["resourceType"] == resource {
				first = r
			}
			return false
		},
	})
	return first, err
}

// workbench is where scopes are tried: the records to try them on and what was found.
type workbench struct {
	ctx      context.Context
	session  *session.Session
	scope    *record.Scope
	resource string
	known    map[string]any // a record of the patient, not ours to change
	own      map[string]any // a record that the probe made; nil without one
	litter   []string       // paths of what was made besides
	remover  string         // a token that may delete
	found    evidence.ScopeTrials
}

// exactly reports whether granted scopes allow just these letters on a resource type.
func exactly(granted, letters, resource string) bool {
	for letter := range evidence.Interactions {
		if allowed(granted, letter, resource) != strings.Contains(letters, letter) {
			return false
		}
	}
	return true
}

func (b *workbench) try(n *narrowing, t aTrial) error {
	fits := func(granted string) bool { return exactly(granted, t.letters, b.resource) }
	clinical := t.scopes(b.resource)
	response, tokens, err := n.token(b.ctx, clinical, fits)
	if err != nil {
		return err
	}
	granted, _ := response.Text("scope")
	patient, inContext := response.Text("patient")
	if !inContext && n.grant.Evidence.Token != nil {
		patient, _ = n.grant.Evidence.Token.Text("patient") // a refresh need not repeat it
	}
	trial := evidence.ScopeTrial{Asked: strings.Join(clinical, " "), Letters: t.letters, Exact: tokens.Access != "" && fits(granted)}
	c := &caller{ctx: b.ctx, session: b.session, scope: b.scope, token: tokens.Access, access: evidence.Access{Scope: granted, Patient: patient}}
	if trial.Exact && patient != "" {
		err = b.interact(c, t)
	}
	trial.Access = c.access
	b.found.Trials = append(b.found.Trials, trial)
	return err
}

// interact tries every interaction. Writes that the scope allows are made only where the target file
// permits; one that it does not allow sends a record back as it was read, or concerns a record that the
// probe made.
func (b *workbench) interact(c *caller, t aTrial) error {
	writable := b.session.Config.Data.Writable
	may := func(letter string) bool { return strings.Contains(t.letters, letter) }
	if writable {
		made, err := b.create(c, evidence.Interactions["c"])
		if err != nil {
			return err
		}
		if made != nil && may("c") {
			b.discard(b.own)
			b.own = made
		} else {
			b.discard(made)
		}
	}
	subject := b.own
	if subject == nil {
		subject = b.known
	}
	search := b.resource + "?patient=" + url.QueryEscape(c.access.Patient)
	calls := []session.Call{{Name: evidence.Interactions["s"], Path: search}}
	if subject != nil {
		calls = append(calls, session.Call{Name: evidence.Interactions["r"], Path: b.path(subject)})
		if b.own != nil || !may("u") {
			calls = append(calls, session.Call{Name: evidence.Interactions["u"], Method: http.MethodPut, Path: b.path(subject), Body: subject})
		}
	}
	if t.wildcard && allowed(c.access.Scope, "s", b.session.Config.Data.OtherResource) {
		calls = append(calls, session.Call{Name: evidence.OtherTypeSearch, Path: b.session.Config.Data.OtherResource + "?patient=" + url.QueryEscape(c.access.Patient)})
	}
	for _, call := range calls {
		if err := c.call(call); err != nil {
			return err
		}
	}
	if may("u") && !may("c") {
		if err := b.updateCreate(c); err != nil {
			return err
		}
	}
	return b.delete(c, may("d"), may("c"))
}

// create makes a record for the patient in context and returns it as it is stored; nil when that failed.
func (b *workbench) create(c *caller, name string) (map[string]any, error) {
	made := newRecord(b.resource, c.access.Patient, "made by smartcheck, which deletes it again where it may")
	err := c.call(session.Call{Name: name, Method: http.MethodPost, Path: b.resource, Body: made, Whole: func(r map[string]any) {
		if r["resourceType"] == b.resource {
			made = r
		}
	}})
	if err != nil {
		return nil, err
	}
	answer := c.access.Answers[len(c.access.Answers)-1]
	if answer.Status < 200 || answer.Status > 299 {
		return nil, nil
	}
	if _, stored := made["id"].(string); !stored {
		id := idIn(answer.Location, b.resource)
		if id == "" {
			return nil, nil
		}
		made["id"] = id
	}
	return made, nil
}

// idIn returns the id of a resource of the type from the URL of it or of a version of it.
func idIn(location, resource string) string {
	segments := strings.Split(location, "/")
	i := slices.Index(segments, resource)
	if i < 0 || i+1 >= len(segments) {
		return ""
	}
	return segments[i+1]
}

// updateCreate sends an update of a record that does not exist, where the server offers that.
func (b *workbench) updateCreate(c *caller) error {
	if !b.session.Config.Data.Writable {
		b.found.NoUpdateCreate = "the target file does not say data.writable"
		return nil
	}
	statement, err := readStatement(b.ctx, b.session, b.scope)
	if err != nil {
		return err
	}
	if !statement.of(b.resource).UpdateCreate {
		b.found.NoUpdateCreate = "the CapabilityStatement does not say updateCreate for " + b.resource
		return nil
	}
	made := newRecord(b.resource, c.access.Patient, "made by smartcheck, which deletes it again where it may")
	made["id"] = "smartcheck-" + strings.Map(idCharacter, oauth.Random(9))
	if err := c.call(session.Call{Name: "an update that creates", Method: http.MethodPut, Path: b.path(made), Body: made}); err != nil {
		return err
	}
	answer := c.access.Answers[len(c.access.Answers)-1]
	b.found.UpdateCreate = &answer
	if answer.Status >= 200 && answer.Status <= 299 {
		b.discard(made)
	}
	return nil
}

// idCharacter keeps a character of base64url that a FHIR id may hold, too.
func idCharacter(r rune) rune {
	if r == '_' {
		return '.'
	}
	return r
}

// delete tries to delete a record that the probe made. A scope that may create as well makes one more for
// that, so that those after it still have one.
func (b *workbench) delete(c *caller, allowed, creates bool) error {
	if b.own == nil {
		return nil
	}
	if allowed {
		b.remover = c.token
	}
	victim := b.own
	if allowed && creates {
		more, err := b.create(c, "one more create")
		if err != nil || more == nil {
			return err
		}
		victim = more
	}
	if err := c.call(session.Call{Name: evidence.Interactions["d"], Method: http.MethodDelete, Path: b.path(victim)}); err != nil {
		return err
	}
	gone := c.access.Answers[len(c.access.Answers)-1].Status
	if gone = gone / 100; gone == 2 && b.path(victim) == b.path(b.own) {
		b.own = nil
	}
	return nil
}

func (b *workbench) path(r map[string]any) string {
	id, _ := r["id"].(string)
	return b.resource + "/" + url.PathEscape(id)
}

// discard remembers a record that is to be deleted in the end.
func (b *workbench) discard(r map[string]any) {
	if r != nil {
		b.litter = append(b.litter, b.path(r))
	}
}

// clear deletes what the probe has made, as far as a token allows.
func (b *workbench) clear() error {
	b.discard(b.own)
	if b.remover == "" {
		return nil
	}
	for _, path := range b.litter {
		call := session.Call{Name: "tidying up", Method: http.MethodDelete, Path: path, Token: b.remover}
		if _, err := b.session.FHIR(b.ctx, b.scope, call); err != nil {
			return fmt.Errorf("what the probe made could not be deleted: %w", err)
		}
	}
	return nil
}
