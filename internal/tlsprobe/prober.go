// Package tlsprobe finds out what a host does on the transport layer: which protocol versions and
// groups of suites it negotiates when nothing else is offered, and what its certificate is worth.
//
// Neither crypto/tls nor its forks can offer SSL 3.0, NULL, anonymous or export suites, so the
// ClientHello is written here and the server's first flight is read up to ServerHelloDone. No handshake
// with a weak offer is ever finished and no key of one is used.
package tlsprobe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// Options say how hosts are reached and what is trusted. The zero value is usable.
type Options struct {
	// Dial opens connections; nil means a plain net.Dialer. It is the place to refuse addresses.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds one connection from dialling to the last byte; zero means five seconds.
	Timeout time.Duration
	// Concurrency bounds how many connections are open at once; zero means four.
	Concurrency int
	// Roots are what certificates are verified against; nil means the system's roots.
	Roots *x509.CertPool
	// Now is the time at which certificates are verified; nil means time.Now.
	Now func() time.Time
}

// Prober makes connections within the bounds of its options.
type Prober struct {
	options Options
	slots   chan struct{}
}

// New returns a prober with the defaults filled in.
func New(o Options) *Prober {
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Concurrency == 0 {
		o.Concurrency = 4
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Prober{options: o, slots: make(chan struct{}, o.Concurrency)}
}

// Address is a host and port as a client sees them.
type Address struct {
	Host string // DNS name in ASCII, or IP address without brackets
	Port string
}

// String returns host:port, with brackets around an IPv6 address.
func (a Address) String() string { return net.JoinHostPort(a.Host, a.Port) }

// Loopback reports whether the host is this machine.
func (a Address) Loopback() bool {
	ip := net.ParseIP(a.Host)
	return a.Host == "localhost" || strings.HasSuffix(a.Host, ".localhost") || ip != nil && ip.IsLoopback()
}

// serverName is what the host calls itself in server_name: RFC 6066 section 3 allows DNS names only.
func (a Address) serverName() string {
	if net.ParseIP(a.Host) != nil {
		return ""
	}
	return strings.TrimSuffix(a.Host, ".")
}

var defaultPorts = map[string]string{"https": "443", "http": "80"}

// AddressOf returns where an http or https URL leads.
func AddressOf(u *url.URL) (Address, error) {
	port := u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}
	if port == "" || u.Hostname() == "" {
		return Address{}, fmt.Errorf("%q has no host to connect to; expected an absolute http or https URL", u)
	}
	host := strings.ToLower(u.Hostname())
	if net.ParseIP(host) == nil {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return Address{}, fmt.Errorf("%q is no DNS name: %w", host, err)
		}
		host = ascii
	}
	return Address{Host: host, Port: port}, nil
}

// errDial marks a connection that did not come about.
var errDial = errors.New("cannot connect")

// connect opens a connection that ends when the timeout is over or ctx is done. The caller must call
// release, which closes it.
func (p *Prober) connect(ctx context.Context, a Address) (conn net.Conn, release func(), err error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("%w to %s: %w", errDial, a, context.Cause(ctx))
	}
	timed, cancel := context.WithTimeout(ctx, p.options.Timeout)
	free := func() { cancel(); <-p.slots }
	conn, err = p.options.Dial(timed, "tcp", a.String())
	if err != nil {
		free()
		return nil, nil, fmt.Errorf("%w to %s: %w", errDial, a, err)
	}
	deadline, _ := timed.Deadline()
	conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // cancellation ends it earlier
	return conn, func() { stop(); conn.Close(); free() }, nil
}
