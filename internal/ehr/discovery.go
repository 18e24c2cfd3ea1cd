package ehr

import (
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// document builds one discovery document: what a tenant says about itself. Defects of what it says
// stand in discovery_faults.go, those of how it is served in discovery_misserve.go.
type document func() map[string]any

// documents returns every discovery document under its path.
func (t *tenant) documents() map[string]document {
	out := map[string]document{
		"/.well-known/openid-configuration": t.openIDConfiguration,
		metadataPath:                        t.serverMetadata,
		"/auth/jwks":                        t.keySet,
	}
	for _, b := range fhirBases {
		out[b.path+"/.well-known/smart-configuration"] = t.smartConfiguration
	}
	return out
}

// capability is one that the EHR has, and the first version of SMART App Launch that knows it.
type capability struct{ name, since string }

// capabilities are those of the whole EHR
// (https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#capabilities).
var capabilities = []capability{
	{"launch-ehr", stu1}, {"launch-standalone", stu1}, {"authorize-post", stu2},
	{"client-public", stu1}, {"client-confidential-symmetric", stu1}, {"client-confidential-asymmetric", stu2},
	{"sso-openid-connect", stu1}, {"context-banner", stu1}, {"context-style", stu1}, {"context-ehr-patient", stu1},
	{"context-ehr-encounter", stu1}, {"context-standalone-patient", stu1}, {"context-standalone-encounter", stu1},
	{"permission-offline", stu1}, {"permission-online", stu2}, {"permission-patient", stu1}, {"permission-user", stu1},
	{"permission-v1", stu2}, {"permission-v2", stu2},
}

// capabilities lists what the tenant can do, in the names of its version.
func (t *tenant) capabilities() []string {
	var names []string
	for _, c := range capabilities {
		if t.since(c.since) {
			names = append(names, c.name)
		}
	}
	return names
}

// scopesSupported lists scopes in the syntax of the tenant's version.
func (t *tenant) scopesSupported() []string {
	if !t.since(stu2) {
		return append(slices.Clone(plainScopes), "patient/*.read", "patient/*.write", "user/*.read", "user/*.write")
	}
	return append(slices.Clone(plainScopes), imagingStudyScope,
		"patient/*.cruds", "patient/*.read", "patient/*.write", "user/*.cruds", "user/*.read", "user/*.write", "system/*.rs")
}

var plainScopes = []string{
	"openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access",
}

// serverMetadata is what all documents share (RFC 8414 section 2, RFC 9207 section 3).
func (t *tenant) serverMetadata() map[string]any {
	methods := []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	algorithms := []string{string(jose.RS384), string(jose.ES384)}
	return map[string]any{
		"issuer":                                t.issuer(),
		"jwks_uri":                              t.oauth + "/auth/jwks",
		"authorization_endpoint":                t.authorizeURL(),
		"token_endpoint":                        t.tokenURL(),
		"introspection_endpoint":                t.oauth + "/auth/introspect",
		"revocation_endpoint":                   t.oauth + "/auth/revoke",
		"registration_endpoint":                 t.registerURL(),
		"token_endpoint_auth_methods_supported": methods,
		"token_endpoint_auth_signing_alg_values_supported":         algorithms,
		"introspection_endpoint_auth_methods_supported":            methods,
		"introspection_endpoint_auth_signing_alg_values_supported": algorithms,
		"revocation_endpoint_auth_methods_supported":               methods,
		"revocation_endpoint_auth_signing_alg_values_supported":    algorithms,
		"grant_types_supported":                                    []string{"authorization_code", "refresh_token", "client_credentials"},
		"response_types_supported":                                 []string{"code"},
		"response_modes_supported":                                 []string{"query"},
		"scopes_supported":                                         t.scopesSupported(),
		"code_challenge_methods_supported":                         []string{"S256"},
		"authorization_response_iss_parameter_supported":           true,
	}
}

// smartConfiguration is the document at the FHIR base
// (https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#response).
func (t *tenant) smartConfiguration() map[string]any {
	d := t.serverMetadata()
	d["capabilities"] = t.capabilities()
	d["management_endpoint"] = t.root + "/portal/apps"
	if t.since(stu22) {
		d["associated_endpoints"] = []any{map[string]any{"url": t.root + appStatePath, "capabilities": []string{"smart-app-state"}}}
	}
	if !t.since(stu2) {
		d = only(d, membersOfSTU1...)
	}
	t.linkBrands(d)
	return t.misstate(misstatementsOfSMART, d)
}

// membersOfSTU1 are the members that SMART App Launch 1.0.0 defines
// (https://hl7.org/fhir/smart-app-launch/1.0.0/conformance/index.html#metadata).
var membersOfSTU1 = []string{
	"authorization_endpoint", "token_endpoint", "token_endpoint_auth_methods_supported", "scopes_supported",
	"response_types_supported", "management_endpoint", "introspection_endpoint", "revocation_endpoint",
	"registration_endpoint", "capabilities",
}

// only returns the named members.
func only(d map[string]any, names ...string) map[string]any {
	kept := make(map[string]any, len(names))
	for _, name := range names {
		if value, there := d[name]; there {
			kept[name] = value
		}
	}
	return kept
}

// openIDConfiguration is the document at the issuer (OpenID Connect Discovery section 3).
func (t *tenant) openIDConfiguration() map[string]any {
	d := t.serverMetadata()
	d["userinfo_endpoint"] = t.oauth + "/auth/userinfo"
	d["end_session_endpoint"] = t.oauth + "/auth/logout"
	d["subject_types_supported"] = []string{"public"}
	d["id_token_signing_alg_values_supported"] = []string{string(jose.RS256)}
	d["claims_supported"] = []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "c_hash", "fhirUser", "profile"}
	d["prompt_values_supported"] = []string{"none", "login", "select_account"}
	d["request_parameter_supported"] = false
	d["request_uri_parameter_supported"] = false
	d["claims_parameter_supported"] = false
	return t.misstate(misstatementsOfOpenID, d)
}
