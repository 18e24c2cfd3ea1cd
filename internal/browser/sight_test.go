package browser_test

import (
	"bytes"
	"context"
	"image/jpeg"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

// TestLastSight pictures the page on which a trip ended without landing, unless it holds a password.
func TestLastSight(t *testing.T) {
	for name, test := range map[string]struct {
		page     string
		pictured bool
	}{
		"error page":              {`<h1>Error</h1><p>No such client`, true},
		"page not understood":     {`<h1>Weather</h1><button>Sunshine</button><button>Rain</button>`, true},
		"filled password field":   {`<h1>Error</h1><form><input type=password value=x><input type=password></form>`, false},
		"password in the clear":   {`<h1>Error</h1><p>` + "correct horse &amp; battery", true}, // it was never sent, so it is not known
		"sign-in that is refused": {`<form method=post action="/again"><input name=user><input type=password><button>Log in</button></form>`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			e := newEHR(t)
			e.page("/start", `<!doctype html><title>Start</title>`+test.page)
			e.page("/again", `<!doctype html><title>Start</title><p role=alert>Wrong</p>`+test.page)
			trace, _ := trip(t, browser.Journey{Start: e.URL + "/start", Trap: []string{callback}, Driver: ada()})
			g.Expect(trace.Outcome).NotTo(Equal(browser.Landed))
			last := trace.Pages[len(trace.Pages)-1]
			if !test.pictured {
				g.Expect(last.Screenshot).To(BeEmpty())
				g.Expect(trace.Decisions).To(ContainElement(ContainSubstring("holds a password")))
				return
			}
			picture, err := jpeg.DecodeConfig(bytes.NewReader(last.Screenshot))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(picture.Width).To(BeNumerically("~", 640, 20))
			g.Expect(len(last.Screenshot)).To(BeNumerically("<", 64<<10))
		})
	}
}

// TestEchoedPassword meets a page that shows the password that was sent to it.
func TestEchoedPassword(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	e.page("/start", `<form method=post action="/echo"><input name=user><input type=password name=pass><button>Log in</button></form>`)
	e.mux.HandleFunc("/echo", html(`<title>Error</title><h1>Error</h1><p>correct horse &amp; battery is wrong`))
	trace, err := trip(t, browser.Journey{Start: e.URL + "/start", Trap: []string{callback}, Driver: ada()})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.ErrorPage))
	g.Expect(trace.Pages[len(trace.Pages)-1].Screenshot).To(BeEmpty())
}

// TestLandingIsNotPictured keeps the normal path cheap.
func TestLandingIsNotPictured(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: ada()})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed))
	for _, p := range trace.Pages {
		g.Expect(p.Screenshot).To(BeEmpty(), p.URL)
	}
}

// TestPageTroubles tells of each page what failed on it.
func TestPageTroubles(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	e.page("/start", `<!doctype html><title>Start</title><script src="/missing.js"></script><a href="/error">Continue</a>`)
	e.page("/error", `<!doctype html><title>Error</title><h1>Error</h1>
		<script>console.error("no session"); fetch("https://127.0.0.1:1/api").catch(() => {})</script>`)
	e.mux.HandleFunc("/missing.js", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	trace, err := trip(t, browser.Journey{Start: e.URL + "/start", Trap: []string{callback}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Pages).To(HaveLen(2))
	first, last := trace.Pages[0], trace.Pages[1]
	g.Expect(first.Failed).To(ContainElement(browser.FailedRequest{URL: e.URL + "/missing.js", Type: "Script", Status: 502}))
	g.Expect(last.Failed).To(HaveLen(1))
	g.Expect(last.Failed[0].Error).To(HavePrefix("net::ERR_"))
	g.Expect(last.Console).To(ContainElement("no session"))
	g.Expect(first.Console).NotTo(ContainElement("no session"))
}

// byItself is a sign-in page whose own script does what a person would: it takes its time, fills in the
// form and sends it.
const byItself = `<!doctype html><title>Sign in</title><h1>Sign in</h1>
	<form method=post action="/login?redirect_uri=https%3A%2F%2Fapp.example.org%2Fcallback"><input name=username><input name=password type=password><button>Sign in</button></form>
	<script>setTimeout(() => {
		document.forms[0].username.value = "ada";
		document.forms[0].password.value = "correct horse & battery";
		document.forms[0].submit();
	}, 1500)</script>`

// TestHandCredentials leaves the sign-in page to a person and answers the others.
func TestHandCredentials(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	e.page("/signin", byItself)
	trace, err := trip(t, browser.Journey{
		Start: e.URL + "/signin", Trap: []string{callback}, Hand: browser.Credentials, Timeout: 20 * time.Second,
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed), trace.Explanation)
	g.Expect(e.seen("POST /login")).To(Equal(1))
	g.Expect(e.grants()).To(HaveLen(1), "the driver answered the picker and the consent page")
	g.Expect(trace.Decisions).To(ContainElement(ContainSubstring("waiting for a person")))
}

// TestHandEverything touches nothing, and ends at the timeout of the journey when nobody comes.
func TestHandEverything(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	started := time.Now()
	_, err := trip(t, browser.Journey{
		Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: ada(), Hand: browser.Everything, Timeout: 3 * time.Second,
	})
	g.Expect(err).To(MatchError(browser.ErrTimeout))
	g.Expect(time.Since(started)).To(BeNumerically(">=", 3*time.Second))
	g.Expect(e.seen("POST /login")).To(BeZero())
}

// TestCookies carries a session from one person to another.
func TestCookies(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	ctx := context.Background()
	journey := browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: ada()}
	first := newPerson(t)
	_, err := first.Run(ctx, journey)
	g.Expect(err).NotTo(HaveOccurred())

	cookies, err := first.Cookies(ctx, []string{e.URL})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cookies).To(HaveLen(1))
	g.Expect(cookies[0]).To(Equal(browser.Cookie{
		Name: "session", Value: "1", Domain: "127.0.0.1", Path: "/", Secure: true, HTTPOnly: true, SameSite: "None",
	}))
	elsewhere, err := first.Cookies(ctx, []string{"https://other.example"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(elsewhere).To(BeEmpty())

	later := cookies[0]
	later.Name, later.Expires = "later", time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	second := newPerson(t)
	g.Expect(second.SetCookies(ctx, append(cookies, later))).To(Succeed())
	journey.Driver = browser.Driver{} // nobody who could sign in
	trace, err := second.Run(ctx, journey)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed), trace.Explanation)
	g.Expect(e.seen("POST /login")).To(Equal(1), "only the first signed in")
	kept, err := second.Cookies(ctx, []string{"127.0.0.1"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(kept).To(ConsistOf(cookies[0], later))
}

// TestHeadedWithoutDisplay is refused before anything is started.
func TestHeadedWithoutDisplay(t *testing.T) {
	g := NewWithT(t)
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	_, err := browser.Start(context.Background(), browser.Options{Headed: true})
	g.Expect(err).To(MatchError(browser.ErrNoDisplay))
	t.Setenv("DISPLAY", ":99")
	t.Setenv(browser.ExecutableVariable, "chromium-headless-shell")
	_, err = browser.FindHeaded()
	g.Expect(err).To(MatchError(browser.ErrNoChromium))
}

// TestThumbnails pictures every page of a trip that lands, but one that shows the password.
func TestThumbnails(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: ada(), Thumbnails: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed))
	g.Expect(len(trace.Pages)).To(BeNumerically(">", 1))
	for _, p := range trace.Pages {
		picture, err := jpeg.DecodeConfig(bytes.NewReader(p.Screenshot))
		g.Expect(err).NotTo(HaveOccurred(), p.URL)
		g.Expect(picture.Width).To(BeNumerically("~", 640, 20))
	}

	e.page("/filled", `<title>Weather</title><form><input type=password value=x><button>Rain</button><button>Sunshine</button></form>`)
	trace, _ = trip(t, browser.Journey{Start: e.URL + "/filled", Trap: []string{callback}, Driver: ada(), Thumbnails: true})
	for _, p := range trace.Pages {
		g.Expect(p.Screenshot).To(BeEmpty(), p.URL)
	}
}
