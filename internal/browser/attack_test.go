package browser_test

import (
	"net/http"
	"net/url"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

const otherSite = "https://evil.test/"

// TestFrame shows pages in a frame of another site.
func TestFrame(t *testing.T) {
	form := `<!doctype html><title>Sign in</title><form><input name=username><input name=password type=password><button>Sign in</button></form>`
	for name, test := range map[string]struct {
		header, value string
		page          string
		want          browser.Outcome
	}{
		"a page for every site":       {"", "", form, browser.Framed},
		"a page with a script":        {"", "", form + `<script>1</script>`, browser.Framed},
		"a page for none":             {"X-Frame-Options", "DENY", form, browser.ErrorPage},
		"a page for its own site":     {"Content-Security-Policy", "frame-ancestors 'self'", form, browser.ErrorPage},
		"a page for sites under test": {"Content-Security-Policy", "frame-ancestors https://*.test", form, browser.Framed},
		"a page for this site":        {"Content-Security-Policy", "frame-ancestors https://evil.test", form, browser.Framed},
		// A browser lets a frame navigate its top only after a person has used it.
		"a page that would leave a frame": {"", "", form + `<script>if (top !== self) top.location = self.location</script>`, browser.Framed},
		"an error page":                   {"", "", "", browser.ErrorPage},
		"a page with nothing to use":      {"", "", `<!doctype html><title>Empty</title>`, browser.Framed},
		"a header that nobody honours":    {"X-Frame-Options", "ALLOW-FROM https://ehr.example", form, browser.Framed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			e := newEHR(t)
			e.mux.HandleFunc("/start", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if test.header != "" {
					w.Header().Set(test.header, test.value)
				}
				if test.page == "" {
					w.WriteHeader(http.StatusBadRequest)
				}
				_, _ = w.Write([]byte(test.page))
			})
			trace, err := trip(t, browser.Journey{Start: e.URL + "/start", Frame: otherSite, Driver: ada()})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(trace.Outcome).To(Equal(test.want), trace.Explanation)
		})
	}
}

// TestHoldConsent stops at a consent page, and sends what it found there from somewhere else.
func TestHoldConsent(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	person := newPerson(t)
	held, err := person.Run(t.Context(), browser.Journey{
		Start: e.authorize(callback, "s"), Trap: []string{callback}, Driver: ada(), HoldConsent: true,
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(held.Outcome).To(Equal(browser.Held), held.Explanation)
	g.Expect(held.Consent).NotTo(BeNil())
	g.Expect(held.Consent.Fields).To(HaveKeyWithValue("decision", []string{"approve"}))
	g.Expect(e.grants()).To(BeEmpty(), "nothing was sent")

	form := held.Consent.Form
	form.From = otherSite
	sent, err := person.Run(t.Context(), browser.Journey{Form: &form, Trap: []string{callback}, Passive: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(sent.Outcome).To(Equal(browser.Landed), sent.Explanation)
	g.Expect(e.grants()).To(Equal([]url.Values{form.Fields}))
}

// TestPassive leaves a page alone that the driver would use.
func TestPassive(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "s"), Trap: []string{callback}, Driver: ada(), Passive: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.ErrorPage))
	g.Expect(trace.Decisions).NotTo(ContainElement(ContainSubstring("filled")))
	g.Expect(e.seen("POST /login")).To(BeZero())
}
