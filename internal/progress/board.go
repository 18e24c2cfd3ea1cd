// Package progress shows how far a run is: on a terminal a view of a few lines that is drawn again in place,
// elsewhere a line every while.
package progress

import (
	"slices"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/engine"
)

// Board is what is known of a run while it goes on. It is safe for concurrent use.
type Board struct {
	now     func() time.Time
	started time.Time

	mu     sync.Mutex
	checks []checks.Check
	probes map[string]*probe
	judged map[string]checks.Status // by check
}

// probe is what became of the probe of a kind of evidence.
type probe struct {
	worked time.Duration // before since
	since  time.Time     // when it began, or went on
	ended  bool
	waits  map[string]int // how often it waits for what
}

// took is how long the probe has run, without its waits.
func (p *probe) took(now time.Time) time.Duration {
	if len(p.waits) > 0 {
		return p.worked
	}
	return p.worked + now.Sub(p.since)
}

// NewBoard returns the board of a run of these checks, which starts now.
func NewBoard(selected []checks.Check, now func() time.Time) *Board {
	return &Board{
		now: now, started: now(), checks: selected, probes: map[string]*probe{}, judged: map[string]checks.Status{},
	}
}

// Probe takes what happened to a probe.
func (b *Board) Probe(e engine.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	p := b.probes[e.Kind]
	if p == nil {
		p = &probe{since: now, waits: map[string]int{}}
		b.probes[e.Kind] = p
	}
	switch e.What {
	case engine.Waits:
		p.worked = p.took(now)
		p.waits[e.For]++
	case engine.GoesOn:
		if p.waits[e.For]--; p.waits[e.For] <= 0 {
			delete(p.waits, e.For)
		}
		p.since = now
	case engine.Ended:
		p.ended = true
	}
}

// Judged takes a finding.
func (b *Board) Judged(f checks.Finding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.judged[f.Check] = f.Status
}

// count counts checks: done are those that have been judged, or whose evidence is there.
type count struct{ done, running, waiting, failed, warned, undecided int }

func (c count) total() int { return c.done + c.running + c.waiting }

// area is the count of an area.
type area struct {
	name string
	count
}

// busy is a probe that is running.
type busy struct {
	kind string
	took time.Duration
}

// wait is something that probes wait for.
type wait struct {
	what   string
	probes int
}

// state is a board at one moment.
type state struct {
	elapsed time.Duration
	all     count
	areas   []area // in the order of the checks
	running []busy // the longest first
	waits   []wait // those that fewest wait for first: a person is waited for once, a slot by many
}

func (b *Board) state() state {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	s := state{elapsed: now.Sub(b.started)}
	for _, c := range b.checks {
		i := slices.IndexFunc(s.areas, func(a area) bool { return a.name == c.Area() })
		if i < 0 {
			s.areas, i = append(s.areas, area{name: c.Area()}), len(s.areas)
		}
		b.add(&s.areas[i].count, c)
		b.add(&s.all, c)
	}
	for kind, p := range b.probes {
		switch {
		case p.ended:
		case len(p.waits) == 0:
			s.running = append(s.running, busy{kind, p.took(now)})
		default:
			s.addWaits(p)
		}
	}
	slices.SortFunc(s.running, func(x, y busy) int { return compare(y.took, x.took, x.kind, y.kind) })
	slices.SortFunc(s.waits, func(x, y wait) int { return compare(x.probes, y.probes, x.what, y.what) })
	return s
}

func (b *Board) add(to *count, c checks.Check) {
	status, judged := b.judged[c.ID]
	switch p := b.probes[c.Kind()]; {
	case judged || p != nil && p.ended:
		to.done++
	case p != nil && len(p.waits) == 0:
		to.running++
	default:
		to.waiting++
	}
	switch status {
	case checks.Failed:
		to.failed++
	case checks.Warned:
		to.warned++
	case checks.Undecided:
		to.undecided++
	}
}

func (s *state) addWaits(p *probe) {
	for what := range p.waits {
		i := slices.IndexFunc(s.waits, func(w wait) bool { return w.what == what })
		if i < 0 {
			s.waits, i = append(s.waits, wait{what: what}), len(s.waits)
		}
		s.waits[i].probes++
	}
}
