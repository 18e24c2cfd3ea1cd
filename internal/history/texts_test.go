package history

import (
	"regexp"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/locale"
)

// TestPageIsTranslated counts the texts of the page that a language lacks: none.
func TestPageIsTranslated(t *testing.T) {
	g := NewWithT(t)
	texts := []string{
		"not in this run", "as an expectations file says", "The last %d runs:", pastTheme.Title, "conformant", "non-conformant", "not judged",
	}
	for _, one := range themes {
		texts = append(texts, one.Title)
	}
	for _, found := range regexp.MustCompile(`\b[tf] "([^"]+)"`).FindAllStringSubmatch(pageTemplate, -1) {
		texts = append(texts, found[1])
	}
	g.Expect(texts).To(ContainElements("History of smartcheck", "flapping, changes within the last %d runs: %d"), "the texts are found at all")
	verbs := regexp.MustCompile(`%[a-z]`)
	for _, text := range texts {
		translated, ok := locale.TraditionalChinese.Lookup(text)
		g.Expect(ok).To(BeTrue(), "add %q to internal/locale/zh-Hant/history.po", text)
		g.Expect(verbs.FindAllString(translated, -1)).To(Equal(verbs.FindAllString(text, -1)), text)
	}
}
