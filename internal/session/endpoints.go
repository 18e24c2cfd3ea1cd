package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// findMetadata returns what flows need: from the SMART configuration, with what the target file gives in
// its place. A server without a SMART configuration, or with half of one, is completed from the OpenID
// configuration of the issuer that the target file names.
func (s *Session) findMetadata(ctx context.Context) (Metadata, error) {
	var m Metadata
	source := strings.TrimRight(s.Config.FHIR, "/") + "/.well-known/smart-configuration"
	err := s.getJSON(ctx, "session.metadata", source, &m)
	if given := s.Config.Discovery; !given.IsZero() {
		if ctx.Err() != nil {
			return Metadata{}, err
		}
		if m = s.given(m); given.Issuer != "" && m.lacksEndpoints() {
			var published Metadata
			source = strings.TrimRight(given.Issuer, "/") + "/.well-known/openid-configuration"
			err = errors.Join(err, s.getJSON(ctx, "session.metadata", source, &published))
			m = s.given(m.or(published))
		}
		if !m.lacksFlow() {
			return m, nil
		}
	}
	if err != nil {
		return Metadata{}, fmt.Errorf("flows need the SMART configuration: %w; without one, give the endpoints under discovery: of the target file", err)
	}
	if m.lacksFlow() {
		return Metadata{}, fmt.Errorf("flows need authorization_endpoint and token_endpoint; %s lacks one; give it under discovery: of the target file", source)
	}
	return m, nil
}

// given puts what the target file says of the server in the place of what the server says.
func (s *Session) given(m Metadata) Metadata {
	d := s.Config.Discovery
	return Metadata{
		Issuer: d.Issuer, AuthorizationEndpoint: d.AuthorizationEndpoint, TokenEndpoint: d.TokenEndpoint,
		JWKSURI: d.JWKSURI, Introspection: d.Introspection, Revocation: d.Revocation, Capabilities: d.Capabilities,
	}.or(m)
}

// or completes the metadata with what other has and it has not.
func (m Metadata) or(other Metadata) Metadata {
	for _, pair := range []struct {
		mine   *string
		theirs string
	}{
		{&m.Issuer, other.Issuer}, {&m.AuthorizationEndpoint, other.AuthorizationEndpoint},
		{&m.TokenEndpoint, other.TokenEndpoint}, {&m.JWKSURI, other.JWKSURI}, {&m.Introspection, other.Introspection},
		{&m.Revocation, other.Revocation}, {&m.Registration, other.Registration}, {&m.Management, other.Management},
	} {
		if *pair.mine == "" {
			*pair.mine = pair.theirs
		}
	}
	if m.Capabilities == nil {
		m.Capabilities = slices.Clone(other.Capabilities)
	}
	if m.ChallengeMethods == nil {
		m.ChallengeMethods = slices.Clone(other.ChallengeMethods)
	}
	if m.AuthMethods == nil {
		m.AuthMethods = slices.Clone(other.AuthMethods)
	}
	if m.AssertionAlgorithms == nil {
		m.AssertionAlgorithms = slices.Clone(other.AssertionAlgorithms)
	}
	if m.ScopesSupported == nil {
		m.ScopesSupported = slices.Clone(other.ScopesSupported)
	}
	if m.AssertionAlgorithms == nil {
		m.AssertionAlgorithms = slices.Clone(other.AssertionAlgorithms)
	}
	m.IssParameter = m.IssParameter || other.IssParameter
	return m
}

// lacksFlow reports whether no authorization code can be had or redeemed.
func (m Metadata) lacksFlow() bool { return m.AuthorizationEndpoint == "" || m.TokenEndpoint == "" }

// lacksEndpoints reports whether an OpenID configuration may have more to say.
func (m Metadata) lacksEndpoints() bool { return m.lacksFlow() || m.JWKSURI == "" }
