package reporters

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Bounds of the timeline.
const (
	maxTimelineRows = 300
	maxTimelineBars = 100  // of one row
	timelineWidth   = 1000 // units of a row
	narrowestBar    = 3    // units, so that it is seen
)

// htmlTimeline shows when the exchanges of each scope took place.
type htmlTimeline struct {
	Rows  []htmlScope
	More  int      // scopes that are not shown
	Ticks []string // times at equal distances, from the start to the end
	Width int
}

type htmlScope struct {
	Scope  string
	Count  int
	From   string
	Active string // the sum of the times of its exchanges
	Bars   []htmlBar
}

// htmlBar is an exchange, in units of the row.
type htmlBar struct {
	X, Width int
	Bad      bool // no answer came
}

func (v view) timeline() htmlTimeline {
	start, length := v.results.span()
	rows := map[string]*scopeTimes{}
	for _, e := range v.results.Exchanges {
		scope, _ := splitID(e.ID)
		if rows[scope] == nil {
			rows[scope] = &scopeTimes{scope: scope, first: e.Started}
		}
		rows[scope].add(e)
	}
	var sorted []*scopeTimes
	for _, row := range rows {
		sorted = append(sorted, row)
	}
	slices.SortFunc(sorted, func(a, b *scopeTimes) int {
		return cmp.Or(a.first.Compare(b.first), cmp.Compare(a.scope, b.scope))
	})
	out := htmlTimeline{More: max(0, len(sorted)-maxTimelineRows), Width: timelineWidth}
	for _, row := range sorted[:min(len(sorted), maxTimelineRows)] {
		out.Rows = append(out.Rows, row.show(start, length))
	}
	out.Ticks = ticks(length)
	return out
}

// ticks are five times from the start to the end, no two of which read the same.
func ticks(length time.Duration) []string {
	digits := 1
	for least := length / 4; digits < 3 && least < time.Second; digits++ {
		least *= 10
	}
	var out []string
	for i := range 5 {
		out = append(out, fmt.Sprintf("%.*f s", digits, (length*time.Duration(i)/4).Seconds()))
	}
	return out
}

// scopeTimes gathers the exchanges of a scope.
type scopeTimes struct {
	scope     string
	first     time.Time
	active    time.Duration
	exchanges []evidence.Exchange
}

func (s *scopeTimes) add(e evidence.Exchange) {
	if e.Started.Before(s.first) {
		s.first = e.Started
	}
	s.active += took(e)
	s.exchanges = append(s.exchanges, e)
}

func (s *scopeTimes) show(start time.Time, length time.Duration) htmlScope {
	row := htmlScope{Scope: line(s.scope), Count: len(s.exchanges), From: inSeconds(s.first.Sub(start)), Active: inSeconds(s.active)}
	for _, e := range s.exchanges[:min(len(s.exchanges), maxTimelineBars)] {
		from := place(e.Started.Sub(start), length)
		to := place(e.Started.Sub(start)+took(e), length)
		row.Bars = append(row.Bars, htmlBar{X: min(from, timelineWidth-narrowestBar), Width: max(narrowestBar, to-from), Bad: e.Response == nil})
	}
	return row
}

// span is when the timeline begins, and how long it is.
func (r Results) span() (start time.Time, length time.Duration) {
	return r.Started, max(time.Millisecond, r.Finished.Sub(r.Started))
}

// took is the time of an exchange, between nothing and an hour, whatever the record says.
func took(e evidence.Exchange) time.Duration {
	return time.Duration(min(max(0, e.Millis), time.Hour.Milliseconds())) * time.Millisecond
}

// place is a time of the run in units of a row.
func place(at, length time.Duration) int {
	return min(max(0, int(float64(at)/float64(length)*timelineWidth)), timelineWidth)
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
