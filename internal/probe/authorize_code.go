package probe

import (
	"context"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Codes lists the probes of authorization codes that take their time.
func Codes() []Probe { return []Probe{of(evidence.CodeExpiryKind, expireCode)} }

// longestCode is the lifetime of a code that RFC 6749 §4.1.2 recommends at most. Nobody waits longer.
const longestCode = 10 * time.Minute

// expireCode gets a code and redeems it when it should have expired. The code comes first, so that the wait
// goes on beside the rest of the run.
func expireCode(ctx context.Context, s *session.Session) (evidence.CodeExpiry, error) {
	var e evidence.CodeExpiry
	wait := min(s.Config.Timeouts.CodeExpiry, longestCode)
	if wait <= 0 {
		return e, unavailable("the target file does not say how long codes live; with timeouts.codeExpiry the run waits that long, ten minutes at most")
	}
	launch, err := s.AnyLaunch(target.Expiring, target.Public, target.Symmetric, target.Asymmetric)
	if err != nil {
		return e, err
	}
	scope := s.Scope(evidence.CodeExpiryKind.Name())
	answer, err := codeFor(ctx, s, scope, session.Request{Launch: launch})
	if err != nil {
		return e, err
	}
	expired := time.After(wait)
	if err := tokenControl(ctx, s, launch); err != nil {
		return e, err
	}
	select {
	case <-expired:
	case <-ctx.Done():
		return e, ctx.Err()
	}
	e.Waited = int(wait.Seconds())
	e.Token, err = redeem(ctx, s, scope, answer, unaltered)
	return e, err
}
