package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// NewClient returns the HTTP client for a target: it verifies TLS as the target file says, follows no
// redirect, bounds every wait and every header, and does not connect to private addresses unless the
// target lives on one or the target file allows it.
func NewClient(cfg target.Config) (*http.Client, error) {
	roots, err := Roots(cfg.TLS)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialThroughProxy(cfg),
		TLSClientConfig:        &tls.Config{RootCAs: roots, InsecureSkipVerify: cfg.TLS.Insecure},
		MaxResponseHeaderBytes: 256 << 10,
		MaxIdleConnsPerHost:    max(cfg.Concurrency, 2),
		IdleConnTimeout:        time.Minute,
		ForceAttemptHTTP2:      true,
	}
	return &http.Client{
		Transport: &limited{
			next: transport, slots: make(chan struct{}, max(cfg.Concurrency, 1)), timeout: cfg.Timeouts.Request,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// Dialer returns what connects to a target: it refuses private addresses other than those that the
// target lives on, unless the target file allows them.
func Dialer(cfg target.Config) *net.Dialer {
	dialer := &net.Dialer{Timeout: cfg.Timeouts.Request}
	if !cfg.AllowPrivateAddresses {
		dialer.Control = homesOf(cfg.FHIR).control
	}
	return dialer
}

// Roots returns the certificates to trust: those of the system and those of the target file. It
// returns nil, which means those of the system, when the target file names none.
func Roots(t target.TLS) (*x509.CertPool, error) {
	if len(t.CA) == 0 {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(t.CA) {
		return nil, fmt.Errorf("tls.ca %s holds no PEM certificate", t.CAFile)
	}
	return roots, nil
}

// dialThroughProxy returns the dial function of Dialer, which lets a proxy of the environment live where
// it likes.
func dialThroughProxy(cfg target.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	guarded := Dialer(cfg)
	proxy := proxyAddress(cfg.FHIR)
	if proxy == "" || guarded.Control == nil {
		return guarded.DialContext
	}
	free := &net.Dialer{Timeout: cfg.Timeouts.Request}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == proxy {
			return free.DialContext(ctx, network, address)
		}
		return guarded.DialContext(ctx, network, address)
	}
}

// proxyAddress returns the host and port of the proxy for base, or "" when there is none.
func proxyAddress(base string) string {
	req, err := http.NewRequest(http.MethodGet, base, nil)
	if err != nil {
		return ""
	}
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil || proxy == nil {
		return ""
	}
	port := proxy.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[proxy.Scheme]
	}
	return net.JoinHostPort(proxy.Hostname(), port)
}

// limited sends at most as many requests at once as it has slots. The time of a request begins when it
// has its slot: a server is not blamed for what we made wait.
type limited struct {
	next    http.RoundTripper
	slots   chan struct{}
	timeout time.Duration // until the end of the body
}

// RoundTrip waits for a slot and sends the request. The slot is free again when the body is closed.
func (l *limited) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := acquire(req.Context(), l.slots, forRequest); err != nil {
		return nil, err
	}
	late := lateError{l.timeout}
	ctx, cancel := context.WithTimeoutCause(req.Context(), l.timeout, late)
	end := sync.OnceFunc(func() { cancel(); <-l.slots })
	response, err := l.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		if context.Cause(ctx) == error(late) {
			err = late
		}
		end()
		return nil, err
	}
	response.Body = &boundBody{ReadCloser: response.Body, ctx: ctx, end: end}
	return response, nil
}

// lateError says how long was waited for an answer. It is a context.DeadlineExceeded.
type lateError struct{ waited time.Duration }

func (e lateError) Error() string        { return fmt.Sprintf("no complete answer within %s", e.waited) }
func (e lateError) Is(target error) bool { return target == context.DeadlineExceeded }
func (e lateError) Timeout() bool        { return true }
func (e lateError) Temporary() bool      { return true }

// boundBody is a body whose end frees the slot of its request.
type boundBody struct {
	io.ReadCloser
	ctx context.Context
	end func()
}

// Read says how long was waited when that is why the body breaks off.
func (b *boundBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF && b.ctx.Err() != nil {
		err = context.Cause(b.ctx)
	}
	return n, err
}

func (b *boundBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// CloseIdleConnections closes what is kept alive.
func (l *limited) CloseIdleConnections() {
	if t, ok := l.next.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

var errPrivate = errors.New("a server must not lead to a private address that it does not live on itself; set allowPrivateAddresses to allow it")

// homes are the private addresses that a target lives on.
type homes []netip.Addr

// homesOf looks up the private addresses of the host of base. A public target has none, and neither has
// one whose host cannot be looked up.
func homesOf(base string) homes {
	u, err := url.Parse(base)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return nil
	}
	var h homes
	for _, a := range found {
		if private(a.Unmap()) {
			h = append(h, a.Unmap())
		}
	}
	return h
}

// admit says why there must be no connection to an address. All loopback addresses are one home.
func (h homes) admit(a netip.Addr) error {
	a = a.Unmap()
	if !private(a) || slices.ContainsFunc(h, func(home netip.Addr) bool { return home == a || home.IsLoopback() && a.IsLoopback() }) {
		return nil
	}
	return fmt.Errorf("%s: %w", a, errPrivate)
}

// control keeps connections away from addresses that are not admitted.
func (h homes) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("cannot read the address %s: %w", address, err)
	}
	return h.admit(at.Addr())
}

// Ranges besides the well-known ones: "this network" and the address space that providers and clouds share
// (RFC 6890), and IPv4 addresses as a NAT64 writes them (RFC 6052).
var (
	unroutable = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10")}
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
)

func private(a netip.Addr) bool {
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() ||
		slices.ContainsFunc(unroutable, func(p netip.Prefix) bool { return p.Contains(a) })
}

// mayVisit says why a browser must not be sent to an address that a server names: it is no web address,
// or it leads to a private address that the target does not live on.
func (s *Session) mayVisit(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("it is no absolute http or https URL")
	}
	if s.Config.AllowPrivateAddresses {
		return nil
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return nil // a proxy may know the host; the browser will tell
	}
	home := homesOf(s.Config.FHIR)
	for _, a := range found {
		if err := home.admit(a); err != nil {
			return err
		}
	}
	return nil
}
