package reporters_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/net/html"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/largerun"
	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/reporters"
)

// ownFiles are the style and the script of the report, and their hashes.
var ownFiles = regexp.MustCompile(`(?s)<style>.*?</style>|(<script[^>]*>).*?</script>|'sha256-[^']*'`)

// writeHTMLFrame writes the report without its style and its script, so that its golden file shows the rest.
func writeHTMLFrame(w writer, r reporters.Results) error {
	var out strings.Builder
	if err := reporters.WriteHTML(&out, r, reporters.Presentation{}); err != nil {
		return err
	}
	_, err := w.Write([]byte(ownFiles.ReplaceAllString(out.String(), "$1")))
	return err
}

// hostileEverything is everything with hostile text in every place that is free text.
func hostileEverything() reporters.Results {
	r := everything()
	tls, spec := r.Target.TLS, r.Target.Spec
	for i := range r.Findings {
		f := &r.Findings[i]
		status, level, known := f.Status, f.Level, f.Expectation
		poison(reflect.ValueOf(f).Elem())
		f.Status, f.Level = status, level
		if known != nil {
			f.Expectation.Status, f.Expectation.Outcome = checks.Failed, checks.Expired
		}
	}
	for _, part := range []any{&r.Tool, &r.Target, &r.CapabilitySets, &r.Unused, &r.Exchanges, &r.Journeys} {
		poison(reflect.ValueOf(part).Elem())
	}
	r.Target.TLS, r.Target.Spec = tls, spec
	r.Profile = &reporters.Profile{ID: hostileText, Title: hostileText, Source: "javascript:alert(1)"}
	return r
}

// TestHTMLIsSafe parses the report of a hostile record: there is no element and no attribute that could
// run, load or lead to something that is not ours, and no invisible character.
func TestHTMLIsSafe(t *testing.T) {
	g := NewWithT(t)
	allowed := map[string]bool{}
	for element := range elements(t, htmlOf(t, everything(), locale.English)) {
		allowed[element.Data] = true
	}
	page := htmlOf(t, hostileEverything(), locale.English)
	g.Expect(page).NotTo(MatchRegexp("[\u202e\u2066\u200b\u2028\\x00-\\x08\\x0b-\\x1f\\x7f]"))
	g.Expect(page).To(ContainSubstring("&lt;script&gt;alert(1)"), "the text is there")
	for element := range elements(t, page) {
		g.Expect(allowed).To(HaveKey(element.Data))
		for _, a := range element.Attr {
			g.Expect(a.Key).NotTo(Or(HavePrefix("on"), Equal("style"), Equal("srcset"), Equal("action")), element.Data)
			switch a.Key {
			case "href":
				g.Expect(a.Val).To(MatchRegexp(`^(#|https?://)`))
				g.Expect(a.Val).NotTo(HavePrefix("https://evil"))
			case "src":
				g.Expect(a.Val).To(HavePrefix("data:image/jpeg;base64,"))
			}
		}
	}
}

// elements yields every element of a page.
func elements(t *testing.T, page string) func(func(*html.Node) bool) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return func(yield func(*html.Node) bool) {
		for node := range root.Descendants() {
			if node.Type == html.ElementNode && !yield(node) {
				return
			}
		}
	}
}

// TestHTMLPolicy compares the hashes of the policy with what the page holds.
func TestHTMLPolicy(t *testing.T) {
	g := NewWithT(t)
	policy := ""
	hashes := map[string]string{}
	for element := range elements(t, htmlOf(t, sample(), locale.English)) {
		switch element.Data {
		case "meta":
			for _, a := range element.Attr {
				if a.Key == "content" && strings.Contains(a.Val, "default-src") {
					policy = a.Val
				}
			}
		case "style", "script":
			sum := sha256.Sum256([]byte(element.FirstChild.Data))
			hashes[element.Data] = "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
		}
	}
	g.Expect(policy).To(Equal(fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		hashes["style"], hashes["script"])))
}

func TestHTMLLanguage(t *testing.T) {
	g := NewWithT(t)
	english := htmlOf(t, everything(), locale.English)
	g.Expect(english).To(ContainSubstring(`<html lang="en">`))
	g.Expect(english).To(ContainSubstring("<dd>400 invalid_grant on the second redemption</dd>"))
	chinese := htmlOf(t, everything(), locale.TraditionalChinese)
	g.Expect(chinese).To(ContainSubstring(`<html lang="zh-Hant">`))
	g.Expect(chinese).To(And(ContainSubstring("不符合規範"), ContainSubstring("SHALL")))
	g.Expect(chinese).To(ContainSubstring(`<dd><span lang="en">400 invalid_grant on the second redemption</span></dd>`), "it stays English, and says so")
}

// TestHTMLTellsEverything looks for what a reader must find.
func TestHTMLTellsEverything(t *testing.T) {
	g := NewWithT(t)
	page := htmlOf(t, everything(), locale.English)
	for _, want := range []string{
		"non-conformant", "Checks that break conformance: 3.", "https://ehr.example/fhir", "SMART App Launch 2.2.0", "smartcheck 0.1.0",
		"certificates verified against the roots of this machine", "Judged: 6 of 8 checks.", "the server does not claim authorize-post",
		"the login page did not load within 30 s", `<a href="https://hl7.example/profile" rel="noreferrer">Access for patients</a>`,
		"patient-access-standalone", "launch-standalone", "launch.not-there", "Delete or mark the code in the same transaction that redeems it.",
		"“warning” until 2026-12-31: as expected", "expected until a day that is over", `"https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2"`,
		"the page was not understood", "sign-in: typed the user name and the password", "Something went wrong", "data:image/jpeg;base64,",
	} {
		g.Expect(page).To(ContainSubstring(want))
	}
	g.Expect(strings.Count(page, "grant_type=authorization_code&amp;code=[code 1]")).To(Equal(2), "as it was sent and as a command, though other findings may point there")
	g.Expect(strings.Count(page, `id="x1"`)).To(Equal(1))
}

// TestHTMLIsBounded writes a record with far more than a page should hold.
func TestHTMLIsBounded(t *testing.T) {
	g := NewWithT(t)
	r := largerun.Results()
	for i := range r.Exchanges {
		r.Exchanges[i].Request.Body = strings.Repeat("<", 64<<10)
		r.Exchanges[i].Response.Body = strings.Repeat("&", 64<<10)
	}
	for i := range 1000 {
		r.Journeys = append(r.Journeys, evidence.Journey{
			ID: fmt.Sprintf("grant.a@%d", i), Outcome: evidence.GotPage, Decisions: strings.Split(strings.Repeat("decided,", 200), ","),
			Pages: make([]evidence.Page, 100),
		})
	}
	page := htmlOf(t, r, locale.English)
	g.Expect(len(page)).To(BeNumerically("<", 24<<20))
	g.Expect(strings.Contains(page, "the report would be too long with it")).To(BeTrue())
	worst := regexp.MustCompile(`class="refs exchanges"><li><a href="#(x\d+)"`).FindStringSubmatch(page)
	g.Expect(worst).To(HaveLen(2))
	g.Expect(strings.Contains(page, `id="`+worst[1]+`"><p class="label">Request`)).To(BeTrue(), "what proves the worst finding is told")
}

// TestHTMLRefusesWhatIsNoPicture leaves out a file that is not a JPEG picture.
func TestHTMLRefusesWhatIsNoPicture(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	g.Expect(reporters.WriteHTML(&out, everything(), reporters.Presentation{Picture: func(string) []byte { return []byte("<svg onload=alert(1)>") }})).To(Succeed())
	g.Expect(out.String()).To(And(Not(ContainSubstring("data:image")), ContainSubstring("no picture")))
}
