package ehr

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/net/html"
)

// everyPage walks through every page of the EHR and returns them.
func everyPage(t *testing.T) []visited {
	t.Helper()
	s := start(t)
	b := newBrowser(t, s)
	wrong := readPage(t, b.authorize("", request(s, "", DemoPublicID)))
	wrong.fields.Set("username", "nobody")
	b.finish(b.post(wrong.action, wrong.fields), lin)
	b.launchFromPortal("", lin, "Launch Growth Chart (public) here")
	newApp(t, s, "").token(DemoPublicID, redemption(b.finish(b.authorize("", request(s, "", DemoPublicID, "scope", standaloneScopes+" "+imagingStudyScope)), lin).query.get("code")))
	b.get(s.Portal("") + "/apps")
	b.get(s.authURL("", "logout"))
	b.get(s.authURL("", "authorize"))
	return b.pages
}

func TestPagesAreAccessible(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range everyPage(t) {
		g := NewWithT(t)
		page := element{must(html.Parse(strings.NewReader(v.body)))}
		title := page.all("title")[0].text()
		seen[must(url.Parse(v.address)).Path] = true
		g.Expect(page.all("html")[0].attr("lang")).To(Equal("en"), title)
		g.Expect(page.all("h1")).To(HaveLen(1), title)
		g.Expect(page.all("main")).To(HaveLen(1), title)
		g.Expect(page.all("script")).To(BeEmpty(), title)
		g.Expect(page.all("style")).To(BeEmpty(), title)
		labels := map[string]string{}
		for _, l := range page.all("label") {
			labels[l.attr("for")] = l.text()
		}
		for _, field := range page.all("input") {
			if field.attr("type") != "hidden" {
				g.Expect(labels[field.attr("id")]).NotTo(BeEmpty(), "%s: %s has no label", title, field.attr("id"))
			}
		}
		for name, part := range map[string]string{"fieldset": "legend", "table": "caption"} {
			for _, e := range page.all(name) {
				g.Expect(e.all(part)).To(HaveLen(1), title)
			}
		}
		for _, b := range append(page.all("button"), page.all("a")...) {
			g.Expect(b.text()).NotTo(BeEmpty(), title)
		}
		for _, f := range page.all("iframe") {
			g.Expect(f.attr("title")).NotTo(BeEmpty(), title)
		}
	}
	NewWithT(t).Expect(seen).To(HaveLen(len(pages)), "every page was seen")
}

// element is a node with what the tests ask of it.
type element struct{ *html.Node }

func (e element) attr(name string) string { return attributes(e.Node)[name] }
func (e element) text() string            { return textOf(e.Node) }

func (e element) all(name string) []element {
	var out []element
	for d := range e.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			out = append(out, element{d})
		}
	}
	return out
}

func TestTheStyleSheetIsServedWhereThePagesAre(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	for _, fault := range []string{"", "state-dropped"} {
		b := newBrowser(t, s)
		v := b.get(s.Portal(fault))
		page := element{must(html.Parse(strings.NewReader(v.body)))}
		sheet := must(must(url.Parse(v.address)).Parse(page.all("link")[0].attr("href")))
		css := b.get(sheet.String())
		g.Expect(css.status).To(Equal(http.StatusOK))
		g.Expect(css.header.Get("Content-Type")).To(HavePrefix("text/css"))
	}
}

func TestFormsMayEndAtTheCallback(t *testing.T) {
	g := NewWithT(t)
	for uri, source := range map[string]string{
		"https://app.example.org/callback":       "https://app.example.org",
		"https://app.example.org:8443/cb?x=1":    "https://app.example.org:8443",
		"http://127.0.0.1:3000/callback":         "http://127.0.0.1:3000",
		"http://[::1]:3000/callback":             "http:",
		"http://192.0.2.1/callback":              "http:",
		"org.example.app:/callback":              "org.example.app:",
		"org.example.app://oauth/callback?x=1&y": "org.example.app:",
	} {
		g.Expect(cspSource(uri)).To(Equal(source), uri)
	}
}
