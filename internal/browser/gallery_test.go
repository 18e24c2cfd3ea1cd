package browser_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

// gallery serves the pages of one folder of testdata/gallery. What is sent to /post/NAME is noted and leads
// to the page NAME, or back to the client for done. {FOREIGN} in a page stands for the same server by
// another name, which is another origin.
type gallery struct {
	url string

	mu     sync.Mutex
	posted []string // NAME?values
	strays []string // pages to which no understanding reader goes
}

func newGallery(t *testing.T, folder string) *gallery {
	v := &gallery{}
	mux := http.NewServeMux()
	mux.HandleFunc("/post/{next}", func(w http.ResponseWriter, r *http.Request) {
		must(r.ParseForm())
		next := r.PathValue("next")
		note := next
		if values := r.Form.Encode(); values != "" {
			note += "?" + values
		}
		v.mu.Lock()
		v.posted = append(v.posted, note)
		v.mu.Unlock()
		switch next {
		case "none":
			w.WriteHeader(http.StatusNoContent)
		case "done":
			http.Redirect(w, r, callback+"?code=c", http.StatusSeeOther)
		default:
			http.Redirect(w, r, "/"+next+".html", http.StatusSeeOther)
		}
	})
	mux.HandleFunc("/elsewhere.html", func(_ http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.strays = append(v.strays, r.URL.String())
	})
	mux.HandleFunc("/{page}", func(w http.ResponseWriter, r *http.Request) {
		html, err := fs.ReadFile(testdata, path.Join("testdata/gallery", folder, r.PathValue("page")))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		foreign := "https://" + strings.Replace(r.Host, "127.0.0.1", "localhost", 1)
		fmt.Fprint(w, strings.ReplaceAll(string(html), "{FOREIGN}", foreign))
	})
	v.url = tests.ca.serve(t, mux).URL
	return v
}

// TestGallery drives journeys that each imitate a kind of page. What the server got is compared exactly: a
// page on which the driver stops gets nothing from it.
func TestGallery(t *testing.T) {
	fay := browser.Driver{Patient: "p-9"}
	person := func() browser.Driver {
		return browser.Driver{
			Username: func() string { return "ada" }, Password: func() string { return "s3cret" }, Patient: "p-9",
		}
	}
	withTOTP := person()
	withTOTP.TOTP = func() string { return "314159" }
	denying := person()
	denying.Consent = browser.Deny
	const signedIn = "?password=s3cret&username=ada"

	type journey struct {
		driver  browser.Driver
		posted  []string
		kinds   []string // of the pages, where that is worth saying
		decided string   // a part of some decision
		stuck   error
		says    string // why it stops
	}
	journeys := map[string]journey{
		// Sign-in.
		"two-steps": {driver: person(), posted: []string{"password?identifier=ada", "done?identifier=ada&password=s3cret"},
			kinds: []string{"sign-in", "sign-in"}, decided: `pressed "Next" (the field "Email or member ID" asks for a user name`},
		"sso-in-the-form":          {driver: person(), posted: []string{"done?email=ada&idp=local&password=s3cret"}},
		"single-page-app":          {driver: person(), posted: []string{"none?pass=s3cret&user=ada", "done"}},
		"shadow-dom":               {driver: person(), posted: []string{"none?p=s3cret&u=ada", "done"}},
		"iframe-sign-in":           {driver: person(), posted: []string{"done?login=ada&password=s3cret"}},
		"autofocus-trap":           {driver: person(), posted: []string{"done?email=&pass=s3cret&user=ada"}},
		"icon-button":              {driver: person(), posted: []string{"done?go=1&id=ada&pin=s3cret"}, decided: "the only button, which has no name"},
		"icon-with-title":          {driver: person(), posted: []string{"done?go=in&id=ada&pin=s3cret"}},
		"cookie-banner":            {driver: person(), posted: []string{"none?cookies=none", "done" + signedIn}, decided: `rejected cookies with "Reject all"`},
		"cookie-dialog":            {driver: person(), posted: []string{"done" + signedIn}, decided: "accepted cookies, as there was no other answer"},
		"cookie-banner-that-stays": {driver: person(), posted: []string{"done" + signedIn}},
		"account-chooser":          {driver: person(), posted: []string{"done?as=ada"}, kinds: []string{"account picker"}},
		"stay-signed-in":           {driver: person(), posted: []string{"done?stay=no"}, kinds: []string{"stay signed in"}},
		"continue":                 {posted: []string{"next", "done?returned=1"}, kinds: []string{"continue", "continue"}},
		"organization-picker":      {posted: []string{"done?org=lake"}, kinds: []string{"organization picker"}},
		"terms":                    {driver: denying, posted: []string{"done?agreed=yes&do=accept"}, kinds: []string{"terms"}},

		"sign-out": {driver: browser.Driver{SignOut: true}, posted: []string{"done?do=go"}, kinds: []string{"sign-out"}},

		// More than a password.
		"totp":                 {driver: withTOTP, posted: []string{"code" + signedIn, "done?otp=314159"}, kinds: []string{"sign-in", "second factor"}},
		"totp-digits":          {driver: withTOTP, posted: []string{"done?d1=3&d2=1&d3=4&d4=1&d5=5&d6=9"}},
		"second-factor-choice": {driver: withTOTP, posted: []string{"done?code=314159"}, decided: "the authenticator app is configured"},
		"totp-refused":         {driver: withTOTP, posted: []string{"code" + signedIn, "code?code=314159"}, stuck: browser.ErrSignInRefused, says: "The code is wrong."},
		"sms":                  {driver: withTOTP, posted: []string{"code" + signedIn}, stuck: browser.ErrPersonNeeded, says: "second factor that was sent to the person"},
		"passkey":              {driver: withTOTP, posted: []string{"key" + signedIn}, stuck: browser.ErrPersonNeeded, says: "a passkey or a security key"},
		"captcha":              {driver: person(), stuck: browser.ErrPersonNeeded, says: "holds a CAPTCHA"},
		"captcha-picture":      {driver: person(), stuck: browser.ErrPersonNeeded, says: "holds a CAPTCHA"},

		// Pickers.
		"patient-table":              {driver: fay, posted: []string{"done?patient=p-9"}, decided: `looked for the patient "p-9" on the next page`},
		"patient-table-in-script":    {driver: fay, posted: []string{"done?patient=p-9"}},
		"patient-cards":              {driver: fay, posted: []string{"done?patient=p-9"}, kinds: []string{"patient picker"}},
		"patient-cards-with-buttons": {driver: browser.Driver{Patient: "9"}, posted: []string{"done?patient=9"}},
		"patient-radio":              {driver: fay, posted: []string{"done?chosen=Fay+%28p-9%29"}},
		"patient-search":             {driver: fay, posted: []string{"results?q=p-9", "done?patient=p-9"}, decided: `searched for the patient "p-9"`},
		"patient-then-encounter": {driver: browser.Driver{Patient: "p-9", Encounter: "e-2"}, posted: []string{"encounter?patient=p-9", "done?e=e-2"},
			kinds: []string{"patient picker", "encounter picker"}},
		"study-picker": {driver: fay, posted: []string{"done?study=s-1"}, kinds: []string{"record picker"}},

		// Consent.
		"iframe-consent": {posted: []string{"done?decision=yes"}},
		"consent-plain":  {posted: []string{"done?a=ok&csrf=1"}, kinds: []string{"consent"}},
		"consent-toggles": {driver: browser.Driver{Untick: []string{"patient/Observation.rs"}},
			posted: []string{"done?decision=yes&scope=patient%2FPatient.rs&scope=patient%2FCondition.rs"}, decided: "took out patient/Observation.rs"},

		// Languages: sign-in, patient, consent.
		"chinese":  {driver: person(), posted: []string{"patient?b=in&f1=ada&f2=s3cret", "consent?id=p-9", "done?d=yes"}},
		"german":   {driver: denying, posted: []string{"patient?b=in&f1=ada&f2=s3cret", "consent?id=p-9", "done?d=no"}, decided: `denied with "Nicht zulassen"`},
		"french":   {driver: person(), posted: []string{"patient?b=in&f1=ada&f2=s3cret", "consent?id=p-9", "done?d=yes"}},
		"spanish":  {driver: denying, posted: []string{"patient?b=in&f1=ada&f2=s3cret", "consent?id=p-9", "done?d=no"}},
		"japanese": {driver: denying, posted: []string{"patient?b=in&f1=ada&f2=s3cret", "consent?id=p-9", "done?d=no"}},

		// Where the driver stops.
		"new-password":            {driver: person(), posted: []string{"change" + signedIn}, stuck: browser.ErrPersonNeeded, says: "asks for a new password"},
		"refused":                 {driver: person(), posted: []string{"start2" + signedIn}, stuck: browser.ErrSignInRefused, says: "One more and your account is locked."},
		"single-page-app-refused": {driver: person(), posted: []string{"none?p=s3cret&u=ada"}, stuck: browser.ErrNoReaction, says: "Try again."},
		"unreadable-buttons":      {driver: person(), stuck: browser.ErrNotUnderstood, says: `has 2 buttons, and none says that it sends it`},
		"only-sso":                {driver: person(), stuck: browser.ErrNotUnderstood, says: `"Sign in with Google"`},
		"dangerous":               {driver: fay, stuck: browser.ErrNotUnderstood, says: `"Delete patient"`},
		"still-loading":           {driver: person(), stuck: browser.ErrTimeout, says: "still says that it is loading"},
	}

	folders, err := fs.ReadDir(testdata, "testdata/gallery")
	must(err)
	for _, folder := range folders {
		if _, driven := journeys[folder.Name()]; !driven {
			t.Errorf("testdata/gallery/%s is driven by no journey", folder.Name())
		}
	}
	for name, want := range journeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			v := newGallery(t, name)
			trace, err := trip(t, browser.Journey{Start: v.url + "/start.html", Trap: []string{callback}, Driver: want.driver})
			saidWhat := strings.Join(append(trace.Decisions, trace.Explanation), "\n")

			v.mu.Lock()
			defer v.mu.Unlock()
			g.Expect(v.posted).To(Equal(want.posted), saidWhat)
			g.Expect(v.strays).To(BeEmpty(), saidWhat)
			if want.stuck != nil {
				g.Expect(err).To(MatchError(want.stuck), saidWhat)
				g.Expect(trace.Explanation).To(ContainSubstring(want.says))
			} else {
				g.Expect(err).NotTo(HaveOccurred(), saidWhat)
				g.Expect(trace.Outcome).To(Equal(browser.Landed), saidWhat)
				g.Expect(trace.Landed.URL).To(Equal(callback + "?code=c"))
			}
			if want.kinds != nil {
				g.Expect(kinds(trace)).To(Equal(want.kinds), saidWhat)
			}
			g.Expect(saidWhat).To(ContainSubstring(want.decided))
			g.Expect(strings.Join(trace.Decisions, "\n")).NotTo(ContainSubstring("s3cret"))
		})
	}
}

// TestBefore is told once that a page is there, before anything was done on it, and is waited for.
func TestBefore(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	var calls atomic.Int32
	trace, err := trip(t, browser.Journey{
		Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: ada(),
		Before: func(ctx context.Context) {
			calls.Add(1)
			g.Expect(ctx.Err()).NotTo(HaveOccurred())
			g.Expect(e.seen("GET /authorize")).To(Equal(1), "the page is shown")
			g.Expect(e.seen("POST /login")).To(BeZero(), "nothing was sent")
		},
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed))
	g.Expect(calls.Load()).To(BeEquivalentTo(1))

	// A trip on which the driver has nothing to do does not call it.
	e.page("/error", `<h1>Error</h1>`)
	_, err = trip(t, browser.Journey{Start: e.URL + "/error", Before: func(context.Context) { calls.Add(1) }})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(calls.Load()).To(BeEquivalentTo(1))
}
