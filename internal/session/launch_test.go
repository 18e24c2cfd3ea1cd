package session_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/engine"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

var testContext = context.Background()

var amyFromEHR = evidence.Launch{User: "patient", Mode: "ehr", Client: "public"}

// TestLaunchAnywhere launches the app in every way in which a portal may, and has the launch judged.
func TestLaunchAnywhere(t *testing.T) {
	const native = "com.example.app:/launch"
	for name, test := range map[string]struct {
		portal  string
		launch  string // instead of appLaunch
		inFrame bool
	}{
		"same tab":            {portal: `<a href="LAUNCH">Launch My App</a>`},
		"new tab":             {portal: `<a target=_blank href="LAUNCH">Launch My App</a>`},
		"popup with noopener": {portal: `<button onclick='window.open("LAUNCH", "_blank", "noopener")'>Launch My App</button>`},
		"iframe": {inFrame: true,
			portal: `<button onclick='document.body.append(Object.assign(document.createElement("iframe"), {src: "LAUNCH"}))'>Launch My App</button>`},
		"form post": {portal: `<form method=post action="` + appLaunch + `"><input type=hidden name=iss value="ISS">
			<input type=hidden name=launch value="VALUE"><button>Launch My App</button></form>`},
		"form post into a new tab": {portal: `<form method=post target=_blank action="` + appLaunch + `"><input type=hidden name=iss value="ISS">
			<input type=hidden name=launch value="VALUE"><button>Launch My App</button></form>`},
		"window.open after fetch": {portal: `<button onclick='fetch("/launches").then(r => r.text()).then(u => window.open(u))'>Launch My App</button>`},
		"custom scheme":           {portal: `<a href="LAUNCH">Launch My App</a>`, launch: native},
		"custom scheme in a new tab": {launch: native,
			portal: `<button onclick='window.open("LAUNCH", "_blank", "noopener")'>Launch My App</button>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			c := newClinic(t)
			cfg := c.target()
			if test.launch != "" {
				client := cfg.Clients[target.Public]
				client.Launch = test.launch
				cfg.Clients[target.Public] = client
			}
			launchURI := cfg.Clients[target.Public].Launch
			c.page("/portal", launchURI, test.portal)
			c.mux.HandleFunc("/launches", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(c.launched(launchURI, "LAUNCH")))
			})
			cfg.Launches.Portal = c.URL + "/portal"
			s := open(t, cfg)
			grant, err := s.SharedGrant(t.Context(), session.Request{Launch: amyFromEHR})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(grant.Evidence.Worked()).To(BeTrue(), grant.Evidence.Describe())
			g.Expect(grant.Evidence.EHRLaunch.InFrame).To(Equal(test.inFrame))
			expectLaunchJudged(t, s)
		})
	}
}

// expectLaunchJudged has the engine judge the launch that was made: it worked, iss is the base under test,
// and launch is there.
func expectLaunchJudged(t *testing.T, s *session.Session) {
	t.Helper()
	g := NewWithT(t)
	var selected []checks.Check
	for _, id := range []string{"launch.patient-ehr-public", "launch.iss-is-base", "launch.launch-value"} {
		c, ok := checks.Lookup(id)
		g.Expect(ok).To(BeTrue(), id)
		selected = append(selected, c)
	}
	s.Only = []evidence.Launch{amyFromEHR}
	for _, f := range engine.New(s, checks.Options{Version: checks.V2_2_0}).Findings(t.Context(), selected) {
		g.Expect(f.Status).To(Equal(checks.Passed), "%s: %s", f.Check, f.Message)
	}
}

// TestLaunchLink launches through a link of the server, which asks to sign in first.
func TestLaunchLink(t *testing.T) {
	g := NewWithT(t)
	c := newClinic(t)
	c.mux.HandleFunc("/go", func(w http.ResponseWriter, r *http.Request) {
		if c.signedIn(w, r) {
			http.Redirect(w, r, c.launched(appLaunch, "LAUNCH"), http.StatusFound)
		}
	})
	cfg := c.target()
	cfg.Launches.URL = c.URL + "/go?app=my-app"
	s := open(t, cfg)
	grant, err := s.SharedGrant(t.Context(), session.Request{Launch: amyFromEHR})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(grant.Evidence.Worked()).To(BeTrue(), grant.Evidence.Describe())
	expectLaunchJudged(t, s)
}

// TestPortalThatDoesNotLaunch says what was waited for and what was there instead, with the journey.
func TestPortalThatDoesNotLaunch(t *testing.T) {
	g := NewWithT(t)
	c := newClinic(t)
	c.page("/portal", appLaunch, `<button onclick='console.error("no licence for", "canary-launch-1"); fetch("/licence")'>Launch My App</button>`)
	cfg := c.target()
	cfg.Launches.Portal = c.URL + "/portal"
	s := open(t, cfg)
	check, _ := checks.Lookup("launch.patient-ehr-public")
	finding := engine.New(s, checks.Options{Version: checks.V2_2_0}).Findings(t.Context(), []checks.Check{check})[0]
	g.Expect(finding.Status).To(Equal(checks.Undecided))
	g.Expect(finding.Reason).To(HavePrefix("the portal did not launch the app: " + appLaunch + " was not reached: the page did not react"))

	exchange, ok := s.Recorder.Exchange(finding.Evidence[0])
	g.Expect(ok).To(BeTrue())
	journey, ok := s.Recorder.Journey(exchange.Journey)
	g.Expect(ok).To(BeTrue())
	g.Expect(journey.Outcome).To(Equal(evidence.NotLaunched))
	g.Expect(journey.WaitedFor).To(Equal(appLaunch))
	last := journey.Pages[len(journey.Pages)-1]
	g.Expect(last.Title).To(Equal("Chart of Amy"))
	g.Expect(last.Text).To(ContainSubstring("Launch My App"))
	g.Expect(last.Failed).To(ContainElement(evidence.FailedRequest{URL: c.URL + "/licence", Type: "Fetch", Status: 404}))
	g.Expect(last.Console).To(ContainElement(ContainSubstring("no licence")))
	picture, ok := s.Recorder.Picture(last.Screenshot)
	g.Expect(ok).To(BeTrue())
	g.Expect(picture).To(HavePrefix("\xff\xd8"), "JPEG")
	raw, err := json.Marshal(journey)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(raw)).NotTo(ContainSubstring(amysSecret))
}
