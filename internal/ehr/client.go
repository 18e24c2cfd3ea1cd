package ehr

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Kind says how a client authenticates.
type Kind string

// The kinds of client that SMART App Launch knows.
const (
	Public     Kind = "public"     // no secret
	Symmetric  Kind = "symmetric"  // client_secret_basic or client_secret_post
	Asymmetric Kind = "asymmetric" // private_key_jwt
	Backend    Kind = "backend"    // private_key_jwt and the client credentials grant only
)

// Client is an app that is registered with the EHR.
type Client struct {
	ID, Name     string
	Kind         Kind
	Secret       string   // of a Symmetric client
	JWKS         []byte   // public keys of an Asymmetric or Backend client, a JSON Web Key Set
	JWKSURI      string   // where such a client publishes them instead; {fault} in it stands for that of the tenant
	RedirectURIs []string // compared character for character
	LaunchURI    string   // where the portal launches the app; empty means that it cannot
	Scopes       []string // what may be granted; a clinical scope also stands for what it covers

	CodeLifetime   time.Duration // of authorization codes; zero means a minute
	AccessLifetime time.Duration // of access tokens, in whole seconds; zero means the usual one
}

// registeredClient is a Client as the EHR uses it.
type registeredClient struct {
	Client
	keys jose.JSONWebKeySet
}

// newRegisteredClient checks a client and reads its keys.
func newRegisteredClient(c Client) (*registeredClient, error) {
	switch {
	case c.ID == "":
		return nil, fmt.Errorf("register client %q: it has no id", c.Name)
	case !slices.Contains([]Kind{Public, Symmetric, Asymmetric, Backend}, c.Kind):
		return nil, fmt.Errorf("register client %s: kind %q is not public, symmetric, asymmetric or backend", c.ID, c.Kind)
	case c.Kind == Symmetric && c.Secret == "":
		return nil, fmt.Errorf("register client %s: a symmetric client needs a secret", c.ID)
	case c.Kind != Backend && len(c.RedirectURIs) == 0:
		return nil, fmt.Errorf("register client %s: it needs a redirect URI", c.ID)
	}
	for _, uri := range append(slices.Clone(c.RedirectURIs), launchURIs(c)...) {
		if u, err := url.Parse(uri); err != nil || u.Scheme == "" || strings.Contains(uri, "#") {
			return nil, fmt.Errorf("register client %s: %q is not an absolute URI without fragment", c.ID, uri)
		}
	}
	r := &registeredClient{Client: c}
	if r.Name == "" {
		r.Name = c.ID
	}
	if c.JWKSURI != "" {
		if u, err := url.Parse(c.JWKSURI); err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("register client %s: its key set is at %q, which is no https URL", c.ID, c.JWKSURI)
		}
	} else if c.Kind == Asymmetric || c.Kind == Backend {
		keys, err := readKeys(c.JWKS)
		if err != nil {
			return nil, fmt.Errorf("register client %s: %w", c.ID, err)
		}
		r.keys = keys
	}
	return r, nil
}

func launchURIs(c Client) []string {
	if c.LaunchURI == "" {
		return nil
	}
	return []string{c.LaunchURI}
}

// confidential reports whether the client can keep a secret.
func (c *registeredClient) confidential() bool { return c.Kind != Public }

// hasKeys reports whether the client can sign assertions.
func (c *registeredClient) hasKeys() bool { return c.JWKSURI != "" || len(c.keys.Keys) > 0 }

// keyURL returns where the client publishes the keys that the tenant goes by, or "".
func (c *registeredClient) keyURL(t *tenant) string {
	return strings.ReplaceAll(c.JWKSURI, "{fault}", t.fault.ID)
}

// redirectOrigins returns the web origins of the client's redirect URIs, for CORS.
func (c *registeredClient) redirectOrigins() []string {
	var origins []string
	for _, uri := range c.RedirectURIs {
		if u, err := url.Parse(uri); err == nil && u.Host != "" {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}
