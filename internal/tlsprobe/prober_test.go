package tlsprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func addressOf(t *testing.T, raw string) Address {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	a, err := AddressOf(u)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func outcomes(offers []evidence.TLSOffer) map[string]evidence.OfferOutcome {
	out := map[string]evidence.OfferOutcome{}
	for _, o := range offers {
		out[o.Offered] = o.Outcome
	}
	return out
}

func TestAStrictServerRefusesEverythingOld(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quiet
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}
	server.StartTLS()
	defer server.Close()

	h := New(Options{}).Host(context.Background(), addressOf(t, server.URL))
	g.Expect(h.Error).To(BeEmpty())
	g.Expect(outcomes(h.Versions)).To(Equal(map[string]evidence.OfferOutcome{
		evidence.TLS13: evidence.OfferAccepted, evidence.TLS12: evidence.OfferAccepted, evidence.TLS11: evidence.OfferRefused,
		evidence.TLS10: evidence.OfferRefused, evidence.SSL30: evidence.OfferRefused,
	}))
	g.Expect(h.Version(evidence.TLS11).Seen).To(Equal("alert 70 (protocol version not supported)"))
	g.Expect(h.Version(evidence.TLS12).Suite).To(Equal("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))
	for _, o := range h.Suites {
		g.Expect(o.Outcome).To(Equal(evidence.OfferRefused), "%+v", o)
	}
	g.Expect(h.Suites).To(HaveLen(len(groups)))
}

// answering is a server that answers the first bytes of every connection with the same bytes. Without
// any it closes, and a nil answer keeps silent until the client gives up.
func answering(t *testing.T, answer []byte) Address {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.Read(make([]byte, 1))
				if answer == nil {
					io.Copy(io.Discard, conn)
					return
				}
				conn.Write(answer)
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn) // an unread hello would turn the close into a reset
			}()
		}
	}()
	return addressOf(t, "https://"+listener.Addr().String())
}

// record puts handshake messages into one record.
func record(messages ...[]byte) []byte {
	var body []byte
	for _, m := range messages {
		body = append(body, m...)
	}
	return append([]byte{recordHandshake, 3, 1, byte(len(body) >> 8), byte(len(body))}, body...)
}

func message(kind byte, body ...byte) []byte {
	return append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

func serverHello(version, suite uint16) []byte {
	body := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 32)...)
	return message(messageServerHello, append(body, 0, byte(suite>>8), byte(suite), 0)...)
}

var helloDone = message(messageServerHelloDone)

func TestWhatAServerSendsIsReadWithCare(t *testing.T) {
	tls11 := versionOffers()[2]
	const cbcSHA = 0xc013
	for name, c := range map[string]struct {
		answer  []byte
		outcome evidence.OfferOutcome
		seen    string
	}{
		"a whole flight":       {record(serverHello(tls.VersionTLS11, cbcSHA), helloDone), evidence.OfferAccepted, "TLS 1.1 with TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
		"a flight in pieces":   {append(record(serverHello(tls.VersionTLS11, cbcSHA)[:10]), append(record(serverHello(tls.VersionTLS11, cbcSHA)[10:]), record(helloDone)...)...), evidence.OfferAccepted, "TLS 1.1 with"},
		"an older version":     {record(serverHello(tls.VersionTLS10, cbcSHA), helloDone), evidence.OfferRefused, "it negotiated TLS 1.0"},
		"a newer version":      {record(serverHello(tls.VersionTLS12, cbcSHA), helloDone), evidence.OfferUnknown, "which was not offered"},
		"another suite":        {record(serverHello(tls.VersionTLS11, 0x1301), helloDone), evidence.OfferUnknown, "which was not offered"},
		"an alert":             {[]byte{recordAlert, 3, 1, 0, 2, 2, 70}, evidence.OfferRefused, "alert 70"},
		"a warning first":      {append([]byte{recordAlert, 3, 1, 0, 2, 1, 112}, record(serverHello(tls.VersionTLS11, cbcSHA), helloDone)...), evidence.OfferAccepted, "TLS 1.1 with"},
		"a change of mind":     {append(record(serverHello(tls.VersionTLS11, cbcSHA)), recordAlert, 3, 1, 0, 2, 2, 80), evidence.OfferRefused, "then alert 80"},
		"half a flight":        {record(serverHello(tls.VersionTLS11, cbcSHA)), evidence.OfferClosed, "then the connection was closed"},
		"nothing":              {[]byte{}, evidence.OfferClosed, "the connection was closed"},
		"HTTP":                 {[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), evidence.OfferRefused, `not TLS: "HTTP/1.1 400`},
		"silence":              {nil, evidence.OfferUnknown, "no answer within"},
		"an oversized record":  {[]byte{recordHandshake, 3, 1, 0xff, 0xff}, evidence.OfferUnknown, "malformed"},
		"a broken ServerHello": {record(message(messageServerHello, 3, 2, 1)), evidence.OfferUnknown, "malformed"},
		"Done before Hello":    {record(helloDone), evidence.OfferUnknown, "out of order"},
		"two hellos":           {record(serverHello(tls.VersionTLS11, cbcSHA), serverHello(tls.VersionTLS11, cbcSHA)), evidence.OfferUnknown, "out of order"},
		"application data":     {[]byte{23, 3, 1, 0, 1, 0}, evidence.OfferUnknown, "record type 23"},
		"an endless flight":    {endless(), evidence.OfferUnknown, "no end after"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := New(Options{Timeout: 500 * time.Millisecond}).offer(context.Background(), answering(t, c.answer), tls11)
			g.Expect(r.Outcome).To(Equal(c.outcome), r.Seen)
			g.Expect(r.Seen).To(ContainSubstring(c.seen))
		})
	}
}

// endless is a flight whose ServerHello is followed by more messages than are read.
func endless() []byte {
	flight := record(serverHello(tls.VersionTLS11, 0xc013))
	filler := record(message(99, make([]byte, 16000)...))
	for len(flight) < 2*maxFlight {
		flight = append(flight, filler...)
	}
	return flight
}

func TestAHostThatIsNotThere(t *testing.T) {
	g := NewWithT(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	address := addressOf(t, "https://"+listener.Addr().String())
	listener.Close()

	h := New(Options{}).Host(context.Background(), address)
	g.Expect(h.Error).To(ContainSubstring("cannot connect to " + address.String()))
	g.Expect(h.Versions).To(BeEmpty())
}

func TestAHostThatTheDialerForbids(t *testing.T) {
	g := NewWithT(t)
	forbidden := errors.New("a private address that the target does not live on")
	prober := New(Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, forbidden }})
	h := prober.Host(context.Background(), Address{Host: "10.0.0.1", Port: "443"})
	g.Expect(h.Error).To(ContainSubstring(forbidden.Error()))
}

func TestConnectionsAreBounded(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quiet
	server.StartTLS()
	defer server.Close()
	open := make(chan struct{}, 2)
	exceeded := make(chan struct{}, 100)
	prober := New(Options{Concurrency: 2, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		select {
		case open <- struct{}{}:
		default:
			exceeded <- struct{}{}
		}
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return closeNotifier{conn, open}, err
	}})
	a := addressOf(t, server.URL)
	hosts, err := prober.Hosts(context.Background(), []Address{a, a, a})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(hosts).To(HaveLen(3))
	g.Expect(exceeded).To(BeEmpty())
}

type closeNotifier struct {
	net.Conn
	open chan struct{}
}

func (c closeNotifier) Close() error {
	select {
	case <-c.open:
	default:
	}
	return c.Conn.Close()
}

func TestCancellingEndsTheProbe(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(context.Background())
	address := answering(t, nil)
	prober := New(Options{Timeout: time.Minute, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		defer cancel()
		return new(net.Dialer).DialContext(ctx, network, address)
	}})
	started := time.Now()
	_, err := prober.Hosts(ctx, []Address{address})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(time.Since(started)).To(BeNumerically("<", 30*time.Second))
}

func TestAddressOf(t *testing.T) {
	for raw, want := range map[string]string{
		"https://EHR.example/fhir":   "ehr.example:443",
		"http://ehr.example":         "ehr.example:80",
		"https://[::1]:8443/a":       "[::1]:8443",
		"https://bücher.example":     "xn--bcher-kva.example:443",
		"urn:ietf:wg:oauth:2.0:oob":  "",
		"/relative":                  "",
		"ftp://ehr.example/":         "",
		"https:///no-host":           "",
		"https://under_score.exa..m": "",
	} {
		g := NewWithT(t)
		u, err := url.Parse(raw)
		g.Expect(err).NotTo(HaveOccurred())
		a, err := AddressOf(u)
		if want == "" {
			g.Expect(err).To(HaveOccurred(), raw)
			continue
		}
		g.Expect(err).NotTo(HaveOccurred(), raw)
		g.Expect(a.String()).To(Equal(want))
	}
}

func TestLongNamesOfACertificateAreCut(t *testing.T) {
	g := NewWithT(t)
	g.Expect(short("CN=ehr.example")).To(Equal("CN=ehr.example"))
	g.Expect(len(short(strings.Repeat("ü", 5000)))).To(BeNumerically("<", 210))
}
