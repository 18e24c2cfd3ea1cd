package probe

import (
	"context"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// Capabilities lists the probe of what a server claims.
func Capabilities() []Probe { return []Probe{of(evidence.ClaimedKind, claimed)} }

// claimed gathers the shared launches beside the capabilities that are claimed.
func claimed(ctx context.Context, s *session.Session) (evidence.ClaimedCapabilities, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.ClaimedCapabilities{}, err
	}
	all, err := allGrants(ctx, s)
	return evidence.ClaimedCapabilities{Listed: m.Capabilities, Sets: s.Config.CapabilitySets, Grants: all.Grants}, err
}
