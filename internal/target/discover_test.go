package target_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

func TestParseBase(t *testing.T) {
	g := NewWithT(t)
	for raw, want := range map[string]string{
		"https://ehr.example/fhir":                                   "https://ehr.example/fhir",
		"https://ehr.example/fhir/":                                  "https://ehr.example/fhir",
		"https://ehr.example/fhir/.well-known/smart-configuration":   "https://ehr.example/fhir",
		"http://127.0.0.1:8080/r4/.well-known/smart-configuration//": "http://127.0.0.1:8080/r4",
	} {
		g.Expect(target.ParseBase(raw)).To(Equal(want))
	}
	for raw, want := range map[string]string{
		"":                             `"" is no FHIR base URL; write it like https://ehr.example/fhir`,
		"ehr.example/fhir":             `"ehr.example/fhir" is no FHIR base URL; write it like https://ehr.example/fhir`,
		"file:///etc/passwd":           `"file:///etc/passwd" is no FHIR base URL; write it like https://ehr.example/fhir`,
		"https://amy:pw@ehr.example":   "the FHIR base URL carries a user name or password; remove it from the URL",
		"https://ehr.example/fhir?x":   "the FHIR base URL must be the base URL alone; remove the part from ? on",
		"https://ehr.example/metadata": "the FHIR base URL must be the base URL alone; remove /metadata",
	} {
		_, err := target.ParseBase(raw)
		g.Expect(err).To(MatchError(want))
	}
}

// answer serves one discovery document.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestDiscover(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fhir/.well-known/smart-configuration":
			http.Redirect(w, r, "/moved", http.StatusFound)
		case "/moved":
			answer(200, "application/json", `{"token_endpoint": "https://x", "capabilities": ["launch-ehr", 7, null], "grant_types_supported": "code"}`)(w, r)
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	d, err := target.Discover(t.Context(), server.URL+"/fhir", target.TLS{CA: ca})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(d.Capabilities).To(Equal([]string{"launch-ehr"}))
	g.Expect(d.GrantTypes).To(BeEmpty())

	_, err = target.Discover(t.Context(), server.URL+"/fhir", target.TLS{})
	g.Expect(err).To(MatchError(ContainSubstring("shows a certificate of an unknown authority; name the authority with --ca FILE")))
	_, err = target.Discover(t.Context(), server.URL+"/fhir", target.TLS{Insecure: true})
	g.Expect(err).NotTo(HaveOccurred())
	_, err = target.Discover(t.Context(), strings.Replace(server.URL, "127.0.0.1", "localhost", 1)+"/fhir", target.TLS{CA: ca})
	g.Expect(err).To(MatchError(ContainSubstring("shows a certificate that is not valid")))
}

func TestDiscoverSaysWhatWasWrong(t *testing.T) {
	elsewhere := httptest.NewServer(answer(200, "application/json", `{"token_endpoint": "x"}`))
	defer elsewhere.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()

	for name, row := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"not found":   {http.NotFound, "answered 404 Not Found; expected 200 (is this the FHIR base URL?)"},
		"HTML":        {answer(200, "text/html; charset=utf-8", "\n<!doctype html>"), "answered HTML; expected JSON (is the URL a sign-in page or a web application?)"},
		"hidden HTML": {answer(200, "application/json", "<html>"), "answered HTML; expected JSON"},
		"empty":       {answer(200, "application/json", ""), "answered something else than JSON: unexpected end of JSON input"},
		"truncated":   {answer(200, "application/json", `{"capabilities": [`), "answered something else than JSON: unexpected end of JSON input"},
		"array":       {answer(200, "application/json", `[]`), "answered a list; expected a JSON object"},
		"other JSON":  {answer(200, "application/json", `{"resourceType": "OperationOutcome"}`), "so no SMART configuration"},
		"not UTF-8":   {answer(200, "application/json", "{\"a\": \"\xff\"}"), "answered a document that is not UTF-8"},
		"deep":        {answer(200, "application/json", strings.Repeat("[", 500_000)), "answered something else than JSON"},
		"huge":        {answer(200, "application/json", strings.Repeat(" ", 2<<20)), "answered more than 1024 KiB; expected a JSON document"},
		"loop": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
			"redirects without end"},
		"other host": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) },
			`redirects to "` + elsewhere.URL + `"; if that is the server, give its base URL`},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, "broke off: unexpected EOF"},
		"bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			_, _ = packed.Write(bytes.Repeat([]byte(" "), 64<<20))
			_ = packed.Close()
		}, "answered more than 1024 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := httptest.NewServer(row.handler)
			defer server.Close()
			_, err := target.Discover(t.Context(), server.URL, target.TLS{})
			g.Expect(err).To(MatchError(HavePrefix(server.URL + "/.well-known/smart-configuration ")))
			g.Expect(err).To(MatchError(ContainSubstring(row.want)))
		})
	}

	g := NewWithT(t)
	_, err := target.Discover(t.Context(), gone.URL, target.TLS{})
	g.Expect(err).To(MatchError(ContainSubstring("cannot be reached: dial tcp")))
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err = target.Discover(stopped, elsewhere.URL, target.TLS{})
	g.Expect(err).To(MatchError(context.Canceled))
}
