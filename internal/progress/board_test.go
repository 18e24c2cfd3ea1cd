package progress

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/columns"
	"github.com/smart-conformance/smartcheck/internal/engine"
)

// check makes a check of the evidence with that name, in an area of that many.
func check(id, kind string) checks.Check {
	return checks.New(checks.Meta{ID: id, Level: checks.Shall}, evidence.NewKind[int](kind), func(int) checks.Verdict { return checks.Holds("") })
}

// clockwork is a clock that stands until it is moved.
type clockwork struct{ at time.Time }

func (c *clockwork) now() time.Time { return c.at }

// running is a board in the middle of a run: token.a is done and failed, token.b runs, pkce.c waits for a slot,
// pkce.d for a person, and tls is done.
func running() (*Board, *clockwork) {
	clock := &clockwork{at: time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)}
	b := NewBoard([]checks.Check{
		check("token.a", "token.a"), check("token.a2", "token.a"), check("token.b", "token.b"),
		check("pkce.c", "pkce.c"), check("pkce.d", "pkce.d"), check("tls.e", "tls.e"), check("scopes.f", "scopes.f"),
	}, clock.now)
	for _, kind := range []string{"token.a", "token.b", "pkce.c", "pkce.d", "tls.e"} {
		b.Probe(engine.Event{Kind: kind, What: engine.Began})
	}
	clock.at = clock.at.Add(10 * time.Second)
	b.Probe(engine.Event{Kind: "token.b", What: engine.Waits, For: "a slot of the browser"})
	b.Probe(engine.Event{Kind: "pkce.c", What: engine.Waits, For: "a slot of the browser"})
	b.Probe(engine.Event{Kind: "pkce.d", What: engine.Waits, For: "the patient to sign in"})
	b.Probe(engine.Event{Kind: "token.a", What: engine.Ended})
	b.Probe(engine.Event{Kind: "tls.e", What: engine.Ended})
	b.Judged(checks.Finding{Check: "token.a", Status: checks.Failed})
	b.Judged(checks.Finding{Check: "tls.e", Status: checks.Warned})
	clock.at = clock.at.Add(time.Minute)
	b.Probe(engine.Event{Kind: "token.b", What: engine.GoesOn, For: "a slot of the browser"})
	clock.at = clock.at.Add(5 * time.Second)
	return b, clock
}

func TestState(t *testing.T) {
	g := NewWithT(t)
	b, _ := running()
	s := b.state()
	g.Expect(s.all).To(Equal(count{done: 3, running: 1, waiting: 3, failed: 1, warned: 1}))
	g.Expect(s.areas).To(Equal([]area{
		{"token", count{done: 2, running: 1, failed: 1}}, {"pkce", count{waiting: 2}}, {"tls", count{done: 1, warned: 1}}, {"scopes", count{waiting: 1}},
	}))
	g.Expect(s.running).To(Equal([]busy{{"token.b", 15 * time.Second}}), "its wait of a minute does not count")
	g.Expect(s.waits).To(Equal([]wait{{"a slot of the browser", 1}, {"the patient to sign in", 1}}))
}

// TestWaitsOfOneProbe lets one probe wait for the same thing twice, as it does when it makes journeys at once.
func TestWaitsOfOneProbe(t *testing.T) {
	g := NewWithT(t)
	b, _ := running()
	for _, what := range []engine.What{engine.Waits, engine.Waits, engine.GoesOn} {
		b.Probe(engine.Event{Kind: "token.b", What: what, For: "a slot for a request"})
	}
	g.Expect(b.state().running).To(BeEmpty())
	b.Probe(engine.Event{Kind: "token.b", What: engine.GoesOn, For: "a slot for a request"})
	g.Expect(b.state().running).To(HaveLen(1))
}

func TestView(t *testing.T) {
	b, _ := running()
	for _, tc := range []struct {
		room size
		want []string
	}{
		{size{100, 24}, []string{
			"1:15  3 of 7 checks done, 1 running, 3 waiting; 1 failed, 1 warned",
			"  token     2/3   done    1 running    0 waiting  1 failed",
			"  pkce      0/2   done    0 running    2 waiting",
			"  scopes    0/1   done    0 running    1 waiting",
			"  1 area done",
			"  running token.b 0:15",
			"  waiting for a slot of the browser, the patient to sign in",
		}},
		{size{40, 7}, []string{
			"1:15  3 of 7 checks done, 1 running, 3 …",
			"  token     2/3   done    1 running    …",
			"  pkce      0/2   done    0 running    …",
			"  1 area done, 1 area more to be done",
			"  running token.b 0:15",
			"  waiting for a slot of the browser, 1 …",
		}},
		{size{12, 3}, []string{"1:15  3 of …", "  running t…"}},
		{size{12, 1}, []string{"1:15  3 of …"}},
	} {
		t.Run(fmt.Sprint(tc.room), func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(b.state().view(tc.room, plainly)).To(Equal(tc.want))
			colourful := b.state().view(tc.room, (&Screen{colour: true}).style)
			for _, line := range colourful {
				g.Expect(columns.Of(colours.ReplaceAllString(line, ""))).To(BeNumerically("<=", tc.room.width))
			}
		})
	}
	NewWithT(t).Expect(strings.Join(b.state().view(size{100, 24}, (&Screen{colour: true}).style), "\n")).To(ContainSubstring("\x1b[31m1 failed\x1b[0m"))
}

func TestLine(t *testing.T) {
	g := NewWithT(t)
	b, _ := running()
	g.Expect(b.state().line()).To(Equal("1:15  3 of 7 checks done, 1 running, 3 waiting; 1 failed, 1 warned; running token.b 0:15; " +
		"waiting for a slot of the browser, the patient to sign in"))
}

// TestManyNames holds that a line of two hundred running probes fits.
func TestManyNames(t *testing.T) {
	g := NewWithT(t)
	var s state
	for i := range 200 {
		s.running = append(s.running, busy{fmt.Sprintf("area.probe-%03d", i), 61 * time.Second})
	}
	for width := 20; width < 300; width += 7 {
		lines := s.view(size{width, 24}, plainly)
		g.Expect(columns.Of(lines[len(lines)-1])).To(BeNumerically("<=", width))
	}
	g.Expect(s.last(80)).To(Equal([]string{"  running area.probe-000 1:01, area.probe-001 1:01, area.probe-002 1:01, 197 more"}))
}
