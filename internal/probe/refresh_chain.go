package probe

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// chainPause lies between a grant and its first refresh, so that the times in two ID tokens differ even
// where two servers take turns whose clocks are a second apart.
const chainPause = 2 * time.Second

// maxScopeCalls is how many scopes are tried with each access token.
const maxScopeCalls = 6

// chain is a chain of refreshes under way.
type chain struct {
	refresher
	calls  []session.Call
	beyond *session.Call
}

// refreshChain refreshes a grant without scope, for fewer scopes, for more, and with a token that was used
// before. The last of these may end the grant.
func refreshChain(ctx context.Context, s *session.Session) (evidence.RefreshChain, error) {
	var e evidence.RefreshChain
	request, err := refreshable(ctx, s, evidence.RefreshChainKind.Name(), launched...)
	if err != nil {
		return e, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	c := chain{refresher: refresher{ctx: ctx, session: s, scope: s.Scope(evidence.RefreshChainKind.Name())}}
	request.Scopes = chainScopes(s, m, request.Launch)
	if err := c.start(request); err != nil {
		return e, err
	}
	e.Grant = c.grant.Evidence
	c.plan()
	if e.Calls, e.Beyond, err = c.call(); err != nil {
		return e, err
	}
	if e.Grant.Token.IDToken != nil {
		if err := pause(ctx, chainPause); err != nil {
			return e, err
		}
	}
	for _, stage := range []func(*evidence.RefreshChain) (goOn bool, err error){c.repeat, c.narrow, c.widen, c.reuse} {
		if goOn, err := stage(&e); err != nil || !goOn {
			return e, err
		}
	}
	return e, nil
}

// chainScopes are what the launch asks for, with two clinical scopes of its own where that leaves no scope to
// do without.
func chainScopes(s *session.Session, m session.Metadata, launch evidence.Launch) []string {
	usual := usualScopes(s, launch)
	resources := map[string]bool{}
	for _, c := range scope.Clinical(strings.Join(usual, " ")) {
		resources[c.Resource] = true
	}
	if len(resources) < 2 || resources["*"] {
		usual = slices.DeleteFunc(usual, func(raw string) bool {
			_, clinical := scope.Parse(raw)
			return clinical
		})
		usual = append(usual, launchScopes(launch, launch.User+"/Patient"+readLetters(s), launch.User+"/"+s.Config.Data.Resource+readLetters(s))...)
	}
	slices.Sort(usual)
	return withAccess(slices.Compact(usual), accessScope(m))
}

// plan settles which calls show what an access token of the grant opens.
func (c *chain) plan() {
	granted, _ := c.grant.Evidence.Token.Text("scope")
	patient, _ := c.grant.Evidence.Token.Text("patient")
	data := c.session.Config.Data
	search := func(resource string) string {
		if patient == "" {
			return resource + "?_count=1"
		}
		return resource + "?patient=" + url.QueryEscape(patient)
	}
	for _, s := range scope.Clinical(granted) {
		resource := s.Resource
		if resource == "*" {
			resource = data.Resource
		}
		switch {
		case s.Query != nil || len(c.calls) == maxScopeCalls:
		case resource == "Patient" && s.Allows("r", resource):
			c.calls = append(c.calls, session.Call{Name: s.Raw, Path: patientPath(c.grant)})
		case resource != "Patient" && s.Allows("s", resource):
			c.calls = append(c.calls, session.Call{Name: s.Raw, Path: search(resource)})
		}
	}
	if !allowed(granted, "r", data.OtherResource) && !allowed(granted, "s", data.OtherResource) {
		c.beyond = &session.Call{Name: evidence.OtherType, Path: search(data.OtherResource)}
	}
}

// call makes the calls with the newest access token.
func (c *chain) call() (answers []evidence.FHIRAnswer, beyond *evidence.FHIRAnswer, err error) {
	for _, call := range c.calls {
		call.Token = c.tokens.Access
		answer, err := c.session.FHIR(c.ctx, c.scope, call)
		if err != nil {
			return nil, nil, err
		}
		answers = append(answers, answer)
	}
	if c.beyond == nil {
		return answers, nil, nil
	}
	call := *c.beyond
	call.Token = c.tokens.Access
	answer, err := c.session.FHIR(c.ctx, c.scope, call)
	return answers, &answer, err
}

// step refreshes and tries the access token.
func (c *chain) step(scopes ...string) (*evidence.Refresh, error) {
	response, err := c.refresh(scopes...)
	r := &evidence.Refresh{Scope: strings.Join(scopes, " "), Token: response}
	if err == nil && response.Issued() {
		r.Calls, r.Beyond, err = c.call()
	}
	return r, err
}

// repeat refreshes twice without scope.
func (c *chain) repeat(e *evidence.RefreshChain) (goOn bool, err error) {
	if e.Again, err = c.step(); err != nil || !e.Again.Token.Issued() {
		return false, err
	}
	e.Next, err = c.step()
	return err == nil && e.Next.Token.Issued(), err
}

// narrow asks for fewer scopes, and then for none again.
func (c *chain) narrow(e *evidence.RefreshChain) (goOn bool, err error) {
	var kept []string
	if kept, e.Left = c.fewer(e.Calls); e.Left == "" {
		e.NoNarrow = "the grant has no two scopes that open different data"
		return true, nil
	}
	if e.Narrow, err = c.step(kept...); err != nil {
		return false, err
	}
	e.Restored, err = c.step()
	return err == nil && e.Restored.Token.Issued(), err
}

// fewer returns the granted scopes without those that open the data of one of them, and that one; "" when
// no clinical scope would be left that is known to open something, or none can be left out.
func (c *chain) fewer(opened []evidence.FHIRAnswer) (kept []string, left string) {
	granted, _ := c.grant.Evidence.Token.Text("scope")
	for i, answer := range opened {
		s, _ := scope.Parse(answer.Name)
		if !answer.Data() || s.Resource == "Patient" || s.Resource == "*" {
			continue
		}
		kept = slices.DeleteFunc(scope.Split(granted), func(raw string) bool {
			other, clinical := scope.Parse(raw)
			return clinical && (other.Allows("s", s.Resource) || other.Allows("r", s.Resource))
		})
		for j, other := range opened {
			if j != i && other.Data() && slices.Contains(kept, other.Name) {
				return kept, answer.Name
			}
		}
	}
	return nil, ""
}

// widen asks for a scope more than was granted.
func (c *chain) widen(e *evidence.RefreshChain) (goOn bool, err error) {
	granted, _ := c.grant.Evidence.Token.Text("scope")
	switch clinical := scope.Clinical(granted); {
	case len(clinical) == 0:
		e.NoWide = "the token response lists no clinical scope"
	case c.beyond == nil:
		e.NoWide = "the grant opens " + c.session.Config.Data.OtherResource + " already"
	default:
		more := clinical[0].Context + "/" + c.session.Config.Data.OtherResource + readLetters(c.session)
		e.Wide, err = c.step(append(scope.Split(granted), more)...)
	}
	return err == nil, err
}

// reuse uses the first refresh token of the grant again, and then the newest.
func (c *chain) reuse(e *evidence.RefreshChain) (goOn bool, err error) {
	var reuse evidence.RefreshReuse
	if reuse.Last, err = c.refresh(); err != nil || !reuse.Last.Issued() {
		return false, err
	}
	newest := c.tokens
	c.tokens.Refresh = c.grant.Tokens.Refresh
	if reuse.Replay, err = c.refresh(); err != nil {
		return false, err
	}
	if reuse.Access, err = c.session.FHIR(c.ctx, c.scope, session.Call{
		Name: "the newest access token", Path: patientPath(c.grant), Token: newest.Access,
	}); err != nil {
		return false, err
	}
	c.tokens = newest
	if reuse.Newest, err = c.refresh(); err != nil {
		return false, err
	}
	e.Reuse = &reuse
	return true, nil
}

// pause waits, unless the run ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
