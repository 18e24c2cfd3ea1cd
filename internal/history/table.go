package history

import (
	"fmt"
	"io"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/columns"
	"github.com/smart-conformance/smartcheck/reporters"
)

const (
	tableWidth = 100
	maxListed  = 200 // checks under one heading
	stripRuns  = 30  // runs that a strip shows
)

// WriteTable writes lines for a person: the counts of the last runs of each, and the checks that are newly broken,
// flap, were fixed or are still broken. When the lines hold a single check, each of its outcomes is written.
func WriteTable(w io.Writer, lines []Line, last int, single bool) error {
	var out strings.Builder
	for i, l := range lines {
		if i > 0 {
			out.WriteString("\n")
		}
		wrapped(&out, "", l.title())
		if single {
			writeOutcomes(&out, l, last)
		} else {
			writeLine(&out, l, last)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// wrapped writes hostile text of one paragraph behind a margin.
func wrapped(out *strings.Builder, margin, text string) {
	for _, part := range columns.Wrap(reporters.OneLine(text), tableWidth-len(margin)) {
		out.WriteString(margin + part + "\n")
	}
}

var statusColumns = []checks.Status{
	checks.Passed, checks.Failed, checks.Warned, checks.Noted, checks.Skipped, checks.Undecided,
}

func writeLine(out *strings.Builder, l Line, last int) {
	runs, from := l.latest(last)
	fmt.Fprintf(out, "%-18s%-15s", "run", "verdict")
	for _, status := range statusColumns {
		fmt.Fprintf(out, "%7s", status)
	}
	out.WriteString("  smartcheck\n")
	for _, r := range runs {
		fmt.Fprintf(out, "%-18s%-15s", minute(r.Started), columns.Truncate(reporters.OneLine(string(r.Verdict)), 14))
		for _, status := range statusColumns {
			fmt.Fprintf(out, "%7d", r.Summary.Count(status))
		}
		fmt.Fprintf(out, "  %s\n", columns.Truncate(reporters.OneLine(r.Tool.Version), 20))
	}
	if from > 0 {
		fmt.Fprintf(out, "and %d earlier %s\n", from, plural(from, "run"))
	}
	all := l.stories()
	for _, t := range themes {
		listed := t.of(all)
		if len(listed) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s (%d)\n", t.Title, len(listed))
		for i, s := range listed {
			if i == maxListed {
				fmt.Fprintf(out, "  %d more; --format json has them\n", len(listed)-i)
				break
			}
			writeStory(out, s)
		}
	}
}

func writeStory(out *strings.Builder, s story) {
	recent := s.Outcomes[max(0, len(s.Outcomes)-stripRuns):]
	wrapped(out, "  ", fmt.Sprintf("%s  %s  %s", s.ID, strip(recent), s.lasting()))
	if s.Flapping {
		fmt.Fprintf(out, "      %d changes within the last %d runs\n", s.Changes, flapRuns)
	}
	if s.Broken {
		wrapped(out, "      ", s.Message)
	}
}

// writeOutcomes writes what each run found of the checks of a line.
func writeOutcomes(out *strings.Builder, l Line, last int) {
	runs, from := l.latest(last)
	if len(l.Checks) == 0 {
		out.WriteString("no run has this check\n")
	}
	for _, s := range l.stories() {
		wrapped(out, "", s.Title)
		for i, r := range runs {
			o := s.Outcomes[from+i]
			word := string(o.Status)
			if word == "" {
				word = "·"
			}
			if o.Excused {
				word += ", as expected"
			}
			wrapped(out, "  ", fmt.Sprintf("%s  %s  %s", minute(r.Started), word, o.Message))
		}
		wrapped(out, "", s.lasting())
		if s.Flapping {
			fmt.Fprintf(out, "flapping: %d changes within the last %d runs\n", s.Changes, flapRuns)
		}
	}
}
