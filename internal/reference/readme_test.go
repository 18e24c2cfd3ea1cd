package reference_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

var (
	fenced = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	inline = regexp.MustCompile("`[^`\n]+`")
	linked = regexp.MustCompile(`\[([^\]]+)\]\(([^)\s]+)\)`)
)

// TestREADMEsAgree holds the Chinese README to the English one: the same commands and output, the same
// names, the same links, and a mark on each page that is in English.
func TestREADMEsAgree(t *testing.T) {
	g := NewWithT(t)
	english, chinese := readme(t, "README.md"), readme(t, "README.zh-Hant.md")

	g.Expect(fenced.FindAllString(english, -1)).NotTo(BeEmpty())
	g.Expect(fenced.FindAllString(chinese, -1)).To(Equal(fenced.FindAllString(english, -1)))
	g.Expect(spans(chinese)).To(Equal(spans(english)))

	g.Expect(targets(english)).To(ContainElement("README.zh-Hant.md"))
	g.Expect(targets(chinese)).To(ContainElement("README.md"))
	g.Expect(without(targets(chinese), "README.md")).To(ConsistOf(without(targets(english), "README.zh-Hant.md")))
	for _, link := range linked.FindAllStringSubmatch(chinese, -1) {
		if !strings.Contains(link[2], "://") && link[2] != "README.md" {
			g.Expect(link[1]).To(HaveSuffix("（英文）"), link[2])
		}
	}
}

func readme(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", name))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(raw)
}

// spans returns the code in the running text, each once and sorted, for languages order it differently.
func spans(text string) []string {
	found := inline.FindAllString(fenced.ReplaceAllString(text, ""), -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func targets(text string) []string {
	var found []string
	for _, link := range linked.FindAllStringSubmatch(text, -1) {
		found = append(found, link[2])
	}
	return found
}

func without(all []string, one string) []string {
	return slices.DeleteFunc(all, func(each string) bool { return each == one })
}
