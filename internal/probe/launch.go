package probe

import (
	"context"
	"sync"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Launch lists the probes that launch an app: one for each launch, and one that gathers them.
func Launch() []Probe {
	probes := []Probe{of(evidence.GrantsKind, allGrants)}
	for _, l := range evidence.Launches() {
		probes = append(probes, of(evidence.GrantKind(l), func(ctx context.Context, s *session.Session) (evidence.Grant, error) {
			role, mode, kind := target.UserRole(l.User), target.LaunchMode(l.Mode), target.ClientKind(l.Client)
			if lack := s.Config.Lacks(role, mode, kind); lack != "" {
				return evidence.Grant{}, unavailable(lack)
			}
			grant, err := s.SharedGrant(ctx, session.Request{Launch: l})
			return grant.Evidence, err
		}))
	}
	return probes
}

// allGrants makes every launch that the target file allows.
func allGrants(ctx context.Context, s *session.Session) (evidence.Grants, error) {
	grants, err := sharedGrants(ctx, s)
	var e evidence.Grants
	for _, g := range grants {
		e.Grants = append(e.Grants, g.Evidence)
	}
	return e, err
}

// sharedGrants returns the shared grant of every launch that the target file allows, in their order. A
// launch that could not be tried is left out, since its own check says so, unless none could be.
func sharedGrants(ctx context.Context, s *session.Session) ([]session.Grant, error) {
	launches := s.Launchable()
	if len(launches) == 0 {
		_, err := s.AnyLaunch()
		return nil, err
	}
	type made struct {
		grant session.Grant
		err   error
	}
	results, _ := each(launches, func(l evidence.Launch) (made, error) {
		grant, err := s.SharedGrant(ctx, session.Request{Launch: l})
		return made{grant, err}, nil
	})
	var grants []session.Grant
	var first error
	for _, r := range results {
		switch {
		case r.err == nil:
			grants = append(grants, r.grant)
		case first == nil:
			first = r.err
		}
	}
	if len(grants) > 0 && ctx.Err() == nil {
		return grants, nil
	}
	return nil, first
}

// each calls do for every item at once and returns the results in the order of the items, with the
// first error. A panic of do goes on in the caller, where the run outlives it.
func each[I, O any](items []I, do func(I) (O, error)) ([]O, error) {
	results, errs := make([]O, len(items)), make([]error, len(items))
	var wait sync.WaitGroup
	var mu sync.Mutex
	var broken any
	for i, item := range items {
		wait.Go(func() {
			defer func() {
				if failure := recover(); failure != nil {
					mu.Lock()
					broken = failure
					mu.Unlock()
				}
			}()
			results[i], errs[i] = do(item)
		})
	}
	wait.Wait()
	if broken != nil {
		panic(broken)
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}
