package reporters

import (
	"fmt"
	"io"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
)

// WriteComparisonMarkdown writes a comparison for a CI job page or a pull request.
func WriteComparisonMarkdown(w io.Writer, c Comparison) error {
	var out strings.Builder
	fmt.Fprintf(&out, "## smartcheck: %s\n\n%s.\n\n", c.Verdict.inWords(), sentence(c.because()))
	fmt.Fprint(&out, "| | before | now |\n|---|---|---|\n")
	for _, row := range [][3]string{
		{"Target", codeCell(c.Old.Target.Identity()), codeCell(c.New.Target.Identity())},
		{"Run", codeCell(c.Old.Started), codeCell(c.New.Started)},
		{"Tool", codeCell(c.Old.Tool.Name + " " + c.Old.Tool.Version), codeCell(c.New.Tool.Name + " " + c.New.Tool.Version)},
		{"Verdict", string(c.Old.Verdict), string(c.New.Verdict)},
	} {
		fmt.Fprintf(&out, "| %s | %s | %s |\n", row[0], row[1], row[2])
	}
	for _, status := range statuses {
		fmt.Fprintf(&out, "| %s | %d | %d |\n", status, c.Old.Summary.Count(status), c.New.Summary.Count(status))
	}
	fmt.Fprint(&out, "\n")
	if len(c.Differences) > 0 {
		fmt.Fprint(&out, "### The runs differ\n\n")
		for _, d := range c.Differences {
			fmt.Fprintf(&out, "- %s: before %s, now %s\n", differenceInWords[d.What], orNone(code(d.Old)), orNone(code(d.New)))
		}
		fmt.Fprint(&out, "\n")
	}
	for _, kind := range ChangeKinds {
		writeMarkdownChanges(&out, changeTitles[kind], c.of(kind))
	}
	writeMarkdownUnexpected(&out, c.Unexpected)
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write comparison as Markdown: %w", err)
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func writeMarkdownChanges(out *strings.Builder, title string, changes []Change) {
	if len(changes) == 0 {
		return
	}
	fmt.Fprintf(out, "### %s\n\n", title)
	for i, change := range changes {
		if i == maxMarkdownFindings {
			fmt.Fprintf(out, "- %d more; the JSON form of the comparison has them\n", len(changes)-i)
			break
		}
		f := change.now()
		fmt.Fprintf(out, "- %s (%s, %s): %s\n", code(f.Check), change.arrow(), f.Level, markdownText(f.Title))
		if !change.inFull() && change.Kind != Altered && change.Kind != Tolerated {
			continue
		}
		for _, fact := range facts(f) {
			text := code(fact.text)
			if fact.name == "remedy" {
				text = markdownText(fact.text)
			}
			fmt.Fprintf(out, "  - %s: %s\n", fact.name, text)
		}
		if before := change.before(); before != "" {
			fmt.Fprintf(out, "  - before: %s\n", code(before))
		}
	}
	fmt.Fprint(out, "\n")
}

func writeMarkdownUnexpected(out *strings.Builder, findings []checks.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprint(out, "### Other than expected\n\n")
	for i, f := range findings {
		if i == maxMarkdownFindings {
			fmt.Fprintf(out, "- %d more; the JSON form of the comparison has them\n", len(findings)-i)
			break
		}
		fmt.Fprintf(out, "- %s: %s\n", code(f.Check), markdownText(expectationInWords(f)))
	}
	fmt.Fprint(out, "\n")
}
