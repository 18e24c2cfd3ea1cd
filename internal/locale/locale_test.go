package locale_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/locale"
)

func TestText(t *testing.T) {
	g := NewWithT(t)
	g.Expect(locale.TraditionalChinese.Text("conformant")).To(Equal("符合規範"))
	g.Expect(locale.TraditionalChinese.Text("a text that nobody translated")).To(Equal("a text that nobody translated"))
	g.Expect(locale.English.Text("conformant")).To(Equal("conformant"))

	_, translated := locale.TraditionalChinese.Lookup("a text that nobody translated")
	g.Expect(translated).To(BeFalse())
}

func TestParse(t *testing.T) {
	g := NewWithT(t)
	g.Expect(locale.Parse("zh-Hant")).To(Equal(locale.TraditionalChinese))
	g.Expect(locale.Parse("")).To(Equal(locale.English))
	_, err := locale.Parse("xx")
	g.Expect(err).To(MatchError(ContainSubstring("languages are en and zh-Hant")))
}
