package ehr

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// admitted returns a demonstration step that shows something of the answer to a backend service that asks for
// scopes.
func admitted(scopes string, show func(*lab, answered) string) func(*lab) string {
	return func(l *lab) string { return show(l, l.admit(DemoBackendID, scopes)) }
}

func (l *lab) admit(client, scopes string) answered {
	l.t.Helper()
	return l.token(client, url.Values{"grant_type": {"client_credentials"}, "scope": {scopes}})
}

func admittedMember(name string) func(*lab) string {
	return admitted("system/Observation.rs", func(_ *lab, a answered) string { return fmt.Sprint(a.body[name]) })
}

func (l *lab) fhir(method, path, token string) answered {
	l.t.Helper()
	header := []string{"Authorization", "Bearer " + token}
	return l.send(method, l.s.Base(l.fault)+"/"+path, nil, header...)
}

// opens returns a demonstration step that shows how the FHIR server answers to a token for Observations.
func opens(method, path string) func(*lab) string {
	return admitted("system/Observation.rs", func(l *lab, a answered) string {
		return fmt.Sprint(l.fhir(method, path, a.text("access_token")).status)
	})
}

var backendDemonstrations = []demonstration{
	{faults.BackendRefused, admitted("system/Observation.rs", func(_ *lab, a answered) string { return verdict(a) }), "tokens", "400 invalid_scope"},
	{faults.BackendTokenDead, admitted("system/Observation.rs", reads), "200", "401"},
	{faults.BackendTokenTypeMAC, admittedMember("token_type"), "Bearer", "mac"},
	{faults.BackendExpiresInMissing, admittedMember("expires_in"), "300", "<nil>"},
	{faults.BackendTokenHour, admittedMember("expires_in"), "300", "3600"},
	{faults.BackendTokenDay, admittedMember("expires_in"), "300", "86400"},
	{faults.BackendTokenOutlives, admittedMember("expires_in"), "300", "3"},
	{faults.BackendScopeOmitted, admittedMember("scope"), "system/Observation.rs", "<nil>"},
	{faults.BackendScopeAll, admittedMember("scope"), "system/Observation.rs", "system/*.rs"},
	{faults.BackendRefreshToken, admitted("system/Observation.rs", func(_ *lab, a answered) string { return member("refresh_token")(a) }), "absent", "string"},
	{faults.BackendCacheable, admitted("system/Observation.rs", func(_ *lab, a answered) string { return a.header.Get("Cache-Control") }), "no-store", ""},
	{faults.BackendScopeUnregistered, admitted("system/Observation.cud", scopeOf), "400 invalid_scope", "system/Observation.cud"},
	{faults.BackendScopeEchoed, admitted("system/Observation.rs unheard-of", scopeOf), "system/Observation.rs", "system/Observation.rs unheard-of"},
	{faults.BackendPersonalScopes, admitted("user/Observation.rs", scopeOf), "400 invalid_scope", "user/Observation.rs"},
	{faults.BackendScopeDefaultSilent, admitted("", scopeOf), "400 invalid_scope", "tokens"},
	{faults.BackendKidIgnored, assert(func(l *lab) string {
		key := clientKey
		key.KeyID = "unknown"
		return signAssertion(l.t, key, map[string]any{
			"iss": DemoBackendID, "sub": DemoBackendID, "aud": l.s.authURL(l.fault, "token"),
			"exp": l.s.now().Unix() + 60, "jti": opaque(),
		})
	}), "401 invalid_client", "tokens"},
	{faults.BackendErrorInvented, admitted("unheard-of", func(_ *lab, a answered) string { return verdict(a) }), "400 invalid_scope", "400 smart_invalid_scope"},
	{faults.BackendErrorMute, admitted("unheard-of", func(_ *lab, a answered) string {
		return fmt.Sprint(a.text("error_description") == "")
	}), "false", "true"},
	{faults.BackendPublicClient, func(l *lab) string { return verdict(l.admit(DemoPublicID, "user/Observation.rs")) }, "400 unauthorized_client", "tokens"},
	{faults.BackendRegistrationOpen, opens(http.MethodGet, "Condition?_count=1"), "403", "200"},
	{faults.BackendWriteOpen, opens(http.MethodDelete, "Observation/amy-shaw-glucose"), "403", "204"},
	{faults.BackendForbiddenEmpty, opens(http.MethodGet, "Condition?_count=1"), "403", "200"},
	{faults.BackendUnsupportedEmpty, opens(http.MethodGet, "Linkage?_count=1"), "403", "200"},
	{faults.BackendAnyToken, func(l *lab) string {
		a := l.fhir(http.MethodGet, "Observation?_count=1", "nonsense")
		return fmt.Sprint(a.status, strings.Contains(a.raw, `"Observation"`))
	}, "401 false", "200 true"},
}
