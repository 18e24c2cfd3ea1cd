package session

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/smart-conformance/smartcheck/internal/keyhost"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// keySite is where the session publishes the key set of its hosted client.
type keySite struct {
	opened memo[*keyhost.Site]
	stop   func()
}

// KeySite returns where the key set of the hosted client is published. It is opened when it is first needed,
// and closed with the session.
func (s *Session) KeySite(ctx context.Context) (*keyhost.Site, error) {
	cfg := s.Config.JWKS
	if cfg.IsZero() {
		return nil, Unavailable{"the target file has no jwks, so that smartcheck cannot publish a key set"}
	}
	return s.keySite.opened.get(ctx, "", func(context.Context) (*keyhost.Site, error) {
		site, err := keyhost.NewSite(cfg.URL)
		if err != nil {
			return nil, err
		}
		serve := cfg.Serve
		if serve == nil {
			serve = func(h http.Handler) (func(), error) { return listenForKeys(cfg, h) }
		}
		stop, err := serve(site)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.keySite.stop = stop
		s.mu.Unlock()
		return site, nil
	})
}

// listenForKeys serves the key set at the address of the target file.
func listenForKeys(cfg target.JWKS, h http.Handler) (func(), error) {
	certificate, err := cfg.Certificate()
	if err != nil {
		return nil, err
	}
	port, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot publish the key set of jwks: %w; is another run using %s?", err, cfg.Listen)
	}
	return keyhost.Serve(port, certificate, h).Close, nil
}

func (k *keySite) close() {
	if k.stop != nil {
		k.stop()
	}
}
