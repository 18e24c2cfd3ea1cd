package ehr

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// strictTransportSecurity is what every good response carries (RFC 6797 section 6.1).
const strictTransportSecurity = "max-age=31536000"

// strictTransport adds Strict-Transport-Security to every response of h. The good listener and the weak
// ones wrap their handler in it; no handler sets the header itself.
func strictTransport(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", strictTransportSecurity)
		h.ServeHTTP(w, r)
	})
}

// weakness is how the port of one fault differs from a good one. The zero value is a good port that
// speaks HTTP/1.1.
type weakness struct {
	plain    bool // http instead of https
	both     bool // http beside https
	tls      func(*authority) (*tls.Config, error)
	forged   *forgery // what the port negotiates that crypto/tls cannot
	hsts     string   // instead of strictTransportSecurity
	withheld bool     // no Strict-Transport-Security at all
}

// weakListener is the port of one tenant with a defect of transport security.
type weakListener struct {
	BaseURL string // https://127.0.0.1:port, or http:// when that is the defect
	server  *http.Server
	served  chan struct{}
}

// listenWeak opens a loopback port that has the transport defect f and otherwise serves h as the good
// listener does. An id that is no transport defect is an error.
func listenWeak(f faults.Fault, ca *authority, h http.Handler) (*weakListener, error) {
	weak, ok := weaknesses[f.ID]
	if !ok {
		return nil, fmt.Errorf("fault %s is no defect of transport security: no listener has it", f.ID)
	}
	config, err := weak.config(ca)
	if err != nil {
		return nil, fmt.Errorf("configure TLS with fault %s: %w", f.ID, err)
	}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for fault %s: %w", f.ID, err)
	}
	w := &weakListener{
		BaseURL: "https://" + port.Addr().String(),
		served:  make(chan struct{}),
		server: &http.Server{
			Handler: weak.handler(h), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
			ErrorLog: log.New(io.Discard, "", 0), // refused handshakes are what the port is for
		},
	}
	if weak.plain {
		w.BaseURL = "http://" + port.Addr().String()
	}
	go func() {
		defer close(w.served)
		w.server.Serve(weak.listener(port, config))
	}()
	return w, nil
}

// Close ends the port and every connection of it.
func (w *weakListener) Close() error {
	err := w.server.Close()
	<-w.served
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close %s: %w", w.BaseURL, err)
	}
	return nil
}

func (weak weakness) config(ca *authority) (*tls.Config, error) {
	if weak.tls != nil {
		return weak.tls(ca)
	}
	return certified(leaf{})(ca)
}

// listener puts the protocols of the weakness on top of the port.
func (weak weakness) listener(port net.Listener, config *tls.Config) net.Listener {
	switch {
	case weak.plain:
		return port
	case weak.both:
		return newDualListener(port, config)
	case weak.forged != nil:
		return tls.NewListener(forgingListener{port, *weak.forged, config}, config)
	default:
		return tls.NewListener(port, config)
	}
}

func (weak weakness) handler(h http.Handler) http.Handler {
	switch {
	case weak.withheld:
		return rewriteStrictTransport(h, "")
	case weak.hsts != "":
		return rewriteStrictTransport(h, weak.hsts)
	default:
		return strictTransport(h)
	}
}

// rewriteStrictTransport replaces Strict-Transport-Security in every response, or removes it.
func rewriteStrictTransport(h http.Handler, value string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&headerRewriter{ResponseWriter: w, value: value}, r)
	})
}

type headerRewriter struct {
	http.ResponseWriter
	value string
	done  bool
}

func (w *headerRewriter) WriteHeader(status int) {
	if !w.done {
		w.done = true
		w.Header().Del("Strict-Transport-Security")
		if w.value != "" {
			w.Header().Set("Strict-Transport-Security", w.value)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *headerRewriter) Write(body []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the server's writer.
func (w *headerRewriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// dualListener accepts TLS and plain HTTP on one port, told apart by the first byte.
type dualListener struct {
	net.Listener
	config *tls.Config
	ready  chan net.Conn
	ctx    context.Context
	cancel context.CancelFunc
}

func newDualListener(port net.Listener, config *tls.Config) *dualListener {
	ctx, cancel := context.WithCancel(context.Background())
	d := &dualListener{Listener: port, config: config, ready: make(chan net.Conn), ctx: ctx, cancel: cancel}
	go d.accept()
	return d
}

// accept ends when the port is closed; the connections that wait then are closed by sort.
func (d *dualListener) accept() {
	defer d.cancel()
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return
		}
		go d.sort(conn)
	}
}

func (d *dualListener) sort(conn net.Conn) {
	stop := context.AfterFunc(d.ctx, func() { conn.Close() })
	defer stop()
	peeked := newPeekedConn(conn)
	conn.SetReadDeadline(time.Now().Add(helloTimeout))
	first, err := peeked.reader.Peek(1)
	conn.SetReadDeadline(time.Time{})
	if err != nil {
		conn.Close()
		return
	}
	var ready net.Conn = peeked
	if first[0] == recordHandshake {
		ready = tls.Server(peeked, d.config)
	}
	select {
	case d.ready <- ready:
	case <-d.ctx.Done():
		conn.Close()
	}
}

// Accept returns the next connection whose protocol is known.
func (d *dualListener) Accept() (net.Conn, error) {
	select {
	case conn := <-d.ready:
		return conn, nil
	case <-d.ctx.Done():
		return nil, net.ErrClosed
	}
}
