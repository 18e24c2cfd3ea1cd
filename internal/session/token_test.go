package session

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// ask sends a token request to an endpoint with that answer.
func ask(t *testing.T, s *Session, handler http.HandlerFunc) (evidence.TokenResponse, Tokens, error) {
	t.Helper()
	server := serve(t, handler)
	return s.Send(t.Context(), s.Scope("test"), Metadata{TokenEndpoint: server.URL}, TokenRequest{
		Method: http.MethodPost, Form: url.Values{"grant_type": {"authorization_code"}, "code": {"canary-code"}},
	})
}

func TestTokenResponses(t *testing.T) {
	const jsonType = "application/json"
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for name, tc := range map[string]struct {
		status      int
		media, body string
		access      string
		issued      bool
		isObject    bool
		says        string // of Describe
	}{
		"a token":            {200, jsonType, `{"access_token":"canary-1","token_type":"Bearer"}`, "canary-1", true, true, "200 with an access token"},
		"an error":           {400, jsonType, `{"error":"invalid_grant"}`, "", false, true, "400 invalid_grant"},
		"a token as 400":     {400, jsonType, `{"access_token":"canary-1"}`, "canary-1", true, true, "400 with an access token"},
		"a token twice":      {200, jsonType, `{"access_token":"canary-1","access_token":"canary-2"}`, "canary-2", true, true, "200 with an access token"},
		"an empty token":     {200, jsonType, `{"access_token":""}`, "", false, true, "200 without token and without error"},
		"null":               {200, jsonType, `{"access_token":null,"refresh_token":null,"id_token":null}`, "", false, true, "200 without token"},
		"a number":           {200, jsonType, `{"access_token":123456789}`, "", false, true, "200 without token"},
		"an object":          {200, jsonType, `{"access_token":{"value":"canary-1"}}`, "", false, true, "200 without token"},
		"an array":           {200, jsonType, `{"access_token":["canary-1"]}`, "", false, true, "200 without token"},
		"another case":       {200, jsonType, `{"Access_Token":"canary-1","accessToken":"canary-2"}`, "", false, true, "200 without token"},
		"a token elsewhere":  {200, jsonType, `{"access_token":"canary-1","session":{"bearer":"canary-1"}}`, "canary-1", true, true, "200 with an access token"},
		"tokens in tokens":   {200, jsonType, `{"data":{"access_token":"canary-1","id_token":"canary-2"}}`, "", false, true, "200 without token"},
		"an escaped token":   {200, jsonType, `{"access_token":"canary\u002d1"}`, "canary-1", true, true, "200 with an access token"},
		"invalid UTF-8":      {200, jsonType, "{\"access_token\":\"canary\xff1\"}", "canary\ufffd1", true, true, "200 with an access token"},
		"an array of tokens": {200, jsonType, `[{"access_token":"canary-1"}]`, "", false, false, "200 with a body that is not a JSON object (application/json)"},
		"null itself":        {200, jsonType, `null`, "", false, false, "200 with a body that is not a JSON object"},
		"truncated":          {200, jsonType, `{"access_token":"canary-1","tok`, "", false, false, "200 with a body that is not a JSON object"},
		"a page":             {200, "text/html", `<form><input name=password></form>`, "", false, false, "not a JSON object (text/html)"},
		"a form":             {200, "application/x-www-form-urlencoded", `access_token=canary-1&token_type=bearer`, "", false, false, "not a JSON object"},
		"nothing":            {204, "", ``, "", false, false, "204 with a body that is not a JSON object (no Content-Type)"},
		"nested deeply":      {200, jsonType, `{"access_token":"canary-1","a":` + deep + `}`, "", false, false, "not a JSON object"},
		"huge":               {200, jsonType, `{"access_token":"canary-1","a":"` + strings.Repeat("0", 6<<20) + `"}`, "", false, false, "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := open(t, "http://127.0.0.1:1/fhir")
			e, tokens, err := ask(t, s, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if tc.media != "" {
					w.Header().Set("Content-Type", tc.media)
				}
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(tokens.Access).To(Equal(tc.access))
			g.Expect(e.Issued()).To(Equal(tc.issued))
			g.Expect(e.Members != nil).To(Equal(tc.isObject))
			g.Expect(e.Describe()).To(ContainSubstring(tc.says))

			written, err := json.Marshal(e)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(written)).NotTo(ContainSubstring("canary"), "evidence")
			if tc.media == jsonType {
				exchanges, err := json.Marshal(s.Recorder.Exchanges())
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(string(exchanges)).NotTo(ContainSubstring("canary-code"), "the exchange")
			}
		})
	}
}

// TestTokenResponsesKeepTheirTypes lets checks see what kind of thing a member was.
func TestTokenResponsesKeepTheirTypes(t *testing.T) {
	g := NewWithT(t)
	e, _, err := ask(t, open(t, "http://127.0.0.1:1/fhir"), answers(200, "application/json",
		`{"access_token":{"a":1},"refresh_token":["x"],"id_token":12,"expires_in":"3600","scope":"launch","patient":null}`))
	g.Expect(err).NotTo(HaveOccurred())
	text := func(name string) string { return string(e.Members[name]) }
	g.Expect([]string{text("access_token"), text("refresh_token"), text("id_token"), text("expires_in"), text("scope"), text("patient")}).
		To(Equal([]string{`{}`, `[]`, `0`, `"3600"`, `"launch"`, `null`}))
	g.Expect(e.IDToken).NotTo(BeNil(), "the member is there")
	g.Expect(e.IDToken.Malformed).To(ContainSubstring("a JWS in compact form has 3"))
}

func TestTokenEndpointThatDoesNotAnswer(t *testing.T) {
	g := NewWithT(t)
	_, _, err := ask(t, open(t, "http://127.0.0.1:1/fhir"), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	g.Expect(err).To(MatchError(ContainSubstring("POST http://127.0.0.1:")))
	g.Expect(err).NotTo(MatchError(ContainSubstring("canary")))
}

// TestBasic encodes id and secret before they are joined (RFC 6749 section 2.3.1).
func TestBasic(t *testing.T) {
	for name, tc := range map[string]struct{ id, secret, pair string }{
		"plain":      {"app", "secret", "app:secret"},
		"reserved":   {"my app", "a:b%c+d/e", "my+app:a%3Ab%25c%2Bd%2Fe"},
		"colon":      {"urn:app", "x", "urn%3Aapp:x"},
		"non-ASCII":  {"käse", "ß€", "k%C3%A4se:%C3%9F%E2%82%AC"},
		"unreserved": {"a-b._~", "", "a-b._~:"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			encoded, ok := strings.CutPrefix(Basic(tc.id, tc.secret), "Basic ")
			g.Expect(ok).To(BeTrue())
			pair, err := base64.StdEncoding.DecodeString(encoded)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(pair)).To(Equal(tc.pair))
		})
	}
}

func TestAuthenticate(t *testing.T) {
	s := open(t, "http://127.0.0.1:1/fhir", func(c *target.Config) {
		c.Clients[target.Symmetric] = target.Client{ID: "sym", Secret: target.NewSecret("canary-secret")}
	})
	request := func(kind target.ClientKind) (TokenRequest, error) {
		r := TokenRequest{Form: url.Values{}}
		return r, s.Authenticate(&r, kind, Metadata{})
	}
	t.Run("public", func(t *testing.T) {
		g := NewWithT(t)
		r := TokenRequest{Form: url.Values{}}
		g.Expect(s.Authenticate(&r, target.Public, Metadata{})).To(Succeed())
		g.Expect(r.Form).To(Equal(url.Values{"client_id": {"app"}}))
		g.Expect(r.Authorization).To(BeEmpty())
	})
	t.Run("by header", func(t *testing.T) {
		g := NewWithT(t)
		r := TokenRequest{Form: url.Values{}}
		g.Expect(s.Authenticate(&r, target.Symmetric, Metadata{})).To(Succeed())
		g.Expect(r.Authorization).To(Equal(Basic("sym", "canary-secret")))
		g.Expect(r.Form).To(BeEmpty(), "one way at a time (RFC 6749 section 2.3)")
	})
	t.Run("in the body", func(t *testing.T) {
		g := NewWithT(t)
		client := s.Config.Clients[target.Symmetric]
		client.Auth = target.AuthPost
		s.Config.Clients[target.Symmetric] = client
		r := TokenRequest{Form: url.Values{}}
		g.Expect(s.Authenticate(&r, target.Symmetric, Metadata{})).To(Succeed())
		g.Expect(r.Form).To(Equal(url.Values{"client_id": {"sym"}, "client_secret": {"canary-secret"}}))
		g.Expect(r.Authorization).To(BeEmpty())
	})
	t.Run("not configured", func(t *testing.T) {
		_, err := request(target.Backend)
		reason, lacking := Lacking(err)
		NewWithT(t).Expect(lacking).To(BeTrue())
		NewWithT(t).Expect(reason).To(Equal("the target file has no clients.backend"))
	})
}
