package reference_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
)

// TestReportsOfPages holds the findings that a page quotes to the titles and remedies of their checks.
func TestReportsOfPages(t *testing.T) {
	for _, name := range []string{"docs/how-to/read-a-report.md", "README.md"} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			raw, err := os.ReadFile(filepath.Join("..", "..", name))
			g.Expect(err).NotTo(HaveOccurred())
			findings := regexp.MustCompile(`(?m)^(?:FAIL|WARN)  (\S+) +(SHALL NOT|SHALL|SHOULD NOT|SHOULD)  .*\n((?: {6}.*\n)+)`).FindAllStringSubmatch(string(raw), -1)
			g.Expect(findings).NotTo(BeEmpty())
			for _, f := range findings {
				check, ok := checks.Lookup(f[1])
				g.Expect(ok).To(BeTrue(), f[1])
				g.Expect(string(check.Level)).To(Equal(f[2]), f[1])
				text := strings.Join(strings.Fields(f[3]), " ")
				g.Expect(text).To(ContainSubstring(check.Title))
				g.Expect(text).To(ContainSubstring("remedy " + check.Remedy))
			}
		})
	}
}
