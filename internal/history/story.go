package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
)

// story is a check with what its outcomes say.
type story struct {
	Check
	Trend
}

// stories are those of every check of the line, in the order of their ids.
func (l Line) stories() []story {
	var out []story
	for _, c := range l.Checks {
		out = append(out, story{c, l.Trend(c)})
	}
	return out
}

// theme is a list of checks of a line that have something in common.
type theme struct {
	Title string
	Holds func(story) bool
}

// themes are what a reader looks for, the most urgent first. A check may be in several.
var themes = []theme{
	{"New failures since the previous run", func(s story) bool { return s.New }},
	{"Flapping", func(s story) bool { return s.Flapping }},
	{"Fixed since the previous run", func(s story) bool { return s.Fixed }},
	{"Broken now", func(s story) bool { return s.Broken }},
}

// of returns the stories of a theme; what has been broken for longest comes first.
func (t theme) of(all []story) []story {
	var out []story
	for _, s := range all {
		if t.Holds(s) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b story) int { return a.Since.Compare(b.Since) })
	return out
}

// title names the line: its target, and the rules that it was judged by.
func (l Line) title() string {
	parts := []string{l.FHIR, "SMART App Launch " + l.Spec}
	if l.Name != "" {
		parts = slices.Insert(parts, 0, l.Name)
	}
	if l.Profile != "" {
		parts = append(parts, "profile "+l.Profile)
	}
	if l.Strict {
		parts = append(parts, "strict")
	}
	return strings.Join(parts, " · ")
}

// latest returns the last n runs and where they begin; all of them when n is 0.
func (l Line) latest(n int) (runs []Run, from int) {
	if n > 0 {
		from = max(0, len(l.Runs)-n)
	}
	return l.Runs[from:], from
}

// letters are how a strip shows a status.
var letters = map[checks.Status]string{
	checks.Passed: "P", checks.Failed: "F", checks.Warned: "W", checks.Noted: "I",
	checks.Skipped: "s", checks.Undecided: "e", "": "·",
}

// strip shows outcomes as a letter each, the oldest first.
func strip(outcomes []Outcome) string {
	var out strings.Builder
	for _, o := range outcomes {
		out.WriteString(letters[o.Status])
	}
	return out.String()
}

func day(t time.Time) string    { return t.UTC().Format(time.DateOnly) }
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// lasting says since when a check has been broken, or when it last was.
func (s story) lasting() string {
	switch {
	case s.Broken && s.Days > 0:
		return fmt.Sprintf("broken since %s, for %d %s", day(s.Since), s.Days, plural(s.Days, "day"))
	case s.Broken:
		return "broken since " + day(s.Since)
	case !s.LastBroken.IsZero():
		return "last broken on " + day(s.LastBroken)
	default:
		return "never broken"
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
