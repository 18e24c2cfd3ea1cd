package history

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
)

var epoch = time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)

// nightly is a line with a run each night, and a check with the outcomes that letters name; x is an excused
// failure.
func nightly(outcomes string) (Line, Check) {
	status := map[rune]checks.Status{'x': checks.Failed}
	for s, letter := range letters {
		status[[]rune(letter)[0]] = s
	}
	var l Line
	var c Check
	for i, letter := range []rune(outcomes) {
		l.Runs = append(l.Runs, Run{Started: epoch.AddDate(0, 0, i)})
		c.Outcomes = append(c.Outcomes, Outcome{Status: status[letter], Excused: letter == 'x', Message: string(letter)})
	}
	return l, c
}

func TestTrend(t *testing.T) {
	for outcomes, want := range map[string]string{
		"P":          "",
		"F":          "broken first=0 last=0 since=0",
		"PP":         "",
		"PF":         "broken new first=1 last=1 since=1",
		"IW":         "broken new first=1 last=1 since=1",
		"·F":         "broken new first=1 last=1 since=1",
		"sF":         "broken new first=1 last=1 since=1",
		"Px":         "broken first=1 last=1 since=1",
		"PFF":        "broken first=1 last=2 since=1 days=1",
		"PFW":        "broken first=1 last=2 since=1 days=1",
		"PWF":        "broken new first=1 last=2 since=1 days=1",
		"FP":         "fixed first=0 last=0",
		"FPP":        "first=0 last=0",
		"FeP":        "fixed first=0 last=0",
		"FeF":        "broken first=0 last=2 since=0 days=2",
		"FPPFeF":     "broken first=0 last=5 since=3 days=2",
		"PFe":        "broken first=1 last=1 since=1",
		"PF·":        "broken first=1 last=1 since=1",
		"FI":         "fixed first=0 last=0",
		"PFP":        "fixed first=1 last=1",
		"PFPF":       "broken new flapping first=1 last=3 since=3",
		"PeFsPeF":    "broken new flapping first=2 last=6 since=6",
		"PePsPeP":    "",
		"FPFPPPPPPP": "flapping first=0 last=2",
		// The oldest change is from the eleventh run from the end, and so not within the last ten.
		"FPFPPPPPPPP": "first=0 last=2",
		"PWFW":        "broken flapping first=1 last=3 since=1 days=2",
	} {
		t.Run(outcomes, func(t *testing.T) {
			l, c := nightly(outcomes)
			got := l.Trend(c)
			NewWithT(t).Expect(told(l, got)).To(Equal(want), "changes %d", got.Changes)
		})
	}
}

// told writes a trend down, runs by their number.
func told(l Line, t Trend) string {
	var out []string
	say := func(word string, yes bool) {
		if yes {
			out = append(out, word)
		}
	}
	number := func(at time.Time) string {
		for i, r := range l.Runs {
			if r.Started.Equal(at) {
				return string(rune('0' + i))
			}
		}
		return "?"
	}
	say("broken", t.Broken)
	say("new", t.New)
	say("fixed", t.Fixed)
	say("flapping", t.Flapping)
	say("first="+number(t.FirstBroken), !t.FirstBroken.IsZero())
	say("last="+number(t.LastBroken), !t.LastBroken.IsZero())
	say("since="+number(t.Since), !t.Since.IsZero())
	say("days="+string(rune('0'+t.Days)), t.Days > 0)
	return strings.Join(out, " ")
}

func TestTrendTellsTheLatestFailure(t *testing.T) {
	g := NewWithT(t)
	l, c := nightly("PFWe")
	got := l.Trend(c)
	g.Expect(got.Message).To(Equal("W"))
	g.Expect(got.Status).To(Equal(checks.Undecided))
}

func TestGridStep(t *testing.T) {
	for highest, want := range map[int]int{1: 1, 5: 1, 6: 2, 10: 2, 11: 5, 25: 5, 26: 10, 400: 100} {
		NewWithT(t).Expect(gridStep(highest)).To(Equal(want), "%d", highest)
	}
}
