package session

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestOtherSite(t *testing.T) {
	own := []string{"login.ehr.example.org:8443", "127.0.0.1:4000"}
	for uri, other := range map[string]bool{
		"https://login.ehr.example.org/x": false,
		"https://cdn.example.org/logo":    false, // of whoever registered example.org
		"https://example.org.evil.test/":  true,
		"https://127.0.0.1:9/":            false,
		"https://127.0.0.2/":              true,
		"https://example.com/":            true,
	} {
		NewWithT(t).Expect(otherSite(uri, own)).To(Equal(other), uri)
	}
	NewWithT(t).Expect(otherSite("https://b.github.io/", []string{"a.github.io"})).To(BeTrue(), "a public suffix is no site")
}
