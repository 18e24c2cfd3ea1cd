package probe

import (
	"context"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// State lists the probes of the state parameter.
func State() []Probe {
	return []Probe{
		states(evidence.StateReservedKind, stateCase{name: "reserved characters", state: reservedState()}),
		states(evidence.StateLongKind, stateCase{name: "512 characters", state: longState(512)}),
		states(evidence.StateAbsentKind, stateCase{name: "no state"}),
		states(evidence.StateErrorKind, erroneous()...),
		of(evidence.StateParallelKind, parallelStates),
	}
}

// stateCase is one request with a state, or without one when state is empty.
type stateCase struct {
	name    string
	state   string
	request session.Request
}

// reservedState returns a state of the characters that are often encoded once too often or too rarely.
func reservedState() string {
	return oauth.Random(6) + ` %41%2B+&=?#/\:;,@!$'()*[]{}|^~"<>` + "`" + ` end`
}

func longState(n int) string {
	return strings.Repeat(oauth.Random(48), n/64+1)[:n]
}

// erroneous returns requests that must end in an error at the redirect URI.
func erroneous() []stateCase {
	return []stateCase{
		{"the user denies", reservedState(), session.Request{Deny: true}},
		{"an unsupported response type", reservedState(), session.Request{Set: url.Values{"response_type": {"smartcheck"}}}},
		{"an unknown scope alone", longState(512), session.Request{Scopes: []string{"smartcheck/unknown"}}},
	}
}

func states(kind evidence.Kind[evidence.States], cases ...stateCase) Probe {
	return of(kind, func(ctx context.Context, s *session.Session) (evidence.States, error) {
		launch, err := s.AnyLaunch()
		if err != nil {
			return evidence.States{}, err
		}
		if err := codeControl(ctx, s, launch); err != nil {
			return evidence.States{}, err
		}
		results, err := each(cases, func(c stateCase) (*evidence.StateCase, error) {
			r, sent := c.with(launch)
			answer, err := s.Authorize(ctx, s.Scope(kind.Name()+"."+slug(c.name)), r)
			if err == nil && r.Deny && answer.NoChoice {
				return nil, nil // nobody can deny where the consent page does not let them
			}
			return &evidence.StateCase{Name: c.name, Sent: sent, Authorization: answer.Evidence}, err
		})
		if err != nil {
			return evidence.States{}, err
		}
		m, err := s.Metadata(ctx)
		e := evidence.States{Issuer: m.Issuer, IssPromised: m.IssParameter}
		for _, c := range results {
			if c != nil {
				e.Cases = append(e.Cases, *c)
			}
		}
		return e, err
	})
}

// with returns the request of the case, and the state that it sends or nil.
func (c stateCase) with(launch evidence.Launch) (session.Request, *string) {
	r := c.request
	r.Launch = launch
	set := url.Values{"state": nil}
	if c.state != "" {
		set["state"] = []string{c.state}
	}
	for name, values := range r.Set {
		set[name] = values
	}
	r.Set = set
	if c.state == "" {
		return r, nil
	}
	return r, &c.state
}

// parallelStates makes two requests in two tabs of one browser session at the same time.
func parallelStates(ctx context.Context, s *session.Session) (evidence.States, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.States{}, err
	}
	if err := codeControl(ctx, s, launch); err != nil {
		return evidence.States{}, err
	}
	var requests []session.Request
	var sent []*string
	for _, name := range []string{"the first tab", "the second tab"} {
		r, state := stateCase{name: name, state: oauth.Random(24)}.with(launch)
		requests, sent = append(requests, r), append(sent, state)
	}
	answers, err := s.AuthorizeTogether(ctx, s.Scope(evidence.StateParallelKind.Name()), requests)
	if err != nil {
		return evidence.States{}, err
	}
	var e evidence.States
	for i, answer := range answers {
		name := []string{"the first tab", "the second tab"}[i]
		e.Cases = append(e.Cases, evidence.StateCase{Name: name, Sent: sent[i], Authorization: answer.Evidence})
	}
	return e, nil
}
