package checks_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// shortLived is the check of docs/how-to/write-a-check.md.
var shortLived = checks.New(checks.Meta{
	ID:           "hospital.token-lifetime",
	Title:        "Access tokens live for ten minutes at most",
	Level:        checks.Shall,
	Requirements: []string{"hospital-policy-7"},
	Remedy:       "Set the lifetime of access tokens to 600 seconds or less.",
}, evidence.GrantsKind, func(launches evidence.Grants) checks.Verdict {
	for _, grant := range launches.Grants {
		if grant.Token == nil {
			continue
		}
		var seconds float64
		if err := json.Unmarshal(grant.Token.Members["expires_in"], &seconds); err != nil || seconds > 600 {
			return checks.Broken("an expires_in of 600 at most", "expires_in "+string(grant.Token.Members["expires_in"]), grant.Token.Exchange)
		}
	}
	return checks.Holds("no access token lives for more than ten minutes")
})

// TestARuleOfAProgramme judges by a check that is not of this project, whose requirement is in no catalogue
// of ours: it binds as its author says.
func TestARuleOfAProgramme(t *testing.T) {
	g := NewWithT(t)
	for lifetime, want := range map[string]checks.Status{"300": checks.Passed, "3600": checks.Failed, `"soon"`: checks.Failed} {
		token := evidence.TokenResponse{Members: map[string]json.RawMessage{"expires_in": json.RawMessage(lifetime)}}
		record := evidence.Record{Kind: shortLived.Kind(), Value: evidence.Grants{Grants: []evidence.Grant{{}, {Token: &token}}}}
		g.Expect(shortLived.Judge(record, checks.Options{Version: checks.V2_2_0}).Status).To(Equal(want), lifetime)
	}
}

// TestTheExampleOfThePage holds the page to the check above.
func TestTheExampleOfThePage(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile("../docs/how-to/write-a-check.md")
	g.Expect(err).NotTo(HaveOccurred())
	source, err := os.ReadFile("example_test.go")
	g.Expect(err).NotTo(HaveOccurred())
	_, rest, _ := strings.Cut(string(source), "var shortLived")
	check, _, _ := strings.Cut(rest, "\n})\n")
	g.Expect(check).NotTo(BeEmpty())
	g.Expect(string(page)).To(ContainSubstring("var shortLived" + check + "\n})\n"))
}
