package target

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	wellKnown        = "/.well-known/smart-configuration"
	discoveryTimeout = 30 * time.Second
	maxDiscovery     = 1 << 20 // bytes
)

// Discovered is what a server says about itself, as far as a target file depends on it, and how the
// file is to be written.
type Discovered struct {
	FHIR             string
	Capabilities     []string
	GrantTypes       []string
	AuthMethods      []string // token_endpoint_auth_methods_supported
	ChallengeMethods []string // code_challenge_methods_supported
	ScopesSupported  []string

	TLS      TLS    // how the server was reached
	KeyFile  string // the private keys of the clients, as the target file is to name it
	JWKS     []byte // their public keys
	JWKSFile string // where JWKS was written, for people
}

// ParseBase checks what a person gave as the FHIR base URL. It takes off a trailing slash and the name
// of the discovery document.
func ParseBase(raw string) (string, error) {
	base := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(raw, "/"), wellKnown), "/")
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return "", fmt.Errorf("%s is no FHIR base URL; write it like https://ehr.example/fhir", shown(raw))
	}
	if complaint := webURL(base, "must be the base URL alone"); complaint != "" {
		return "", fmt.Errorf("the FHIR base URL %s", complaint)
	}
	return base, nil
}

// Discover reads the SMART configuration of the server with that base URL. Its errors name the URL and
// what was wrong with the answer.
func Discover(ctx context.Context, fhir string, t TLS) (Discovered, error) {
	d := Discovered{FHIR: fhir, TLS: t}
	address := strings.TrimRight(fhir, "/") + wellKnown
	body, err := fetch(ctx, address, t)
	if err == nil {
		err = d.parse(body)
	}
	if err != nil {
		return Discovered{}, fmt.Errorf("%s %w", address, err)
	}
	return d, nil
}

// fetch returns the body of the document. Its errors continue the sentence that begins with the URL.
func fetch(ctx context.Context, address string, t TLS) ([]byte, error) {
	pool, err := t.Pool()
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	transport := &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		TLSClientConfig:   &tls.Config{RootCAs: pool, InsecureSkipVerify: t.Insecure},
		DisableKeepAlives: true,
	}
	client := &http.Client{Transport: transport, Timeout: discoveryTimeout, CheckRedirect: sameHost}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "smartcheck (init)")
	resp, err := client.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDiscovery+1))
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	start := strings.TrimSpace(string(body[:min(len(body), 512)]))
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("answered %d %s; expected 200 (is this the FHIR base URL?)", resp.StatusCode, http.StatusText(resp.StatusCode))
	case err != nil:
		return nil, fmt.Errorf("broke off: %w", err)
	case len(body) > maxDiscovery:
		return nil, fmt.Errorf("answered more than %d KiB; expected a JSON document", maxDiscovery>>10)
	case strings.HasPrefix(start, "<") || strings.HasSuffix(media, "html"):
		return nil, errors.New("answered HTML; expected JSON (is the URL a sign-in page or a web application?)")
	}
	return body, nil
}

// sameHost follows redirects on the server itself only: whoever answers for it must be asked for by name.
func sameHost(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case next.URL.Scheme != first.Scheme || next.URL.Host != first.Host:
		return fmt.Errorf("redirects to %s; if that is the server, give its base URL", shown(next.URL.Redacted()))
	case len(via) >= 5:
		return errors.New("redirects without end")
	}
	return nil
}

// unreachable says why there was no answer, without the method and URL that net/http puts before it.
func unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var network net.Error
	switch {
	case strings.HasPrefix(err.Error(), "redirects "):
		return err
	case errors.As(err, &authority):
		return fmt.Errorf("shows a certificate of an unknown authority; name the authority with --ca FILE: %w", err)
	case errors.As(err, &name), errors.As(err, &invalid):
		return fmt.Errorf("shows a certificate that is not valid; --insecure reads it all the same: %w", err)
	case errors.As(err, &record):
		return fmt.Errorf("does not speak TLS; is it an http URL? %w", err)
	case errors.As(err, &network) && network.Timeout():
		return fmt.Errorf("did not answer within %s: %w", discoveryTimeout, err)
	}
	return fmt.Errorf("cannot be reached: %w", err)
}

// parse reads the members that a target file depends on. One of the wrong type counts as absent:
// whether it may is for the checks to say.
func (d *Discovered) parse(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("answered a document that is not UTF-8 (RFC 8259 section 8.1)")
	}
	var document any
	if err := json.Unmarshal(body, &document); err != nil {
		return fmt.Errorf("answered something else than JSON: %w", err)
	}
	object, ok := document.(map[string]any)
	if !ok {
		return fmt.Errorf("answered %s; expected a JSON object", describe(document))
	}
	if object["authorization_endpoint"] == nil && object["token_endpoint"] == nil {
		return errors.New("answered an object with neither authorization_endpoint nor token_endpoint, so no SMART configuration")
	}
	words := func(name string) []string {
		var out []string
		values, _ := object[name].([]any)
		for _, v := range values {
			if word, ok := v.(string); ok {
				out = append(out, word)
			}
		}
		return out
	}
	d.Capabilities, d.GrantTypes = words("capabilities"), words("grant_types_supported")
	d.AuthMethods, d.ScopesSupported = words("token_endpoint_auth_methods_supported"), words("scopes_supported")
	d.ChallengeMethods = words("code_challenge_methods_supported")
	return nil
}

func (d Discovered) can(capability string) bool { return slices.Contains(d.Capabilities, capability) }

// silent reports whether the server lists no capabilities, so that the rest of the document must tell.
func (d Discovered) silent() bool { return len(d.Capabilities) == 0 }

// spec guesses the version of SMART App Launch: version 2 brought these members and capabilities.
func (d Discovered) spec() string {
	if len(d.ChallengeMethods) > 0 || len(d.GrantTypes) > 0 || d.can("permission-v1") || d.can("permission-v2") ||
		d.can("client-confidential-asymmetric") || d.can("authorize-post") {
		return "2.2.0"
	}
	return "1.0.0"
}

// clients returns the kinds of client that the server supports.
func (d Discovered) clients() []ClientKind {
	method := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(d.AuthMethods, n) })
	}
	asymmetric := d.can("client-confidential-asymmetric") || d.silent() && method("private_key_jwt")
	has := map[ClientKind]bool{
		Public:     d.can("client-public") || d.silent() && method("none"),
		Symmetric:  d.can("client-confidential-symmetric") || d.silent() && method(AuthBasic, AuthPost),
		Asymmetric: asymmetric && d.launches(),
		Backend:    (asymmetric || method("private_key_jwt")) && slices.Contains(d.GrantTypes, "client_credentials"),
	}
	kinds := slices.DeleteFunc(slices.Clone(ClientKinds), func(k ClientKind) bool { return !has[k] })
	if len(kinds) == 0 {
		return []ClientKind{Public}
	}
	return kinds
}

// NeedsKeys reports whether some client signs assertions.
func (d Discovered) NeedsKeys() bool {
	kinds := d.clients()
	return slices.Contains(kinds, Asymmetric) || slices.Contains(kinds, Backend)
}

// launches reports whether there is any app launch, and not only backend services.
func (d Discovered) launches() bool {
	return d.silent() || d.can("launch-ehr") || d.can("launch-standalone")
}

// users returns the roles that sign in.
func (d Discovered) users() []UserRole {
	switch patient, clinician := d.can("permission-patient"), d.can("permission-user"); {
	case !d.launches():
		return nil
	case patient && clinician:
		return UserRoles
	case clinician:
		return []UserRole{Clinician}
	default:
		return []UserRole{Patient}
	}
}

// scopes returns what launches of the user ask for.
func (d Discovered) scopes(role UserRole) []string {
	var scopes []string
	add := func(when bool, names ...string) {
		if when {
			scopes = append(scopes, names...)
		}
	}
	standalone := d.silent() || d.can("launch-standalone")
	add(standalone, "launch/patient")
	add(standalone && d.can("context-standalone-encounter"), "launch/encounter")
	add(d.can("sso-openid-connect") || slices.Contains(d.ScopesSupported, "openid"), "openid", "fhirUser")
	offline := d.can("permission-offline") || slices.Contains(d.ScopesSupported, "offline_access")
	add(offline, "offline_access")
	add(!offline && d.can("permission-online"), "online_access")
	context := "patient/"
	if role == Clinician {
		context = "user/"
	}
	add(true, context+"Patient"+d.letters(), context+"Observation"+d.letters())
	return scopes
}

// letters returns the permission at the end of a scope for reading, as the server's version has it.
func (d Discovered) letters() string {
	if d.spec() == "1.0.0" || d.can("permission-v1") && !d.can("permission-v2") {
		return ".read"
	}
	return ".rs"
}
