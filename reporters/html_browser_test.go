package reporters_test

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/axe"
	chromium "github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/largerun"
	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/reporters"
)

// tab is a page of a browser that shows a report from a file.
type tab struct {
	*WithT
	t    *testing.T
	ctx  context.Context
	file string
}

// chrome is the browser of all tests of the report, which main closes.
var chrome struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chrome.stop != nil {
		chrome.stop()
	}
	os.Exit(code)
}

func startChrome() { chrome.ctx, chrome.stop, chrome.err = chromium.Bare(context.Background()) }

// show writes a report to a file and opens it at a fragment of its address.
func show(t *testing.T, r reporters.Results, language locale.Language, fragment string) *tab {
	t.Helper()
	chrome.once.Do(startChrome)
	g := NewWithT(t)
	g.Expect(chrome.err).NotTo(HaveOccurred())
	ctx, cancel := chromedp.NewContext(chrome.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	g.Expect(chromedp.Do(ctx)).To(Succeed())
	ctx, late := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(late)
	page := &tab{g, t, ctx, filepath.Join(t.TempDir(), "report.html")}
	g.Expect(os.WriteFile(page.file, []byte(htmlOf(t, r, language)), 0o600)).To(Succeed())
	page.size(1280, 900)
	page.open(fragment)
	return page
}

func (p *tab) open(fragment string) {
	p.do(chromedp.Navigate((&url.URL{Scheme: "file", Path: p.file, Fragment: fragment}).String()))
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.Expect(chromedp.Do(p.ctx, steps...)).To(Succeed())
}

func (p *tab) size(width, height int64) { p.do(chromedp.EmulateViewport(width, height)) }

func (p *tab) dark() {
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	p.Expect(err).NotTo(HaveOccurred())
}

// eval returns what an expression is in the page, once the page had time to react to what happened before.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	wait := "new Promise(r => requestAnimationFrame(() => setTimeout(() => r(" + expression + "), 20)))"
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](wait, func(e *runtime.EvaluateParams) { e.AwaitPromise = new(true) }))
	p.Expect(err).NotTo(HaveOccurred(), expression)
	return got
}

// shown lists the checks whose findings are visible.
func (p *tab) shown() []string {
	return eval[[]string](p, `[...document.querySelectorAll(".finding:not([hidden])")].map(f => f.querySelector("summary code").textContent)`)
}

// opened lists the checks whose findings are open.
func (p *tab) opened() []string {
	return eval[[]string](p, `[...document.querySelectorAll(".finding[open]")].map(f => f.querySelector("summary code").textContent)`)
}

func (p *tab) said() string {
	return eval[string](p, `document.querySelector("#filter-count").textContent`)
}

const openAll = `document.querySelectorAll("details").forEach(d => d.open = true)`

// TestHTMLHasNoBarriers lets axe-core look at the report in both languages, in light and dark, with
// everything opened.
func TestHTMLHasNoBarriers(t *testing.T) {
	source, err := axe.Source(context.Background())
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, language := range locale.Languages {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprint(language, "-", scheme), func(t *testing.T) {
				p := show(t, everything(), language, "")
				if scheme == "dark" {
					p.dark()
				}
				background := eval[string](p, `getComputedStyle(document.body).backgroundColor`)
				p.Expect(background == "rgb(245, 246, 248)").To(Equal(scheme == "light"), background)
				p.size(1280, 20000) // so that all of it is laid out
				eval[any](p, openAll)
				eval[any](p, openAll) // what was made when the first ones opened
				p.Expect(axe.Run(p.ctx, source)).To(BeEmpty())
			})
		}
	}
}

// TestAxeSeesBarriers proves that the test above can fail.
func TestAxeSeesBarriers(t *testing.T) {
	source, err := axe.Source(context.Background())
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	p := show(t, sample(), locale.English, "")
	eval[any](p, `document.querySelector("#filter-text").labels[0].remove(), document.querySelector("#filter-text").placeholder = ""`)
	found, err := axe.Run(p.ctx, source)
	p.Expect(err).NotTo(HaveOccurred())
	p.Expect(found).To(ContainElement(HaveField("Rule", "label")))
}

func TestHTMLFilters(t *testing.T) {
	p := show(t, everything(), locale.English, "")
	all := p.shown()
	p.Expect(all).To(HaveLen(8))
	p.Expect(all[0]).To(Equal("token.access-token"), "it passed, and was expected to fail")
	p.Expect(p.said()).To(Equal("Findings shown: 8 of 8"))

	p.do(chromedp.SendKeys(chromedp.CSS("#filter-text"), "INVALID_GRANT second"))
	p.Expect(p.shown()).To(Equal([]string{"token.code-single-use"}), "every word, in what was expected or observed, in any case")
	p.Expect(p.said()).To(Equal("Findings shown: 1 of 8"))
	p.do(chromedp.Click(chromedp.CSS("button[type=reset]")))
	p.Expect(p.shown()).To(Equal(all))

	p.do(chromedp.Click(chromedp.CSS(`.chip:has([value=pass])`)))
	p.Expect(p.shown()).NotTo(Or(ContainElement("token.access-token"), ContainElement("launch.fine")))
	p.do(chromedp.Click(chromedp.CSS("button[type=reset]")))

	eval[any](p, `(e => { e.value = "MAY"; e.dispatchEvent(new Event("input", {bubbles: true})) })(document.querySelector("#filter-level"))`)
	p.Expect(p.shown()).To(Equal([]string{"discovery.caching"}))
	p.do(chromedp.Click(chromedp.CSS(`#areas a[data-area=authorize]`)))
	p.Expect(p.shown()).To(ConsistOf("authorize.state-echoed", "authorize.post"))
	p.do(chromedp.Click(chromedp.CSS(`.tile a[data-status=skip]`)))
	p.Expect(p.shown()).To(Equal([]string{"authorize.post"}))

	p.do(chromedp.SendKeys(chromedp.CSS("#filter-text"), "there is no such finding"))
	p.Expect(p.shown()).To(BeEmpty())
	p.Expect(eval[bool](p, `document.querySelector(".nothing").checkVisibility()`)).To(BeTrue())
}

// TestHTMLFilterStaysInTheAddress passes a filtered list on, and comes back to it from a finding.
func TestHTMLFilterStaysInTheAddress(t *testing.T) {
	p := show(t, everything(), locale.English, "")
	fragment := func() string { return eval[string](p, `location.hash`) }
	p.do(chromedp.Click(chromedp.CSS(`.chip:has([value=pass])`)), chromedp.SendKeys(chromedp.CSS("#filter-text"), "c&d=% é"))
	p.Eventually(fragment).Should(Equal("#findings?status=fail+error+warn+info+skip&text=c%26d%3D%25+%C3%A9"))
	p.do(chromedp.Reload())
	p.Expect(eval[string](p, `document.querySelector("#filter-text").value`)).To(Equal("c&d=% é"))
	p.Expect(p.shown()).To(BeEmpty())
	p.do(chromedp.Click(chromedp.CSS("button[type=reset]")))
	p.Eventually(fragment).Should(Equal("#findings"))

	p.do(chromedp.Click(chromedp.CSS(`#areas a[data-area=authorize]`)))
	p.Expect(fragment()).To(Equal("#findings?area=authorize"))
	eval[any](p, `location.hash = "token.code-single-use"`)
	p.Expect(p.shown()).To(ConsistOf("token.code-single-use", "authorize.state-echoed", "authorize.post"))
	eval[any](p, `document.querySelector("button[type=reset]").click()`)
	p.Expect(fragment()).To(Equal("#token.code-single-use"), "the address still names the finding")
	eval[any](p, `history.back()`)
	p.Eventually(p.shown).Should(ConsistOf("authorize.state-echoed", "authorize.post"))

	eval[any](p, `document.querySelector("#filter-text").dispatchEvent(new Event("input", {bubbles: true})), location.hash = "token.code-single-use"`)
	p.Consistently(fragment, "400ms").Should(Equal("#token.code-single-use"), "what was typed just before does not take its place")

	p.open("findings?level=SOMETIMES&area=nowhere&status=fail")
	p.Expect(p.shown()).To(HaveEach(BeElementOf("token.code-single-use", "launch.lost", "authorize.state-echoed")), "a level that no finding has filters nothing")
}

// TestHTMLFiltersMany filters as many findings as a whole run has.
func TestHTMLFiltersMany(t *testing.T) {
	p := show(t, largerun.Results(), locale.English, "")
	p.do(chromedp.SendKeys(chromedp.CSS("#filter-text"), "number 399"))
	p.Expect(p.shown()).To(Equal([]string{"area-19.check-399"}))
	p.Expect(p.said()).To(Equal("Findings shown: 1 of 400"))
}

func TestHTMLDeepLink(t *testing.T) {
	p := show(t, largerun.Results(), locale.English, "area-4.check-4")
	p.Expect(p.opened()).To(Equal([]string{"area-4.check-4"}))
	p.Expect(p.inView("#area-4\\.check-4")).To(BeTrue())

	p.do(chromedp.SendKeys(chromedp.CSS("#filter-text"), "number 399"))
	p.Expect(p.shown()).To(ConsistOf("area-4.check-4", "area-19.check-399"), "no filter hides what the address names")
	eval[any](p, `location.hash = "area-0.check-300"`)
	p.Expect(p.shown()).To(ConsistOf("area-0.check-300", "area-19.check-399"), "nor what it names later")
	p.Expect(p.opened()).To(ContainElement("area-0.check-300"))
	p.Expect(p.inView("#area-0\\.check-300")).To(BeTrue())

	p.open("there-is-no-such-check")
	p.Expect(p.said()).To(Equal("Findings shown: 1 of 400"), "the filter stays")
}

// inView reports whether the top of the details around an element is in the window.
func (p *tab) inView(selector string) bool {
	return eval[bool](p, fmt.Sprintf(`(top => top >= 0 && top < innerHeight)(document.querySelector(%q).parentElement.getBoundingClientRect().top)`, selector))
}

func TestHTMLKeyboard(t *testing.T) {
	p := show(t, everything(), locale.English, "")
	p.do(chromedp.KeyEvent(kb.Tab))
	p.Expect(eval[string](p, `document.activeElement.className`)).To(Equal("skip"))
	p.Expect(eval[bool](p, `document.activeElement.getBoundingClientRect().top >= 0`)).To(BeTrue(), "it is seen when it has the focus")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.Expect(eval[string](p, `document.activeElement.id`)).To(Equal("findings"))
	p.do(chromedp.KeyEvent(kb.Tab))
	p.Expect(eval[string](p, `document.activeElement.id`)).To(Equal("filter-text"))

	eval[any](p, `document.querySelector(".finding summary").focus()`)
	p.Expect(p.opened()).To(BeEmpty())
	p.do(chromedp.KeyEvent(" "))
	p.Expect(p.opened()).To(HaveLen(1))
	p.Expect(eval[string](p, `getComputedStyle(document.activeElement).outlineStyle`)).To(Equal("solid"))

	eval[any](p, `document.querySelector("#expand").focus()`)
	p.do(chromedp.KeyEvent(kb.Enter))
	p.Expect(p.opened()).To(HaveLen(8))
	p.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	p.Expect(p.opened()).To(BeEmpty())
}

// TestHTMLCopiesCurl opens an exchange within its finding and copies the request.
func TestHTMLCopiesCurl(t *testing.T) {
	p := show(t, sample(), locale.English, "token.code-single-use")
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(p.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		})
		p.Expect(err).NotTo(HaveOccurred())
	}
	p.do(chromedp.Click(chromedp.CSS(".finding[open] .refs li:last-child summary")))
	p.Expect(eval[string](p, `document.querySelector(".finding[open] .exchange[open] pre").textContent`)).To(HavePrefix("POST https://ehr.example/token\nAccept: application/json\n"))
	p.do(chromedp.Click(chromedp.CSS(".finding[open] .exchange[open] .copy")))
	p.Expect(eval[string](p, `document.querySelector("#said").textContent`)).To(Equal("Copied."))
	p.Expect(eval[string](p, `navigator.clipboard.readText()`)).To(Equal(`curl --globoff --include --request 'POST' --url 'https://ehr.example/token' \
  --header 'Accept: application/json' \
  --header 'Content-Type: application/x-www-form-urlencoded' \
  --data-raw 'grant_type=authorization_code&code=[code 1]'`))
}

// TestHTMLJourney shows the filmstrip of a failed launch when its finding is opened.
func TestHTMLJourney(t *testing.T) {
	p := show(t, everything(), locale.English, "launch.lost")
	p.Expect(eval[bool](p, `(i => i.complete && i.naturalWidth === 640 && i.checkVisibility())(document.querySelector(".finding[open] .film img"))`)).To(BeTrue())
	p.Expect(eval[string](p, `document.querySelector(".finding[open] .film img").alt`)).To(Equal(`Screenshot of page 2: Oops\x1b[2J`))
	p.Expect(eval[string](p, `document.querySelector(".finding[open] .film").innerText`)).To(And(
		ContainSubstring("500 Internal Server Error"), ContainSubstring("console: TypeError"), ContainSubstring("failed: Script https://ehr.example/app.js 502")))
	p.do(chromedp.Click(chromedp.CSS(".finding[open] .enlarge")))
	p.Expect(eval[float64](p, `document.querySelector(".finding[open] .film img").width`)).To(BeNumerically(">", 600))
}

// TestHTMLAsksNothingOfTheNetwork opens all that there is, of a hostile record too, and counts requests.
func TestHTMLAsksNothingOfTheNetwork(t *testing.T) {
	for name, r := range map[string]reporters.Results{"everything": everything(), "hostile": hostile()} {
		t.Run(name, func(t *testing.T) {
			p := show(t, r, locale.English, "")
			var mu sync.Mutex
			asked := map[string]bool{}
			p.Expect(chromedp.Listen(p.ctx, func(event any) {
				if request, ok := event.(*network.EventRequestWillBeSent); ok {
					mu.Lock()
					defer mu.Unlock()
					scheme, _, _ := strings.Cut(request.Request.URL, ":")
					asked[scheme] = true
				}
			})).To(Succeed())
			_, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{})
			p.Expect(err).NotTo(HaveOccurred())
			p.do(chromedp.Reload())
			eval[any](p, openAll)
			eval[any](p, openAll)
			p.Expect(eval[float64](p, `document.querySelectorAll("script, iframe, object, embed, link").length`)).To(Equal(1.0), "its own script")
			mu.Lock()
			defer mu.Unlock()
			p.Expect(asked).To(HaveKey("file"))
			delete(asked, "file")
			delete(asked, "data")
			p.Expect(asked).To(BeEmpty())
		})
	}
}

// TestHTMLWithoutScript reads the report in a browser that runs no script.
func TestHTMLWithoutScript(t *testing.T) {
	p := show(t, everything(), locale.English, "")
	_, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.Expect(err).NotTo(HaveOccurred())
	p.do(chromedp.Reload())
	said := func() string {
		text, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS("main")))
		p.Expect(err).NotTo(HaveOccurred())
		return text
	}
	p.Expect(said()).To(And(ContainSubstring("An authorization code is accepted once"), Not(ContainSubstring("Reset the filter"))))
	p.do(chromedp.Click(chromedp.CSS(`.finding:has([id="token.code-single-use"]) summary`)))
	p.Expect(said()).To(ContainSubstring("200 with a new access token, 2.1 s after the first"))
	p.Expect(said()).NotTo(ContainSubstring("grant_type=authorization_code"))
	p.do(chromedp.Click(chromedp.CSS(`[id="token.code-single-use"] .refs li:last-child a`)))
	p.Expect(said()).To(ContainSubstring("grant_type=authorization_code"), "the link leads to the exchange and opens it")
}

// TestHTMLIsPainted looks at the report as people do: what matters is in the window, nothing sticks out
// at the side, and the picture is not blank.
func TestHTMLIsPainted(t *testing.T) {
	for _, window := range []struct {
		name          string
		width, height int64
		dark          bool
		language      locale.Language
	}{
		{"desktop", 1280, 900, false, locale.English}, {"desktop-dark", 1280, 900, true, locale.TraditionalChinese},
		{"phone", 375, 812, false, locale.TraditionalChinese}, {"small-phone", 320, 640, true, locale.English},
	} {
		t.Run(window.name, func(t *testing.T) {
			p := show(t, everything(), window.language, "")
			p.size(window.width, window.height)
			if window.dark {
				p.dark()
			}
			for _, selector := range []string{"h1", ".verdict", "nav", ".tile.s-fail"} {
				inside := fmt.Sprintf(`(b => b.width > 40 && b.height > 10 && b.top >= 0 && b.left >= 0 && b.bottom <= innerHeight && b.right <= innerWidth)(document.querySelector(%q).getBoundingClientRect())`, selector)
				p.Expect(eval[bool](p, inside)).To(BeTrue(), selector)
			}
			p.painted("top")
			eval[any](p, openAll)
			eval[any](p, openAll)
			p.Expect(eval[float64](p, `document.documentElement.scrollWidth - innerWidth`)).To(BeNumerically("<=", 0))
			p.Expect(eval[[]string](p, sticksOut)).To(BeEmpty())
			eval[any](p, `document.querySelector(".finding").scrollIntoView({behavior: "instant"})`)
			p.painted("findings")
		})
	}
}

// TestHTMLTablesFitOnAPhone holds that the counts of an area are seen at once, and that no column is so narrow
// that its text makes a tall and empty row.
func TestHTMLTablesFitOnAPhone(t *testing.T) {
	for _, language := range locale.Languages {
		p := show(t, everything(), language, "")
		p.size(375, 812)
		p.Expect(eval[float64](p, `(s => s.scrollWidth - s.clientWidth)(document.querySelector("#areas .scroll"))`)).To(BeNumerically("<=", 0))
		p.Expect(eval[[]float64](p, `[...document.querySelectorAll("#capabilities tbody tr")].map(r => r.getBoundingClientRect().height)`)).To(
			And(Not(BeEmpty()), HaveEach(BeNumerically("<", 180))))
	}
}

// TestHTMLTimelineIsSeen holds that the bars are in the window, however long the name of a probe is.
func TestHTMLTimelineIsSeen(t *testing.T) {
	r := everything()
	r.Exchanges[0].ID = strings.Repeat("a-long-name-of-a-probe.", 20) + "#1"
	for _, width := range []int64{1280, 375} {
		p := show(t, r, locale.English, "timeline")
		p.size(width, 900)
		p.Expect(eval[[]float64](p, `[...document.querySelectorAll(".times rect")].map(r => r.getBoundingClientRect())
			.filter(b => b.width <= 0 || b.left < 0 || b.right > innerWidth).map(b => b.right)`)).To(BeEmpty())
		p.Expect(eval[float64](p, `document.querySelectorAll(".times rect.bad").length`)).To(BeNumerically(">", 0))
	}
}

// sticksOut lists texts that are wider than the element that shows them.
const sticksOut = `[...document.querySelectorAll("main p, main dd, main summary, main li, h1, h2, h3")]
	.filter(e => e.checkVisibility() && !e.closest(".scroll, .film, pre, .unseen") && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
	.map(e => e.outerHTML.slice(0, 200))`

// painted holds that the window shows many colours. SMARTCHECK_SCREENSHOTS names a directory that gets the
// pictures, for people to look at.
func (p *tab) painted(name string) {
	eval[any](p, "0")
	shot, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	p.Expect(err).NotTo(HaveOccurred())
	if directory := os.Getenv("SMARTCHECK_SCREENSHOTS"); directory != "" {
		file := strings.ReplaceAll(p.t.Name(), "/", "-") + "-" + name + ".png"
		p.Expect(os.WriteFile(filepath.Join(directory, file), shot, 0o600)).To(Succeed())
	}
	picture, err := png.Decode(bytes.NewReader(shot))
	p.Expect(err).NotTo(HaveOccurred())
	bounds, colours, common, pixels := picture.Bounds(), map[[3]uint32]int{}, 0, 0
	for x := bounds.Min.X; x < bounds.Max.X; x += 3 {
		for y := bounds.Min.Y; y < bounds.Max.Y; y += 3 {
			r, g, b, _ := picture.At(x, y).RGBA()
			colours[[3]uint32{r, g, b}]++
			common = max(common, colours[[3]uint32{r, g, b}])
			pixels++
		}
	}
	p.Expect(len(colours)).To(BeNumerically(">", 30))
	p.Expect(float64(common)/float64(pixels)).To(BeNumerically("<", 0.9), "the window is almost empty")
}

// TestHTMLPrints looks at the report as it goes to paper: what did not pass is told, without exchanges.
func TestHTMLPrints(t *testing.T) {
	p := show(t, everything(), locale.English, "")
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	p.Expect(err).NotTo(HaveOccurred())
	pictures := eval[float64](p, `dispatchEvent(new Event("beforeprint")) && document.querySelectorAll(".finding[open] .journey[open] .film img").length`)
	p.Expect(pictures).To(Equal(1.0), "the film is there before the event ends, since nothing waits for it")
	said := eval[string](p, `document.body.innerText`)
	p.Expect(said).To(And(ContainSubstring("200 with a new access token, 2.1 s after the first"), ContainSubstring("A launch")))
	p.Expect(said).NotTo(Or(ContainSubstring("Reset the filter"), ContainSubstring("Requests and responses"), ContainSubstring("access_token has 32 characters")))
	eval[any](p, `dispatchEvent(new Event("afterprint"))`)
	p.Expect(p.opened()).To(BeEmpty(), "as it was before")
}
