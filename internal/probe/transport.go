package probe

import (
	"context"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/tlsprobe"
)

// Transport lists the probes of the transport layer.
func Transport() []Probe {
	return []Probe{of(evidence.TransportKind, func(ctx context.Context, s *session.Session) (evidence.Transport, error) {
		endpoints := []string{s.Config.FHIR}
		if m, err := s.Metadata(ctx); err == nil {
			endpoints = append(endpoints, m.Endpoints()...)
		}
		roots, err := session.Roots(s.Config.TLS)
		if err != nil {
			return evidence.Transport{}, err
		}
		trust := "the roots of this machine"
		if roots != nil {
			trust = "the roots of this machine and tls.ca of the target file"
		}
		prober := tlsprobe.New(tlsprobe.Options{
			Dial: session.Dialer(s.Config).DialContext, Roots: roots, Concurrency: s.Config.Concurrency,
			Timeout: s.Config.Timeouts.Request,
		})
		return TLS(ctx, endpoints, TLSOptions{Prober: prober, Recorder: s.Recorder, Trust: trust})
	})}
}
