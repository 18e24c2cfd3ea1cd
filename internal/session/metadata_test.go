package session

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/target"
)

const endpoints = `"authorization_endpoint":"https://ehr.example/authorize","token_endpoint":"https://ehr.example/token"`

func TestMetadata(t *testing.T) {
	const jsonType = "application/json"
	for name, tc := range map[string]struct {
		status      int
		media, body string
		says        string // "" when flows can begin
	}{
		"complete":         {200, jsonType, `{` + endpoints + `,"capabilities":["launch-ehr"]}`, ""},
		"unknown members":  {200, jsonType, `{` + endpoints + `,"x":{"y":[1]}}`, ""},
		"a byte order":     {200, jsonType, "\ufeff{" + endpoints + `}`, "answered 200 application/json; expected a JSON object"},
		"no token":         {200, jsonType, `{"authorization_endpoint":"https://ehr.example/authorize"}`, "lacks one"},
		"wrong types":      {200, jsonType, `{` + endpoints + `,"capabilities":"launch-ehr","issuer":7,"jwks_uri":[],"authorization_response_iss_parameter_supported":"true"}`, ""},
		"a list of one":    {200, jsonType, `{"authorization_endpoint":"https://ehr.example/authorize","token_endpoint":["https://ehr.example/token"]}`, "lacks one"},
		"a string":         {200, jsonType, `"{}"`, "expected a JSON object"},
		"an array":         {200, jsonType, `[{` + endpoints + `}]`, "answered 200 application/json; expected a JSON object"},
		"null":             {200, jsonType, `null`, "lacks one"},
		"truncated":        {200, jsonType, `{` + endpoints, "answered 200 application/json; expected a JSON object"},
		"a page":           {200, "text/html; charset=utf-8", `<html>`, "answered 200 text/html; expected a JSON object (is the URL a sign-in page?)"},
		"no media type":    {200, "", `<html>`, "answered 200 without a media type; expected a JSON object"},
		"not found":        {404, jsonType, `{` + endpoints + `}`, "answered 404; expected 200"},
		"a redirect":       {302, jsonType, ``, "answered 302; expected 200"},
		"huge":             {200, jsonType, `{` + endpoints + `,"x":"` + strings.Repeat("0", 6<<20) + `"}`, "is longer than 5 MiB"},
		"a file to open":   {200, jsonType, `{"authorization_endpoint":"file:///etc/passwd","token_endpoint":"https://ehr.example/token"}`, "is not opened in the browser: it is no absolute http or https URL"},
		"a path to open":   {200, jsonType, `{"authorization_endpoint":"/authorize","token_endpoint":"https://ehr.example/token"}`, "is not opened in the browser"},
		"a script to open": {200, jsonType, `{"authorization_endpoint":"javascript:alert(1)","token_endpoint":"https://ehr.example/token"}`, "is not opened in the browser"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var asked atomic.Int64
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.URL.Path != "/fhir/.well-known/smart-configuration" {
					t.Errorf("asked for %s", r.URL)
				}
				w.Header()["Content-Type"] = nil
				if tc.media != "" {
					w.Header().Set("Content-Type", tc.media)
				}
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			})
			s := open(t, server.URL+"/fhir/")
			for range 2 {
				m, err := s.Metadata(t.Context())
				if tc.says == "" {
					g.Expect(err).NotTo(HaveOccurred())
					g.Expect(m.TokenEndpoint).To(Equal("https://ehr.example/token"))
					continue
				}
				g.Expect(err).To(MatchError(ContainSubstring(tc.says)))
			}
			g.Expect(asked.Load()).To(Equal(int64(1)), "it is read once")
		})
	}
}

// TestPKCEInVersion1 sends a challenge to a server of SMART App Launch 1.0.0 when it lists S256.
func TestPKCEInVersion1(t *testing.T) {
	for methods, want := range map[string]bool{`["S256"]`: true, `["plain"]`: false, `null`: false} {
		t.Run(methods, func(t *testing.T) {
			g := NewWithT(t)
			server := serve(t, answers(200, "application/json", `{`+endpoints+`,"code_challenge_methods_supported":`+methods+`}`))
			s := open(t, server.URL, func(c *target.Config) { c.Spec = "1.0.0" })
			a, err := s.prepare(t.Context(), Request{Launch: evidence.Launch{User: "patient", Mode: "standalone", Client: "public"}})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(a.Parameters.Has("code_challenge")).To(Equal(want))
			g.Expect(a.Verifier != "").To(Equal(want))
		})
	}
}

func TestMetadataOfNobody(t *testing.T) {
	g := NewWithT(t)
	server := serve(t, http.NotFound)
	server.Close()
	_, err := open(t, server.URL).Metadata(t.Context())
	g.Expect(err).To(MatchError(And(HavePrefix("flows need the SMART configuration: GET http://"), ContainSubstring("connection refused"))))
}

// TestKeysOf leaves out keys of types that nobody knows, and keeps the others.
func TestKeysOf(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		keys int
		fail bool
	}{
		"mixed":   {`{"keys":[{"kty":"OKP2","x":"a"},7,null,{"kty":"EC","crv":"P-256","kid":"k","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`, 1, false},
		"empty":   {`{"keys":[]}`, 0, false},
		"no keys": {`{}`, 0, false},
		"array":   {`[]`, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := serve(t, answers(200, "application/json", tc.body))
			set, err := open(t, server.URL).keysOf(t.Context(), Metadata{JWKSURI: server.URL})
			g.Expect(err != nil).To(Equal(tc.fail), "%v", err)
			g.Expect(set.Keys).To(HaveLen(tc.keys))
		})
	}
	_, err := open(t, "http://127.0.0.1:1").keysOf(t.Context(), Metadata{})
	NewWithT(t).Expect(err).To(MatchError("neither the SMART configuration nor the OpenID configuration has a jwks_uri"))
}
