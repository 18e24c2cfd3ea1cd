package reporters

import (
	"fmt"
	"io"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/columns"
)

// changeTitles are the headings of the kinds of changes, as reports show them.
var changeTitles = map[ChangeKind]string{
	Regression: "Regressions", Lost: "No longer judged", Tolerated: "Worse, as expected", Fixed: "Fixed",
	Improved: "Improved, and still a warning", Gained: "Judged now, and held", Added: "New checks",
	Gone: "Checks that are gone", Altered: "Neither better nor worse, but other than before",
}

// WriteComparisonConsole writes a comparison for a person at a terminal: what got worse in full, the rest in
// a line each, and the verdict last. What is neither better nor worse is told one by one when the options
// are verbose.
func WriteComparisonConsole(w io.Writer, c Comparison, o ConsoleOptions) error {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	o.Width = max(o.Width, minWidth)
	t := console{ConsoleOptions: o}
	for i := len(ChangeKinds) - 1; i >= 0; i-- { // the verdict is last, and what explains it next to it
		t.changes(ChangeKinds[i], c.of(ChangeKinds[i]))
	}
	t.section("Other than expected", len(c.Unexpected))
	for _, f := range c.Unexpected {
		t.listed(f.Status, f.Check+": "+expectationInWords(f))
	}
	if len(c.Unexpected) > 0 {
		t.out.WriteString("\n")
	}
	t.section("The runs differ", len(c.Differences))
	for _, d := range c.Differences {
		t.paragraph(strings.Repeat(" ", indent), d.String())
	}
	if len(c.Differences) > 0 {
		t.out.WriteString("\n")
	}
	t.paragraph("", fmt.Sprintf("%s · from %s to %s", visible(cut(c.New.Target.Identity(), maxDifference)), c.Old.Started, c.New.Started))
	style := map[ComparisonVerdict]string{NotWorse: green, Worse: red, Unknown: purple}[c.Verdict]
	t.out.WriteString(t.style(style, c.Verdict.inWords()) + "\n")
	t.paragraph("", c.because())
	if _, err := io.WriteString(w, t.out.String()); err != nil {
		return fmt.Errorf("write comparison to the console: %w", err)
	}
	return nil
}

func (v ComparisonVerdict) inWords() string {
	return map[ComparisonVerdict]string{NotWorse: "no regressions", Worse: "regressions", Unknown: "not judged"}[v]
}

// because explains the verdict of a comparison.
func (c Comparison) because() string {
	var parts []string
	if !c.Comparable() {
		parts = append(parts, "the runs are not comparable")
	}
	if c.Compared == 0 {
		parts = append(parts, "no check came to a verdict in both runs")
	}
	for _, kind := range ChangeKinds {
		if n := c.Counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, changeCounts[kind]))
		}
	}
	return strings.Join(parts, ", ")
}

var changeCounts = map[ChangeKind]string{
	Regression: "worse", Lost: "no longer judged", Tolerated: "worse as expected", Fixed: "fixed", Improved: "improved",
	Gained: "judged now", Added: "new", Gone: "gone", Altered: "otherwise changed", Same: "the same",
}

// of returns the changes of a kind.
func (c Comparison) of(kind ChangeKind) []Change {
	var out []Change
	for _, change := range c.Changes {
		if change.Kind == kind {
			out = append(out, change)
		}
	}
	return out
}

// inFull reports whether somebody has to look at the change: it is worse, or a new check is broken.
func (c Change) inFull() bool {
	broken := c.New != nil && (c.New.Status == checks.Failed || c.New.Status == checks.Warned)
	return c.Kind == Regression || c.Kind == Lost || c.Kind == Added && broken && !c.New.Excused()
}

// now returns the finding that says most of the check: the new one, or the old one when it is gone.
func (c Change) now() checks.Finding {
	if c.New != nil {
		return *c.New
	}
	return *c.Old
}

// before says what the old run found, or "" when it did not have the check.
func (c Change) before() string {
	if c.Old == nil {
		return ""
	}
	return strings.TrimSpace(string(c.Old.Status) + " " + c.Old.Message)
}

// arrow says from which status to which, such as "fail → pass".
func (c Change) arrow() string {
	status := func(f *checks.Finding) string {
		if f == nil {
			return "·"
		}
		return string(f.Status)
	}
	return status(c.Old) + " → " + status(c.New)
}

func (c *console) section(title string, n int) {
	if n > 0 {
		c.out.WriteString(c.style(bold, fmt.Sprintf("%s (%d)", title, n)) + "\n")
	}
}

// paragraph writes wrapped text behind a margin.
func (c *console) paragraph(margin, text string) {
	for _, part := range columns.Wrap(text, c.Width-columns.Of(margin)) {
		c.out.WriteString(margin + part + "\n")
	}
}

// listed writes text of one paragraph behind the badge of a status.
func (c *console) listed(status checks.Status, text string) {
	c.out.WriteString(c.badge(status))
	for i, part := range columns.Wrap(oneLine(text), c.Width-indent) {
		if i > 0 {
			c.out.WriteString(strings.Repeat(" ", indent))
		}
		c.out.WriteString(part + "\n")
	}
}

func (c *console) changes(kind ChangeKind, changes []Change) {
	if len(changes) == 0 || kind == Altered && !c.Verbose {
		return
	}
	c.section(changeTitles[kind], len(changes))
	gap := false // after the last line
	for _, change := range changes {
		gap = change.inFull()
		if gap {
			c.change(change)
			continue
		}
		f := change.now()
		text := fmt.Sprintf("%s (%s): %s", f.Check, change.arrow(), f.Title)
		switch kind {
		case Tolerated:
			text += "; " + expectationInWords(f)
		case Altered:
			text = fmt.Sprintf("%s (%s) was: %s; is: %s", f.Check, change.arrow(), change.Old.Message, f.Message)
		}
		c.listed(f.Status, text)
	}
	if !gap {
		c.out.WriteString("\n")
	}
}

// change writes a change in full: what was found, what the old run had found, and what to do.
func (c *console) change(change Change) {
	f := change.now()
	id, right := columns.Truncate(oneLine(f.Check), c.Width/2), change.arrow()
	c.out.WriteString(c.badge(f.Status) + c.style(bold, id) + c.gap(id, right) + right + "\n")
	c.paragraph(strings.Repeat(" ", indent), oneLine(f.Title))
	for _, fact := range facts(f) {
		c.fact(fact.name, fact.text)
	}
	if before := change.before(); before != "" {
		c.fact("before", before)
	}
	c.fact("explain", "smartcheck explain "+f.Check)
	c.out.WriteString("\n")
}
