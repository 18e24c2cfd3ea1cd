package checks_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func TestTheWayToACodeAsTheNetworkSeesIt(t *testing.T) {
	type statusOf = map[string]checks.Status
	insecure := func(element string) func(*evidence.Authorization) {
		return func(a *evidence.Authorization) {
			a.Pages[0].Insecure = []evidence.InsecureReference{{Element: element, URL: "http://static.ehr.example/x"}}
		}
	}
	for name, c := range map[string]struct {
		spoil func(*evidence.Authorization)
		want  statusOf
	}{
		"a sound journey":    {func(*evidence.Authorization) {}, statusOf{}},
		"a hop over http":    {func(a *evidence.Authorization) { a.Hops[0].URL = "http://ehr.example/authorize" }, statusOf{"tls.journey-https": checks.Failed}},
		"a form over http":   {insecure("form"), statusOf{"tls.journey-https": checks.Failed}},
		"a script over http": {insecure("script"), statusOf{"tls.mixed-content": checks.Warned}},
		"a cookie for http": {func(a *evidence.Authorization) { a.Cookies[1].Secure = false },
			statusOf{"tls.cookies-secure": checks.Warned}},
		"a session that scripts read": {func(a *evidence.Authorization) { a.Cookies[0].HTTPOnly = false },
			statusOf{"tls.cookies-http-only": checks.Warned}},
		"a session for every site": {func(a *evidence.Authorization) { a.Cookies[0].SameSite = "None" },
			statusOf{"tls.cookies-same-site": checks.Warned}},
		"a cookie of a host that was not visited": {func(a *evidence.Authorization) {
			a.Cookies = append(a.Cookies, evidence.Cookie{Name: "other", Domain: "other.example"})
		}, statusOf{}},
		"no cookies": {func(a *evidence.Authorization) { a.Cookies = nil }, statusOf{
			"tls.cookies-secure": checks.Skipped, "tls.cookies-http-only": checks.Skipped, "tls.cookies-same-site": checks.Skipped,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a := evidence.Authorization{
				Hops:  []evidence.Hop{{Method: "GET", URL: "https://ehr.example/authorize?state=1"}, {Method: "GET", URL: "https://login.ehr.example/"}},
				Pages: []evidence.Page{{URL: "https://login.ehr.example/", Title: "Sign in"}},
				Cookies: []evidence.Cookie{
					{Name: "session", Domain: "login.ehr.example", Secure: true, HTTPOnly: true, SameSite: "Lax"},
					{Name: "language", Domain: "login.ehr.example", Secure: true},
				},
			}
			c.spoil(&a)
			raw, err := json.Marshal(evidence.Grants{Grants: []evidence.Grant{{Authorization: a}}})
			g.Expect(err).NotTo(HaveOccurred())
			found := statusOf{}
			for _, check := range checks.TLSJourney {
				f := check.Judge(evidence.Record{Kind: check.Kind(), Value: json.RawMessage(raw)}, checks.Options{Version: checks.V2_2_0})
				if f.Status != checks.Passed {
					found[check.ID] = f.Status
				}
			}
			g.Expect(found).To(Equal(c.want))
		})
	}
}
