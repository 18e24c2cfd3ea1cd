package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/probe"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

var kind = evidence.NewKind[int]("test.number")

// positive passes on evidence above zero, breaks on zero, and panics below.
var positive = checks.New(checks.Meta{
	ID: "test.positive", Title: "The number is positive", Level: checks.Shall, Requirements: []string{"14"},
}, kind, func(n int) checks.Verdict {
	if n < 0 {
		panic(fmt.Sprintf("cannot cope with %d and the password canary-password", n))
	}
	if n == 0 {
		return checks.Broken("a positive number", "0")
	}
	return checks.Holds("it is")
})

// newRun returns a run of a session with a password, in which p gives the evidence.
func newRun(t *testing.T, p probe.Probe) *Run {
	t.Helper()
	s, err := session.New(target.Config{FHIR: "https://127.0.0.1/fhir", Users: map[target.UserRole]target.User{
		target.Patient: {Username: "amy", Password: target.NewSecret("canary-password")},
	}})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	p.Kind = kind.Name()
	r := New(s, checks.Options{Version: checks.V2_2_0})
	r.probes = map[string]probe.Probe{p.Kind: p}
	return r
}

func TestFinding(t *testing.T) {
	var nobody map[string]int
	for name, tc := range map[string]struct {
		probe  probe.Probe
		status checks.Status
		says   string // the reason or the message
	}{
		"evidence":           {probe.Probe{Run: returns(1, nil)}, checks.Passed, "it is"},
		"a broken promise":   {probe.Probe{Run: returns(0, nil)}, checks.Failed, "expected a positive number; observed 0"},
		"nothing to probe":   {probe.Probe{Run: returns(nil, session.Unavailable{Reason: "there is no client"})}, checks.Skipped, "there is no client"},
		"no answer":          {probe.Probe{Run: returns(nil, errors.New("no answer to canary-password"))}, checks.Undecided, "no answer to [password "},
		"wrapped":            {probe.Probe{Run: returns(nil, fmt.Errorf("try: %w", session.Unavailable{Reason: "no user"}))}, checks.Skipped, "no user"},
		"evidence of a kind": {probe.Probe{Run: returns("text", nil)}, checks.Undecided, "evidence is a string, expected a int"},
		"an intrusive probe": {probe.Probe{Intrusive: true, Run: returns(1, nil)}, checks.Skipped, "does not allow intrusive probes"},
		"a probe that breaks": {probe.Probe{Run: func(context.Context, *session.Session) (any, error) {
			nobody["canary-password"] = 1
			return nil, nil
		}}, checks.Undecided, "the probe of test.number broke at engine_test.go:"},
		"a probe that gives up": {probe.Probe{Run: func(context.Context, *session.Session) (any, error) {
			panic("no idea what canary-password is")
		}}, checks.Undecided, "no idea what [password "},
		"a check that breaks": {probe.Probe{Run: returns(-1, nil)}, checks.Undecided, "the check test.positive broke at engine_test.go:"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			found := newRun(t, tc.probe).Findings(t.Context(), []checks.Check{positive})
			g.Expect(found).To(HaveLen(1))
			g.Expect(found[0].Status).To(Equal(tc.status), "%+v", found[0])
			g.Expect(found[0].Message + found[0].Reason).To(ContainSubstring(tc.says))
			g.Expect(found[0].Message + found[0].Reason).NotTo(Or(ContainSubstring("canary-password"), ContainSubstring("goroutine"), ContainSubstring("/engine/")))
		})
	}
}

func returns(value any, err error) func(context.Context, *session.Session) (any, error) {
	return func(context.Context, *session.Session) (any, error) { return value, err }
}

// TestIntrusiveProbesRunWhereAllowed is the counterpart of the skip.
func TestIntrusiveProbesRunWhereAllowed(t *testing.T) {
	r := newRun(t, probe.Probe{Intrusive: true, Run: returns(1, nil)})
	r.session.Config.Intrusive = true
	NewWithT(t).Expect(r.Finding(t.Context(), positive).Status).To(Equal(checks.Passed))
}

func TestUnknownKind(t *testing.T) {
	g := NewWithT(t)
	r := newRun(t, probe.Probe{Run: returns(1, nil)})
	other := checks.New(checks.Meta{ID: "test.other", Level: checks.Shall}, evidence.NewKind[int]("test.other"), func(int) checks.Verdict { return checks.Holds("") })
	f := r.Finding(t.Context(), other)
	g.Expect(f.Status).To(Equal(checks.Undecided))
	g.Expect(f.Reason).To(Equal("no probe produces test.other"))
}

// TestOtherVersionsProbeNothing leaves the server alone where a check does not hold.
func TestOtherVersionsProbeNothing(t *testing.T) {
	g := NewWithT(t)
	var calls atomic.Int64
	r := newRun(t, probe.Probe{Run: func(context.Context, *session.Session) (any, error) { return int(calls.Add(1)), nil }})
	old := positive
	old.Versions = []checks.Version{checks.V1_0_0}
	g.Expect(r.Findings(t.Context(), []checks.Check{old})[0].Status).To(Equal(checks.Skipped))
	g.Expect(calls.Load()).To(BeZero())
}

// TestOneProbeServesManyChecks runs a probe once, whoever asks and how often.
func TestOneProbeServesManyChecks(t *testing.T) {
	g := NewWithT(t)
	var calls atomic.Int64
	r := newRun(t, probe.Probe{Run: func(context.Context, *session.Session) (any, error) { return int(calls.Add(1)), nil }})
	var told atomic.Int64
	r.Progress = func(Event) { told.Add(1) }
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { r.Finding(t.Context(), positive) })
	}
	wait.Wait()
	g.Expect(calls.Load()).To(Equal(int64(1)))
	g.Expect(told.Load()).To(Equal(int64(2)), "it is told of its start and of its end")
}

// TestInterruption ends a run while one probe hangs and another has ended.
func TestInterruption(t *testing.T) {
	g := NewWithT(t)
	began := make(chan struct{})
	r := newRun(t, probe.Probe{Run: func(ctx context.Context, _ *session.Session) (any, error) {
		close(began)
		<-ctx.Done()
		return nil, fmt.Errorf("gave up: %w", ctx.Err())
	}})
	quick := evidence.NewKind[int]("test.quick")
	r.probes[quick.Name()] = probe.Probe{Kind: quick.Name(), Run: returns(1, nil)}
	done := checks.New(checks.Meta{ID: "test.quick", Level: checks.Shall}, quick, func(int) checks.Verdict { return checks.Holds("it was quick") })
	never := checks.New(checks.Meta{ID: "test.never", Level: checks.Shall}, evidence.NewKind[int]("test.never"), func(int) checks.Verdict { return checks.Holds("") })

	ctx, cancel := context.WithCancel(t.Context())
	r.Start(ctx, []checks.Check{positive, done})
	<-began
	g.Expect(r.Finding(ctx, done).Status).To(Equal(checks.Passed))
	cancel()
	g.Expect(r.Finding(ctx, positive).Reason).To(Equal(Interrupted))
	r.Wait()
	g.Expect(r.Gathered(positive).Reason).To(Equal(Interrupted))
	g.Expect(r.Gathered(done).Message).To(Equal("it was quick"), "what was gathered is judged after the end too")
	g.Expect(r.Gathered(never).Reason).To(Equal(Interrupted), "what was never begun")
}
