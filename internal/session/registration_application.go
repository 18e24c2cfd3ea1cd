package session

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Application is a client before it is registered. Probes change its metadata to break it.
type Application struct {
	Kind     target.ClientKind
	Client   target.Client // without id and secret
	Metadata map[string]any
	Token    *string // instead of the initial access token of the target file
}

// The authentication method of public clients, and of those that sign (RFC 7591 section 2).
const (
	AuthNone       = "none"
	AuthAsymmetric = "private_key_jwt"
)

// RegistrableMethods returns the authentication methods by which the server says that clients may be
// registered: those that need least first.
func RegistrableMethods(m Metadata) []string {
	listed := func(method string) bool { return slices.Contains(m.AuthMethods, method) }
	var methods []string
	for _, way := range []struct {
		method, capability string
	}{
		{AuthNone, "client-public"}, {target.AuthBasic, "client-confidential-symmetric"}, {target.AuthPost, ""},
		{AuthAsymmetric, "client-confidential-asymmetric"},
	} {
		if listed(way.method) || way.capability != "" && m.Claims(way.capability) {
			methods = append(methods, way.method)
		}
	}
	if len(methods) == 0 {
		return []string{target.AuthBasic} // RFC 8414 section 2: what counts when nothing is listed
	}
	return methods
}

// Application returns what a well-behaved app registers that authenticates by the method.
func (s *Session) Application(m Metadata, method string) (Application, error) {
	kind := map[string]target.ClientKind{
		AuthNone: target.Public, target.AuthBasic: target.Symmetric, target.AuthPost: target.Symmetric, AuthAsymmetric: target.Asymmetric,
	}[method]
	a := Application{
		Kind: kind, Client: target.Client{Redirect: s.redirectURI()},
		Metadata: map[string]any{
			"client_name": "smartcheck " + method + ", made by a test run", "redirect_uris": []string{s.redirectURI()},
			"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
			"token_endpoint_auth_method": method, "scope": strings.Join(s.registeredScopes(), " "),
		},
	}
	switch kind {
	case target.Symmetric:
		a.Client.Auth = method
	case target.Asymmetric:
		key, public, err := newClientKey(m)
		if err != nil {
			return a, err
		}
		a.Client.Key, a.Metadata["jwks"] = key, public
	}
	return a, nil
}

// redirectURI is that of the first client of the target file.
func (s *Session) redirectURI() string {
	for _, kind := range target.ClientKinds {
		if client, ok := s.Config.Client(kind); ok && client.Redirect != "" {
			return client.Redirect
		}
	}
	return "https://app.example.org/callback"
}

// registeredScopes are those of standalone launches of every user.
func (s *Session) registeredScopes() []string {
	var scopes []string
	for _, role := range target.UserRoles {
		for _, scope := range s.Config.LaunchScopes(role, target.Standalone, "") {
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}

// newClientKey makes a key for client assertions of an algorithm that the server takes, and its public set.
func newClientKey(m Metadata) (target.Secret, json.RawMessage, error) {
	algorithm := string(jose.ES384)
	if slices.Contains(m.AssertionAlgorithms, string(jose.RS384)) && !slices.Contains(m.AssertionAlgorithms, algorithm) {
		algorithm = string(jose.RS384)
	}
	key, err := oauth.NewKey(algorithm)
	if err != nil {
		return target.Secret{}, nil, err
	}
	key.KeyID = "smartcheck-" + oauth.Random(8)
	private, err := json.Marshal(key)
	if err != nil {
		return target.Secret{}, nil, fmt.Errorf("cannot write a client key: %w", err)
	}
	public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
	if err != nil {
		return target.Secret{}, nil, fmt.Errorf("cannot write a key set: %w", err)
	}
	return target.NewSecret(string(private)), public, nil
}
