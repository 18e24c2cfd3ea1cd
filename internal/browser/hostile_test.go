package browser_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

// TestHostilePages ends every trip in time with a clear error.
func TestHostilePages(t *testing.T) {
	tests := map[string]struct {
		page    string // at /start
		handler http.HandlerFunc
		start   string // instead of /start
		timeout time.Duration
		want    error
		says    string
	}{
		"endless redirects": {
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, map[string]string{"": "/start?b", "b": "/start"}[r.URL.RawQuery], http.StatusFound)
			},
			want: browser.ErrRedirectLoop, says: "20 redirects in a row",
		},
		"redirects that never repeat": {
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, fmt.Sprintf("/start?%d", time.Now().UnixNano()), http.StatusFound)
			},
			want: browser.ErrRedirectLoop, says: "/start",
		},
		"endless reloads": {
			page: `<script>location = "/start?" + Math.random()</script>`,
			want: browser.ErrNavigationLoop, says: "pages were requested",
		},
		"endless script": {
			page:    `<p>Busy</p><script>for (;;) {}</script>`,
			timeout: 2 * time.Second,
			want:    browser.ErrTimeout, says: "a script of it may never end",
		},
		"script that never ends when a button is pressed": {
			page:    `<h1>Welcome</h1><button onclick="for (;;) {}">Continue</button>`,
			timeout: 2 * time.Second,
			want:    browser.ErrTimeout, says: `pressed "Continue"`,
		},
		"server that never answers": {
			handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			timeout: time.Second,
			want:    browser.ErrTimeout, says: "is still not answered",
		},
		"page that never stops changing": {
			page:    `<h1>Hello</h1><input name=x><script>setInterval(() => { document.body.append(document.createElement("button")).textContent += "x" }, 50)</script>`,
			timeout: 2 * time.Second,
			want:    browser.ErrTimeout, says: "still changes",
		},
		"HTTP authentication": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("WWW-Authenticate", `Basic realm="ward"`)
				w.WriteHeader(http.StatusUnauthorized)
			},
			want: browser.ErrHTTPAuth, says: `realm="ward"`,
		},
		"attachment": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Disposition", `attachment; filename="x.html"`)
				fmt.Fprint(w, "<p>hello")
			},
			want: browser.ErrDownload, says: "attachment",
		},
		"download by media type": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/octet-stream")
				fmt.Fprint(w, "hello")
			},
			want: browser.ErrDownload,
		},
		"crashed tab": {
			start: "chrome://crash",
			want:  browser.ErrTabCrashed,
		},
		"nobody listens": {
			start: "https://127.0.0.1:1/",
			want:  browser.ErrUnreachable, says: "ERR_",
		},
		"not a URL": {
			start: "ehr.example/authorize",
			want:  browser.ErrUnreachable, says: "invalid URL",
		},
		"unknown host": {
			start: "https://host.invalid/",
			want:  browser.ErrUnreachable, says: "ERR_NAME_NOT_RESOLVED",
		},
		"another application": {
			page: `<script>location = "com.other.app:/x"</script>`,
			want: browser.ErrForeignScheme, says: "com.other.app",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			e := newEHR(t)
			if test.handler != nil {
				e.mux.HandleFunc("/start", test.handler)
			} else {
				e.page("/start", "<!doctype html>"+test.page)
			}
			start := test.start
			if start == "" {
				start = e.URL + "/start"
			}
			begun := time.Now()
			trace, err := trip(t, browser.Journey{Start: start, Trap: []string{callback}, Timeout: test.timeout})
			g.Expect(err).To(MatchError(test.want), "%+v", trace)
			var stuck *browser.StuckError
			g.Expect(err).To(BeAssignableToTypeOf(stuck))
			g.Expect(err.Error()).To(ContainSubstring(test.says))
			g.Expect(trace.Outcome).To(Equal(browser.Stuck))
			g.Expect(trace.Explanation).To(Equal(err.Error()))
			g.Expect(time.Since(begun)).To(BeNumerically("<", 20*time.Second))
			t.Log(err)
		})
	}
}

// TestDialogsAndPopups lets a trip go on although the page does what it can to hold it up.
func TestDialogsAndPopups(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	e.page("/empty", "<p>hello")
	e.page("/start", `<!doctype html><h1>Welcome</h1>
		<form action="/next"><button onclick="return confirm('Sure?') || true">Continue</button></form>
		<script>alert("Hi"); prompt("Name?"); for (let i = 0; i < 20; i++) open("/empty?" + i);
		addEventListener("beforeunload", e => e.preventDefault())</script>`)
	e.mux.HandleFunc("/next", redirect(302, callback+"?code=1"))
	trace, err := trip(t, browser.Journey{Start: e.URL + "/start", Trap: []string{callback}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed), trace.Explanation)
	said := strings.Join(trace.Decisions, "\n")
	g.Expect(said).To(And(ContainSubstring(`alert "Hi"`), ContainSubstring(`prompt "Name?"`), ContainSubstring(`confirm "Sure?"`)))
	g.Expect(said).To(ContainSubstring("closed a new tab"))
	g.Expect(e.seen("GET /empty")).To(BeNumerically("<=", 8))
}

func TestCancelledRun(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	arrived := make(chan struct{})
	e.mux.HandleFunc("/start", func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-arrived; cancel() }()
	trace, err := newPerson(t).Run(ctx, browser.Journey{Start: e.URL + "/start"})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(trace.Outcome).To(Equal(browser.Stuck))
	g.Expect(trace.Hops).To(HaveLen(1))
}

// TestClosedPerson drops the cookies and the tab under a trip.
func TestClosedPerson(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	arrived := make(chan struct{})
	e.mux.HandleFunc("/start", func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	p, err := tests.browser.NewPerson(context.Background())
	g.Expect(err).NotTo(HaveOccurred())
	closed := make(chan error)
	go func() { <-arrived; closed <- p.Close() }()
	_, err = p.Run(context.Background(), browser.Journey{Start: e.URL + "/start"})
	g.Expect(err).To(MatchError(browser.ErrTabClosed))
	g.Expect(<-closed).To(Succeed())
}

// TestKilledBrowser starts a browser of its own and kills it during a trip.
func TestKilledBrowser(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	arrived := make(chan struct{})
	var once sync.Once
	e.mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(arrived) })
		<-r.Context().Done()
	})
	own, err := browser.Start(context.Background(), browser.Options{Roots: tests.ca.PEM})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(own.Close()).To(Succeed()) }()
	kill := func() {
		process, err := os.FindProcess(own.PID())
		must(err)
		must(process.Kill())
	}
	person, err := own.NewPerson(context.Background())
	g.Expect(err).NotTo(HaveOccurred())
	go func() { <-arrived; kill() }()
	_, err = person.Run(context.Background(), browser.Journey{Start: e.URL + "/slow"})
	g.Expect(err).To(MatchError(browser.ErrBrowserGone))
	_, err = person.Run(context.Background(), browser.Journey{Start: e.URL + "/slow"})
	g.Expect(err).To(MatchError(browser.ErrBrowserGone), "the person died with it")
	g.Expect(person.Close()).To(Succeed())

	person, err = own.NewPerson(context.Background())
	g.Expect(err).NotTo(HaveOccurred(), "it is started again")
	trace, err := person.Run(context.Background(), browser.Journey{Start: e.authorize(callback, "1"), Trap: []string{callback}, Driver: ada()})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed))

	kill()
	g.Eventually(func() error { _, err := own.NewPerson(context.Background()); return err }).
		WithTimeout(10 * time.Second).Should(MatchError(And(MatchRegexp("died 2 times"))))
}

// TestTrust proves that a CA is trusted by the browser that was given it and by no other, and that the
// verification of certificates is still on there.
func TestTrust(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	e.page("/start", "<h1>Error</h1>")
	stranger := newAuthority().serve(t, http.NotFoundHandler())

	trace, err := trip(t, browser.Journey{Start: e.URL + "/start"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Pages[0].Status).To(Equal(200))
	_, err = trip(t, browser.Journey{Start: stranger.URL})
	g.Expect(err).To(MatchError(ContainSubstring("ERR_CERT_AUTHORITY_INVALID")))

	other, err := browser.Start(context.Background(), browser.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(other.Close()).To(Succeed()) }()
	_, err = visit(other, e.URL+"/start")
	g.Expect(err).To(MatchError(ContainSubstring("ERR_CERT_AUTHORITY_INVALID")))

	insecure, err := browser.Start(context.Background(), browser.Options{Insecure: true})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(insecure.Close()).To(Succeed()) }()
	_, err = visit(insecure, e.URL+"/start")
	g.Expect(err).NotTo(HaveOccurred())
}

func visit(b *browser.Browser, start string) (browser.Trace, error) {
	p, err := b.NewPerson(context.Background())
	must(err)
	defer p.Close()
	return p.Run(context.Background(), browser.Journey{Start: start})
}

func TestStartErrors(t *testing.T) {
	g := NewWithT(t)
	_, err := browser.Start(context.Background(), browser.Options{Roots: []byte("junk")})
	g.Expect(err).To(MatchError(ContainSubstring("no certificate in PEM")))
	_, err = browser.Start(context.Background(), browser.Options{ExecPath: "/bin/false"})
	g.Expect(err).To(MatchError(ContainSubstring("start the browser /bin/false")))

	t.Setenv(browser.ExecutableVariable, "/no/such/chromium")
	_, err = browser.Find()
	g.Expect(err).To(MatchError(ContainSubstring("correct the variable")))
	t.Setenv(browser.ExecutableVariable, "")
	t.Setenv("PATH", t.TempDir())
	_, err = browser.Find()
	g.Expect(err).To(MatchError(browser.ErrNoChromium))
	g.Expect(err).To(MatchError(ContainSubstring("apt-get install chromium-headless-shell")))
}

// TestEmptyErrorPage is an answer for which Chromium shows a page of its own.
func TestEmptyErrorPage(t *testing.T) {
	g := NewWithT(t)
	s := tests.ca.serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }))
	trace, err := trip(t, browser.Journey{Start: s.URL})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.ErrorPage), trace.Explanation)
	g.Expect(trace.Hops[0].Status).To(Equal(400))
}
