// Package session holds what a run needs of the outside: the discovered endpoints, the HTTP client, the
// browser, the people who sign in, and the grants that probes share.
package session

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/signedin"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Session is one run against one target. It is safe for concurrent use.
type Session struct {
	Config   target.Config
	Recorder *record.Recorder
	Client   *http.Client

	// Trips counts the journeys of the browser through pages that the driver had to answer.
	Trips atomic.Int64

	// Only, when set, leaves out every launch but these where all launches are gathered.
	Only []evidence.Launch

	// Headed shows the browser. Hand, besides, lets a person sign in: once for each user, and again where a
	// page asks for credentials. Both are set before the first journey.
	Headed, Hand bool
	Asked        func(user string) // told of the user whom somebody must sign in as; may be nil

	// Pictured takes a picture of every page, and not only where a journey ends astray.
	Pictured bool

	metadata  memo[Metadata]
	openID    memo[OpenIDMetadata]
	keys      memo[keySet]
	providers memo[Metadata] // by issuer
	grants    memo[Grant]
	chromium  memo[*browser.Browser]
	people    people
	door      door
	own       ownHosts
	signIns   memo[Answer]
	states    memo[signedin.State]
	saving    sync.Mutex // of the file of the saved session
	keySite   keySite

	mu      sync.Mutex
	started *browser.Browser

	enrolled registrar
}

// New opens a session. Nothing is contacted before a probe asks for it.
func New(cfg target.Config) (*Session, error) {
	cfg = cfg.WithDefaults()
	client, err := NewClient(cfg)
	if err != nil {
		return nil, err
	}
	s := &Session{Config: cfg, Recorder: record.New(), Client: client}
	s.people.slots = make(chan struct{}, cfg.Concurrency)
	for _, user := range cfg.Users {
		s.Recorder.Seal("password", user.Password.Reveal())
	}
	s.Recorder.Seal("access_token", cfg.Introspection.Token.Reveal())
	for _, client := range cfg.Clients {
		s.Recorder.Seal("client_secret", client.Secret.Reveal())
	}
	s.Recorder.Seal("token", cfg.Registration.Token.Reveal())
	return s, nil
}

// Borrow makes the session use a browser that somebody else started and closes.
func (s *Session) Borrow(b *browser.Browser) {
	_, _ = s.chromium.get(context.Background(), "", func(context.Context) (*browser.Browser, error) { return b, nil })
}

// Close ends the browser, if the session started one, and closes connections. In a borrowed browser it
// closes the contexts of the session. Clients that the session registered are removed.
func (s *Session) Close() error { return s.CloseBefore(context.Background()) }

// CloseBefore closes the session as Close does, and waits for the server no longer than ctx allows.
func (s *Session) CloseBefore(ctx context.Context) error {
	s.removeRegistered(ctx)
	s.Client.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keySite.close()
	if s.started == nil {
		s.people.disperse()
		return nil
	}
	return s.started.Close()
}

// Scope returns a scope of the recorder that sends through the session's client.
func (s *Session) Scope(name string) *record.Scope { return s.Recorder.Scope(name, s.Client) }

// browser starts the browser when it is first needed.
func (s *Session) browser(ctx context.Context) (*browser.Browser, error) {
	return s.chromium.get(ctx, "", func(ctx context.Context) (*browser.Browser, error) {
		b, err := browser.Start(context.WithoutCancel(ctx), browser.Options{
			Roots: s.Config.TLS.CA, Insecure: s.Config.TLS.Insecure, Headed: s.Headed || s.Hand,
		})
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.started = b
		s.mu.Unlock()
		return b, nil
	})
}

// Unavailable says that the target file, or the server, lacks what a probe needs. What depends on it
// is skipped with the reason.
type Unavailable struct{ Reason string }

func (u Unavailable) Error() string { return u.Reason }

// Lacking returns the reason when err says that something is unavailable.
func Lacking(err error) (reason string, ok bool) {
	var u Unavailable
	if errors.As(err, &u) {
		return u.Reason, true
	}
	return "", false
}
