package ehr

import (
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// misstatement changes what a document says.
type misstatement func(t *tenant, d map[string]any)

// leavingOut leaves members out.
func leavingOut(members ...string) misstatement {
	return func(_ *tenant, d map[string]any) {
		for _, member := range members {
			delete(d, member)
		}
	}
}

// stating gives a member another value.
func stating(member string, value any) misstatement {
	return func(_ *tenant, d map[string]any) { d[member] = value }
}

// claiming replaces the list of capabilities by one without some of them and with others.
func claiming(remove, add []string) misstatement {
	return func(t *tenant, d map[string]any) {
		kept := slices.DeleteFunc(t.capabilities(), func(name string) bool { return slices.Contains(remove, name) })
		d["capabilities"] = append(kept, add...)
	}
}

// offering lists one more scope, before the others.
func offering(scope string) misstatement {
	return func(t *tenant, d map[string]any) {
		d["scopes_supported"] = append([]string{scope}, t.scopesSupported()...)
	}
}

// misstatementsOfSMART are the defects of the SMART configuration.
var misstatementsOfSMART = map[string]misstatement{
	faults.MemberMisspelt.ID: func(_ *tenant, d map[string]any) {
		d["jwks_url"] = d["jwks_uri"]
		delete(d, "jwks_uri")
	},
	faults.CapabilityNumber.ID: func(t *tenant, d map[string]any) {
		d["capabilities"] = append([]any{2}, anyList(t.capabilities())...)
	},
	faults.ContextScopeCapitalized.ID:      offering("launch/ImagingStudy"),
	faults.TokenEndpointMissing.ID:         leavingOut("token_endpoint"),
	faults.AuthorizationEndpointMissing.ID: leavingOut("authorization_endpoint"),
	faults.EndpointRelative.ID:             stating("revocation_endpoint", "/auth/revoke"),
	faults.EndpointRelativeSTU1.ID:         stating("introspection_endpoint", "/auth/introspect"),
	faults.EndpointPlainHTTP.ID: func(t *tenant, d map[string]any) {
		d["management_endpoint"] = strings.Replace(t.root, "https://", "http://", 1) + "/portal/apps"
	},
	faults.EndpointFragment.ID: func(t *tenant, d map[string]any) { d["authorization_endpoint"] = t.authorizeURL() + "#/sign-in" },
	faults.IssuerMissing.ID:    leavingOut("issuer"),
	faults.IssuerWithoutSSO.ID: claiming([]string{"sso-openid-connect"}, nil),
	faults.IssuerQuery.ID:      func(t *tenant, d map[string]any) { d["issuer"] = t.issuer() + "?tenant=1" },

	faults.GrantTypesMissing.ID:          leavingOut("grant_types_supported"),
	faults.GrantTypesWithoutCode.ID:      stating("grant_types_supported", []string{"client_credentials"}),
	faults.MembersWrappedSTU2.ID:         stating("grant_types_supported", "authorization_code client_credentials"),
	faults.S256Unlisted.ID:               leavingOut("code_challenge_methods_supported"),
	faults.PlainListed.ID:                stating("code_challenge_methods_supported", []string{"S256", "plain"}),
	faults.CodeUnlisted.ID:               stating("response_types_supported", []string{"id_token"}),
	faults.ImplicitListed.ID:             stating("response_types_supported", []string{"code", "token", "id_token token"}),
	faults.ResponseTypesMissing.ID:       leavingOut("response_types_supported"),
	faults.MembersWrappedSTU1.ID:         stating("response_types_supported", "code"),
	faults.BasicUnlisted.ID:              stating("token_endpoint_auth_methods_supported", []string{"private_key_jwt"}),
	faults.PrivateKeyJWTUnlisted.ID:      stating("token_endpoint_auth_methods_supported", []string{"client_secret_basic"}),
	faults.AuthMethodInvented.ID:         stating("token_endpoint_auth_methods_supported", []string{"client_secret_basic", "private_key_jwt", "smart_card"}),
	faults.AssertionAlgorithmsMissing.ID: leavingOut("token_endpoint_auth_signing_alg_values_supported"),
	faults.AssertionAlgorithmsOther.ID:   stating("token_endpoint_auth_signing_alg_values_supported", []string{"RS256", "none"}),
	faults.AssertionRS256Refused.ID:      stating("token_endpoint_auth_signing_alg_values_supported", []string{"RS384", "ES384", "RS256"}),
	faults.ScopesMissing.ID:              leavingOut("scopes_supported"),
	faults.ScopeLettersDisordered.ID:     offering("patient/Observation.sr"),
	faults.ScopePlainExtension.ID:        offering("worklist"),
	faults.ManagementUnlisted.ID:         leavingOut("management_endpoint"),
	faults.IntrospectionUnlisted.ID:      leavingOut("introspection_endpoint"),
	faults.RevocationUnlisted.ID:         leavingOut("revocation_endpoint"),
	faults.RegistrationRelative.ID:       stating("registration_endpoint", "/auth/register"),
	faults.AssociatedEndpointBare.ID: func(t *tenant, d map[string]any) {
		d["associated_endpoints"] = []any{map[string]any{"url": t.root + "/fhir-r5"}}
	},
	faults.AssociatedEndpointDead.ID: func(t *tenant, d map[string]any) {
		d["associated_endpoints"] = []any{map[string]any{"url": t.root + "/state", "capabilities": []string{"smart-app-state"}}}
	},
	faults.ManagementDead.ID: func(t *tenant, d map[string]any) { d["management_endpoint"] = t.root + "/portal/my-apps" },
	faults.AppStateUnadvertised.ID: func(t *tenant, d map[string]any) {
		delete(d, "associated_endpoints")
		d["smart_app_state_endpoint"] = t.root + appStatePath
	},
	faults.AuthorizationEndpointAlwaysMissing.ID: func(t *tenant, d map[string]any) {
		delete(d, "authorization_endpoint")
		claiming([]string{"launch-ehr", "launch-standalone"}, nil)(t, d)
	},

	faults.CapabilitiesMissing.ID:      leavingOut("capabilities"),
	faults.CapabilityTwice.ID:          claiming(nil, []string{"launch-ehr"}),
	faults.CapabilityMisspelt.ID:       claiming([]string{"sso-openid-connect"}, []string{"single-sign-on"}),
	faults.CapabilityPlainExtension.ID: claiming(nil, []string{"worklist"}),
	faults.CapabilityMisspeltSTU1.ID:   claiming([]string{"context-banner"}, []string{"context-passthrough-banner"}),
	faults.CapabilitySetNone.ID:        claiming([]string{"permission-patient"}, nil),
	faults.PermissionV1Unlisted.ID:     claiming([]string{"permission-v1"}, nil),
	faults.AsymmetricUnlisted.ID:       claiming([]string{"client-confidential-asymmetric"}, nil),
	faults.CapabilitiesIncoherent.ID:   claiming([]string{"launch-ehr"}, nil),

	faults.ContextStandalonePatientUnlisted.ID: claiming([]string{"context-standalone-patient"}, nil),
	faults.ContextEHRPatientUnlisted.ID:        claiming([]string{"context-ehr-patient"}, nil),
	faults.PermissionUserUnlisted.ID:           claiming([]string{"permission-user"}, nil),
	faults.PublicUnlisted.ID:                   claiming([]string{"client-public"}, nil),
}

// misstatementsOfOpenID are the defects of the OpenID configuration.
var misstatementsOfOpenID = map[string]misstatement{
	faults.EndpointsDisagree.ID:    stating("token_endpoint", "https://old.ehr.example/auth/token"),
	faults.OpenIDBooleanString.ID:  stating("request_parameter_supported", "false"),
	faults.OpenIDMembersMissing.ID: leavingOut("subject_types_supported"),
	faults.OpenIDCodeUnlisted.ID:   stating("response_types_supported", []string{"id_token"}),
	faults.OpenIDRS256Unlisted.ID:  stating("id_token_signing_alg_values_supported", []string{"ES384"}),
	faults.OpenIDIssuerSlash.ID:    func(t *tenant, d map[string]any) { d["issuer"] = t.issuer() + "/" },
}

// misstate applies the defect of the tenant when it is one of the given ones.
func (t *tenant) misstate(defects map[string]misstatement, d map[string]any) map[string]any {
	if change, ok := defects[t.fault.ID]; ok {
		change(t, d)
	}
	return d
}

func anyList(names []string) []any {
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = name
	}
	return out
}

// statementEndpoints are the addresses that the capability statement names.
func (t *tenant) statementEndpoints() fhir.Endpoints {
	e := fhir.Endpoints{
		Authorize: t.authorizeURL(), Token: t.tokenURL(), Introspect: t.oauth + "/auth/introspect",
		Revoke: t.oauth + "/auth/revoke", Register: t.registerURL(), Manage: t.root + "/portal/apps",
	}
	switch {
	case t.has(faults.StatementWithoutURIs):
		return fhir.Endpoints{}
	case t.has(faults.StatementDisagrees):
		e.Token = "https://old.ehr.example/auth/token"
	}
	return e
}
