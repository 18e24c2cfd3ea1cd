package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
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
		DialContext:            Dialer(cfg).DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, InsecureSkipVerify: cfg.TLS.Insecure},
		TLSHandshakeTimeout:    cfg.Timeouts.Request,
		ResponseHeaderTimeout:  cfg.Timeouts.Request,
		MaxResponseHeaderBytes: 256 << 10,
		MaxIdleConnsPerHost:    max(cfg.Concurrency, 2),
		IdleConnTimeout:        time.Minute,
		ForceAttemptHTTP2:      true,
	}
	return &http.Client{
		Transport:     &limited{next: transport, slots: make(chan struct{}, max(cfg.Concurrency, 1))},
		Timeout:       cfg.Timeouts.Request,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// Dialer returns what connects to a target: it refuses private addresses unless the target lives on one
// or the target file allows it.
func Dialer(cfg target.Config) *net.Dialer {
	dialer := &net.Dialer{Timeout: cfg.Timeouts.Request}
	if !cfg.AllowPrivateAddresses && !livesOnPrivateAddress(cfg.FHIR) {
		dialer.Control = refusePrivate
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

// limited sends at most as many requests at once as it has slots.
type limited struct {
	next  http.RoundTripper
	slots chan struct{}
}

// RoundTrip waits for a slot and sends the request.
func (l *limited) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
		return l.next.RoundTrip(req)
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// CloseIdleConnections closes what is kept alive.
func (l *limited) CloseIdleConnections() {
	if t, ok := l.next.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

var errPrivate = errors.New("a public target must not lead to a private address; set allowPrivateAddresses to allow it")

// refusePrivate keeps connections away from addresses that are not public.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("cannot read the address %s: %w", address, err)
	}
	if private(at.Addr().Unmap()) {
		return fmt.Errorf("%s: %w", at.Addr(), errPrivate)
	}
	return nil
}

func private(a netip.Addr) bool {
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast()
}

// livesOnPrivateAddress reports whether the host of base is, or resolves to, an address that is not public.
func livesOnPrivateAddress(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	for _, a := range addresses {
		if private(a.Unmap()) {
			return true
		}
	}
	return err != nil
}
