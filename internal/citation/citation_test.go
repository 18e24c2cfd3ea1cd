package citation_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/internal/citation"
)

func TestOfWritesSections(t *testing.T) {
	for source, want := range map[string]string{
		"RFC 6749 s4.1.2":                          "RFC 6749 §4.1.2",
		"RFC 6749 s3.1, s3.2":                      "RFC 6749 §3.1, §3.2",
		"RFC 7523 s3 items 1-2":                    "RFC 7523 §3 items 1-2",
		"SMART App Launch 2.2.0, app-launch § tls": "SMART App Launch 2.2.0, app-launch § tls",
	} {
		NewWithT(t).Expect(citation.Of(catalogue.Requirement{Source: source})).To(Equal(want))
	}
}

// TestEveryRequirementIsCited holds that a citation names the publication that the address leads to, and stops
// where there is no section.
func TestEveryRequirementIsCited(t *testing.T) {
	g := NewWithT(t)
	for _, r := range catalogue.All() {
		said := citation.Of(r)
		g.Expect(said).NotTo(Or(BeEmpty(), HavePrefix("http"), MatchRegexp(`§\s*($|[,;])`)), r.ID)
		g.Expect(r.URL).To(HavePrefix("https://"), "%s has no address to link to", r.ID)
		if strings.HasPrefix(r.URL, "https://hl7.org/") {
			g.Expect(strings.HasPrefix(said, "SMART App Launch ")).To(Equal(strings.Contains(r.URL, "/smart-app-launch/")), "%s: %s", said, r.URL)
		}
	}
	g.Expect(cited(t, "brand-details")).To(Equal("FHIR Extensions 5.1.0, StructureDefinition-organization-brand"))
	g.Expect(cited(t, "brand-entries-unique")).To(Equal("FHIR R4, bundle § invs"))
}

func cited(t *testing.T, id string) string {
	t.Helper()
	r, ok := catalogue.Lookup(id)
	NewWithT(t).Expect(ok).To(BeTrue(), id)
	return citation.Of(r)
}

func TestFirstPrefersTheStrongest(t *testing.T) {
	g := NewWithT(t)
	should := idOf(t, "SHOULD")
	shall := idOf(t, "SHALL")
	strongest, _ := catalogue.Lookup(shall)
	g.Expect(citation.First([]string{should, shall})).To(Equal(citation.Of(strongest) + " (+1)"))
	g.Expect(citation.First([]string{shall})).To(Equal(citation.Of(strongest)))
}

func TestFirstKeepsUnknownIDs(t *testing.T) {
	g := NewWithT(t)
	g.Expect(citation.First([]string{"of-a-newer-version"})).To(Equal("of-a-newer-version"))
	g.Expect(citation.First(nil)).To(BeEmpty())
}

func idOf(t *testing.T, level string) string {
	t.Helper()
	for _, r := range catalogue.All() {
		if r.Level == level {
			return r.ID
		}
	}
	t.Fatalf("the catalogue has no requirement of level %s", level)
	return ""
}
