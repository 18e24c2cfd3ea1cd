package ehr

import (
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

// capabilities are those of the whole EHR
// (https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#capabilities).
var capabilities = []string{
	"launch-ehr", "launch-standalone", "authorize-post",
	"client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
	"sso-openid-connect", "context-banner", "context-style", "context-ehr-patient", "context-ehr-encounter",
	"context-standalone-patient", "context-standalone-encounter",
	"permission-offline", "permission-online", "permission-patient", "permission-user", "permission-v1", "permission-v2",
}

var scopesSupported = []string{
	"openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access",
	"patient/*.cruds", "patient/*.read", "patient/*.write", "user/*.cruds", "user/*.read", "user/*.write", "system/*.rs",
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
		"token_endpoint_auth_methods_supported": methods,
		"token_endpoint_auth_signing_alg_values_supported":         algorithms,
		"introspection_endpoint_auth_methods_supported":            methods,
		"introspection_endpoint_auth_signing_alg_values_supported": algorithms,
		"revocation_endpoint_auth_methods_supported":               methods,
		"revocation_endpoint_auth_signing_alg_values_supported":    algorithms,
		"grant_types_supported":                                    []string{"authorization_code", "refresh_token", "client_credentials"},
		"response_types_supported":                                 []string{"code"},
		"response_modes_supported":                                 []string{"query"},
		"scopes_supported":                                         scopesSupported,
		"code_challenge_methods_supported":                         []string{"S256"},
		"authorization_response_iss_parameter_supported":           true,
	}
}

// smartConfiguration is the document at the FHIR base
// (https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#response).
func (t *tenant) smartConfiguration() map[string]any {
	d := t.serverMetadata()
	d["capabilities"] = capabilities
	d["management_endpoint"] = t.root + "/portal/apps"
	return t.misstate(misstatementsOfSMART, d)
}

// openIDConfiguration is the document at the issuer (OpenID Connect Discovery section 3).
func (t *tenant) openIDConfiguration() map[string]any {
	d := t.serverMetadata()
	d["userinfo_endpoint"] = t.oauth + "/auth/userinfo"
	d["subject_types_supported"] = []string{"public"}
	d["id_token_signing_alg_values_supported"] = []string{string(jose.RS256)}
	d["claims_supported"] = []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "c_hash", "fhirUser", "profile"}
	d["prompt_values_supported"] = []string{"none", "login", "select_account"}
	d["request_parameter_supported"] = false
	d["request_uri_parameter_supported"] = false
	d["claims_parameter_supported"] = false
	return t.misstate(misstatementsOfOpenID, d)
}
