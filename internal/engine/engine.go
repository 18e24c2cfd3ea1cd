// Package engine runs the probes that a selection of checks needs, at once, and hands their evidence to
// the checks.
package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/probe"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// Interrupted is the reason of what a run that was ended early could not judge.
const Interrupted = "the run was interrupted"

// Run is one run of checks against a session.
type Run struct {
	Options checks.Options
	// Progress, when set, is told what becomes of every probe. It may be called from several goroutines.
	Progress func(Event)

	session *session.Session
	probes  map[string]probe.Probe
	wait    sync.WaitGroup

	mu      sync.Mutex
	pending map[string]*pending
}

// pending is evidence that is on its way.
type pending struct {
	done   chan struct{}
	record evidence.Record
}

// New prepares a run with the probes of the product.
func New(s *session.Session, o checks.Options) *Run {
	r := &Run{Options: o, session: s, probes: map[string]probe.Probe{}, pending: map[string]*pending{}}
	for _, p := range probe.All() {
		r.probes[p.Kind] = p
	}
	return r
}

// Start begins every probe that the checks need. What bounds them is the session, which makes only so
// many requests and journeys at once.
func (r *Run) Start(ctx context.Context, selected []checks.Check) {
	for _, c := range selected {
		if c.In(r.Options.Version) {
			r.begin(ctx, c.Kind())
		}
	}
}

// Finding judges a check. It waits for the evidence, and begins its probe when nobody has.
func (r *Run) Finding(ctx context.Context, c checks.Check) checks.Finding {
	if !c.In(r.Options.Version) {
		return r.judge(c, evidence.Record{Kind: c.Kind()})
	}
	p := r.begin(ctx, c.Kind())
	select {
	case <-p.done:
		return r.judge(c, p.record)
	case <-ctx.Done():
		return r.judge(c, evidence.Record{Kind: c.Kind(), Error: interrupted(ctx)})
	}
}

// Gathered judges a check by the evidence that there is, and waits for none: it is for a run that was
// ended early.
func (r *Run) Gathered(c checks.Check) checks.Finding {
	r.mu.Lock()
	p, begun := r.pending[c.Kind()]
	r.mu.Unlock()
	if begun {
		select {
		case <-p.done:
			return r.judge(c, p.record)
		default:
		}
	}
	return r.judge(c, evidence.Record{Kind: c.Kind(), Error: Interrupted})
}

// judge hands a record to a check. A check that breaks on what a server sent is a defect of the check
// and costs that verdict alone.
func (r *Run) judge(c checks.Check, record evidence.Record) (f checks.Finding) {
	defer func() {
		if failure := recover(); failure != nil {
			f = c.Judge(evidence.Record{Kind: c.Kind(), Error: r.broken("the check "+c.ID, failure)}, r.Options)
		}
	}()
	return c.Judge(record, r.Options)
}

// broken describes a panic. Its value may quote what a server sent.
func (r *Run) broken(what string, failure any) string {
	return r.session.Recorder.Redact(fmt.Sprintf("%s broke%s: %.300v; please report this", what, origin(), failure))
}

// origin says where the panic that is being recovered from began, without the paths of the machine that
// built the program.
func origin() string {
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers[:])])
	panicked := false
	for {
		frame, more := frames.Next()
		if panicked && !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf(" at %s:%d", filepath.Base(frame.File), frame.Line)
		}
		panicked = panicked || frame.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}

// Findings starts the probes of the checks and judges every check, in their order.
func (r *Run) Findings(ctx context.Context, selected []checks.Check) []checks.Finding {
	r.Start(ctx, selected)
	findings := make([]checks.Finding, 0, len(selected))
	for _, c := range selected {
		findings = append(findings, r.Finding(ctx, c))
	}
	return findings
}

// Records returns the evidence that was gathered, in the order of its kinds.
func (r *Run) Records() []evidence.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []evidence.Record
	for _, kind := range slices.Sorted(maps.Keys(r.pending)) {
		select {
		case <-r.pending[kind].done:
			all = append(all, r.pending[kind].record)
		default: // still on its way
		}
	}
	return all
}

// Wait returns when no probe is running any more.
func (r *Run) Wait() { r.wait.Wait() }

func (r *Run) begin(ctx context.Context, kind string) *pending {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, begun := r.pending[kind]; begun {
		return p
	}
	p := &pending{done: make(chan struct{})}
	r.pending[kind] = p
	r.wait.Go(func() {
		defer close(p.done)
		r.tell(Event{Kind: kind, What: Began})
		p.record = r.record(r.watched(ctx, kind), kind)
		r.tell(Event{Kind: kind, What: Ended})
	})
	return p
}

// record runs the probe of a kind and says why there is no evidence when there is none.
func (r *Run) record(ctx context.Context, kind string) (record evidence.Record) {
	record.Kind = kind
	p, known := r.probes[kind]
	switch {
	case !known:
		record.Error = "no probe produces " + kind
		return record
	case p.Intrusive && !r.session.Config.Intrusive:
		record.Skip = "the probe is intrusive, and the target file does not allow intrusive probes"
		return record
	}
	defer func() {
		if failure := recover(); failure != nil {
			record.Error = r.broken("the probe of "+kind, failure)
		}
	}()
	value, err := p.Run(ctx, r.session)
	reason, lacking := session.Lacking(err)
	switch {
	case err == nil:
		record.Value = value
	case ctx.Err() != nil:
		record.Error = interrupted(ctx)
	case lacking:
		record.Skip = reason
	default:
		record.Error = r.session.Recorder.Redact(err.Error())
	}
	return record
}

func interrupted(ctx context.Context) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "the run took too long"
	}
	return Interrupted
}
