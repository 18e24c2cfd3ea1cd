package reference

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/internal/citation"
)

const generated = "<!-- Generated from the code by go test ./internal/reference -update. Do not edit. -->\n\n"

// WriteChecks writes the reference of all checks in Markdown, docs/reference/checks.md.
func WriteChecks(w io.Writer) error { return Everything().WriteChecks(w) }

// WriteRequirements writes the coverage of all requirements in Markdown, docs/reference/requirements.md.
func WriteRequirements(w io.Writer) error { return Everything().WriteRequirements(w) }

// WriteChecks writes the reference of the checks in Markdown.
func (r Reference) WriteChecks(w io.Writer) error {
	var out strings.Builder
	list := r.Catalogue("")
	fmt.Fprint(&out, "# Checks\n\n", generated)
	fmt.Fprintf(&out, "smartcheck has %d checks. `smartcheck explain ID` prints one of them, `smartcheck checks --format json` all.\n\n", len(list))
	for _, area := range r.Areas() {
		if n := len(r.Catalogue(area)); n > 0 {
			fmt.Fprintf(&out, "- [%s](#%s): %d\n", area, area, n)
		}
	}
	area := ""
	for _, c := range list {
		if c.Area != area {
			area = c.Area
			fmt.Fprintf(&out, "\n## %s\n", area)
		}
		r.writeCheck(&out, c)
	}
	return write(w, "reference of checks", out.String())
}

func (r Reference) writeCheck(out *strings.Builder, c Check) {
	fmt.Fprintf(out, "\n### %s\n\n%s.\n\n", c.ID, strings.TrimSuffix(plain(c.Title), "."))
	fmt.Fprintf(out, "- level: %s\n", c.Level)
	fmt.Fprintf(out, "- versions: %s\n", join(c.Versions))
	fmt.Fprintf(out, "- applies: %s\n", plain(c.Applies))
	for _, id := range c.Requirements {
		i := slices.IndexFunc(r.Requirements, func(q catalogue.Requirement) bool { return q.ID == id })
		if i < 0 {
			fmt.Fprintf(out, "- requirement: `%s`\n", id)
			continue
		}
		q := r.Requirements[i]
		fmt.Fprintf(out, "- requirement: `%s`, %s, %s: %s\n", id, q.Level, link(q), plain(q.Summary))
	}
	for _, f := range r.faultsOf(c.ID) {
		fmt.Fprintf(out, "- fault: `%s` %s\n", f.ID, plain(f.Summary))
	}
	fmt.Fprintf(out, "- remedy: %s\n", plain(c.Remedy))
}

// WriteRequirements writes the coverage of the requirements in Markdown.
func (r Reference) WriteRequirements(w io.Writer) error {
	var out strings.Builder
	coverage := r.Coverage("")
	total := Totals(coverage)
	fmt.Fprint(&out, "# Requirements\n\n", generated)
	fmt.Fprintf(&out, "Of %d requirements on a server %d are covered by a check, %d are not yet, and %d cannot be observed from outside.\n\n",
		len(coverage), total[Covered], total[NotYet], total[NotObservable])
	fmt.Fprint(&out, "| area | level | covered | not yet | not observable |\n|:---|:---|---:|---:|---:|\n")
	for _, c := range Counts(coverage) {
		fmt.Fprintf(&out, "| [%s](#%s) | %s | %d | %d | %d |\n", c.Area, c.Area, c.Level,
			c.ByStatus[Covered], c.ByStatus[NotYet], c.ByStatus[NotObservable])
	}
	byID := map[string]catalogue.Requirement{}
	for _, q := range r.Requirements {
		byID[q.ID] = q
	}
	area := ""
	for _, c := range coverage {
		if c.Area != area {
			area = c.Area
			fmt.Fprintf(&out, "\n## %s\n\n| id | level | requirement | source | verified |\n|:---|:---|:---|:---|:---|\n", area)
		}
		q := byID[c.ID]
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", c.ID, c.Level, cell(q.Summary), link(q), verified(c))
	}
	return write(w, "reference of requirements", out.String())
}

// verified names the checks of a requirement, or says why there are none.
func verified(c Requirement) string {
	if c.Status != Covered {
		return strings.ReplaceAll(string(c.Status), "-", " ") + ": " + cell(c.Reason)
	}
	var links []string
	for _, id := range c.Checks {
		// GitHub makes the anchor of a heading by dropping its dots.
		links = append(links, fmt.Sprintf("[%s](checks.md#%s)", id, strings.ReplaceAll(id, ".", "")))
	}
	return strings.Join(links, ", ")
}

func link(q catalogue.Requirement) string {
	if q.URL == "" {
		return cell(citation.Of(q))
	}
	return fmt.Sprintf("[%s](%s)", cell(citation.Of(q)), q.URL)
}

// markup escapes what Markdown would take for markup in our own text.
var markup = strings.NewReplacer("<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`)

func plain(s string) string { return markup.Replace(s) }

// cell is plain for a table cell.
func cell(s string) string { return strings.ReplaceAll(plain(s), "|", `\|`) }

func write(w io.Writer, what, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write the %s: %w", what, err)
	}
	return nil
}
