package reporters_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// TestFragmentsOfThePage writes the finding of docs/how-to/read-a-report.md again: its JSON and its test case
// must be what the page shows.
func TestFragmentsOfThePage(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile("../docs/how-to/read-a-report.md")
	g.Expect(err).NotTo(HaveOccurred())
	fragment := func(language string) string {
		found := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(page)
		g.Expect(found).To(HaveLen(2), language)
		return string(found[1])
	}
	var finding checks.Finding
	g.Expect(json.Unmarshal([]byte(fragment("json")), &finding)).To(Succeed())
	check, known := checks.Lookup(finding.Check)
	g.Expect(known).To(BeTrue())
	g.Expect([]string{finding.Title, finding.Remedy}).To(Equal([]string{check.Title, check.Remedy}))
	g.Expect(finding.Requirements).To(Equal(check.Requirements))

	results := reporters.Results{Findings: []checks.Finding{finding}}
	var record, junit bytes.Buffer
	g.Expect(reporters.WriteJSON(&record, results)).To(Succeed())
	g.Expect(record.String()).To(ContainSubstring(fragment("json")))
	g.Expect(reporters.WriteJUnit(&junit, results)).To(Succeed())
	time := regexp.MustCompile(` time="[0-9.]+"`)
	g.Expect(time.ReplaceAllString(junit.String(), "")).To(ContainSubstring(time.ReplaceAllString(fragment("xml"), "")))
}
