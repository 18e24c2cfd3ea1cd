package record_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/record"
)

// TestNoSecretIsKept sends every kind of secret in every place where one may stand and looks for it in
// what was kept.
func TestNoSecretIsKept(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "session=canary-cookie; Path=/")
		w.Header().Set("Location", "https://app.example.org/callback?code=canary-code&state=visible-state")
		io.WriteString(w, `{"access_token":"canary-access","refresh_token" : "canary-ref\"resh","scope":"openid",
			"note":"the code was canary-code, the verifier canary-verifier and the late one canary-late"}`)
	}))
	defer server.Close()
	recorder := record.New()
	scope := recorder.Scope("test.scope", server.Client())

	body := "code=canary-code&code_verifier=canary-verifier&client_secret=canary%2Fsecret&scope=openid"
	req, _ := http.NewRequest(http.MethodPost, server.URL+"/token?password=canary-password", strings.NewReader(body))
	req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("app:canary/secret")))
	req.Header.Set("Cookie", "a=canary-sent; b=canary-other")
	response, err := scope.Do(context.Background(), req)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(response.Body)).To(ContainSubstring("canary-access"), "the probe sees the answer in clear")
	recorder.Seal("token", "canary-late")

	kept, err := json.Marshal(recorder.Exchanges())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(kept)).NotTo(ContainSubstring("canary"))
	g.Expect(string(kept)).To(ContainSubstring("visible-state"))
	g.Expect(string(kept)).To(ContainSubstring("scope=openid"))

	e, ok := recorder.Exchange(response.ID)
	g.Expect(ok).To(BeTrue())
	g.Expect(e.ID).To(Equal("test.scope#1"))
	g.Expect(e.Request.Header.Get("User-Agent")).To(ContainSubstring("test.scope"))
	code := e.Request.Body[len("code="):strings.Index(e.Request.Body, "&")]
	g.Expect(e.Response.Header.Get("Location")).To(ContainSubstring(code), "one secret has one placeholder")
}

func TestSealTellsEqualSecretsApart(t *testing.T) {
	g := NewWithT(t)
	recorder := record.New()
	a, again, other := recorder.Seal("code", "abcdefgh"), recorder.Seal("code", "abcdefgh"), recorder.Seal("code", "not a token")
	g.Expect(a).To(Equal(again))
	g.Expect(a.Fingerprint).NotTo(Equal(other.Fingerprint))
	g.Expect(a.B64Token).To(BeTrue())
	g.Expect(other.B64Token).To(BeFalse())
	g.Expect(other.VSChar).To(BeTrue())
}

func TestLongAnswersAreCutOff(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range record.MaxBody/1024 + 2 {
			w.Write(make([]byte, 1024))
		}
	}))
	defer server.Close()
	req, _ := http.NewRequest(http.MethodGet, server.URL, nil)
	response, err := record.New().Scope("test", server.Client()).Do(context.Background(), req)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(response.Truncated).To(BeTrue())
	g.Expect(response.Body).To(HaveLen(record.MaxBody))
}

func TestAFailedRequestIsRecorded(t *testing.T) {
	g := NewWithT(t)
	recorder := record.New()
	req, _ := http.NewRequest(http.MethodGet, "http://127.0.0.1:1/x?code=canary-code", nil)
	response, err := recorder.Scope("test", http.DefaultClient).Do(context.Background(), req)
	g.Expect(err).To(MatchError(ContainSubstring("connection refused")))
	g.Expect(err.Error()).NotTo(ContainSubstring("canary"))
	e, ok := recorder.Exchange(response.ID)
	g.Expect(ok).To(BeTrue())
	g.Expect(e.Error).To(ContainSubstring("connection refused"))
}

// TestFHIRCodesAreNoSecrets guards the words of code systems, which stand in members called code.
func TestFHIRCodesAreNoSecrets(t *testing.T) {
	g := NewWithT(t)
	r := record.New()
	statement := `{"rest":[{"interaction":[{"code":"search-type"}],"searchParam":[{"name":"code","type":"token"}]}]}`
	g.Expect(r.Redact(statement)).To(Equal(statement))
	g.Expect(r.Redact("search-type")).To(Equal("search-type"))
	g.Expect(r.Redact(`https://app.example/cb?code=s3cret-c0de`)).NotTo(ContainSubstring("s3cret"))
	g.Expect(r.Redact("{\"access_token\" :\n \"s3cret-t0ken\"}")).NotTo(ContainSubstring("s3cret"))
}
