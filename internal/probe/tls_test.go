package probe

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/tlsprobe"
)

// world is a host called example.com with an https port and, perhaps, an http port.
type world struct {
	https, http *httptest.Server
	dialled     atomic.Int32 // connections to port 80
}

// newWorld starts the servers. The certificate of httptest is for example.com.
func newWorld(t *testing.T, plain http.Handler) *world {
	t.Helper()
	secure := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=60")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_request"}`)
	})
	w := &world{https: httptest.NewUnstartedServer(secure)}
	w.https.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.https.StartTLS()
	t.Cleanup(w.https.Close)
	if plain != nil {
		w.http = httptest.NewServer(plain)
		t.Cleanup(w.http.Close)
	}
	return w
}

// dial leads example.com to the servers of the world.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to := ""
	address = strings.ToLower(address)
	switch {
	case address == "example.com:443":
		to = w.https.Listener.Addr().String()
	case address == "example.com:80" && w.http != nil:
		to = w.http.Listener.Addr().String()
	}
	if strings.HasSuffix(address, ":80") {
		w.dialled.Add(1)
	}
	if to == "" {
		return nil, fmt.Errorf("nothing listens at %s", address)
	}
	return new(net.Dialer).DialContext(ctx, network, to)
}

func (w *world) probe(t *testing.T, endpoints ...string) (evidence.Transport, *record.Recorder) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(w.https.Certificate())
	recorder := record.New()
	seen, err := TLS(context.Background(), endpoints, TLSOptions{
		Prober:   tlsprobe.New(tlsprobe.Options{Dial: w.dial, Roots: roots}),
		Recorder: recorder, Trust: "the roots of the test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen, recorder
}

func TestAHostIsProbedOnceForAllItsEndpoints(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t, nil)
	seen, recorder := w.probe(t, "https://example.com/authorize", "https://EXAMPLE.com:443/token", "https://example.com/token?a=b", "https://example.com/authorize")

	g.Expect(seen.Trust).To(Equal("the roots of the test"))
	g.Expect(seen.Hosts).To(HaveLen(1))
	h := seen.Hosts[0]
	g.Expect(h.Address).To(Equal("example.com:443"))
	g.Expect(h.Endpoints).To(Equal([]string{"https://example.com/authorize", "https://EXAMPLE.com:443/token", "https://example.com/token?a=b"}))
	g.Expect(h.Version(evidence.TLS13).Outcome).To(Equal(evidence.OfferAccepted))
	g.Expect(h.NameError + h.ChainError).To(BeEmpty())
	g.Expect(h.Answers).To(HaveLen(3))
	for _, a := range h.Answers {
		g.Expect(a.HSTS).To(Equal([]string{"max-age=60"}))
		e, ok := recorder.Exchange(a.Exchange)
		g.Expect(ok).To(BeTrue())
		g.Expect(e.Request.Method).To(Equal(http.MethodGet))
	}
}

func TestPlaintextIsToldFromItsRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		plain http.HandlerFunc
		want  evidence.PlaintextOutcome
		seen  string
	}{
		"no listener": {nil, evidence.PlaintextSilent, "nothing listens"},
		"a redirect to https": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com/token", http.StatusPermanentRedirect)
		}, evidence.PlaintextRedirected, "status 308 to https://example.com"},
		"a redirect to a login page": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}, evidence.PlaintextAnswered, `status 302 to "/login"`},
		"a page":             {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<p>Sign in") }, evidence.PlaintextAnswered, "status 200 with text/html"},
		"a gateway's error":  {func(w http.ResponseWriter, r *http.Request) { http.Error(w, "use https", http.StatusForbidden) }, evidence.PlaintextRefused, "status 403"},
		"a gateway's 400":    {func(w http.ResponseWriter, r *http.Request) { http.Error(w, "use https", http.StatusBadRequest) }, evidence.PlaintextRefused, "status 400"},
		"a not found":        {http.NotFound, evidence.PlaintextRefused, "status 404"},
		"the endpoint's own": {ownError, evidence.PlaintextAnswered, "the answer that https gives too"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var plain http.Handler
			if c.plain != nil {
				plain = c.plain
			}
			seen, _ := newWorld(t, plain).probe(t, "https://example.com/token")
			answers := seen.Hosts[0].Plaintext
			g.Expect(answers).To(HaveLen(2))
			g.Expect(answers[0].URL).To(Equal("http://example.com:443/token"))
			g.Expect(answers[0].Outcome).To(Equal(evidence.PlaintextRefused), "Go answers 400 to HTTP on its TLS port")
			g.Expect(answers[1].URL).To(Equal("http://example.com:80/token"))
			g.Expect(answers[1].Outcome).To(Equal(c.want), answers[1].Seen)
			g.Expect(answers[1].Seen).To(ContainSubstring(c.seen))
		})
	}
}

// ownError answers as the endpoint does over https.
func ownError(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprint(w, `{"error":"invalid_request"}`)
}

func TestASilentPortIsAskedOnce(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t, nil)
	w.probe(t, "https://example.com/a", "https://example.com/b", "https://example.com/c")
	g.Expect(w.dialled.Load()).To(BeEquivalentTo(1))
}

func TestOnThisMachineOnlyNamedPortsAreTouched(t *testing.T) {
	g := NewWithT(t)
	var asked []string
	prober := tlsprobe.New(tlsprobe.Options{Concurrency: 1, Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		asked = append(asked, address)
		return nil, fmt.Errorf("nothing listens at %s", address)
	}})
	_, err := TLS(context.Background(), []string{"https://localhost/a"}, TLSOptions{Prober: prober, Recorder: record.New()})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(asked).To(HaveEach("localhost:443"))

	local := site{address: tlsprobe.Address{Host: "127.0.0.1", Port: "443"}}
	g.Expect(local.plaintextPorts()).To(Equal([]string{"443"}))
	other := site{address: tlsprobe.Address{Host: "ehr.example", Port: "8443"}}
	g.Expect(other.plaintextPorts()).To(Equal([]string{"8443"}))
}

func TestEndpointsThatAreNoHTTPSURLs(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t, nil)
	seen, _ := w.probe(t, "http://example.com/token", "https://example.com/jwks", "not a url", "/relative", "http://example.com/token")
	g.Expect(seen.Insecure).To(Equal([]string{"http://example.com/token"}))
	g.Expect(seen.Hosts).To(HaveLen(1))

	_, err := TLS(context.Background(), []string{"/relative", "urn:x"}, TLSOptions{
		Prober: tlsprobe.New(tlsprobe.Options{}), Recorder: record.New(),
	})
	g.Expect(err).To(MatchError(ContainSubstring("none of 2 endpoints")))
}

func TestAnUnreachableHostIsNotAVerdict(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t, nil)
	seen, _ := w.probe(t, "https://example.com/token", "https://other.example/jwks")
	g.Expect(seen.Hosts[0].Error).To(BeEmpty())
	g.Expect(seen.Hosts[1].Error).To(ContainSubstring("nothing listens at other.example:443"))
	g.Expect(seen.Hosts[1].Endpoints).To(Equal([]string{"https://other.example/jwks"}))
}

func TestAStoppedProbeIsAnError(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := TLS(ctx, []string{"https://example.com/"}, TLSOptions{
		Prober: tlsprobe.New(tlsprobe.Options{}), Recorder: record.New(),
	})
	g.Expect(err).To(MatchError(context.Canceled))
}
