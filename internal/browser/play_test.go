package browser_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/recording"
)

// flow is a Recorder export with the steps, made at the host.
func flow(t *testing.T, address string, steps ...string) recording.Script {
	t.Helper()
	all := append([]string{fmt.Sprintf(`{"type": "navigate", "url": %q}`, address)}, steps...)
	return parse(t, `{"title": "x", "timeout": 2000, "steps": [`+"\n"+strings.Join(all, ",\n")+"\n]}")
}

func parse(t *testing.T, content string) recording.Script {
	t.Helper()
	scripts, mistakes := recording.Parse("login.json", []byte(content))
	NewWithT(t).Expect(mistakes).To(BeEmpty())
	return scripts[0]
}

func change(value string, selectors ...string) string { return step("change", value, selectors) }
func click(selectors ...string) string                { return step("click", "", selectors) }

func step(kind, value string, selectors []string) string {
	alternatives := make([][]string, len(selectors))
	for i, s := range selectors {
		alternatives[i] = []string{s}
	}
	raw, _ := json.Marshal(map[string]any{"type": kind, "value": value, "selectors": alternatives})
	return string(raw)
}

var signIn = []string{browser.KindSignIn, browser.KindSecondFactor}

func player(part browser.Part, more ...browser.Part) *browser.Player {
	values := map[string]string{"username": "ada", "password": secret, "patient": "Ben Blue"}
	return browser.NewPlayer(append([]browser.Part{part}, more...), func(name string) string { return values[name] }, nil)
}

// TestPlaysALogin plays a recording on the sign-in page, with selectors of every kind, and leaves the
// picker and the consent page to the driver.
func TestPlaysALogin(t *testing.T) {
	for name, selectors := range map[string][3][]string{
		"aria":  {{"aria/User name"}, {"aria/Password"}, {`aria/Sign in[role="button"]`}},
		"text":  {{"#gone", "#u"}, {"input[type=password]"}, {"text/Sign in"}},
		"xpath": {{`xpath///*[@id="u"]`}, {"xpath///input[@name='password']"}, {`xpath///button[1]`}},
		"css":   {{"pierce/#u"}, {"pierce/#p"}, {"button[value=login]"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			e := newEHR(t)
			script := flow(t, e.URL, click(selectors[0]...), change("${username}", selectors[0]...), change("${password}", selectors[1]...),
				click(selectors[2]...))
			trace, err := trip(t, browser.Journey{
				Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: browser.Driver{}, Player: player(browser.Part{Script: script, Kinds: signIn}),
			})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(trace.Outcome).To(Equal(browser.Landed))
			g.Expect(e.seen("POST /login")).To(Equal(1))
			g.Expect(trace.Decisions[:4]).To(HaveEach(HavePrefix("played login.json:")))
			g.Expect(fmt.Sprint(trace)).NotTo(ContainSubstring(secret))
		})
	}
}

func TestPlaysABrowserArrayAndKeys(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	array := parse(t, fmt.Sprintf(`[{"match": %q, "tasks": [
		{"task": "Banner", "optional": true, "match": "*", "commands": [["click", "id", "accept-cookies"]]},
		{"task": "Login", "match": "*/authorize*", "commands": [
			["wait-element-visible", "id", "u", 5], ["wait-element-invisible", "id", "spinner", 5],
			["text", "id", "u", "${username}"], ["text", "css", "input[type=password]", "${password}"], ["click", "name", "action"],
			["wait", "contains", "/login", 10]]}]}]`, e.URL+"/authorize*"))
	picker := flow(t, e.URL, click("text/${patient}"), click("aria/Continue"))
	trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: ada(),
		Player: player(browser.Part{Script: picker, Kinds: []string{browser.KindPicker}}, browser.Part{Script: array, Kinds: signIn})})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Landed).NotTo(BeNil())
	g.Expect(e.grants()[0].Get("patient")).To(Equal("p-10"))
	g.Expect(strings.Join(trace.Decisions, "\n")).To(And(ContainSubstring("step 1 (click [id=\"accept-cookies\"]) of task \"Banner\" is optional"),
		ContainSubstring(`step 6 (click [name="action"])`)))

	keys := flow(t, e.URL, change("${username}", "#u"), change("${password}", "#p"), `{"type": "keyDown", "key": "Enter"}`, `{"type": "keyUp", "key": "Enter"}`)
	trace, err = trip(t, browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: ada(),
		Player: player(browser.Part{Script: keys, Kinds: signIn})})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Landed).NotTo(BeNil())
}

// TestRecordingThatDoesNotFit names the step, its line and what the page has.
func TestRecordingThatDoesNotFit(t *testing.T) {
	e := newEHR(t)
	for name, row := range map[string]struct {
		script recording.Script
		reason error
		want   []string
	}{
		"a step that finds nothing": {flow(t, e.URL, change("${username}", "#u"), click("#next"), change("${password}", "#p")), browser.ErrRecording,
			[]string{"login.json:4: step 3 (click #next) finds nothing", `on the page "Sign in", which has text "User name", password "Password"`, "correct the selectors"}},
		"another site": {flow(t, "https://other.example/login", change("${username}", "#login-name")), browser.ErrRecording,
			[]string{"login.json:3: step 2", "the recording is for another site, other.example (line 2): record it at " + e.URL}},
		"a broken selector": {flow(t, e.URL, change("${username}", "#u"), click("##")), browser.ErrRecording,
			[]string{"the selector ## cannot be used"}},
		"a value that is not known": {flow(t, e.URL, change("${totp}", "#u")), browser.ErrRecording,
			[]string{"needs [${totp}], which the target file does not give"}},
		"a literal password": {flow(t, e.URL, change("hunter22", "#p")), browser.ErrRecording,
			[]string{`step 2 (change #p) writes a literal value into a password field; write "${password}" instead`}},
		"the password twice": {flow(t, e.URL, change("${username}x", "#u"), change("${password}", "#p"), click("button"),
			change("${password}", "#p"), click("button")), browser.ErrSignInRefused, []string{"step 5 (change #p) would send the password a second time"}},
		"a refused password": {flow(t, e.URL, change("${username}x", "#u"), change("${password}", "#p"), click("button")), browser.ErrSignInRefused,
			[]string{"came back after the password was sent once"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: ada(),
				Player: player(browser.Part{Script: row.script, Kinds: signIn})})
			g.Expect(err).To(MatchError(row.reason))
			for _, want := range row.want {
				g.Expect(err).To(MatchError(ContainSubstring(want)))
			}
			g.Expect(trace.Pages[len(trace.Pages)-1].Screenshot).NotTo(BeEmpty())
			g.Expect(fmt.Sprint(trace, err)).NotTo(And(ContainSubstring(secret), ContainSubstring("hunter22")))
		})
	}
}

// TestPlaysOnPagesThatChange waits for what a page renders late, pierces shadow roots, and follows into
// an iframe.
func TestPlaysOnPagesThatChange(t *testing.T) {
	e := newEHR(t)
	done := `location = "` + callback + `?code=c"`
	e.page("/late", `<title>Sign in</title><div id=root></div><script>setTimeout(() => { root.innerHTML =
		'<form id=f><label>Name <input id=u></label><label>Password <input id=p type=password></label><button>Go</button></form>';
		f.onsubmit = ev => { ev.preventDefault(); setTimeout(() => { window.ready = true; root.innerHTML = '<b id=more tabindex=0>Proceed please</b>';
			more.onclick = () => { if (window.ready) `+done+` } }, 1200) } }, 1000)</script>`)
	e.page("/shadow", `<title>Sign in</title><sign-in></sign-in><script>customElements.define("sign-in", class extends HTMLElement { connectedCallback() {
		const r = this.attachShadow({mode: "open"}); r.innerHTML = '<input id=u><input id=p type=password><button>Go</button>';
		r.querySelector("button").onclick = () => { if (r.querySelector("#u").value == "ada") `+done+` } } })</script>`)
	e.page("/framed", `<title>Portal</title><h1>Welcome</h1><iframe src=/inner width=600 height=400></iframe>`)
	e.page("/inner", `<title>Sign in</title><form target=_top action=/finish><input id=u name=u><input id=p type=password><button>Go</button></form>`)
	e.mux.HandleFunc("/finish", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, callback+"?code=c", http.StatusFound)
	})
	for path, steps := range map[string][]string{
		"/late": {change("${username}", "#u"), change("${password}", "#p"), click("text/Go"),
			`{"type": "waitForElement", "selectors": ["#more"]}`, `{"type": "waitForExpression", "expression": "window.ready"}`, click("#more")},
		"/shadow": {`{"type": "change", "value": "${username}", "selectors": [["sign-in", "#u"]]}`, change("${password}", "pierce/#p"), click("pierce/button")},
		"/framed": {`{"type": "change", "value": "${username}", "selectors": ["#u"], "frame": [0]}`,
			`{"type": "change", "value": "${password}", "selectors": ["#p"], "frame": [0]}`, `{"type": "click", "selectors": ["button"], "frame": [0]}`},
	} {
		t.Run(path[1:], func(t *testing.T) {
			g := NewWithT(t)
			trace, err := trip(t, browser.Journey{Start: e.URL + path, Trap: []string{callback}, Driver: ada(),
				Player: player(browser.Part{Script: flow(t, e.URL, steps...), Kinds: signIn})})
			g.Expect(err).NotTo(HaveOccurred(), "%s", strings.Join(trace.Decisions, "\n"))
			g.Expect(trace.Landed).NotTo(BeNil())
		})
	}
}

// TestRecordingOfTheLoginLeavesConsentToTheDriver keeps a recording of the whole way from approving where
// consent is to be denied.
func TestRecordingOfTheLoginLeavesConsentToTheDriver(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	d := ada()
	d.Consent = browser.Deny
	script := flow(t, e.URL, change("${username}", "#u"), change("${password}", "#p"), click("button[value=login]"), click("tr button", "li button"), click("button[value=approve]"))
	trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "x"), Trap: []string{callback}, Driver: d,
		Player: player(browser.Part{Script: script, Kinds: signIn})})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Landed.URL).To(ContainSubstring("error=access_denied"))
}
