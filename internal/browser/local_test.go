package browser_test

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

// TestLocalPage opens a page of the client that nobody serves. Its origin is that of the client, so the browser
// decides by CORS what its script may read.
func TestLocalPage(t *testing.T) {
	g := NewWithT(t)
	e, client := newEHR(t), newCounter(t)
	e.mux.HandleFunc("/open", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	})
	e.mux.HandleFunc("/closed", func(http.ResponseWriter, *http.Request) {})
	page := `<!doctype html><title>Loading</title><p aria-busy=true>Loading…</p><script>(async () => {
		const seen = [];
		for (const path of ["/open", "/closed"]) {
			try { seen.push((await fetch("` + e.URL + `" + path)).status); } catch (error) { seen.push(error.name); }
		}
		location.replace(location.origin + "/cb?done#" + seen.join("-"));
	})()</script>`
	trace, err := trip(t, browser.Journey{
		Local: &browser.LocalPage{URL: client.URL + "/cb", HTML: page}, Trap: []string{client.URL + "/cb"},
	})
	g.Expect(err).NotTo(HaveOccurred(), "%+v", trace)
	g.Expect(trace.Outcome).To(Equal(browser.Landed), trace.Explanation)
	g.Expect(trace.Landed.URL).To(Equal(client.URL + "/cb?done#200-TypeError"))
	g.Expect(client.visits()).To(BeEmpty(), "nothing was sent to the client")
}

// TestInsecureReferences finds what a page over https refers to over plain http, whether the browser loads it,
// blocks it or makes it https.
func TestInsecureReferences(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	e.page("/start", `<!doctype html><title>Sorry</title><h1>Something went wrong</h1>
		<img src="http://static.example/logo.png"><script src="http://static.example/a.js"></script>
		<link rel=stylesheet href="http://static.example/a.css"><form action=" HTTP://login.example/x"><input name=action></form>
		<a href="http://www.example/help">Help</a><img src="http://127.0.0.1:1/pixel"><img src="/logo.png"><img src="//cdn.example/x">`)
	trace, _ := trip(t, browser.Journey{Start: e.URL + "/start", Trap: []string{"https://client.example/cb"}})
	g.Expect(trace.Pages).To(HaveLen(1))
	var seen []string
	for _, r := range trace.Pages[0].Insecure {
		seen = append(seen, r.Element+" "+r.URL)
	}
	g.Expect(seen).To(ConsistOf("img http://static.example/logo.png", "script http://static.example/a.js",
		"link http://static.example/a.css", "form HTTP://login.example/x"))
}
