package session

import (
	"net/url"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
)

const redirect = "https://app.example.org/callback"

func TestCallback(t *testing.T) {
	for name, tc := range map[string]struct {
		landing browser.Landing
		outcome evidence.Outcome
		code    string // the one to redeem
		codes   int    // of the query
		state   string // "" when there is not exactly one
		err     string
	}{
		"a code":            {browser.Landing{URL: redirect + "?code=canary-code&state=s"}, evidence.GotCode, "canary-code", 1, "s", ""},
		"an encoded code":   {browser.Landing{URL: redirect + "?code=canary%2Fcode%2B1&state=a%20b%2Bc"}, evidence.GotCode, "canary/code+1", 1, "a b+c", ""},
		"a repeated code":   {browser.Landing{URL: redirect + "?code=canary-code&code=canary-other&state=s"}, evidence.GotCode, "canary-code", 2, "s", ""},
		"a repeated state":  {browser.Landing{URL: redirect + "?code=canary-code&state=s&state=t"}, evidence.GotCode, "canary-code", 1, "", ""},
		"an error":          {browser.Landing{URL: redirect + "?error=access_denied&state=s"}, evidence.GotError, "", 0, "s", "access_denied"},
		"an error fragment": {browser.Landing{URL: redirect + "#error=access_denied&state=s"}, evidence.GotError, "", 0, "", "access_denied"},
		"code and error":    {browser.Landing{URL: redirect + "?error=x&code=canary-code"}, evidence.GotCode, "canary-code", 1, "", "x"},
		"a code fragment":   {browser.Landing{URL: redirect + "#code=canary-code"}, evidence.GotCode, "canary-code", 0, "", ""},
		"a token fragment":  {browser.Landing{URL: redirect + "#access_token=canary-token&token_type=Bearer"}, evidence.GotToken, "", 0, "", ""},
		"an ID token":       {browser.Landing{URL: redirect + "?state=s#id_token=canary-token"}, evidence.GotToken, "", 0, "s", ""},
		"a token query":     {browser.Landing{URL: redirect + "?access_token=canary-token"}, evidence.GotToken, "", 0, "", ""},
		"nothing":           {browser.Landing{URL: redirect}, evidence.GotNeither, "", 0, "", ""},
		"an empty code":     {browser.Landing{URL: redirect + "?code=&state=s"}, evidence.GotCode, "", 1, "s", ""},
		"a bad escape":      {browser.Landing{URL: redirect + "?code=canary-code&state=%zz"}, evidence.GotCode, "canary-code", 1, "", ""},
		"a custom scheme":   {browser.Landing{URL: "org.example.app:/callback?code=canary-code&state=s"}, evidence.GotCode, "canary-code", 1, "s", ""},
		"a fragment of its own": {
			browser.Landing{URL: redirect + "?code=canary-code&state=s#_=_"}, evidence.GotCode, "canary-code", 1, "s", "",
		},
		"a form": {
			browser.Landing{URL: redirect, Method: "POST", Body: "code=canary-code&state=s"}, evidence.GotCode, "canary-code", 1, "s", "",
		},
		"a form with an error": {
			browser.Landing{URL: redirect, Method: "POST", Body: "error=login_required&state=s"}, evidence.GotError, "", 0, "s", "login_required",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := open(t, "http://127.0.0.1:1/fhir")
			c, outcome := s.callback(tc.landing)
			g.Expect(outcome).To(Equal(tc.outcome))
			g.Expect(c.Codes).To(HaveLen(tc.codes))
			state, _ := c.State()
			g.Expect(state).To(Equal(tc.state))
			g.Expect(c.Error()).To(Equal(tc.err))
			g.Expect(firstCode(tc.landing)).To(Equal(tc.code))
			for _, values := range []map[string][]string{c.Query, c.Fragment} {
				for _, value := range values {
					g.Expect(value).NotTo(ContainElement(ContainSubstring("canary")))
				}
			}
			g.Expect(s.Recorder.Redact("canary-code")).To(Or(Equal("canary-code"), HavePrefix("[code ")))
		})
	}
}

// TestRepeatedCodesAreToldApart keeps what a check of code reuse needs: equal codes look equal.
func TestRepeatedCodesAreToldApart(t *testing.T) {
	g := NewWithT(t)
	s := open(t, "http://127.0.0.1:1/fhir")
	c, _ := s.callback(browser.Landing{URL: redirect + "?code=canary-1&code=canary-2&code=canary-1"})
	g.Expect(c.Codes).To(HaveLen(3))
	g.Expect(c.Codes[0]).To(Equal(c.Codes[2]))
	g.Expect(c.Codes[0].Fingerprint).NotTo(Equal(c.Codes[1].Fingerprint))
}

// TestPlainChallengesAreRedacted hides a code challenge that is the verifier itself.
func TestPlainChallengesAreRedacted(t *testing.T) {
	g := NewWithT(t)
	s := open(t, "http://127.0.0.1:1/fhir")
	s.Recorder.Seal("code_verifier", "canary-verifier-that-is-long")
	shown := s.redactValues(url.Values{
		"code_challenge": {"canary-verifier-that-is-long"}, "scope": {"launch patient/Observation.rs"}, "login_hint": {"amy"},
		"state": {"%41 + & = ? # ' \" < >"},
	})
	g.Expect(shown["code_challenge"]).To(HaveExactElements(HavePrefix("[code_verifier ")))
	g.Expect(shown["scope"]).To(HaveExactElements("launch patient/Observation.rs"))
	g.Expect(shown["state"]).To(HaveExactElements("%41 + & = ? # ' \" < >"), "a state is compared as it stands")
	g.Expect(shown["login_hint"]).To(HaveExactElements(HavePrefix("[login_hint ")))
}
