package target

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
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
	Registers        bool // it names a registration_endpoint
	Brands           bool // it names a user_access_brand_bundle

	TLS      TLS    // how the server was reached
	KeyFile  string // the private keys of the clients, as the target file is to name it
	JWKS     []byte // their public keys
	JWKSFile string // where JWKS was written, for people

	ClientIDs    map[ClientKind]string // of clients that are registered already
	InitialToken bool                  // their registration took an initial access token
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
	_, d.Registers = object["registration_endpoint"].(string)
	_, d.Brands = object["user_access_brand_bundle"].(string)
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
