package ehr

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	. "github.com/onsi/gomega"
)

// inVersion starts a reference EHR that follows a version of SMART App Launch.
func inVersion(t *testing.T, spec string) *lab {
	t.Helper()
	s := start(t, func(o *Options) { o.Spec = spec })
	return &lab{newApp(t, s, ""), s}
}

func TestVersionsDiffer(t *testing.T) {
	for _, c := range []struct {
		spec                        string
		issuer, asymmetric, letters bool
		noChallenge, bothSyntaxes   string
	}{
		{stu1, false, false, false, "code", "patient/Patient.read"},
		{stu2, true, true, true, "error invalid_request", "patient/Patient.rs patient/Patient.read"},
		{stu22, true, true, true, "error invalid_request", "patient/Patient.rs patient/Patient.read"},
	} {
		t.Run(c.spec, func(t *testing.T) {
			g := NewWithT(t)
			l := inVersion(t, c.spec)
			document := l.send(http.MethodGet, l.s.Base("")+"/.well-known/smart-configuration", nil).body
			g.Expect(document).To(HaveKey("capabilities"))
			g.Expect(slices.Contains(slices.Collect(maps.Keys(document)), "issuer")).To(Equal(c.issuer))
			g.Expect(slices.Contains(document["capabilities"].([]any), any("client-confidential-asymmetric"))).To(Equal(c.asymmetric))
			g.Expect(slices.Contains(document["scopes_supported"].([]any), any("patient/*.cruds"))).To(Equal(c.letters))
			g.Expect(outcome(l.run(DemoPublicID, amy, "code_challenge", "", "code_challenge_method", ""))).To(Equal(c.noChallenge))
			g.Expect(scopesFor(amy, "patient/Patient.rs patient/Patient.read")(l)).To(Equal(c.bothSyntaxes))
		})
	}
}

func TestUnknownVersionIsRefused(t *testing.T) {
	_, err := Start(t.Context(), Options{Spec: "3.0.0"})
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("3.0.0")))
}
