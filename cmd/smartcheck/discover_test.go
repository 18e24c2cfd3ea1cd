package main

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/reporters"
)

// ran is what a command did.
type ran struct {
	code        int
	out, errors string
}

func runSmartcheck(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	var out, errors bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errors)
	code := execute(t.Context(), root)
	return ran{code, out.String(), errors.String()}
}

// minimal is a SMART configuration that nothing fails on. The server is taken for one of http.
const minimal = `{
  "authorization_endpoint": "https://ehr.example/authorize",
  "token_endpoint": "https://ehr.example/token",
  "grant_types_supported": ["authorization_code"],
  "capabilities": ["launch-standalone", "client-public", "context-standalone-patient", "permission-patient", "permission-v1", "permission-v2"],
  "code_challenge_methods_supported": ["S256"]
}`

// startServer serves the SMART configuration by one handler, and nothing else.
func startServer(t *testing.T, serve http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/fhir/.well-known/smart-configuration", serve)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/fhir"
}

func sends(media string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		_, _ = w.Write(body)
	}
}

// zeros writes n bytes of a JSON string that does not end.
func zeros(w io.Writer, n int) {
	chunk := bytes.Repeat([]byte("0"), 1<<20)
	_, _ = io.WriteString(w, `{"issuer":"`)
	for sent := 0; sent < n; sent += len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func TestDiscoverBadInput(t *testing.T) {
	const jsonType = "application/json"
	for name, tc := range map[string]struct {
		serve http.HandlerFunc
		args  []string
		code  int
		says  string // a part of what is written to standard output
	}{
		"a sign-in page":  {sends("text/html", []byte("<!doctype html><title>Sign in</title>")), nil, 1, "an HTML page instead of JSON"},
		"an XML document": {sends("application/xml", []byte("<CapabilityStatement/>")), nil, 1, "an XML document instead of JSON"},
		"truncated JSON":  {sends(jsonType, []byte(minimal[:300])), nil, 1, "ends in the middle of the document, after byte 300"},
		"an array":        {sends(jsonType, []byte("["+minimal+"]")), nil, 1, "the document is an array"},
		"duplicate names": {sends(jsonType, []byte(minimal[:len(minimal)-2]+`, "token_endpoint": "https://other.example/token"}`)), nil, 0, "stands twice, with different values"},
		"strictly":        {sends(jsonType, []byte(minimal[:len(minimal)-2]+`, "token_endpoint": "https://other.example/token"}`)), []string{"--strict"}, 1, "stands twice, with different values"},
		"invalid UTF-8":   {sends(jsonType, []byte(strings.Replace(minimal, "token\"", "tok\xffen\"", 1))), nil, 1, "not UTF-8 at byte"},
		"deep nesting":    {sends(jsonType, []byte(strings.Repeat(`{"a":`, 200_000))), nil, 1, "nested more than 64 levels deep"},
		"nothing":         {sends(jsonType, nil), nil, 1, "the text is empty"},
		"not found":       {http.NotFound, nil, 1, "404 from"},
		"maintenance":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, nil, 3, "answered 503"},
		"200 MB": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			zeros(w, 200<<20)
		}, nil, 3, "is longer than 5 MiB"},
		"gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			w.Header().Set("Content-Encoding", "gzip")
			bomb := gzip.NewWriter(w)
			zeros(bomb, 200<<20)
			_ = bomb.Close()
		}, nil, 3, "is longer than 5 MiB"},
		"endless redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprintf("/fhir/.well-known/smart-configuration?n=%d", time.Now().UnixNano()), http.StatusFound)
		}, nil, 1, "redirects more than 5 times"},
		"circle": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, nil, 1, "redirects in a circle"},
		"redirect to a file": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		}, nil, 1, "which is no web address"},
		"slow headers": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, []string{"--timeout", "300ms"}, 3, "sent no complete answer in time"},
		"slow body": {func(w http.ResponseWriter, r *http.Request) {
			for _, letter := range minimal {
				_, _ = io.WriteString(w, string(letter))
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		}, []string{"--timeout", "300ms"}, 3, "sent no complete answer in time"},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, minimal)
		}, nil, 3, "broke off after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			started := time.Now()
			got := runSmartcheck(t, "", append([]string{"discover", startServer(t, tc.serve)}, tc.args...)...)
			g.Expect(oneLine(got.out)).To(ContainSubstring(tc.says))
			g.Expect(got.code).To(Equal(tc.code), got.out)
			g.Expect(time.Since(started)).To(BeNumerically("<", 20*time.Second))
		})
	}
}

// oneLine undoes the wrapping of the console.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestDiscoverUnreachable(t *testing.T) {
	g := NewWithT(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	closed := "https://" + listener.Addr().String() + "/fhir"
	g.Expect(listener.Close()).To(Succeed())
	plain := startServer(t, sends("application/json", []byte(minimal)))
	expired, ca := startExpired(t)
	foreign := httptest.NewUnstartedServer(http.NotFoundHandler())
	foreign.Config.ErrorLog = silent
	foreign.StartTLS()
	t.Cleanup(foreign.Close)
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"refused":           {[]string{closed}, "refused the connection; is the server running?"},
		"unknown host":      {[]string{"https://nobody.invalid/fhir"}, "the host nobody.invalid"},
		"no TLS":            {[]string{strings.Replace(plain, "http://", "https://", 1)}, "does not speak TLS there"},
		"expired":           {[]string{expired, "--ca", ca}, "is expired or not yet valid (from 2020-01-01 to 2021-01-01)"},
		"unknown authority": {[]string{foreign.URL + "/fhir"}, "signed by an unknown authority; name the authority's certificate with --ca"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			got := runSmartcheck(t, "", append([]string{"discover"}, tc.args...)...)
			g.Expect(oneLine(got.out)).To(ContainSubstring(tc.says))
			g.Expect(got.code).To(Equal(3))
		})
	}
}

// silent drops what servers log about broken handshakes.
var silent = log.New(io.Discard, "", 0)

// startExpired starts a server whose certificate ended in 2021, and writes the certificate to a file.
func startExpired(t *testing.T) (base, ca string) {
	t.Helper()
	g := NewWithT(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	g.Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "expired"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	g.Expect(err).NotTo(HaveOccurred())
	server := httptest.NewUnstartedServer(sends("application/json", []byte(minimal)))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = silent
	server.StartTLS()
	t.Cleanup(server.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	g.Expect(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)).To(Succeed())
	return server.URL + "/fhir", ca
}

func TestDiscoverWrongUsage(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"nothing":      {nil, "needs a FHIR base URL or a saved document"},
		"no such file": {[]string{"nowhere.json"}, "nowhere.json: no such file or directory (a FHIR base URL begins with https://)"},
		"directory":    {[]string{t.TempDir()}, "is a directory"},
		"format":       {[]string{"--format", "xml", "-"}, "choose table, json, junit or markdown"},
		"spec":         {[]string{"--spec", "3.0", "-"}, "smartcheck knows 1.0.0, 2.0.0 and 2.2.0"},
		"kind":         {[]string{"--kind", "html", "-"}, "choose smart, openid, jwks or metadata"},
		"scheme":       {[]string{"ftp://ehr.example/fhir"}, "is no FHIR base URL"},
		"authority":    {[]string{"--ca", "nowhere.pem", "-"}, "nowhere.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			got := runSmartcheck(t, "{}", append([]string{"discover"}, tc.args...)...)
			g.Expect(got.errors).To(ContainSubstring(tc.says))
			g.Expect(got.code).To(Equal(2))
			g.Expect(got.out).To(BeEmpty())
		})
	}
}

const saved = "../../checks/testdata/discovery/"

func TestDiscoverSavedDocuments(t *testing.T) {
	smart, openID, keys := saved+"complete.smart-configuration.json", saved+"complete.openid-configuration.json", saved+"complete.jwks.json"
	content, err := os.ReadFile(smart)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for name, tc := range map[string]struct {
		stdin   string
		args    []string
		code    int
		targets int
		passes  string // a check that passes
		fails   string // a check that fails
	}{
		"alone":             {"", []string{smart}, 0, 1, "discovery.token-endpoint", ""},
		"standard input":    {string(content), []string{"-"}, 0, 1, "discovery.token-endpoint", ""},
		"together":          {"", []string{openID, smart, keys}, 0, 1, "openid.issuer-identity", ""},
		"pairs":             {"", []string{smart, saved + "minimal.smart-configuration.json", openID}, 0, 2, "openid.issuer-identity", ""},
		"issuers differ":    {"", []string{saved + "other-issuer.smart-configuration.json", saved + "other-issuer.openid-configuration.json"}, 1, 1, "", "openid.issuer-identity"},
		"one of two fails":  {"", []string{smart, saved + "user-pool.smart-configuration.json"}, 1, 2, "discovery.token-endpoint", "capabilities.listed"},
		"kind given":        {string(content), []string{"--kind", "openid", "-"}, 1, 1, "", "openid.required-members"},
		"an older version":  {"", []string{"--spec", "1.0.0", saved + "stu1.smart-configuration.json", saved + "stu1.metadata.json"}, 0, 1, "discovery.metadata-agrees", ""},
		"a capability file": {"", []string{"--spec", "1.0.0", saved + "without-uris.metadata.json"}, 1, 1, "", "discovery.metadata-oauth-uris"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			got := runSmartcheck(t, tc.stdin, append([]string{"discover", "--format", "json"}, tc.args...)...)
			g.Expect(got.code).To(Equal(tc.code), got.out+got.errors)
			var all []reporters.Results
			if tc.targets == 1 {
				one, err := reporters.Read(strings.NewReader(got.out))
				g.Expect(err).NotTo(HaveOccurred())
				all = append(all, one)
			} else {
				g.Expect(json.Unmarshal([]byte(got.out), &all)).To(Succeed())
			}
			g.Expect(all).To(HaveLen(tc.targets))
			statuses := map[string]string{}
			for _, r := range all {
				for _, f := range r.Findings {
					if f.Status == "pass" || f.Status == "fail" {
						statuses[f.Check+" "+string(f.Status)] = f.Message
					}
				}
			}
			if tc.passes != "" {
				g.Expect(statuses).To(HaveKey(tc.passes + " pass"))
			}
			if tc.fails != "" {
				g.Expect(statuses).To(HaveKey(tc.fails + " fail"))
			}
		})
	}
}

func TestDiscoverReferenceEHR(t *testing.T) {
	g := NewWithT(t)
	server, err := ehr.Start(t.Context(), ehr.Options{Clients: ehr.DemoClients(nil)})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	g.Expect(os.WriteFile(ca, server.CAPEM(), 0o600)).To(Succeed())
	report := filepath.Join(t.TempDir(), "junit.xml")

	clean := runSmartcheck(t, "", "discover", "--ca", ca, "--junit", report, server.Base("")+"/")
	g.Expect(clean.code).To(BeZero(), clean.out)
	g.Expect(clean.out).To(ContainSubstring("conformant"))
	g.Expect(report).To(BeAnExistingFile())

	broken := runSmartcheck(t, "", "discover", "--ca", ca, "--format", "markdown", server.Base(""), server.Base(faults.PlainListed.ID))
	g.Expect(broken.code).To(Equal(1))
	g.Expect(broken.out).To(ContainSubstring("discovery.pkce-plain"))

	private := runSmartcheck(t, "", "discover", "--ca", ca, "--format", "json", server.Base(faults.KeySetPrivate.ID))
	g.Expect(private.code).To(Equal(1))
	g.Expect(private.out).To(ContainSubstring("holds the private members d"))
	g.Expect(private.out).NotTo(MatchRegexp(`\\"d\\": *\\"[A-Za-z0-9_-]{16}`), "a published private key must not be repeated")
}
