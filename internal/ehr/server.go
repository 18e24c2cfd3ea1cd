// Package ehr is the reference EHR: an OAuth 2.0 and OpenID Connect authorization server for SMART App
// Launch 2.2, the pages of a portal, and a FHIR server, all over synthetic records.
//
// One process serves the fault-free EHR and, under /faults/<id>/, the same EHR with one defect each.
package ehr

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// Options configure a reference EHR.
type Options struct {
	Addr    string           // host:port; empty means 127.0.0.1:0
	Clients []Client         // the registered apps
	Spec    string           // the version of SMART App Launch that it follows; empty means 2.2.0
	Now     func() time.Time // nil means time.Now
	// AnyAddress allows an address that other machines can reach. The passwords are public and the
	// faults are real, so only a network of one's own will do.
	AnyAddress bool
}

// Server is a running reference EHR.
type Server struct {
	now       func() time.Time
	spec      string // 1.0.0, 2.0.0 or 2.2.0
	clients   map[string]*registeredClient
	order     []*registeredClient // as registered
	origin    string              // https://host:port
	authority *authority
	http      *http.Server

	signingKey   jose.JSONWebKey // signs the first ID tokens of a tenant
	successorKey jose.JSONWebKey // signs those that follow

	stop   context.CancelFunc
	served chan struct{} // closed when the good port is
	closed chan struct{} // closed when every port is

	mu      sync.Mutex
	closing bool
	tenants map[string]*tenant // by fault id; "" is the fault-free one
}

// Start serves a reference EHR until Close is called or ctx ends.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{
		now: o.Now, spec: cmp.Or(o.Spec, "2.2.0"), clients: map[string]*registeredClient{}, tenants: map[string]*tenant{},
		served: make(chan struct{}), closed: make(chan struct{}),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if !slices.Contains(specs, s.spec) {
		return nil, fmt.Errorf("the reference EHR knows no SMART App Launch %q; it follows %s", s.spec, strings.Join(specs, ", "))
	}
	for _, c := range o.Clients {
		if err := s.register(c); err != nil {
			return nil, err
		}
	}
	var err error
	if s.signingKey, err = signingKey(); err != nil {
		return nil, err
	}
	if s.successorKey, err = successorKey(); err != nil {
		return nil, err
	}
	listener, err := s.listen(ctx, o)
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(s.served)
		_ = s.http.ServeTLS(listener, "", "")
	}()
	ctx, s.stop = context.WithCancel(ctx)
	context.AfterFunc(ctx, s.shutdown)
	return s, nil
}

func (s *Server) register(c Client) error {
	client, err := newRegisteredClient(c)
	if err != nil {
		return err
	}
	if _, twice := s.clients[c.ID]; twice {
		return fmt.Errorf("register client %s: the id is taken; give each client its own", c.ID)
	}
	s.clients[c.ID] = client
	s.order = append(s.order, client)
	return nil
}

// listen opens the socket and sets the TLS configuration, the origin and the authority.
func (s *Server) listen(ctx context.Context, o Options) (net.Listener, error) {
	addr := o.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if err := checkAddress(addr, o.AnyAddress); err != nil {
		return nil, err
	}
	var err error
	if s.authority, err = newAuthority(s.now()); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for the reference EHR: %w", addr, err)
	}
	bound := listener.Addr().(*net.TCPAddr)
	certificate, err := s.authority.issue(leaf{names: append(loopbackNames, bound.IP.String())})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.origin = "https://" + reachable(bound)
	s.http = newHTTPServer(strictTransport(s))
	s.http.TLSConfig = strictTLS(certificate)
	return listener, nil
}

// checkAddress refuses an address that other machines can reach, unless that is wanted.
func checkAddress(addr string, anyAddress bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q of the reference EHR: %w; write host:port, such as 127.0.0.1:8443", addr, err)
	}
	if anyAddress || host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("address %q of the reference EHR is not on loopback: its passwords are public and its faults real", addr)
}

// reachable is the host and port under which this machine reaches a listener.
func reachable(a *net.TCPAddr) string {
	if a.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", a.Port)
	}
	return a.String()
}

func newHTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		// Probes break handshakes off on purpose; that is nothing to log.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// Base returns the FHIR base of the tenant with that fault, or of the fault-free EHR for "".
func (s *Server) Base(fault string) string { return s.root(fault) + "/fhir" }

// Sibling returns another FHIR base of that tenant, which its tokens do not open unless they were issued for it.
func (s *Server) Sibling(fault string) string { return s.root(fault) + "/fhir-r5" }

// Portal returns the address of the portal of the tenant with that fault, or of the fault-free EHR for
// "".
func (s *Server) Portal(fault string) string { return s.root(fault) + "/portal" }

func (s *Server) root(fault string) string {
	if fault == "" {
		return s.origin
	}
	return s.origin + "/faults/" + fault
}

// CAPEM returns the certificate of the EHR's own authority, for the trust store of a client.
func (s *Server) CAPEM() []byte { return s.authority.PEM() }

// CAPool returns a pool that trusts the EHR's own authority and nothing else.
func (s *Server) CAPool() *x509.CertPool { return s.authority.pool() }

// Certificate returns a certificate of the EHR's own authority for the loopback names, for a server that
// the EHR shall trust.
func (s *Server) Certificate() (tls.Certificate, error) { return s.authority.issue(leaf{}) }

// Close stops serving and waits until that is so.
func (s *Server) Close() {
	s.stop()
	<-s.closed
}

func (s *Server) shutdown() {
	defer close(s.closed)
	s.mu.Lock()
	s.closing = true
	tenants := s.tenants
	s.mu.Unlock()
	_ = s.http.Close()
	for _, t := range tenants {
		t.close()
	}
	<-s.served
}

var errClosed = errors.New("the reference EHR is closed")

// tenant returns the tenant with that fault and makes it when it is wanted for the first time.
func (s *Server) tenant(id string) (*tenant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.tenants[id]; ok {
		return t, nil
	}
	if s.closing {
		return nil, errClosed
	}
	fault, known := faults.Lookup(id)
	if id != "" && !known {
		return nil, fmt.Errorf("no fault is called %q", id)
	}
	t, err := newTenant(s, fault)
	if err != nil {
		return nil, err
	}
	s.tenants[id] = t
	return t, nil
}

// ServeHTTP finds the tenant of a request and hands it over with the path inside that tenant.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, path, ok := route(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	t, err := s.tenant(fault)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath = path, ""
	t.ServeHTTP(w, inner)
}

const (
	faultPrefix = "/faults/"
	// RFC 8414 section 3.1 puts the well-known name between the host and the path of the issuer.
	metadataPath = "/.well-known/oauth-authorization-server"
)

// route splits a path into the id of a fault and the path inside its tenant. Nothing else lives under
// /faults/, so there the id is never empty.
func route(path string) (fault, inner string, ok bool) {
	if rest, found := strings.CutPrefix(path, metadataPath+faultPrefix); found {
		fault = strings.TrimSuffix(rest, "/")
		return fault, metadataPath, fault != ""
	}
	rest, found := strings.CutPrefix(path, faultPrefix)
	if !found {
		return "", path, true
	}
	fault, inner, _ = strings.Cut(rest, "/")
	return fault, "/" + inner, fault != ""
}
