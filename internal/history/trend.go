package history

import (
	"time"

	"github.com/smart-conformance/smartcheck/checks"
)

// A check flaps when its verdict changed at least flapChanges times within the last flapRuns runs of its line.
const (
	flapRuns    = 10
	flapChanges = 3
)

// Trend is what the runs of a line say of a check. A verdict is one of holds (pass, info), warns and fails; a
// run in which the check was skipped, ended in error or did not run has none, and so changes nothing.
type Trend struct {
	Status checks.Status // of the latest run; "" when it did not have the check
	// Broken says that the last verdict is a failure or a warning, whenever it was.
	Broken bool
	// New says that the latest run broke the check, nobody expects it, and the verdict before was better or there was
	// none, in a line of several runs.
	New bool
	// Fixed says that the check holds in the latest run and that the verdict before was a failure or a warning.
	Fixed    bool
	Flapping bool
	Changes  int // from one verdict to the next, both within the last flapRuns runs

	FirstBroken, LastBroken time.Time // start of the first and of the last run that broke it; zero when none did
	// Since is the start of the run from which on it has been broken, and Days the whole days from then to
	// LastBroken. Set when Broken.
	Since   time.Time
	Days    int
	Message string // of LastBroken
}

// verdict orders verdicts from good to bad.
type verdict int

const (
	none verdict = iota
	holds
	warns
	fails
)

func verdictOf(s checks.Status) verdict {
	switch s {
	case checks.Passed, checks.Noted:
		return holds
	case checks.Warned:
		return warns
	case checks.Failed:
		return fails
	default:
		return none
	}
}

// Trend analyses the outcomes of a check of the line.
func (l Line) Trend(c Check) Trend {
	var t Trend
	before, last := none, none // the last two verdicts, whatever lies between
	lastAt := -1               // the run of the last of them
	window := len(c.Outcomes) - flapRuns
	for i, o := range c.Outcomes {
		now := verdictOf(o.Status)
		if now == none {
			continue
		}
		if last != none && now != last && lastAt >= window {
			t.Changes++
		}
		if now >= warns {
			started := l.Runs[i].Started
			if t.FirstBroken.IsZero() {
				t.FirstBroken = started
			}
			if last < warns {
				t.Since = started
			}
			t.LastBroken, t.Message = started, o.Message
		}
		before, last, lastAt = last, now, i
	}
	latest := c.Outcomes[len(c.Outcomes)-1]
	t.Status = latest.Status
	t.Broken = last >= warns
	if judged := verdictOf(latest.Status); judged != none && len(c.Outcomes) > 1 {
		t.New = judged >= warns && judged > before && !latest.Excused
		t.Fixed = judged == holds && before >= warns
	}
	t.Flapping = t.Changes >= flapChanges
	if !t.Broken {
		t.Since = time.Time{}
	} else {
		t.Days = int(t.LastBroken.Sub(t.Since) / (24 * time.Hour))
	}
	return t
}
