package reference

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/internal/citation"
	"github.com/smart-conformance/smartcheck/internal/columns"
)

// width of the explanation, in columns.
const width = 100

// Explain writes, for people, what the check or the requirement with that id is about. It reports
// whether there is one; without one nothing is written.
func (r Reference) Explain(w io.Writer, id string) (found bool, err error) {
	var out page
	if i := slices.IndexFunc(r.Checks, func(c checks.Check) bool { return c.ID == id }); i >= 0 {
		r.explainCheck(&out, r.Checks[i])
	} else if i := slices.IndexFunc(r.Requirements, func(q catalogue.Requirement) bool { return q.ID == id }); i >= 0 {
		r.explainRequirement(&out, r.Requirements[i])
	} else {
		return false, nil
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return true, fmt.Errorf("explain %s: %w", id, err)
	}
	return true, nil
}

func (r Reference) explainCheck(out *page, c checks.Check) {
	described := r.describe(c)
	out.title(c.ID, string(c.Level), c.Title)
	out.field("area", described.Area)
	out.field("versions", "SMART App Launch "+join(described.Versions))
	out.field("applies", described.Applies)
	out.field("launches", strings.Join(c.Launches, ", "))
	if c.Intrusive {
		out.field("intrusive", "yes: its probe may lock accounts or revoke tokens of others")
	}
	out.field("evidence", c.Kind())
	out.section("requirements")
	for _, id := range c.Requirements {
		i := slices.IndexFunc(r.Requirements, func(q catalogue.Requirement) bool { return q.ID == id })
		if i < 0 {
			out.item(id, "not in the catalogue")
			continue
		}
		q := r.Requirements[i]
		out.item(id, q.Level+", "+citation.Of(q)+": "+q.Summary)
		out.under("probe", q.How)
		out.under("see", q.URL)
	}
	out.section("faults that prove it")
	for _, f := range r.faultsOf(c.ID) {
		out.item(f.ID, f.Summary)
	}
	out.section("remedy")
	out.text(c.Remedy)
}

func (r Reference) explainRequirement(out *page, q catalogue.Requirement) {
	covered := r.coverage(q)
	out.title(q.ID, q.Level, q.Summary)
	out.field("area", q.Area)
	out.field("source", citation.Of(q))
	out.field("see", q.URL)
	out.field("applies", q.Condition)
	out.field("breach", breach(q))
	out.field("status", strings.ReplaceAll(string(covered.Status), "-", " "))
	out.field("reason", covered.Reason)
	if q.Testable {
		out.field("probe", q.How)
	}
	out.section("checks")
	for _, id := range covered.Checks {
		i := slices.IndexFunc(r.Checks, func(c checks.Check) bool { return c.ID == id })
		out.item(id, r.Checks[i].Title)
	}
}

// breach says how breaking a requirement is reported when its sentence carries no conformance verb.
func breach(q catalogue.Requirement) string {
	switch q.Breach {
	case catalogue.BreachWarns:
		return "a warning, a failure in a strict run: the specification implies the requirement without saying it"
	case catalogue.BreachContradicts:
		return "a failure: the specification implies the requirement, and breaking it contradicts what the server claims"
	case catalogue.BreachEndangersRecord:
		return "a failure: the specification implies the requirement, and breaking it puts data at risk"
	default:
		return ""
	}
}

func join(versions []checks.Version) string {
	var words []string
	for _, v := range versions {
		words = append(words, string(v))
	}
	return strings.Join(words, ", ")
}

// page is text for people. Fields and sections without content are left out.
type page struct {
	strings.Builder
	pending string // the heading of a section that has no content yet
}

func (p *page) title(id, level, statement string) {
	fmt.Fprintf(p, "%s  %s\n", columns.Pad(id, 60), level)
	for _, line := range columns.Wrap(statement, width) {
		fmt.Fprintln(p, line)
	}
	fmt.Fprintln(p)
}

func (p *page) field(name, text string) { p.hang(columns.Pad(name, 12), text) }

// hang writes text wrapped beside a label. An address stays whole, so that it can be copied.
func (p *page) hang(label, text string) {
	if text == "" {
		return
	}
	lines := columns.Wrap(text, width-columns.Of(label))
	if strings.HasPrefix(text, "https://") && !strings.Contains(text, " ") {
		lines = []string{text}
	}
	for i, line := range lines {
		if i > 0 {
			label = strings.Repeat(" ", columns.Of(label))
		}
		fmt.Fprintln(p, label+line)
	}
}

func (p *page) section(name string) { p.pending = name }

func (p *page) open() {
	if p.pending != "" {
		fmt.Fprintf(p, "\n%s\n", p.pending)
		p.pending = ""
	}
}

func (p *page) item(id, text string) {
	p.open()
	fmt.Fprintf(p, "  %s\n", id)
	p.hang("      ", text)
}

func (p *page) under(label, text string) { p.hang("      "+columns.Pad(label, 7), text) }

func (p *page) text(s string) {
	if s != "" {
		p.open()
		p.hang("  ", s)
	}
}
