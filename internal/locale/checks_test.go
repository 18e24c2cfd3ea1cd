package locale_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/locale"
)

// TestChecksAreTranslated counts the titles and remedies without a translation: there are none.
func TestChecksAreTranslated(t *testing.T) {
	missing := 0
	for _, c := range checks.All() {
		for _, english := range []string{c.Title, c.Remedy} {
			if _, ok := locale.TraditionalChinese.Lookup(english); !ok {
				missing++
				t.Errorf("%s: no translation of %q", c.ID, english)
			}
		}
	}
	t.Logf("%d titles and remedies are not translated", missing)
}

// TestTranslationsOfChecks holds what a translation must keep: the names and values that stand on the
// wire, and the form of a title and of a remedy.
func TestTranslationsOfChecks(t *testing.T) {
	g := NewWithT(t)
	for _, c := range checks.All() {
		for _, english := range []string{c.Title, c.Remedy} {
			translated, ok := locale.TraditionalChinese.Lookup(english)
			if !ok {
				continue // TestChecksAreTranslated lists it
			}
			g.Expect(translated).NotTo(Equal(english), c.ID)
			for _, word := range machineWords.FindAllString(english, -1) {
				g.Expect(translated).To(ContainSubstring(word), c.ID)
			}
			g.Expect(strings.HasSuffix(translated, "。")).To(Equal(english == c.Remedy), "%s: %s", c.ID, translated)
			g.Expect(misspaced.FindString(translated)).To(BeEmpty(), "%s: %s", c.ID, translated)
		}
	}
}

// machineWords are what no language changes: code in backticks, verbs of fmt, addresses, and words with
// an underscore, an inner capital or slash, a digit, an equals sign, or nothing but capitals.
var machineWords = regexp.MustCompile("`[^`]*`" +
	`|%[-+# 0]*[\d.]*[a-zA-Z]` +
	`|https?://[^\s",;]+\w` +
	`|\b[\w.*-]*(?:[a-z][A-Z]|\w[_/=]\w|\d)[\w./*=-]*[\w*]` +
	`|\b[A-Z]{3,}\d*\b`)

// misspaced is Chinese next to a Latin word without a space, a space next to full-width punctuation, or
// half-width punctuation after Chinese.
var misspaced = regexp.MustCompile(`\p{Han}[A-Za-z0-9"{\[]|[A-Za-z0-9"}\]]\p{Han}| [，。；：（）「」、]|[，。；：（）「」、] |\p{Han}[,;:()?!]`)

// TestCataloguesOfChecks holds one file for each area, in which every text stands that no area before it
// in the alphabet has, once, and nothing else.
func TestCataloguesOfChecks(t *testing.T) {
	g := NewWithT(t)
	areas := map[string]string{}
	for _, c := range checks.All() {
		for _, english := range []string{c.Title, c.Remedy} {
			if area, ok := areas[english]; !ok || c.Area() < area {
				areas[english] = c.Area()
			}
		}
	}
	names, err := filepath.Glob("zh-Hant/checks/*")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(names).NotTo(BeEmpty())
	for _, name := range names {
		seen := map[string]bool{}
		for _, english := range messages(t, name) {
			g.Expect(seen[english]).To(BeFalse(), "%s: %q stands twice", name, english)
			seen[english] = true
			g.Expect(areas).To(HaveKey(english), "%s: left over, no check says it", name)
			g.Expect(filepath.Base(name)).To(Equal(areas[english]+".po"), "the file of %q", english)
		}
	}
}

// messages returns the English texts of a catalogue, which stand on one line each, without the header.
func messages(t *testing.T, name string) []string {
	t.Helper()
	raw, err := os.ReadFile(name)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var found []string
	for i, match := range regexp.MustCompile(`(?m)^msgid (.*)$`).FindAllStringSubmatch(string(raw), -1) {
		english, err := strconv.Unquote(match[1])
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), "%s: %s", name, match[1])
		NewWithT(t).Expect(english == "").To(Equal(i == 0), "%s: the header comes first, and every text stands on one line", name)
		if i > 0 {
			found = append(found, english)
		}
	}
	return found
}
