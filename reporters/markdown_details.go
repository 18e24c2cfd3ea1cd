package reporters

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
)

// maxMarkdownProof bounds the exchanges of one finding in the summary, in bytes.
const maxMarkdownProof = 8 << 10

// writeMarkdownFolded writes what most readers skip, so that it unfolds on a click. The summary is text of our
// own.
func writeMarkdownFolded(out *strings.Builder, summary, content string) {
	fmt.Fprintf(out, "<details><summary>%s</summary>\n\n%s\n\n</details>\n\n", summary, strings.TrimRight(content, "\n"))
}

// writeMarkdownProof folds up the exchanges that prove a finding. They stand in a code block whose fence is
// longer than any run of backticks in them.
func writeMarkdownProof(out *strings.Builder, r Results, f checks.Finding) {
	proof := r.proof(f)
	if len(proof) == 0 {
		return
	}
	text := strings.TrimRight(cut(transcript(proof), maxMarkdownProof), "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	summary := fmt.Sprintf("%d %s", len(proof), plural(len(proof), "exchange"))
	writeMarkdownFolded(out, summary, fence+"\n"+text+"\n"+fence)
}

// writeMarkdownCapabilities tells how the target stands to the capability sets.
func writeMarkdownCapabilities(out *strings.Builder, r Results) {
	if len(r.CapabilitySets) == 0 {
		return
	}
	fmt.Fprint(out, "| Capability set | claimed | status | lacks | broken | why |\n|:---|:---|:---|:---|:---|:---|\n")
	for i, set := range r.CapabilitySets {
		if i == maxMarkdownFindings {
			break
		}
		claimed := "no"
		if set.Claimed {
			claimed = "yes"
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s |\n", codeCell(set.Name), claimed, codeCell(string(set.Status)),
			codeCell(strings.Join(set.Lacks, ", ")), codeCell(strings.Join(set.Broken, ", ")), codeCell(cut(set.Reason, maxMarkdownText)))
	}
	fmt.Fprint(out, "\n")
}
