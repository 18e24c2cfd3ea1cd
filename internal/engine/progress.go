package engine

import (
	"context"

	"github.com/smart-conformance/smartcheck/internal/session"
)

// Event is something that happened to a probe.
type Event struct {
	Kind string // the evidence that it gathers
	What What
	For  string // what it waits for, or waited for
}

// What happened to a probe.
type What int

// A probe begins, may wait and go on several times, for several things at once, and ends.
const (
	Began What = iota
	Waits
	GoesOn
	Ended
)

func (r *Run) tell(e Event) {
	if r.Progress != nil {
		r.Progress(e)
	}
}

// watched returns the context of a probe, whose waits are told.
func (r *Run) watched(ctx context.Context, kind string) context.Context {
	if r.Progress == nil {
		return ctx
	}
	return session.Watched(ctx, func(what string) func() {
		r.tell(Event{Kind: kind, What: Waits, For: what})
		return func() { r.tell(Event{Kind: kind, What: GoesOn, For: what}) }
	})
}
