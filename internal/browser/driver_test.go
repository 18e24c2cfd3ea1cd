package browser_test

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

func TestDeny(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	d := ada()
	d.Consent = browser.Deny
	trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: d, Screenshots: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Landed.URL).To(Equal(callback + "?error=access_denied&state=x"))
	g.Expect(trace.Pages).To(HaveLen(3))
	for _, p := range trace.Pages {
		g.Expect(p.Screenshot).To(HavePrefix("\xff\xd8\xff"), "a JPEG")
		g.Expect(p.Header.Get("Content-Security-Policy")).NotTo(BeEmpty())
	}
}

// TestWrongPassword sends a password that is refused once and never again.
func TestWrongPassword(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	d := ada()
	d.Password = func() string { return "wrong" }
	trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: d})
	g.Expect(err).To(MatchError(browser.ErrSignInRefused))
	g.Expect(err).To(MatchError(ContainSubstring("The user name or the password is wrong.")))
	g.Expect(trace.Outcome).To(Equal(browser.Stuck))
	g.Expect(e.seen("POST /login")).To(Equal(1))
}

// TestOnePersonSeveralJourneys shares a signed-in context between journeys that run at the same time.
func TestOnePersonSeveralJourneys(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	p := newPerson(t)
	run := func(state string) (browser.Trace, error) {
		return p.Run(context.Background(), browser.Journey{Start: e.authorize(callback, state), Trap: []string{callback}, Driver: ada()})
	}
	first, err := run("first")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(first.Landed.URL).To(ContainSubstring("state=first"))

	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			state := fmt.Sprintf("s%d", i)
			trace, err := run(state)
			if err != nil || trace.Landed == nil || trace.Landed.URL != callback+"?code=c-p-1&state="+state {
				t.Errorf("journey %s: %v %+v", state, err, trace.Landed)
			}
		})
	}
	all.Wait()
	g.Expect(e.seen("POST /login")).To(Equal(1), "signed in once")

	// Another person is not signed in.
	_, err = trip(t, browser.Journey{Start: e.authorize(callback, "other"), Trap: []string{callback}})
	g.Expect(err).To(MatchError(browser.ErrNoCredentials))
}

// TestPortal launches the app from a portal: in a new tab, in which the trip goes on, and in an iframe.
func TestPortal(t *testing.T) {
	for _, embedded := range []bool{false, true} {
		t.Run(fmt.Sprintf("embedded=%t", embedded), func(t *testing.T) {
			g := NewWithT(t)
			e := newEHR(t)
			e.mux.HandleFunc("/portal", func(w http.ResponseWriter, _ *http.Request) { show(w, "portal.html", nil) })
			e.mux.HandleFunc("/launch", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, launch+"?launch=l-"+r.FormValue("patient"), http.StatusFound)
			})
			d := ada()
			d.PortalApp, d.PortalPatient, d.Embedded = "Growth Chart", "p-10", embedded
			trace, err := trip(t, browser.Journey{Start: e.URL + "/portal", Trap: []string{launch}, TrapAllForeign: true, Driver: d})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(trace.Outcome).To(Equal(browser.Landed), trace.Explanation)
			g.Expect(trace.Landed.URL).To(Equal(launch + "?launch=l-p-10"))
			g.Expect(trace.Landed.Where).To(Equal(map[bool]browser.Where{false: browser.NewTab, true: browser.Iframe}[embedded]))
		})
	}
}

// TestTripInNewTab goes through sign-in and consent in a tab and in an iframe that the portal opens.
func TestTripBehindPortal(t *testing.T) {
	for _, embedded := range []bool{false, true} {
		t.Run(fmt.Sprintf("embedded=%t", embedded), func(t *testing.T) {
			g := NewWithT(t)
			e := newEHR(t)
			e.mux.HandleFunc("/portal", func(w http.ResponseWriter, _ *http.Request) { show(w, "portal.html", nil) })
			e.mux.HandleFunc("/launch", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, e.authorize(callback, "x"), http.StatusFound)
			})
			d := ada()
			d.PortalApp, d.Embedded, d.Patient = "Growth Chart", embedded, "p-10"
			trace, err := trip(t, browser.Journey{Start: e.URL + "/portal", Trap: []string{callback}, Driver: d})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(trace.Landed.URL).To(Equal(callback + "?code=c-p-10&state=x"))
			g.Expect(trace.Landed.Where).To(Equal(map[bool]browser.Where{false: browser.NewTab, true: browser.Iframe}[embedded]))
			g.Expect(kinds(trace)).To(Equal([]string{"portal", "sign-in", "patient picker", "consent"}))
		})
	}
}

// TestPages drives pages of other makers. Whatever a page sends arrives at /done, and the trip ends there.
func TestPages(t *testing.T) {
	type want struct {
		outcome browser.Outcome // "" means Landed
		err     error
		kind    string // of the first page
		form    string // what arrived at /done, sorted
		says    string // in the explanation
	}
	patient := func(id string) browser.Driver { d := ada(); d.Patient = id; return d }
	untick := func(scopes ...string) browser.Driver { d := ada(); d.Untick = scopes; return d }
	portal := func(app, patient string) browser.Driver {
		d := ada()
		d.PortalApp, d.PortalPatient = app, patient
		return d
	}
	deny := browser.Driver{Consent: browser.Deny}

	tests := map[string]struct {
		html   string
		status int
		driver browser.Driver
		want   want
	}{
		"sign-in by placeholder, without a form label": {
			html:   `<form action=/done><input name=x1 placeholder="Email address"><input type=password name=x2><input type=submit value="Log in"></form>`,
			driver: ada(),
			want:   want{kind: "sign-in", form: "x1=ada&x2=" + url.QueryEscape(secret)},
		},
		"sign-in without a button": {
			html:   `<form action=/done><input name=user><input type=password name=pass></form>`,
			driver: ada(),
			want:   want{kind: "sign-in", form: "pass=" + url.QueryEscape(secret) + "&user=ada"},
		},
		"sign-in beside a search and a registration": {
			html: `<form action=/search><input name=q placeholder="Search users"><button>Go</button></form>
				<form action=/register><input name=email><input type=password name=new><input type=password name=again><button>Register</button></form>
				<form action=/done><input name=login><input type=password name=pw><button name=b value=cancel>Cancel</button><button name=b value=ok>Sign in</button></form>`,
			driver: ada(),
			want:   want{kind: "sign-in", form: "b=ok&login=ada&pw=" + url.QueryEscape(secret)},
		},
		"sign-in with a status of 401": {
			html: `<form action=/done><input name=user><input type=password name=pass><button>Sign in</button></form>`, status: 401,
			driver: ada(),
			want:   want{kind: "sign-in", form: "pass=" + url.QueryEscape(secret) + "&user=ada"},
		},
		"sign-in in two steps on one page": {
			html: `<form action=/done><input name=username id=u><input type=password name=password id=p hidden><button type=button id=next>Next</button></form>
				<script>next.onclick = () => { if (p.hidden) { p.hidden = false; next.textContent = "Sign in" } else document.forms[0].submit() }</script>`,
			driver: ada(),
			want:   want{kind: "sign-in", form: "password=" + url.QueryEscape(secret) + "&username=ada"},
		},
		"sign-in made by a script, late": {
			html: `<div id=app>Loading…</div><script>setTimeout(() => { app.innerHTML =
				'<h1>Welcome</h1><form action=/done><label>Username <input name=a></label><input type=password name=b><button>Continue</button></form>' }, 300)</script>`,
			driver: ada(),
			want:   want{kind: "sign-in", form: "a=ada&b=" + url.QueryEscape(secret)},
		},
		"field that listens to events": {
			html: `<form action=/done><input name=user id=u><input type=password><input type=hidden name=seen id=s><button>Sign in</button></form>
				<script>const seen = []; u.oninput = () => seen.push("input"); u.onchange = () => seen.push("change"); u.onfocus = () => seen.push("focus")
				document.forms[0].onsubmit = () => { s.value = seen.join() }</script>`,
			driver: ada(),
			want:   want{form: "seen=focus%2Cinput%2Cchange&user=ada"},
		},
		"field that refuses the user name": {
			html:   `<form action=/done><input name=user type=email aria-label=Email><input type=password><button>Sign in</button></form>`,
			driver: ada(),
			want:   want{err: browser.ErrNoReaction, says: `does not accept the field "Email"`},
		},
		"second factor": {
			html:   `<h1>Check your phone</h1><form action=/done><label>Verification code <input name=code></label><button>Verify</button></form>`,
			driver: ada(),
			want:   want{err: browser.ErrPersonNeeded, says: "second factor that was sent to the person"},
		},
		"nobody to sign in": {
			html: `<form action=/done><input name=user><input type=password name=pass><button>Sign in</button></form>`,
			want: want{err: browser.ErrNoCredentials, says: "configure a user"},
		},

		"patients in a table with a button each": {
			html: `<h1>Select a patient</h1><table><tr><th>Name</th></tr>
				<tr><td>Ann</td><td><form action=/done><input type=hidden name=patient value=1><button>Select</button></form></td></tr>
				<tr><td>Bob</td><td><form action=/done><input type=hidden name=patient value=12><button>Select</button></form></td></tr>
				<tr><td>Cy</td><td><form action=/done><input type=hidden name=patient value=2><button>Select</button></form></td></tr></table>`,
			driver: patient("2"),
			want:   want{kind: "patient picker", form: "patient=2"},
		},
		"patients in a table, by name": {
			html: `<h1>Patients</h1><table><tr><td>Ann</td><td><a href="/details?id=1">Details</a> <a href="/done?id=1">Choose</a></td></tr>
				<tr><td>Bob</td><td><a href="/details?id=2">Details</a> <a href="/done?id=2">Choose</a></td></tr></table>`,
			driver: patient("bob"),
			want:   want{kind: "patient picker", form: "id=2"},
		},
		"patients as links": {
			html:   `<nav><ul><li><a href=/home>Patients</a></ul></nav><h1>Choose a patient</h1><ul><li><a href="/done?id=1">Ann</a><li><a href="/done?id=2">Bob</a></ul>`,
			driver: patient("2"),
			want:   want{kind: "patient picker", form: "id=2"},
		},
		"patients as buttons": {
			html:   `<h1>Who is it about?</h1><form action=/done><button name=patient value=1>Ann</button><button name=patient value=2>Bob</button><button name=no value=1>Cancel</button></form>`,
			driver: patient("2"),
			want:   want{kind: "patient picker", form: "patient=2"},
		},
		"patients in a selection, and a selection of languages": {
			html: `<form action=/lang><select name=lang><option value=en>English</select></form>
				<form action=/done><label>Patient <select name=p><option value="">Choose…<option value=1>Ann<option value=2>Bob</select></label><button>OK</button></form>`,
			driver: patient("Bob"),
			want:   want{kind: "patient picker", form: "p=2"},
		},
		"patients in a selection that goes on by itself": {
			html:   `<h1>Choose a patient</h1><form action=/done><select name=p onchange="form.submit()"><option value="">Choose…<option value=1>Ann</select></form>`,
			driver: ada(),
			want:   want{kind: "patient picker", form: "p=1"},
		},
		"patient who is not there": {
			html:   `<h1>Choose a patient</h1><form action=/done><label><input type=radio name=patient value=1>Ann</label><button>OK</button></form>`,
			driver: patient("7"),
			want:   want{err: browser.ErrNoChoice, says: `"7" is not among the 1 that are offered: "Ann"`},
		},
		"encounters of a patient": {
			html:   `<h1>Choose an encounter of patient Ann</h1><form action=/done><label><input type=radio name=id value=e1>2020</label><label><input type=radio name=id value=e2>2021</label><button>OK</button></form>`,
			driver: browser.Driver{Encounter: "e2"},
			want:   want{kind: "encounter picker", form: "id=e2"},
		},
		"accounts": {
			html:   `<h1>Choose an account</h1><ul><li><a href="/done?as=bob">bob</a><li><a href="/done?as=ada">ada</a></ul>`,
			driver: ada(),
			want:   want{kind: "account picker", form: "as=ada"},
		},

		"consent with opt-in boxes": {
			html: `<h1>Chart asks for access</h1><form action=/done><label><input type=checkbox name=scope value=openid>Sign in</label>
				<label><input type=checkbox name=scope value=patient/Patient.rs>patient/Patient.rs</label><label><input type=checkbox name=news>Send me news</label>
				<button name=a value=no>Do not allow</button><button name=a value=yes>Allow</button></form>`,
			driver: ada(),
			want:   want{kind: "consent", form: "a=yes&scope=openid&scope=patient%2FPatient.rs"},
		},
		"consent, scope in the text of a label": {
			html: `<h1>Chart would like to access your data</h1><form action=/done><label><input type=checkbox name=s1 checked>Observations (patient/Observation.rs)</label>
				<label><input type=checkbox name=s2 checked>patient/Patient.rs</label><input type=submit name=a value="Continue"><a href=/denied>Cancel</a></form>`,
			driver: untick("patient/Observation.rs"),
			want:   want{kind: "consent", form: "a=Continue&s2=on"},
		},
		"consent without a box for the scope": {
			html:   `<h1>Allow?</h1><form action=/done><label><input type=checkbox name=s value=openid checked>openid</label><button>Approve</button><button>Deny</button></form>`,
			driver: untick("patient/Patient.rs"),
			want:   want{err: browser.ErrNoChoice, says: "no box to take out the scope patient/Patient.rs"},
		},
		"consent with a patient to choose": {
			html: `<h1>Chart asks for access</h1><form action=/done><label><input type=radio name=patient value=1>Ann</label><label><input type=radio name=patient value=2>Bob</label>
				<button name=a value=no>Deny</button><button name=a value=yes>I agree</button></form>`,
			driver: patient("2"),
			want:   want{kind: "consent", form: "a=yes&patient=2"},
		},
		"denial by a link": {
			html:   `<h1>Chart asks for access</h1><form action=/approved><button>Authorize</button></form><a href="/done?denied">Cancel</a>`,
			driver: deny,
			want:   want{kind: "consent", form: "denied="},
		},
		"no way to deny": {
			html:   `<h1>Chart asks for access to your data</h1><form action=/approved><label><input type=checkbox name=scope value=openid>openid</label><button>Authorize</button></form>`,
			driver: deny,
			want:   want{err: browser.ErrNoChoice, says: "no button to deny"},
		},

		"portal with a patient to choose": {
			html: `<h1>Apps</h1><form action=/done><select name=patient><option value=1>Ann<option value=2>Bob</select>
				<button name=app value=x>Open Other</button><button name=app value=y>Open Growth Chart</button></form>`,
			driver: portal("Growth Chart", "2"),
			want:   want{kind: "portal", form: "app=y&patient=2"},
		},
		"nothing to decide": {
			html: `<h1>Before you go on</h1><p>Please read this.</p><a href=/more>More</a><form action=/done><button>Continue</button></form>`,
			want: want{kind: "continue", form: ""},
		},

		"error page": {
			html: `<h1>Bad request</h1><p role=alert>redirect_uri is not registered</p><a href=/done>Continue</a>`, status: 400,
			want: want{outcome: browser.ErrorPage, kind: "error", says: "redirect_uri is not registered"},
		},
		"error page with a button": {
			html: `<h1>Bad request</h1><form action=/done><button>OK</button></form>`, status: 500,
			want: want{outcome: browser.ErrorPage, kind: "error", says: "status 500"},
		},
		"error page that claims success": {
			html: `<title>Invalid client</title><p>The client_id is not known.</p><form action=/done><button>Continue</button></form>`,
			want: want{outcome: browser.ErrorPage, kind: "error", says: "client_id is not known"},
		},
		"error page with scripts": {
			html: `<h1>Forbidden</h1><script>setInterval(() => fetch("/ping"), 200)</script>`, status: 403,
			want: want{outcome: browser.ErrorPage, kind: "error", says: "Forbidden"},
		},
		"page that leads nowhere": {
			html: `<h1>Welcome</h1><p>You are here.</p>`,
			want: want{outcome: browser.ErrorPage, says: "leads no further"},
		},
		"page that nobody understands": {
			html: `<h1>Dashboard</h1><form action=/done><input name=x><button>Frobnicate</button><button>Transmogrify</button></form>`,
			want: want{err: browser.ErrNotUnderstood, says: `submit "Frobnicate"`},
		},
		"dangerous page": {
			html:   `<h1>Your account</h1><ul><li><form action=/done><button>Delete everything</button></form></ul>`,
			driver: ada(),
			want:   want{err: browser.ErrNotUnderstood, says: "Delete everything"},
		},
		"button that does nothing": {
			html: `<h1>Welcome</h1><button type=button>Continue</button>`,
			want: want{err: browser.ErrNoReaction, says: `pressed "Continue"`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			e := newEHR(t)
			e.mux.HandleFunc("/start", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				if test.status != 0 {
					w.WriteHeader(test.status)
				}
				fmt.Fprint(w, "<!doctype html>", test.html)
			})
			e.mux.HandleFunc("/done", func(w http.ResponseWriter, r *http.Request) {
				must(r.ParseForm())
				http.Redirect(w, r, callback+"?"+r.Form.Encode(), http.StatusSeeOther)
			})
			trace, err := trip(t, browser.Journey{Start: e.URL + "/start", Trap: []string{callback}, Driver: test.driver})
			if test.want.err != nil {
				g.Expect(err).To(MatchError(test.want.err), "%+v", trace)
			} else {
				g.Expect(err).NotTo(HaveOccurred())
				if test.want.outcome == "" {
					test.want.outcome = browser.Landed
				}
				g.Expect(trace.Outcome).To(Equal(test.want.outcome), trace.Explanation)
			}
			g.Expect(trace.Explanation).To(ContainSubstring(test.want.says))
			if test.want.kind != "" {
				g.Expect(kinds(trace)).To(HaveExactElements(HavePrefix(test.want.kind)))
			}
			if test.want.outcome == browser.Landed {
				landed, err := url.Parse(trace.Landed.URL)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(landed.RawQuery).To(Equal(test.want.form))
			}
			g.Expect(e.seen("GET /done")).To(BeNumerically("<=", 1))
			if test.want.outcome != browser.Landed {
				g.Expect(e.seen("GET /done")).To(BeZero(), "nothing was pressed")
			}
		})
	}
}

// TestSignInOnTwoPages asks for the user name first.
func TestSignInOnTwoPages(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	e.page("/start", `<h1>Sign in</h1><form action=/pass method=post><label>Email or phone <input name=identifier></label><button>Next</button></form>`)
	e.mux.HandleFunc("POST /pass", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		must(template.Must(template.New("").Parse(`<h1>Welcome {{.}}</h1><form action=/in method=post><input type=hidden name=u value="{{.}}">
			<label>Password <input name=p type=password></label><button>Next</button></form>`)).Execute(w, r.PostFormValue("identifier")))
	})
	e.mux.HandleFunc("POST /in", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, callback+"?ok="+fmt.Sprint(r.PostFormValue("u") == "ada" && r.PostFormValue("p") == secret), http.StatusSeeOther)
	})
	trace, err := trip(t, browser.Journey{Start: e.URL + "/start", Trap: []string{callback}, Driver: ada()})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Landed.URL).To(HaveSuffix("?ok=true"))
	g.Expect(kinds(trace)).To(Equal([]string{"sign-in", "sign-in"}))
}
