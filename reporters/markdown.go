package reporters

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/internal/citation"
)

// Bounds of the Markdown summary, which CI systems limit to about a megabyte.
const (
	maxMarkdownText     = 500       // bytes of one fact
	maxMarkdownFindings = 100       // findings told in full, of each status
	maxMarkdown         = 512 << 10 // bytes after which nothing more is told in full
)

// WriteMarkdown writes a summary for a CI job page or a pull request: the verdict, the counts of each
// area, what failed, what could not be judged, what is only recommended, and why checks were skipped.
func WriteMarkdown(w io.Writer, r Results) error {
	var out strings.Builder
	fmt.Fprintf(&out, "## smartcheck: %s\n\n%s.\n\n", r.Verdict(), sentence(r.because()))
	writeMarkdownTarget(&out, r)
	writeMarkdownCapabilities(&out, r)
	writeMarkdownCounts(&out, r)
	writeMarkdownFindings(&out, r, "Other than expected", r.where(checks.Finding.Surprising))
	writeMarkdownFindings(&out, r, "Failures", r.where(unexpectedly(checks.Failed)))
	writeMarkdownUndecided(&out, r, r.where(unexpectedly(checks.Undecided)))
	writeMarkdownFindings(&out, r, "Warnings", r.where(unexpectedly(checks.Warned)))
	writeMarkdownKnown(&out, r)
	writeMarkdownSkips(&out, r.skips())
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write Markdown summary: %w", err)
	}
	return nil
}

// unexpectedly tells the findings of a status of which nothing was expected.
func unexpectedly(status checks.Status) func(checks.Finding) bool {
	return func(f checks.Finding) bool { return f.Status == status && !f.Excused() && !f.Surprising() }
}

// where returns the findings that something holds of.
func (r Results) where(holds func(checks.Finding) bool) []checks.Finding {
	var out []checks.Finding
	for _, f := range r.Findings {
		if holds(f) {
			out = append(out, f)
		}
	}
	return out
}

// writeMarkdownKnown lists what was found as expected, and the expectations that nothing was found for.
func writeMarkdownKnown(out *strings.Builder, r Results) {
	known := r.where(func(f checks.Finding) bool { return f.Excused() && f.Status != checks.Passed })
	if len(known)+len(r.Unused) == 0 {
		return
	}
	fmt.Fprint(out, "### As expected\n\n")
	for i, f := range known {
		if i == maxMarkdownFindings || out.Len() > maxMarkdown {
			fmt.Fprintf(out, "- %d more are in results.json\n", len(known)-i)
			break
		}
		fmt.Fprintf(out, "- %s: %s\n", code(f.Check), markdownText(expectationInWords(f)))
	}
	for i, u := range r.Unused {
		if i == maxMarkdownFindings || out.Len() > maxMarkdown {
			fmt.Fprintf(out, "- %d more unused expectations are in results.json\n", len(r.Unused)-i)
			break
		}
		fmt.Fprintf(out, "- %s did not run; nothing uses the line of the expectations file\n", code(u.Check))
	}
	fmt.Fprint(out, "\n")
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func writeMarkdownTarget(out *strings.Builder, r Results) {
	fmt.Fprint(out, "| | |\n|---|---|\n")
	for _, row := range [][2]string{
		{"Target", strings.TrimSpace(codeCell(r.Target.Name) + " " + codeCell(r.Target.FHIR))},
		{"Judged by", "SMART App Launch " + markdownText(string(r.Target.Spec))},
		{"TLS", markdownText(trustInWords[r.Target.TLS])},
		{"Run", fmt.Sprintf("%s, %s", r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), duration(r))},
		{"Tool", codeCell(r.Tool.Name + " " + r.Tool.Version)},
	} {
		fmt.Fprintf(out, "| %s | %s |\n", row[0], row[1])
	}
	if r.Profile != nil {
		fmt.Fprintf(out, "| Profile | %s %s |\n", codeCell(r.Profile.Title), codeCell(r.Profile.ID))
	}
	if r.Strict {
		fmt.Fprint(out, "| Strict | a warning breaks conformance |\n")
	}
	fmt.Fprint(out, "\n")
}

// duration is the wall time of the run, as people say it.
func duration(r Results) time.Duration {
	took := max(0, r.Finished.Sub(r.Started))
	if took >= time.Minute {
		return took.Round(time.Second)
	}
	return took.Round(10 * time.Millisecond)
}

func writeMarkdownCounts(out *strings.Builder, r Results) {
	groups := r.byArea()
	if len(groups) == 0 {
		return
	}
	fmt.Fprint(out, "| Area |")
	for _, status := range statuses {
		fmt.Fprintf(out, " %s |", status)
	}
	fmt.Fprint(out, "\n|:---|", strings.Repeat("---:|", len(statuses)), "\n")
	for _, group := range groups {
		writeMarkdownRow(out, codeCell(group.area), group.summary)
	}
	writeMarkdownRow(out, "**all**", r.Summary)
	fmt.Fprint(out, "\n")
}

func writeMarkdownRow(out *strings.Builder, name string, s Summary) {
	fmt.Fprintf(out, "| %s |", name)
	for _, status := range statuses {
		fmt.Fprintf(out, " %d |", s.Count(status))
	}
	fmt.Fprint(out, "\n")
}

func writeMarkdownFindings(out *strings.Builder, r Results, title string, findings []checks.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintf(out, "### %s\n\n", title)
	for i, f := range findings {
		if i == maxMarkdownFindings || out.Len() > maxMarkdown {
			fmt.Fprintf(out, "%d more are in results.json.\n\n", len(findings)-i)
			return
		}
		writeMarkdownFinding(out, f)
		writeMarkdownProof(out, r, f)
	}
}

// writeMarkdownUndecided tells what could not be judged, once for each cause.
func writeMarkdownUndecided(out *strings.Builder, r Results, findings []checks.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprint(out, "### Not judged\n\n")
	groups := byCause(findings)
	for i, same := range groups {
		switch {
		case i == maxMarkdownFindings || out.Len() > maxMarkdown:
			fmt.Fprintf(out, "%d more reasons are in results.json.\n\n", len(groups)-i)
			return
		case len(same) == 1:
			writeMarkdownFinding(out, same[0])
			writeMarkdownProof(out, r, same[0])
		default:
			fmt.Fprintf(out, "#### %d checks\n\n- reason: %s\n- checks:", len(same), code(same[0].Reason))
			for n, f := range same {
				if n > 0 {
					fmt.Fprint(out, ",")
				}
				fmt.Fprintf(out, " %s", code(f.Check))
			}
			fmt.Fprint(out, "\n")
			if ids := evidenceOf(same); len(ids) > 0 {
				fmt.Fprintf(out, "- evidence: %s\n", code(strings.Join(ids, ", ")))
			}
			fmt.Fprint(out, "\n")
		}
	}
}

func writeMarkdownFinding(out *strings.Builder, f checks.Finding) {
	fmt.Fprintf(out, "#### %s\n\n%s\n\n", code(f.Check), markdownText(f.Title))
	fmt.Fprintf(out, "- %s%s\n", f.Level, markdownClauses(f))
	for _, fact := range facts(f) {
		text := code(fact.text)
		if fact.name == "remedy" {
			text = markdownText(fact.text)
		}
		fmt.Fprintf(out, "- %s: %s\n", fact.name, text)
	}
	if len(f.Evidence) > 0 {
		fmt.Fprintf(out, "- evidence: %s\n", code(strings.Join(f.Evidence, ", ")))
	}
	fmt.Fprintf(out, "- explain: %s\n\n", code("smartcheck explain "+f.Check))
}

// markdownClauses links the clauses of a finding. The addresses come from the catalogue; an id that
// the catalogue does not know is shown as it stands.
func markdownClauses(f checks.Finding) string {
	var clauses []string
	for _, id := range f.Requirements {
		clause := code(id)
		if r, ok := catalogue.Lookup(id); ok && r.URL != "" {
			clause = fmt.Sprintf("[%s](<%s>)", markdownText(citation.Of(r)), r.URL)
		}
		if !slices.Contains(clauses, clause) { // requirements may stand in one clause
			clauses = append(clauses, clause)
		}
	}
	if len(clauses) == 0 {
		return ""
	}
	return ", " + strings.Join(clauses, ", ")
}

func writeMarkdownSkips(out *strings.Builder, skips []skipped) {
	if len(skips) == 0 {
		return
	}
	var list strings.Builder
	count := 0
	for _, skip := range skips {
		count += skip.count
	}
	for i, skip := range skips {
		if i == maxMarkdownFindings || out.Len()+list.Len() > maxMarkdown {
			fmt.Fprintf(&list, "- %d more reasons are in results.json\n", len(skips)-i)
			break
		}
		fmt.Fprintf(&list, "- %d: %s\n", skip.count, code(skip.reason))
	}
	fmt.Fprint(out, "### Skipped\n\n")
	summary := fmt.Sprintf("%d %s, %d %s", count, plural(count, "check"), len(skips), plural(len(skips), "reason"))
	writeMarkdownFolded(out, summary, list.String())
}

// code writes hostile text as a code span, in which Markdown knows no markup, no links and no
// mentions. The fence is longer than any run of backticks in the text.
func code(s string) string {
	s = visible(cut(s, maxMarkdownText))
	if s == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// codeCell is code for a table cell. A bar would end the cell even in a code span, and renderers
// disagree on how a backslash before it is read, so it becomes a broken bar.
func codeCell(s string) string { return strings.ReplaceAll(code(s), "|", "¦") }

// markdownText writes text of our own so that it stands as it is, even if the record was tampered with:
// markup is escaped, addresses do not become links, and a zero-width space keeps @ from mentioning
// somebody.
func markdownText(s string) string {
	s = visible(cut(s, maxMarkdownText))
	var out strings.Builder
	for i, r := range s {
		switch {
		case markdownEntities[r] != "":
			out.WriteString(markdownEntities[r])
		case strings.ContainsRune("\\`*_[]|~#$", r), r == ':' && !strings.HasPrefix(s[i:], ": "):
			out.WriteRune('\\')
			out.WriteRune(r)
		default:
			out.WriteRune(r)
		}
	}
	return strings.ReplaceAll(out.String(), "www.", "www\\.")
}

var markdownEntities = map[rune]string{'<': "&lt;", '>': "&gt;", '&': "&amp;", '@': "@\u200b"}
