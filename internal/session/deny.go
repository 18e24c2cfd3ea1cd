package session

import (
	"context"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
)

// Authorize makes an authorization request in the browser and reports where it led. For an EHR launch
// it presses the portal's launch button first. An error means that no request could be made.
//
// A server may remember what a person has consented to and show no page on which to deny. The request is
// then made again by a browser that nobody has signed in with; NoChoice says that this did not help.
func (s *Session) Authorize(ctx context.Context, scope *record.Scope, r Request) (Answer, error) {
	a, err := s.authorizeOnce(ctx, scope, r)
	if err == nil && a.undenied() && !r.Fresh {
		r.Fresh = true
		a, err = s.authorizeOnce(ctx, scope, r)
	}
	a.NoChoice = a.NoChoice || a.undenied()
	return a, err
}

// undenied reports whether a request that was to be denied brought a code because no page asked.
func (a Answer) undenied() bool {
	return a.Request.Deny && a.Evidence.Outcome == evidence.GotCode &&
		!slices.ContainsFunc(a.Evidence.Decisions, func(d string) bool { return strings.Contains(d, "denied with") })
}
