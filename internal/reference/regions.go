package reference

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/smart-conformance/smartcheck/reporters"
)

// A region is a part of a page that is generated; the rest of the page is written by hand. It begins with a
// comment that names what stands in it.
var region = regexp.MustCompile(`(?s)(<!-- generated: ([^\n]*?) -->\n).*?(<!-- end of generated -->)`)

// Fill returns a page with each of its regions as the code has it. A region is one of
//
//	exit codes          the exit codes of every command
//	formats             the formats of reports
//	keys PATH…          the keys of the target file at the paths and below, by their whole path
//	keys in PATH        the keys of the target file below the path, by the rest of their path
func Fill(page string) (string, error) {
	var wrong error
	filled := region.ReplaceAllStringFunc(page, func(found string) string {
		parts := region.FindStringSubmatch(found)
		table, err := regionTable(parts[2])
		if err != nil {
			wrong = err
			return found
		}
		return parts[1] + "\n" + table + "\n" + parts[3]
	})
	return filled, wrong
}

func regionTable(name string) (string, error) {
	switch what, paths, _ := strings.Cut(name, " "); {
	case name == "exit codes":
		return exitCodeTable(), nil
	case name == "formats":
		return formatTable(), nil
	case what == "keys":
		return keyTable(strings.Fields(paths))
	default:
		return "", fmt.Errorf("a page has a region %q, which nothing generates", name)
	}
}

func exitCodeTable() string {
	rows := [][]string{{"exit code", "meaning", "verdict", "when"}}
	for _, each := range reporters.ExitCodes() {
		rows = append(rows, []string{fmt.Sprintf("`%d`", each.Code), each.Means, string(each.Verdict), each.When})
	}
	return table(rows)
}

func formatTable() string {
	rows := [][]string{{"format", "file", "for"}}
	for _, f := range reporters.Formats() {
		rows = append(rows, []string{"`" + f.Name + "`", "`" + f.File + "`", f.Purpose})
	}
	return table(rows)
}

// table writes rows, the first of which is the head, as Markdown.
func table(rows [][]string) string {
	var out strings.Builder
	for i, row := range rows {
		for _, cell := range row {
			out.WriteString(strings.TrimRight("| "+strings.ReplaceAll(cell, "|", `\|`), " ") + " ")
		}
		out.WriteString("|\n")
		if i == 0 {
			out.WriteString(strings.Repeat("|:---", len(row)) + "|\n")
		}
	}
	return out.String()
}
