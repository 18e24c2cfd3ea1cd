package reporters_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

// TestEveryFormatHoldsTheRecordAlone goes over the list of formats, so that a new one cannot be left out:
// it adds nothing of the machine, writes the same bytes again, and text that can be read.
func TestEveryFormatHoldsTheRecordAlone(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "canary-token")
	t.Setenv("SMARTCHECK_PASSWORD", "canary-password")
	directory, err := os.Getwd()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, format := range reporters.Formats() {
		for name, r := range everyResults() {
			g := NewWithT(t)
			var first, again bytes.Buffer
			g.Expect(format.Write(&first, r, reporters.Presentation{})).To(Succeed(), "%s of %s", format.Name, name)
			g.Expect(format.Write(&again, r, reporters.Presentation{})).To(Succeed(), "%s of %s", format.Name, name)
			g.Expect(again.Bytes()).To(Equal(first.Bytes()), "%s of %s", format.Name, name)
			g.Expect(utf8.Valid(first.Bytes())).To(BeTrue(), "%s of %s", format.Name, name)
			for _, secret := range []string{"canary-", directory, "nobody.points-here"} {
				g.Expect(first.String()).NotTo(ContainSubstring(secret), "%s of %s", format.Name, name)
			}
			g.Expect(format.Write(full{}, r, reporters.Presentation{})).To(MatchError(errFull), "%s of %s", format.Name, name)
		}
	}
}

// TestEveryFormatCopesWithTheLeastRecord writes a record that names an exchange which it does not hold, and
// one that has neither times nor lists.
func TestEveryFormatCopesWithTheLeastRecord(t *testing.T) {
	least := reporters.Results{
		Findings:  []checks.Finding{{Check: "a", Status: checks.Failed, Evidence: []string{"lost#1"}}, {Status: "of a newer version"}},
		Exchanges: []evidence.Exchange{{}},
		Journeys:  []evidence.Journey{{}},
	}
	for _, format := range reporters.Formats() {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(format.Write(&out, least, reporters.Presentation{})).To(Succeed(), format.Name)
		if format.Name == "sarif" || format.Name == "har" || format.Name == "fhir-testreport" {
			g.Expect(json.Valid(out.Bytes())).To(BeTrue(), format.Name)
		}
	}
}
