package ehr

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

const maxRedirectURIs = 8

// clientMetadata is what a client asks to be registered with, as it is read. What it understands moves
// from asked to registered; the rest is ignored (RFC 7591 section 2).
type clientMetadata struct {
	asked      map[string]any
	registered map[string]any
	failed     *oauthError // the first thing that is wrong
}

func (m *clientMetadata) refuse(code, why string) {
	if m.failed == nil {
		m.failed = tokenError(code, why)
	}
}

// text reads a member that is a string.
func (m *clientMetadata) text(name, otherwise string) string {
	value, there := m.asked[name]
	if !there || value == nil {
		value = otherwise
	}
	s, ok := value.(string)
	switch {
	case !ok:
		m.refuse("invalid_client_metadata", name+" is not a string")
	case s != "":
		m.registered[name] = s
	}
	return s
}

// words reads a member that is an array of strings.
func (m *clientMetadata) words(name string, otherwise ...string) []string {
	value, there := m.asked[name]
	if !there || value == nil {
		if otherwise != nil {
			m.registered[name] = otherwise
		}
		return otherwise
	}
	list, ok := value.([]any)
	words := make([]string, 0, len(list))
	for _, one := range list {
		word, isText := one.(string)
		ok = ok && isText
		words = append(words, word)
	}
	if !ok {
		m.refuse("invalid_client_metadata", name+" is not an array of strings")
	}
	m.registered[name] = words
	return words
}

// readClient reads what a client asks to be registered with. It returns the client, which has no id and no
// secret yet, and the metadata that is registered.
func (t *tenant) readClient(asked map[string]any) (*registeredClient, map[string]any, *oauthError) {
	m := &clientMetadata{asked: asked, registered: map[string]any{}}
	client := &registeredClient{Client: Client{Name: m.text("client_name", "An app that registered itself")}}
	for _, name := range []string{"client_uri", "logo_uri", "tos_uri", "policy_uri", "software_id", "software_version"} {
		m.text(name, "")
	}
	m.words("contacts")
	grants := m.words("grant_types", "authorization_code")
	client.Kind = t.kindOf(m, m.text("token_endpoint_auth_method", "client_secret_basic"), grants)
	t.readResponseTypes(m, client.Kind)
	t.readRedirectURIs(m, client)
	t.readScope(m, client)
	t.readKeySet(m, client)
	t.misread(m, client)
	return client, m.registered, m.failed
}

// kindOf finds out how a client authenticates and what it is for.
func (t *tenant) kindOf(m *clientMetadata, method string, grants []string) Kind {
	for _, grant := range grants {
		if !slices.Contains([]string{"authorization_code", "refresh_token", "client_credentials"}, grant) {
			m.refuse("invalid_client_metadata", "grant_types names one that the server does not have")
		}
	}
	kind, known := map[string]Kind{
		"none": Public, "client_secret_basic": Symmetric, "client_secret_post": Symmetric, "private_key_jwt": Asymmetric,
	}[method]
	backend := slices.Contains(grants, "client_credentials")
	switch {
	case !known:
		m.refuse("invalid_client_metadata", "token_endpoint_auth_method is none that the server has")
	case backend && kind == Symmetric && t.has(faults.BackendBySecret):
	case backend && kind != Asymmetric:
		m.refuse("invalid_client_metadata", "client_credentials needs private_key_jwt")
	case backend && len(grants) > 1:
		m.refuse("invalid_client_metadata", "register a backend service for client_credentials alone")
	case backend:
		kind = Backend
	case !slices.Contains(grants, "authorization_code"):
		m.refuse("invalid_client_metadata", "grant_types holds none by which an app gets its first token")
	}
	return kind
}

// readResponseTypes holds response_types to the grant types (RFC 7591 section 2.1).
func (t *tenant) readResponseTypes(m *clientMetadata, kind Kind) {
	if kind == Backend {
		return
	}
	for _, kind := range m.words("response_types", "code") {
		if kind != "code" && !t.has(faults.RegistrationInconsistent) {
			m.refuse("invalid_client_metadata", "response_types may name code alone")
		}
	}
}

// readRedirectURIs reads where the client wants its answers (RFC 7591 section 5).
func (t *tenant) readRedirectURIs(m *clientMetadata, client *registeredClient) {
	uris := m.words("redirect_uris")
	if client.Kind == Backend {
		return
	}
	if len(uris) == 0 && t.has(faults.RegistrationRedirectOptional) {
		uris = []string{"https://unregistered.invalid/"}
	}
	if len(uris) == 0 || len(uris) > maxRedirectURIs {
		m.refuse("invalid_redirect_uri", "redirect_uris needs an address, and not too many of them")
	}
	for _, uri := range uris {
		if why := t.badRedirect(uri); why != "" {
			m.refuse("invalid_redirect_uri", "a redirect URI "+why)
		}
	}
	client.RedirectURIs = uris
}

// badRedirect says why nobody may register a redirect URI.
func (t *tenant) badRedirect(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil || !u.IsAbs() || len(uri) > 2000:
		return "is no absolute URI"
	case strings.Contains(uri, "#") && !t.has(faults.RegistrationFragmentRedirect):
		return "has a fragment"
	case slices.Contains([]string{"javascript", "data", "vbscript", "file", "blob", "about"}, strings.ToLower(u.Scheme)):
		if t.has(faults.RegistrationScriptRedirect) {
			return ""
		}
		return "has a scheme that leads to no app"
	case u.Scheme == "http" && !loopback(u.Hostname()) && !t.has(faults.RegistrationPlainRedirect):
		return "is http and not on the app's own machine"
	case (u.Scheme == "https" || u.Scheme == "http") && (u.Hostname() == "" || u.User != nil):
		return "names no host, or a user"
	}
	return ""
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// readScope gives the client those of the scopes it asks for that the server grants to such clients, or
// all of them when it asks for none.
func (t *tenant) readScope(m *clientMetadata, client *registeredClient) {
	offered, contexts := appScopes, []string{"patient", "user"}
	if client.Kind == Backend {
		offered, contexts = append(slices.Clone(appScopes), "system/*.rs"), append(contexts, "system")
	}
	client.Scopes = offered
	asked := scope.Split(m.text("scope", ""))
	if len(asked) == 0 {
		return
	}
	client.Scopes = slices.DeleteFunc(asked, func(s string) bool {
		return !t.grantable(&registeredClient{Client: Client{Scopes: offered}}, s, contexts...)
	})
	if len(client.Scopes) == 0 {
		m.refuse("invalid_client_metadata", "scope holds none that the server grants")
	}
	m.registered["scope"] = strings.Join(client.Scopes, " ")
}

// readKeySet reads the keys of a client that signs assertions.
func (t *tenant) readKeySet(m *clientMetadata, client *registeredClient) {
	set, inline := m.asked["jwks"]
	uri := m.text("jwks_uri", "")
	signs := client.Kind == Asymmetric || client.Kind == Backend
	switch {
	case inline && uri != "" && !t.has(faults.RegistrationBothKeySets):
		m.refuse("invalid_client_metadata", "jwks and jwks_uri exclude each other")
	case signs && !inline && uri == "":
		m.refuse("invalid_client_metadata", "private_key_jwt needs jwks or jwks_uri")
	}
	if u, err := url.Parse(uri); uri != "" && (err != nil || u.Scheme != "https" || u.Hostname() == "") {
		m.refuse("invalid_client_metadata", "jwks_uri is no https URL")
	}
	if !inline {
		client.JWKSURI = uri
		return
	}
	raw, err := json.Marshal(set)
	if err == nil {
		client.keys, err = readKeys(raw)
	}
	if err != nil {
		m.refuse("invalid_client_metadata", "jwks holds no usable public key")
		return
	}
	m.registered["jwks"] = set
}
