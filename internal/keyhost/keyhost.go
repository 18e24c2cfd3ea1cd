// Package keyhost publishes the key set of a client where the server under test can fetch it, and keeps
// account of who asks for what.
package keyhost

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Site is the key set at one URL, and addresses beside it that nobody should visit. It is safe for
// concurrent use. Until something is published it answers 404.
type Site struct {
	address *url.URL

	mu       sync.Mutex
	body     []byte
	maxAge   time.Duration
	hold     chan struct{} // closed when the key set is given away again; nil while it is
	arrived  chan struct{} // closed when somebody waits for a key set that is held
	requests []string      // the method of each request for the key set
	decoys   map[string]decoy
	visits   map[string]int // of decoys, by path
}

type decoy struct{ mediaType, body string }

// NewSite returns the site of a key set. Its handler expects the path of address.
func NewSite(address string) (*Site, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the address of the key set: %w", err)
	}
	return &Site{address: u, decoys: map[string]decoy{}, visits: map[string]int{}}, nil
}

// URL returns the address of the key set.
func (s *Site) URL() string { return s.address.String() }

// Publish replaces the key set. maxAge says how long it may be kept. The keys carry no alg, so that they may
// serve for several algorithms.
func (s *Site) Publish(maxAge time.Duration, keys ...jose.JSONWebKey) error {
	var set jose.JSONWebKeySet
	for _, key := range keys {
		public := key.Public()
		public.Algorithm = ""
		set.Keys = append(set.Keys, public)
	}
	body, err := json.Marshal(set)
	if err != nil {
		return fmt.Errorf("cannot write a key set: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.maxAge = body, maxAge
	return nil
}

// Hold makes everybody who asks for the key set wait until release is called. arrived is closed when
// somebody does.
func (s *Site) Hold() (arrived <-chan struct{}, release func()) {
	held, came := make(chan struct{}), make(chan struct{})
	s.mu.Lock()
	s.hold, s.arrived = held, came
	s.mu.Unlock()
	return came, sync.OnceFunc(func() {
		s.mu.Lock()
		s.hold, s.arrived = nil, nil
		s.mu.Unlock()
		close(held)
	})
}

// Decoy serves a document beside the key set and returns its address.
func (s *Site) Decoy(name, mediaType, body string) string {
	u := *s.address
	u.Path = path.Join(path.Dir(u.Path), name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decoys[u.Path] = decoy{mediaType, body}
	return u.String()
}

// Visited reports whether somebody asked for a decoy.
func (s *Site) Visited(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.visits[u.Path] > 0
}

// Requests returns the method of each request for the key set so far.
func (s *Site) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// ServeHTTP answers with the key set, whatever the method: how it was asked for is judged elsewhere.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if d, known := s.decoys[r.URL.Path]; known {
		s.visits[r.URL.Path]++
		s.mu.Unlock()
		w.Header().Set("Content-Type", d.mediaType)
		_, _ = io.WriteString(w, d.body)
		return
	}
	if r.URL.Path != s.address.Path || s.body == nil {
		s.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	s.requests = append(s.requests, r.Method)
	hold := s.hold
	if s.arrived != nil {
		close(s.arrived)
		s.arrived = nil
	}
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	s.mu.Lock()
	body, maxAge := s.body, s.maxAge
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "max-age="+strconv.Itoa(int(maxAge/time.Second)))
	_, _ = w.Write(body)
}

// Server is a TLS listener with a handler.
type Server struct {
	http   *http.Server
	served chan struct{}
}

// Serve serves handler over TLS on a port that is open already.
func Serve(port net.Listener, certificate tls.Certificate, handler http.Handler) *Server {
	s := &Server{served: make(chan struct{}), http: &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 2 * time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}}
	go func() {
		defer close(s.served)
		_ = s.http.ServeTLS(port, "", "")
	}()
	return s
}

// Close stops serving and waits until that is so.
func (s *Server) Close() {
	_ = s.http.Close()
	<-s.served
}
