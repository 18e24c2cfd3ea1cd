package progress

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/internal/columns"
)

const (
	maxAreas = 8  // areas that are shown one by one
	maxNames = 20 // running probes, and things waited for, that are named
)

// size is how much room there is.
type size struct{ width, height int }

// view shows a state in lines that fit into the room: the sums, the areas in which something is to be done, what
// is running and what is waited for.
func (s state) view(room size, style func(code, text string) string) []string {
	lines := []string{s.headline(style)}
	last := s.last(room.width - indent)
	lines = append(lines, s.table(min(maxAreas, room.height-len(last)-3), style)...)
	lines = append(lines, last...)
	for i, line := range lines {
		lines[i] = fit(line, room.width)
	}
	return lines[:min(len(lines), max(1, room.height-1))]
}

const indent = 2

// line is the state in one line, for a log.
func (s state) line() string {
	return strings.Join(append([]string{s.headline(plainly)}, trimmed(s.last(logWidth))...), "; ")
}

// logWidth bounds what a line of a log names.
const logWidth = 160

func trimmed(lines []string) []string {
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return lines
}

func plainly(_, text string) string { return text }

func (s state) headline(style func(code, text string) string) string {
	text := fmt.Sprintf("%s  %d of %d checks done", clock(s.elapsed), s.all.done, s.all.total())
	if s.all.running > 0 {
		text += fmt.Sprintf(", %d running", s.all.running)
	}
	if s.all.waiting > 0 {
		text += fmt.Sprintf(", %d waiting", s.all.waiting)
	}
	if found := s.all.found(style); found != "" {
		text += "; " + found
	}
	return text
}

// found says what was found so far.
func (c count) found(style func(code, text string) string) string {
	var parts []string
	for _, part := range []struct {
		n          int
		word, code string
	}{{c.failed, "failed", red}, {c.undecided, "not judged", purple}, {c.warned, "warned", yellow}} {
		if part.n > 0 {
			parts = append(parts, style(part.code, fmt.Sprintf("%d %s", part.n, part.word)))
		}
	}
	return strings.Join(parts, ", ")
}

// Select Graphic Rendition codes of ECMA-48 §8.3.117.
const red, yellow, purple, dim = "31", "33", "35", "2"

// table shows the areas in which something is to be done, as many as there are rows for, and counts the others.
func (s state) table(rows int, style func(code, text string) string) []string {
	open := slices.DeleteFunc(slices.Clone(s.areas), func(a area) bool { return a.done == a.total() })
	finished := len(s.areas) - len(open)
	slices.SortStableFunc(open, func(x, y area) int { return cmp.Compare(min(1, y.running), min(1, x.running)) })
	width := 0
	for _, a := range s.areas {
		width = max(width, columns.Of(a.name))
	}
	var lines []string
	shown := open[:max(0, min(len(open), rows))]
	for _, a := range shown {
		line := fmt.Sprintf("  %s  %3d/%-3d done  %3d running  %3d waiting", columns.Pad(a.name, width), a.done, a.total(), a.running, a.waiting)
		if found := a.found(style); found != "" {
			line += "  " + found
		}
		lines = append(lines, line)
	}
	var rest []string
	if finished > 0 {
		rest = append(rest, areas(finished)+" done")
	}
	if more := len(open) - len(shown); more > 0 {
		rest = append(rest, areas(more)+" more to be done")
	}
	if len(rest) > 0 && rows > 0 {
		lines = append(lines, style(dim, "  "+strings.Join(rest, ", ")))
	}
	return lines
}

func areas(n int) string {
	if n == 1 {
		return "1 area"
	}
	return fmt.Sprintf("%d areas", n)
}

// last says what is running, and for how long, and what is waited for.
func (s state) last(width int) []string {
	var running, waits []string
	for _, b := range s.running {
		running = append(running, fmt.Sprintf("%s %s", b.kind, clock(b.took)))
	}
	for _, w := range s.waits {
		text := w.what
		if w.probes > 1 {
			text += fmt.Sprintf(" (%d probes)", w.probes)
		}
		waits = append(waits, text)
	}
	var lines []string
	if len(running) > 0 {
		lines = append(lines, "  running "+listed(running, width-len("running ")))
	}
	if len(waits) > 0 {
		lines = append(lines, "  waiting for "+listed(waits, width-len("waiting for ")))
	}
	return lines
}

// listed names as many of the names as fit, and counts the others.
func listed(names []string, width int) string {
	const more = len(", 999 more")
	text := names[0]
	for i, name := range names[1:] {
		if i+1 == maxNames || columns.Of(text)+columns.Of(name)+2+more > width {
			return fmt.Sprintf("%s, %d more", text, len(names)-i-1)
		}
		text += ", " + name
	}
	return text
}

// fit cuts a line to the width. A line with colours loses them when it is cut.
func fit(line string, width int) string {
	bare := colours.ReplaceAllString(line, "")
	if columns.Of(bare) <= width {
		return line
	}
	return columns.Truncate(bare, width)
}

// clock writes a duration as 0:07 or 1:02:03.
func clock(d time.Duration) string {
	seconds := int(d.Seconds())
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// compare orders by a number, then by a name.
func compare[N cmp.Ordered](x, y N, nameX, nameY string) int {
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(nameX, nameY))
}
