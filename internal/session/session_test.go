package session

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// open opens a session against a base, with one user and one client.
func open(t *testing.T, base string, change ...func(*target.Config)) *Session {
	t.Helper()
	cfg := target.Config{
		FHIR:     base,
		Timeouts: target.Timeouts{Request: 5 * time.Second},
		Users:    map[target.UserRole]target.User{target.Patient: {Username: "amy", Password: target.NewSecret("canary-password")}},
		Clients:  map[target.ClientKind]target.Client{target.Public: {ID: "app", Redirect: "https://app.example.org/callback"}},
	}
	for _, c := range change {
		c(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// serve serves one answer for every request.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func answers(status int, media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestNewRefusesAnAuthorityThatIsNone(t *testing.T) {
	_, err := New(target.Config{FHIR: "https://127.0.0.1/fhir", TLS: target.TLS{CA: []byte("no PEM"), CAFile: "ca.pem"}})
	NewWithT(t).Expect(err).To(MatchError("tls.ca ca.pem holds no PEM certificate"))
}

// TestCertificatesAreVerified trusts the authority that the target names, and no stranger.
func TestCertificatesAreVerified(t *testing.T) {
	server := httptest.NewUnstartedServer(answers(200, "application/json", "{}"))
	server.Config.ErrorLog = silent
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for name, tc := range map[string]struct {
		tls target.TLS
		ok  bool
	}{
		"a stranger":  {target.TLS{}, false},
		"a named CA":  {target.TLS{CA: ca}, true},
		"as asked to": {target.TLS{Insecure: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := open(t, server.URL, func(c *target.Config) { c.TLS = tc.tls })
			response, err := s.Client.Get(server.URL)
			g.Expect(err == nil).To(Equal(tc.ok), "%v", err)
			if err == nil {
				g.Expect(response.Body.Close()).To(Succeed())
			}
		})
	}
}

// TestRedirectsAreNotFollowed keeps every hop in the hands of the probe.
func TestRedirectsAreNotFollowed(t *testing.T) {
	g := NewWithT(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
	response, err := open(t, server.URL).Client.Get(server.URL)
	g.Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close()
	g.Expect(response.StatusCode).To(Equal(http.StatusFound))
}
