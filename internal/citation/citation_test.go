package citation_test

import (
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
