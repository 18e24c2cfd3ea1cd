package profile

import (
	"fmt"
	"io"
	"strings"
)

// WriteReference writes the reference of the built-in profiles in Markdown, docs/reference/profiles.md.
func WriteReference(w io.Writer) error {
	all, err := All()
	if err != nil {
		return err
	}
	var out strings.Builder
	fmt.Fprint(&out, "# Profiles\n\n<!-- Generated from the code by go test ./internal/reference -update. Do not edit. -->\n\n")
	fmt.Fprint(&out, `A profile says what a programme asks for: which checks, at which level, and which capability sets. `+
		"`smartcheck run --profile NAME`"+` judges by one, `+"`smartcheck profiles show NAME`"+` prints one. `+
		"[Write a profile](../how-to/write-a-profile.md) says how to make your own.\n\n")
	fmt.Fprint(&out, "| profile | title | SMART App Launch | checks |\n|:---|:---|:---|---:|\n")
	for _, p := range all {
		fmt.Fprintf(&out, "| [%s](#%s) | [%s](%s) | %s | %d |\n", p.ID, anchor(p.ID), cell(p.Title), p.Source, p.versions(), p.Outline().Checks)
	}
	for _, p := range all {
		writeProfile(&out, p.Detail(), p.versions())
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the reference of profiles: %w", err)
	}
	return nil
}

// anchor is how GitHub makes the anchor of a heading: without its dots.
func anchor(id string) string { return strings.ReplaceAll(id, ".", "") }

func writeProfile(out *strings.Builder, p Detail, versions string) {
	fmt.Fprintf(out, "\n## %s\n\n%s: [source](%s). By SMART App Launch %s.\n", p.ID, plain(p.Title), p.Source, versions)
	if p.About != "" {
		fmt.Fprintf(out, "\n%s\n", plain(p.About))
	}
	fmt.Fprint(out, "\n| what | level | checks | cite |\n|:---|:---|---:|:---|\n")
	for _, s := range p.Sets {
		fmt.Fprintf(out, "| %s | mandatory | | %s |\n", cell(s.InWords()), cell(s.Cite))
	}
	for _, l := range p.Lines {
		fmt.Fprintf(out, "| %s | %s | %d | %s |\n", cell(l.What), cell(l.LevelInWords()), len(l.Selects), cell(l.Cite))
	}
	if len(p.Without) > 0 {
		fmt.Fprint(out, "\n| left out | why | cite |\n|:---|:---|:---|\n")
	}
	for _, l := range p.Without {
		fmt.Fprintf(out, "| %s | %s | %s |\n", cell(l.What), cell(l.Reason), cell(l.Cite))
	}
	if len(p.Uncovered) > 0 {
		fmt.Fprint(out, "\n| demanded, and not judged | why | cite |\n|:---|:---|:---|\n")
	}
	for _, u := range p.Uncovered {
		fmt.Fprintf(out, "| %s | %s | %s |\n", cell(u.Demand), cell(u.Reason), cell(u.Cite))
	}
}

var markup = strings.NewReplacer("<", "&lt;", ">", "&gt;", "*", `\*`, "[", `\[`, "]", `\]`)

func plain(s string) string { return markup.Replace(s) }

func cell(s string) string { return strings.ReplaceAll(plain(s), "|", `\|`) }
