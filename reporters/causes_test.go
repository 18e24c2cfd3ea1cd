package reporters_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// TestOneCauseIsToldOnce lets one login page keep sixty checks from a verdict, and another reason one.
func TestOneCauseIsToldOnce(t *testing.T) {
	g := NewWithT(t)
	const cause = "the login page did not load within 30 s"
	findings := []checks.Finding{{
		Check: "token.lone", Status: checks.Undecided, Level: checks.Shall, Area: "token", Title: "Alone", Reason: "no answer", Message: "no answer",
	}}
	var ids []string
	for i := range 60 {
		ids = append(ids, fmt.Sprintf("authorize.some-check-%02d", i))
		findings = append(findings, checks.Finding{
			Check: ids[i], Status: checks.Undecided, Level: checks.Shall, Area: "authorize", Title: "Something holds",
			Reason: cause, Message: cause, Evidence: []string{"browser.login#1"},
		})
	}
	results := reporters.NewResults(run(), findings, nil)

	var console, markdown bytes.Buffer
	g.Expect(reporters.WriteConsole(&console, results, reporters.ConsoleOptions{})).To(Succeed())
	g.Expect(reporters.WriteMarkdown(&markdown, results)).To(Succeed())
	for name, text := range map[string]string{"console": console.String(), "markdown": markdown.String()} {
		g.Expect(strings.Count(text, cause)).To(Equal(1), name)
		g.Expect(strings.Count(text, "browser.login#1")).To(Equal(1), name)
		g.Expect(text).To(ContainSubstring("60 checks"), name)
		for _, id := range append(ids, "token.lone") {
			g.Expect(text).To(ContainSubstring(id), name)
		}
		g.Expect(strings.Count(text, "explain token.lone")).To(Equal(1), "%s: what stands alone is told in full", name)
	}
}
