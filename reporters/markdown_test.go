package reporters_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

// TestMarkdownHasNoMarkupOfTheServer reads the summary with a renderer of GitHub's dialect: hostile
// text must not become a link, an image, HTML or a heading of its own.
func TestMarkdownHasNoMarkupOfTheServer(t *testing.T) {
	g := NewWithT(t)
	ours := map[string]bool{}
	for _, r := range catalogue.All() {
		ours[r.URL] = true
	}
	source := asMarkdown(t, hostile())
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	count := map[string]int{}
	err := ast.Walk(parser.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if ours, ok := n.(*ast.HTMLBlock); ok {
			html := string(ours.Lines().Value(source))
			if !folding.MatchString(html) {
				return ast.WalkStop, fmt.Errorf("writes %q", html)
			}
			return ast.WalkContinue, nil
		}
		count[n.Kind().String()]++
		if link, ok := n.(*ast.Link); ok && !ours[string(link.Destination)] {
			return ast.WalkStop, fmt.Errorf("links to %q", link.Destination)
		}
		return ast.WalkContinue, nil
	})
	g.Expect(err).NotTo(HaveOccurred())
	for _, kind := range []string{"RawHTML", "Image", "AutoLink", "CodeBlock", "Strikethrough"} {
		g.Expect(count).NotTo(HaveKey(kind), "in\n%s", source)
	}
	g.Expect(count["Heading"]).To(Equal(1+4+3), "a title, four sections and three findings")
	g.Expect(count["FencedCodeBlock"]).To(Equal(3), "the exchanges of three findings")
	g.Expect(count["TableRow"]).To(Equal(5+2), "five of the target; one poisoned area and the totals")
	g.Expect(count["Emphasis"]).To(Equal(1), "the row of totals")
}

// folding is the HTML that the summary writes itself.
var folding = regexp.MustCompile(`^(<details><summary>[0-9a-z, ]+</summary>|</details>)\s*$`)

// TestMarkdownTellsProfileAndCapabilities shows what the record may hold beside the findings.
func TestMarkdownTellsProfileAndCapabilities(t *testing.T) {
	g := NewWithT(t)
	r := sample()
	r.Profile = &reporters.Profile{ID: "p-1", Title: "A | programme", Source: "javascript:alert(1)"}
	r.CapabilitySets = []reporters.CapabilitySet{{
		Name: "patient-access-standalone", Claimed: true, Status: reporters.NotSatisfied, Lacks: []string{"permission-offline"},
	}}
	source := string(asMarkdown(t, r))
	g.Expect(source).To(ContainSubstring("| Profile | `A ¦ programme` `p-1` |\n"))
	g.Expect(source).To(ContainSubstring("| `patient-access-standalone` | yes | `not-satisfied` | `permission-offline` |  |  |\n"))
	g.Expect(source).NotTo(ContainSubstring("javascript:"))
}

func TestMarkdownOfSampleLinksClauses(t *testing.T) {
	g := NewWithT(t)
	source := string(asMarkdown(t, sample()))
	g.Expect(source).To(HavePrefix("## smartcheck: non-conformant\n"))
	g.Expect(source).To(ContainSubstring("[RFC 6749 §4.1.2](<https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2>)"))
	g.Expect(source).To(ContainSubstring("`of-a-newer-catalogue`"))
}

func TestMarkdownIsBounded(t *testing.T) {
	findings := make([]checks.Finding, 5000)
	for i := range findings {
		findings[i] = checks.Finding{
			Check: "token.pragma", Area: "token", Status: checks.Failed, Level: checks.Shall,
			Title: "t", Observed: strings.Repeat("`", 100_000), Message: "m",
		}
	}
	g := NewWithT(t)
	source := asMarkdown(t, reporters.NewResults(run(), findings, nil))
	g.Expect(len(source)).To(BeNumerically("<", 512<<10))
	g.Expect(string(source)).To(ContainSubstring("4900 more are in results.json"))

	// The worst that text can grow by being escaped, in every part: GitHub drops a summary above 1 MiB.
	worst := strings.Repeat("\u202e", 100_000)
	for i := range findings {
		f := &findings[i]
		f.Status = []checks.Status{checks.Failed, checks.Undecided, checks.Warned, checks.Skipped}[i%4]
		f.Observed, f.Expected, f.Message, f.Remedy, f.Reason, f.Title = worst, worst, worst, worst, fmt.Sprint(i)+worst, worst
		f.Evidence = []string{"e#1"}
	}
	exchanges := []evidence.Exchange{{ID: "e#1", Request: evidence.Request{Body: strings.Repeat("`", 9000)}}}
	g.Expect(len(asMarkdown(t, reporters.NewResults(run(), findings, exchanges)))).To(BeNumerically("<", 1<<20))
}

func asMarkdown(t *testing.T, r reporters.Results) []byte {
	t.Helper()
	var out bytes.Buffer
	NewWithT(t).Expect(reporters.WriteMarkdown(&out, r)).To(Succeed())
	return out.Bytes()
}
