package reporters

import (
	"fmt"
	"io"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/citation"
	"github.com/smart-conformance/smartcheck/internal/columns"
)

// ConsoleOptions say how WriteConsole writes. The zero value is plain text of 100 columns.
type ConsoleOptions struct {
	Color   bool // ANSI colours
	Width   int  // columns; 0 means 100
	Verbose bool // also what passed, was noted or was skipped, one by one
	// Record names the file in which the exchanges can be read, such as "reports/results.json".
	Record string
	// Pictures is the directory of the pictures of pages, such as "reports/evidence".
	Pictures string
}

const (
	minWidth     = 60
	defaultWidth = 100
	indent       = 6  // of everything under the line of a finding
	label        = 10 // of the names of facts
	clauseColumn = 62 // where level and clause stand, when they fit
	maxFact      = 1000
	maxArea      = 24 // columns of the name of an area
	countWidth   = 6  // columns of a count
)

// WriteConsole writes the results for a person at a terminal: what failed, what could not be judged
// and what is only recommended, each with what to do; then the counts of each area; and the verdict
// last, where the eye is. Nothing that a server sent can steer the terminal, or the build server whose log it is.
func WriteConsole(w io.Writer, r Results, o ConsoleOptions) error {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	o.Width = max(o.Width, minWidth)
	c := console{ConsoleOptions: o}
	for _, f := range r.Findings {
		if o.Verbose && briefly(f.Status) && !f.Surprising() {
			c.brief(f)
		}
	}
	c.known(r)
	for _, holds := range []func(checks.Finding) bool{
		unexpectedly(checks.Warned), unexpectedly(checks.Undecided), unexpectedly(checks.Failed), checks.Finding.Surprising,
	} {
		c.findings(r, r.where(holds))
	}
	if !o.Verbose {
		c.skips(r.skips())
	}
	c.table(r)
	c.target(r)
	c.verdict(r)
	text := c.out.String()
	if !c.Color { // it may go to the log of a build server
		text = Inert(text)
	}
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write results to the console: %w", err)
	}
	return nil
}

func briefly(s checks.Status) bool {
	return s == checks.Passed || s == checks.Noted || s == checks.Skipped
}

type console struct {
	ConsoleOptions
	out strings.Builder
}

// Select Graphic Rendition codes of ECMA-48 §8.3.117.
const (
	dim    = "2"
	bold   = "1"
	red    = "1;31"
	green  = "32"
	yellow = "33"
	purple = "1;35"
)

var badges = map[checks.Status]struct{ word, style string }{
	checks.Passed: {"PASS", green}, checks.Failed: {"FAIL", red}, checks.Warned: {"WARN", yellow},
	checks.Noted: {"INFO", dim}, checks.Skipped: {"SKIP", dim}, checks.Undecided: {"ERROR", purple},
}

func (c *console) style(code, s string) string {
	if !c.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (c *console) badge(s checks.Status) string {
	b := badges[s]
	return c.style(b.style, columns.Pad(b.word, indent))
}

// brief writes a finding in one line.
func (c *console) brief(f checks.Finding) {
	text := f.Title
	if f.Status != checks.Passed {
		text = f.Message
	}
	id := columns.Pad(columns.Truncate(oneLine(f.Check), c.Width/2), min(44, c.Width/2))
	c.out.WriteString(c.badge(f.Status) + id + "  ")
	rest := c.Width - indent - columns.Of(id) - 2
	c.out.WriteString(columns.Truncate(oneLine(text), rest) + "\n")
}

// oneLine is hostile text of one line, of bounded length.
func oneLine(s string) string { return visible(cut(s, maxFact)) }

// findings writes findings in full. Those that one cause kept from being judged are written as one.
func (c *console) findings(r Results, findings []checks.Finding) {
	if len(findings) > 0 && unexpectedly(checks.Undecided)(findings[0]) {
		for _, same := range byCause(findings) {
			if len(same) > 1 {
				c.cause(same, r.lost(same[0]))
			} else {
				c.finding(same[0], r.lost(same[0]))
			}
		}
		return
	}
	for _, f := range findings {
		c.finding(f, r.lost(f))
	}
}

// cause writes the findings that one cause kept from being judged, with the journeys of the first.
func (c *console) cause(same []checks.Finding, lost []evidence.Journey) {
	c.out.WriteString(c.badge(checks.Undecided) + c.style(bold, fmt.Sprintf("%d checks could not be judged for one reason", len(same))) + "\n")
	c.fact("reason", same[0].Reason)
	c.wrapped("checks", strings.Join(idsOf(same), ", "))
	c.journeys(lost)
	if ids := evidenceOf(same); len(ids) > 0 {
		c.fact("evidence", c.evidence(ids))
	}
	c.out.WriteString("\n")
}

// finding writes a finding in full, with the journeys that did not arrive.
func (c *console) finding(f checks.Finding, lost []evidence.Journey) {
	id := columns.Truncate(oneLine(f.Check), c.Width-indent-2-len(checks.ShouldNot))
	level, clause := string(f.Level), citation.First(f.Requirements)
	right := level + "  " + oneLine(clause)
	apart := clause != "" && !c.fits(id, right)
	if apart {
		right = level
	}
	c.out.WriteString(c.badge(f.Status) + c.style(bold, id) + c.gap(id, right) + right + "\n")
	for _, text := range columns.Wrap(oneLine(f.Title), c.Width-indent) {
		c.out.WriteString(strings.Repeat(" ", indent) + text + "\n")
	}
	if apart {
		c.fact("clause", clause)
	}
	for _, fact := range facts(f) {
		c.fact(fact.name, fact.text)
	}
	c.journeys(lost)
	if len(f.Evidence) > 0 {
		c.fact("evidence", c.evidence(f.Evidence))
	}
	c.fact("explain", "smartcheck explain "+f.Check)
	c.out.WriteString("\n")
}

// journeys writes the journeys of the browser that did not arrive.
func (c *console) journeys(lost []evidence.Journey) {
	for i, j := range lost {
		if i == maxJourneys {
			c.fact("", fmt.Sprintf("%d more journeys are in the record", len(lost)-i))
			break
		}
		for n, text := range route(j, c.Pictures) {
			name := ""
			if n == 0 {
				name = "journey"
			}
			c.fact(name, text)
		}
	}
}

func (c *console) evidence(ids []string) string {
	text := "exchange " + strings.Join(ids, ", ")
	if c.Record != "" {
		text += " in " + c.Record
	}
	return text
}

// fits reports whether id and right go into one line with a gap of two.
func (c *console) fits(id, right string) bool {
	return indent+columns.Of(id)+2+columns.Of(right) <= c.Width
}

// gap aligns right at the clause column, or further left when it would not fit there.
func (c *console) gap(id, right string) string {
	column := min(clauseColumn, c.Width-columns.Of(right))
	return strings.Repeat(" ", max(2, column-indent-columns.Of(id)))
}

// fact writes one named fact, wrapped and aligned.
func (c *console) fact(name, text string) { c.wrapped(name, oneLine(text)) }

// wrapped is fact for text that is harmless and bounded already.
func (c *console) wrapped(name, text string) {
	for i, part := range columns.Wrap(text, c.Width-indent-label) {
		if i > 0 {
			name = ""
		}
		c.out.WriteString(strings.Repeat(" ", indent) + c.style(dim, columns.Pad(name, label)) + part + "\n")
	}
}

// skips writes how many checks were skipped for which reason.
func (c *console) skips(skips []skipped) {
	for _, skip := range skips {
		c.out.WriteString(c.badge(checks.Skipped))
		for i, part := range columns.Wrap(fmt.Sprintf("%d × %s", skip.count, oneLine(skip.reason)), c.Width-indent) {
			if i > 0 {
				c.out.WriteString(strings.Repeat(" ", indent))
			}
			c.out.WriteString(part + "\n")
		}
	}
	if len(skips) > 0 {
		c.out.WriteString("\n")
	}
}

// table writes the counts of each area.
func (c *console) table(r Results) {
	groups := r.byArea()
	if len(groups) == 0 {
		return
	}
	width := len("area")
	for _, group := range groups {
		width = max(width, min(maxArea, columns.Of(oneLine(group.area))))
	}
	header := columns.Pad("area", width)
	for _, status := range statuses {
		header += fmt.Sprintf("%*s", countWidth, status)
	}
	c.out.WriteString(c.style(bold, header) + "\n")
	for _, group := range groups {
		c.row(columns.Pad(columns.Truncate(oneLine(group.area), width), width), group.summary)
	}
	c.row(columns.Pad("all", width), r.Summary)
	c.out.WriteString("\n")
}

func (c *console) row(name string, s Summary) {
	c.out.WriteString(name)
	for _, status := range statuses {
		n := s.Count(status)
		cell, style := fmt.Sprintf("%*d", countWidth, n), badges[status].style
		if n == 0 {
			cell, style = fmt.Sprintf("%*s", countWidth, "·"), dim
		}
		c.out.WriteString(c.style(style, cell))
	}
	c.out.WriteString("\n")
}

// known writes what was found as expected, one line each, and the expectations that nothing was found for.
func (c *console) known(r Results) {
	wrote := false
	write := func(badge checks.Status, text string) {
		wrote = true
		c.out.WriteString(c.badge(badge))
		for i, part := range columns.Wrap(oneLine(text), c.Width-indent) {
			if i > 0 {
				c.out.WriteString(strings.Repeat(" ", indent))
			}
			c.out.WriteString(part + "\n")
		}
	}
	for _, f := range r.Findings {
		if f.Excused() && !briefly(f.Status) {
			write(f.Status, f.Check+" "+expectationInWords(f))
		}
	}
	for _, u := range r.Unused {
		write(checks.Noted, u.Check+" is expected to be "+string(u.Status)+", but did not run; remove the line from the expectations file, or select the check")
	}
	if wrote {
		c.out.WriteString("\n")
	}
}

// target says what was judged, by what, and how far the connection can be trusted.
func (c *console) target(r Results) {
	name := r.Target.FHIR
	if r.Target.Name != "" {
		name = r.Target.Name + " · " + name
	}
	text := fmt.Sprintf("%s · SMART App Launch %s · %s · %s %s · %s", oneLine(name), r.Target.Spec,
		trustInWords[r.Target.TLS], oneLine(r.Tool.Name), oneLine(r.Tool.Version), duration(r))
	lines := []string{text}
	if r.Profile != nil {
		lines = append(lines, "profile "+oneLine(r.Profile.Title)+" ("+oneLine(r.Profile.ID)+")")
	}
	for _, set := range r.CapabilitySets {
		lines = append(lines, oneLine(set.Name+": "+set.inWords()))
	}
	for _, line := range lines {
		for _, part := range columns.Wrap(line, c.Width) {
			c.out.WriteString(part + "\n")
		}
	}
}

func (c *console) verdict(r Results) {
	verdict := r.Verdict()
	style := map[Verdict]string{Conformant: green, NonConformant: red, NotJudged: purple}[verdict]
	text := ": " + r.because()
	if r.Strict {
		text += " (strict)"
	}
	for i, part := range columns.Wrap(string(verdict)+text, c.Width) {
		if i == 0 {
			if rest, ok := strings.CutPrefix(part, string(verdict)); ok {
				part = c.style(style, string(verdict)) + rest
			}
		}
		c.out.WriteString(part + "\n")
	}
}
