// Package probe interacts with a server: each probe does one thing and returns what it saw as typed
// evidence. Probes do I/O and never judge.
package probe

import (
	"context"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// Probe produces one kind of evidence.
type Probe struct {
	Kind      string
	Intrusive bool // it may lock accounts or revoke tokens of others
	// Run returns a value of the kind's type. An error that session.Lacking knows means that the target
	// lacks what the probe needs; any other means that it saw nothing which can be judged.
	Run func(context.Context, *session.Session) (any, error)
}

// of makes the probe for a kind of evidence.
func of[T any](kind evidence.Kind[T], run func(context.Context, *session.Session) (T, error)) Probe {
	return Probe{Kind: kind.Name(), Run: func(ctx context.Context, s *session.Session) (any, error) { return run(ctx, s) }}
}

// unavailable says that the target lacks something.
func unavailable(reason string) error { return session.Unavailable{Reason: reason} }
