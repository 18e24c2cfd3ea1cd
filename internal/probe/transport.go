package probe

import (
	"context"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/tlsprobe"
)

// Transport lists the probes of the transport layer.
func Transport() []Probe {
	return []Probe{of(evidence.TransportKind, func(ctx context.Context, s *session.Session) (evidence.Transport, error) {
		endpoints := everyEndpoint(ctx, s)
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

// everyEndpoint returns the addresses that the server names, and one for each other host whose pages a user sees
// on the way to a code. What the server does not tell is left out.
func everyEndpoint(ctx context.Context, s *session.Session) []string {
	base := s.Config.FHIR
	endpoints := []string{base, evidence.ResolveBase(base, smartPath), evidence.ResolveBase(base, "/metadata")}
	if m, err := s.Metadata(ctx); err == nil {
		endpoints = append(endpoints, m.Endpoints()...)
		if issuer, ok := webAddress(m.Issuer); ok {
			endpoints = append(endpoints, openIDAddress(issuer), oauthAddress(issuer))
		}
	}
	if m, err := s.OpenIDMetadata(ctx); err == nil && m.UserInfo != "" {
		endpoints = append(endpoints, m.UserInfo)
	}
	launch, err := s.AnyLaunch()
	if err != nil {
		return endpoints
	}
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch})
	if err != nil {
		return endpoints
	}
	for _, hop := range grant.Evidence.Authorization.Hops {
		u, ok := webAddress(hop.URL)
		known := func(endpoint string) bool {
			other, ok := webAddress(endpoint)
			return ok && other.Scheme == u.Scheme && other.Host == u.Host
		}
		if ok && u.Scheme == "https" && !slices.ContainsFunc(endpoints, known) {
			endpoints = append(endpoints, "https://"+u.Host+"/")
		}
	}
	return endpoints
}
