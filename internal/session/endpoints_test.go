package session

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// TestEndpointsOfTheTargetFile lets flows begin at servers that publish half of a SMART configuration, an
// OpenID configuration only, or nothing.
func TestEndpointsOfTheTargetFile(t *testing.T) {
	const (
		smart  = `{"issuer":"https://smart.example","authorization_endpoint":"https://smart.example/authorize","token_endpoint":"https://smart.example/token","capabilities":["launch-ehr"]}`
		half   = `{"authorization_endpoint":"https://smart.example/authorize"}`
		openID = `{"issuer":"https://op.example","authorization_endpoint":"https://op.example/authorize","token_endpoint":"https://op.example/token","jwks_uri":"https://op.example/jwks"}`
	)
	for name, tc := range map[string]struct {
		smart, openID string // "" is not served
		given         target.Discovery
		issuer        bool // give the address of the server as the issuer
		want          Metadata
		says          string
	}{
		"nothing given": {smart: smart, want: Metadata{
			Issuer: "https://smart.example", AuthorizationEndpoint: "https://smart.example/authorize",
			TokenEndpoint: "https://smart.example/token", Capabilities: []string{"launch-ehr"},
		}},
		"nothing published": {given: target.Discovery{
			AuthorizationEndpoint: "https://given.example/authorize", TokenEndpoint: "https://given.example/token",
			Capabilities: []string{"launch-standalone"},
		}, want: Metadata{
			AuthorizationEndpoint: "https://given.example/authorize", TokenEndpoint: "https://given.example/token",
			Capabilities: []string{"launch-standalone"},
		}},
		"one is overridden": {smart: smart, given: target.Discovery{TokenEndpoint: "https://given.example/token"}, want: Metadata{
			Issuer: "https://smart.example", AuthorizationEndpoint: "https://smart.example/authorize",
			TokenEndpoint: "https://given.example/token", Capabilities: []string{"launch-ehr"},
		}},
		"half is completed": {smart: half, given: target.Discovery{TokenEndpoint: "https://given.example/token"}, want: Metadata{
			AuthorizationEndpoint: "https://smart.example/authorize", TokenEndpoint: "https://given.example/token",
		}},
		"half stays half":         {smart: half, given: target.Discovery{JWKSURI: "https://given.example/jwks"}, says: "lacks one; give it under discovery:"},
		"nothing at all":          {says: "answered 404; expected 200; without one, give the endpoints under discovery: of the target file"},
		"an OpenID configuration": {openID: openID, issuer: true, want: Metadata{AuthorizationEndpoint: "https://op.example/authorize", TokenEndpoint: "https://op.example/token", JWKSURI: "https://op.example/jwks"}},
		"an issuer without one":   {issuer: true, says: "/.well-known/openid-configuration answered 404"},
		"an OpenID configuration, one overridden": {
			openID: openID, issuer: true, given: target.Discovery{TokenEndpoint: "https://given.example/token"},
			want: Metadata{AuthorizationEndpoint: "https://op.example/authorize", TokenEndpoint: "https://given.example/token", JWKSURI: "https://op.example/jwks"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body := map[string]string{
					"/fhir/.well-known/smart-configuration": tc.smart, "/.well-known/openid-configuration": tc.openID,
				}[r.URL.Path]
				if body == "" {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(body))
			})
			if tc.issuer {
				tc.given.Issuer, tc.want.Issuer = server.URL, server.URL
			}
			m, err := open(t, server.URL+"/fhir", func(c *target.Config) { c.Discovery = tc.given }).Metadata(t.Context())
			if tc.says != "" {
				g.Expect(err).To(MatchError(ContainSubstring(tc.says)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(m).To(Equal(tc.want))
		})
	}
}

// TestNonceBelongsToOpenID leaves the nonce out of requests that ask for no ID token.
func TestNonceBelongsToOpenID(t *testing.T) {
	for scopes, want := range map[string]bool{"openid": true, "patient/Patient.rs": false} {
		t.Run(scopes, func(t *testing.T) {
			g := NewWithT(t)
			server := serve(t, answers(200, "application/json", `{`+endpoints+`}`))
			a, err := open(t, server.URL).prepare(t.Context(), Request{
				Launch: evidence.Launch{User: "patient", Mode: "standalone", Client: "public"}, Scopes: []string{scopes},
			})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(a.Parameters.Has("nonce")).To(Equal(want))
		})
	}
}
