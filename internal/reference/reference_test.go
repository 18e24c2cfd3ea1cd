package reference_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/reference"
)

// small is a world of two checks, five requirements and two faults.
func small() reference.Reference {
	kind := evidence.NewKind[struct{}]("token.code-replay")
	judge := func(struct{}) checks.Verdict { return checks.Holds("") }
	return reference.Reference{
		Checks: []checks.Check{
			checks.New(checks.Meta{
				ID: "token.code-single-use", Title: "An authorization code is accepted once", Level: checks.Shall,
				Requirements: []string{"code-once", "code-replay"}, Remedy: "Delete the code.",
			}, kind, judge),
			checks.New(checks.Meta{
				ID: "authorize.post", Title: "POST works", Level: checks.Should, Requirements: []string{"9"},
				Versions: []checks.Version{checks.V2_2_0}, Applies: "authorize-post is claimed", Intrusive: true,
			}, kind, judge),
		},
		Requirements: []catalogue.Requirement{
			{ID: "code-once", Level: "SHALL", Area: "token", Source: "RFC 6749 s4.1.2", URL: "https://rfc.example/#4", Summary: "Codes work once.", Testable: true, How: "Redeem twice."},
			{ID: "code-replay", Level: "SHOULD", Area: "token", Source: "RFC 6749 s4.1.2", Summary: "Replay revokes | <all>.", Testable: true, How: "Redeem twice, then use the first token."},
			{ID: "10", Level: "SHALL", Area: "authorize", Summary: "Codes are guessed by nobody.", How: "Entropy is internal."},
			{ID: "9", Level: "SHOULD", Area: "authorize", Summary: "POST works.", Testable: true, Breach: catalogue.BreachWarns},
			{ID: "later", Level: "SHALL", Area: "token", Summary: "Later.", Testable: true, Untested: "needs a second server"},
			{ID: "sooner", Level: "SHALL", Area: "token", Summary: "Sooner.", Testable: true},
			{ID: "may", Level: "MAY", Area: "token", Summary: "May.", Testable: true},
		},
		Faults: []faults.Fault{
			{ID: "code-reusable", Summary: "accepts a code again", Checks: []string{"token.code-single-use"}},
			{ID: "other", Summary: "does something else", Checks: []string{"a.b"}},
		},
	}
}

func TestCatalogueJSON(t *testing.T) {
	g := NewWithT(t)
	raw, err := json.Marshal(small().Catalogue(""))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(raw).To(MatchJSON(`[
		{"id": "authorize.post", "title": "POST works", "level": "SHOULD", "area": "authorize", "requirements": ["9"],
		 "versions": ["2.2.0"], "applies": "authorize-post is claimed", "faults": [], "remedy": ""},
		{"id": "token.code-single-use", "title": "An authorization code is accepted once", "level": "SHALL", "area": "token",
		 "requirements": ["code-once", "code-replay"], "versions": ["1.0.0", "2.0.0", "2.2.0"], "applies": "always",
		 "faults": ["code-reusable"], "remedy": "Delete the code."}]`))
	g.Expect(small().Catalogue("token")).To(HaveLen(1))
	g.Expect(json.Marshal(small().Catalogue("nothing"))).To(MatchJSON(`[]`))
}

func TestCoverageJSON(t *testing.T) {
	g := NewWithT(t)
	raw, err := json.Marshal(small().Coverage(""))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(raw).To(MatchJSON(`[
		{"id": "9", "level": "SHOULD", "area": "authorize", "status": "covered", "checks": ["authorize.post"], "reason": ""},
		{"id": "10", "level": "SHALL", "area": "authorize", "status": "not-observable", "checks": [], "reason": "Entropy is internal."},
		{"id": "code-once", "level": "SHALL", "area": "token", "status": "covered", "checks": ["token.code-single-use"], "reason": ""},
		{"id": "code-replay", "level": "SHOULD", "area": "token", "status": "covered", "checks": ["token.code-single-use"], "reason": ""},
		{"id": "later", "level": "SHALL", "area": "token", "status": "not-yet", "checks": [], "reason": "needs a second server"},
		{"id": "may", "level": "MAY", "area": "token", "status": "not-yet", "checks": [], "reason": "optional, so that nothing can fail"},
		{"id": "sooner", "level": "SHALL", "area": "token", "status": "not-yet", "checks": [], "reason": "no check judges it yet"}]`))
}

func TestCountsGoByAreaAndLevel(t *testing.T) {
	g := NewWithT(t)
	coverage := small().Coverage("")
	g.Expect(reference.Counts(coverage)).To(Equal([]reference.Count{
		{Area: "authorize", Level: checks.Shall, ByStatus: map[reference.Status]int{reference.NotObservable: 1}},
		{Area: "authorize", Level: checks.Should, ByStatus: map[reference.Status]int{reference.Covered: 1}},
		{Area: "token", Level: checks.Shall, ByStatus: map[reference.Status]int{reference.Covered: 1, reference.NotYet: 2}},
		{Area: "token", Level: checks.Should, ByStatus: map[reference.Status]int{reference.Covered: 1}},
		{Area: "token", Level: checks.May, ByStatus: map[reference.Status]int{reference.NotYet: 1}},
	}))
	g.Expect(reference.Totals(coverage)).To(Equal(map[reference.Status]int{
		reference.Covered: 3, reference.NotYet: 3, reference.NotObservable: 1,
	}))
}

func TestExplainCheck(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	g.Expect(small().Explain(&out, "token.code-single-use")).To(BeTrue())
	g.Expect(out.String()).To(Equal(`token.code-single-use                                         SHALL
An authorization code is accepted once

area        token
versions    SMART App Launch 1.0.0, 2.0.0, 2.2.0
applies     always
evidence    token.code-replay

requirements
  code-once
      SHALL, RFC 6749 §4.1.2: Codes work once.
      probe  Redeem twice.
      see    https://rfc.example/#4
  code-replay
      SHOULD, RFC 6749 §4.1.2: Replay revokes | <all>.
      probe  Redeem twice, then use the first token.

faults that prove it
  code-reusable
      accepts a code again

remedy
  Delete the code.
`))
}

func TestExplainRequirement(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	g.Expect(small().Explain(&out, "9")).To(BeTrue())
	g.Expect(out.String()).To(And(
		ContainSubstring("breach      a warning, a failure in a strict run"),
		ContainSubstring("status      covered\n"),
		ContainSubstring("checks\n  authorize.post\n      POST works\n")))

	out.Reset()
	g.Expect(small().Explain(&out, "10")).To(BeTrue())
	g.Expect(out.String()).To(And(ContainSubstring("status      not observable\nreason      Entropy is internal.\n"),
		Not(ContainSubstring("checks")), Not(ContainSubstring("probe"))))
}

func TestExplainKeepsAddressesWhole(t *testing.T) {
	g := NewWithT(t)
	known := small()
	known.Requirements[0].URL = "https://rfc.example/#" + strings.Repeat("long-", 40)
	for _, id := range []string{"code-once", "token.code-single-use"} {
		var out strings.Builder
		g.Expect(known.Explain(&out, id)).To(BeTrue())
		g.Expect(out.String()).To(ContainSubstring(known.Requirements[0].URL + "\n"))
	}
}

func TestExplainUnknown(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	g.Expect(small().Explain(&out, "token.nothing")).To(BeFalse())
	g.Expect(out.String()).To(BeEmpty())
}

func TestNearestID(t *testing.T) {
	for word, want := range map[string]string{
		"token.code-single-used": "token.code-single-use",
		"TOKEN.CODE-SINGLE-USE":  "token.code-single-use",
		"code-single-use":        "token.code-single-use",
		"authorise.post":         "authorize.post",
		"code-onse":              "code-once",
		"something-else":         "",
		"":                       "",
	} {
		NewWithT(t).Expect(small().NearestID(word)).To(Equal(want), word)
	}
}

func TestMarkdownEscapesOurOwnText(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	g.Expect(small().WriteRequirements(&out)).To(Succeed())
	g.Expect(out.String()).To(And(
		ContainSubstring(`| Replay revokes \| &lt;all&gt;. |`),
		ContainSubstring("[token.code-single-use](checks.md#tokencode-single-use)"),
		ContainSubstring("| [token](#token) | SHALL | 1 | 2 | 0 |")))
	out.Reset()
	g.Expect(small().WriteChecks(&out)).To(Succeed())
	g.Expect(out.String()).To(And(
		ContainSubstring("\n### token.code-single-use\n\nAn authorization code is accepted once.\n"),
		ContainSubstring("- requirement: `code-once`, SHALL, [RFC 6749 §4.1.2](https://rfc.example/#4): Codes work once.\n"),
		ContainSubstring("- fault: `code-reusable` accepts a code again\n")))
}

func TestEverythingIsThere(t *testing.T) {
	g := NewWithT(t)
	all := reference.Everything()
	g.Expect(len(all.Requirements)).To(BeNumerically(">", 300))
	g.Expect(all.Faults).NotTo(BeEmpty())
	g.Expect(all.Areas()).To(ContainElements("authorize", "token"))
}
