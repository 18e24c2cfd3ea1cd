package probe

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// TestRedirectURIs holds that every variant differs from what is registered, and that none is one which a
// server has to accept.
func TestRedirectURIs(t *testing.T) {
	for registered, row := range map[string]struct{ with, without []string }{
		"https://app.example.org/callback": {with: []string{"another port", "plain http", "another case of the path", "a letter of the path encoded", "a backslash before the host"}},
		"https://app.example.org/":         {with: []string{"another port"}, without: []string{"another case of the path", "a letter of the path encoded"}},
		"https://app.example.org":          {without: []string{"a letter of the path encoded"}},
		"https://app.example.org/a?b=c":    {with: []string{"an extra query", "a letter of the path encoded"}},
		"https://app.example.org:8443/cb":  {with: []string{"another port"}},
		"http://127.0.0.1:4000/cb":         {with: []string{"another host"}, without: []string{"another port", "plain http"}},
		"http://[::1]:4000/cb":             {without: []string{"another port"}},
		"http://localhost/cb":              {without: []string{"another port"}},
		"org.example.app:/callback":        {with: []string{"a path suffix"}, without: []string{"another host", "another port"}},
		"org.example.app:callback":         {with: []string{"an extra query"}, without: []string{"a path suffix"}},
	} {
		t.Run(registered, func(t *testing.T) {
			g := NewWithT(t)
			s := &session.Session{Config: target.Config{Clients: map[target.ClientKind]target.Client{target.Public: {Redirect: registered}}}}
			list, err := redirectURIs(s, evidence.Launch{Client: "public"})
			g.Expect(err).NotTo(HaveOccurred())
			var names, sent []string
			for _, v := range list {
				names = append(names, v.name)
				g.Expect(v.sent).NotTo(Equal(registered), v.name)
				g.Expect(v.request.Set.Get("redirect_uri")).To(Equal(v.sent))
				g.Expect(sent).NotTo(ContainElement(v.sent), v.name+" is sent under another name too")
				sent = append(sent, v.sent)
			}
			for _, name := range row.with {
				g.Expect(names).To(ContainElement(name))
			}
			for _, name := range row.without {
				g.Expect(names).NotTo(ContainElement(name))
			}
		})
	}
}

// TestNarrowCalls holds that nothing is tried as forbidden which the server has granted, asked or not.
func TestNarrowCalls(t *testing.T) {
	data := target.Data{Resource: "Observation", OtherResource: "Condition", OtherPatient: "2"}
	known := map[string]any{"resourceType": "Observation", "id": "o1"}
	beyond := []string{evidence.OtherType, evidence.Create, evidence.Update, evidence.OtherPatient, evidence.OtherSearch}
	for granted, left := range map[string][]string{
		"patient/Observation.rs":                         beyond,
		"patient/Observation.read":                       beyond,
		"patient/*.rs":                                   {evidence.Create, evidence.Update, evidence.OtherPatient, evidence.OtherSearch},
		"patient/Observation.cruds":                      {evidence.OtherType, evidence.OtherPatient, evidence.OtherSearch},
		"patient/Observation.rs user/Observation.rs":     {evidence.OtherType, evidence.Create, evidence.Update},
		"patient/Observation.rs patient/Condition.r":     beyond,
		"patient/Observation.*":                          {evidence.OtherType, evidence.OtherPatient, evidence.OtherSearch},
		"user/*.cruds patient/Observation.rs launch":     nil,
		"patient/Observation.rus launch/patient openid":  {evidence.OtherType, evidence.Create, evidence.OtherPatient, evidence.OtherSearch},
		"patient/Observation.rs patient/Condition.cruds": {evidence.Create, evidence.Update, evidence.OtherPatient, evidence.OtherSearch},
	} {
		t.Run(granted, func(t *testing.T) {
			var tried []string
			for _, call := range narrowCalls(data, "?patient=1", evidence.Access{Scope: granted, Patient: "1"}, known) {
				if call.Name != evidence.AllowedRead {
					tried = append(tried, call.Name)
				}
			}
			NewWithT(t).Expect(tried).To(ConsistOf(left))
		})
	}
}
