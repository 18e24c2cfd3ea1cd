package columns_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/columns"
)

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		width int
		want  []string
	}{
		"short":            {"one two", 20, []string{"one two"}},
		"exactly a line":   {"one two", 7, []string{"one two"}},
		"between words":    {"one two three", 8, []string{"one two", "three"}},
		"inside a word":    {"a abcdefghij b", 4, []string{"a", "abcd", "efgh", "ij b"}},
		"wide characters":  {"漢字かな", 5, []string{"漢字", "かな"}},
		"wider than lines": {"漢字", 1, []string{"漢", "字"}},
		"nothing":          {"", 4, []string{""}},
		"spaces":           {"  a \n\t b ", 9, []string{"a b"}},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(columns.Wrap(c.text, c.width)).To(Equal(c.want))
		})
	}
}

func TestPadAndTruncate(t *testing.T) {
	g := NewWithT(t)
	g.Expect(columns.Pad("漢", 4)).To(Equal("漢  "))
	g.Expect(columns.Truncate("abcdef", 4)).To(Equal("abc…"))
	g.Expect(columns.Truncate("abcd", 4)).To(Equal("abcd"))
	g.Expect(columns.Of(strings.Repeat("·", 3))).To(Equal(3))
}
