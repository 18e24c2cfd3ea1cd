package session

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"

	"github.com/smart-conformance/smartcheck/internal/record"
)

// Metadata is what the flows need of the SMART configuration.
type Metadata struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	JWKSURI               string
	Capabilities          []string
	ChallengeMethods      []string
	IssParameter          bool
	Introspection         string
	Revocation            string
	Registration          string
	Management            string
	ScopesSupported       []string
	AuthMethods           []string
	AssertionAlgorithms   []string
	Associated            []AssociatedEndpoint
}

// AssociatedEndpoint is another FHIR base of the server, with capabilities of its own.
type AssociatedEndpoint struct {
	URL          string   `json:"url"`
	Capabilities []string `json:"capabilities"`
}

// UnmarshalJSON reads what flows need, member by member: one of a wrong type counts as absent, which
// discovery judges, and keeps no flow from being tried. What is no object is an error.
func (m *Metadata) UnmarshalJSON(raw []byte) error {
	return readMembers(raw, map[string]any{
		"issuer": &m.Issuer, "authorization_endpoint": &m.AuthorizationEndpoint, "token_endpoint": &m.TokenEndpoint,
		"jwks_uri": &m.JWKSURI, "capabilities": &m.Capabilities, "introspection_endpoint": &m.Introspection,
		"revocation_endpoint": &m.Revocation, "registration_endpoint": &m.Registration, "management_endpoint": &m.Management,
		"scopes_supported":                                 &m.ScopesSupported,
		"code_challenge_methods_supported":                 &m.ChallengeMethods,
		"token_endpoint_auth_signing_alg_values_supported": &m.AssertionAlgorithms,
		"authorization_response_iss_parameter_supported":   &m.IssParameter,
		"associated_endpoints":                             &m.Associated,
		"token_endpoint_auth_methods_supported":            &m.AuthMethods,
	})
}

// readMembers reads members of an object; one of a wrong type is left as it was.
func readMembers(raw []byte, into map[string]any) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	for name, member := range into {
		_ = json.Unmarshal(members[name], member) // absent
	}
	return nil
}

// Endpoints returns every address that the configuration names.
func (m Metadata) Endpoints() []string {
	all := []string{
		m.Issuer, m.AuthorizationEndpoint, m.TokenEndpoint, m.JWKSURI, m.Introspection, m.Revocation,
		m.Registration, m.Management,
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// Claims reports whether the server lists a capability.
func (m Metadata) Claims(capability string) bool { return slices.Contains(m.Capabilities, capability) }

// Metadata returns what flows need of the server's endpoints, fetched once.
func (s *Session) Metadata(ctx context.Context) (Metadata, error) {
	return s.metadata.get(ctx, "", func(ctx context.Context) (Metadata, error) {
		m, err := s.findMetadata(ctx)
		if err != nil {
			return Metadata{}, err
		}
		if err := s.mayVisit(ctx, m.AuthorizationEndpoint); err != nil {
			return Metadata{}, fmt.Errorf("authorization_endpoint %.200q is not opened in the browser: %w", m.AuthorizationEndpoint, err)
		}
		return m, nil
	})
}

func (s *Session) getJSON(ctx context.Context, scope, address string, into any) error {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("cannot request %s: %w", address, err)
	}
	req.Header.Set("Accept", "application/json")
	response, err := s.Scope(scope).Do(ctx, req)
	switch {
	case err != nil:
		return err
	case response.Status != http.StatusOK:
		return fmt.Errorf("%s answered %d; expected 200", address, response.Status)
	case response.Truncated:
		return fmt.Errorf("%s is longer than %d MiB; expected a JSON object", address, record.MaxBody>>20)
	}
	if err := json.Unmarshal(response.Body, into); err != nil {
		return fmt.Errorf("%s answered 200 %s; expected a JSON object%s", address, mediaType(response.Header), suspicion(response.Header))
	}
	return nil
}

func mediaType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return "without a media type"
	}
	return media
}

// suspicion asks what people ask first when an address answers with a page.
func suspicion(h http.Header) string {
	if mediaType(h) == "text/html" {
		return " (is the URL a sign-in page?)"
	}
	return ""
}
