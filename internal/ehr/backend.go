package ehr

import (
	"slices"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// admitBackend issues an access token to a backend service
// (https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#request).
func (t *tenant) admitBackend(client *registeredClient, form parameters) (map[string]any, *oauthError) {
	asked := scope.Split(form.get("scope"))
	if len(asked) == 0 && t.has(faults.BackendScopeDefaultSilent) {
		asked = client.Scopes
	}
	scopes := t.backendScopes(client, asked)
	if len(scopes) == 0 || t.has(faults.BackendRefused) {
		return nil, tokenError("invalid_scope", "none of the requested scopes can be granted to this client")
	}
	g := &grant{id: opaque(), client: client, created: t.now()}
	g.scopes = t.granted(client, scopes, "")
	return t.misadmitted(t.tokens(g, g.scopes, "", ""), form), nil
}

// backendScopes returns those of the scopes that a backend service is registered for.
func (t *tenant) backendScopes(client *registeredClient, asked []string) []string {
	if t.has(faults.BackendScopeAll) {
		return client.Scopes
	}
	var scopes []string
	for _, s := range asked {
		if (t.grantable(client, s, "system") || t.overgrantable(client, s)) && !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

// overgrantable reports whether a defect grants the scope.
func (t *tenant) overgrantable(client *registeredClient, raw string) bool {
	s, clinical := scope.Parse(raw)
	switch {
	case t.has(faults.BackendScopeUnregistered), t.has(faults.BackendBySecret) && client.Kind == Symmetric:
		return clinical && s.Context == "system"
	case t.has(faults.BackendPersonalScopes):
		return clinical && s.Context != "system"
	case t.has(faults.BackendPublicClient):
		return t.grantable(client, raw, "user")
	}
	return false
}

// misadmitted applies the defects of what a backend service is answered.
func (t *tenant) misadmitted(response map[string]any, form parameters) map[string]any {
	access, _ := response["access_token"].(string)
	switch {
	case t.has(faults.BackendTokenDead):
		t.grants.tokens.drop(access)
	case t.has(faults.BackendTokenTypeMAC):
		response["token_type"] = "mac"
	case t.has(faults.BackendExpiresInMissing):
		delete(response, "expires_in")
	case t.has(faults.BackendTokenOutlives):
		response["expires_in"] = 3
	case t.has(faults.BackendScopeOmitted), t.has(faults.BackendScopeDefaultSilent) && form.get("scope") == "":
		delete(response, "scope")
	case t.has(faults.BackendScopeEchoed):
		response["scope"] = form.get("scope")
	case t.has(faults.BackendRefreshToken):
		response["refresh_token"] = opaque()
	}
	return response
}

// misexplained applies the defects of the errors that a backend service gets.
func (t *tenant) misexplained(form parameters, e *oauthError) *oauthError {
	if form.get("grant_type") != "client_credentials" {
		return e
	}
	wrong := *e
	switch {
	case t.has(faults.BackendErrorInvented):
		wrong.code = "smart_" + e.code
	case t.has(faults.BackendErrorMute):
		wrong.description = ""
	}
	return &wrong
}

// enforced returns the scopes that the FHIR server holds an access token to.
func (t *tenant) enforced(a *accessToken) []string {
	if a.grant.client.Kind == Backend && t.has(faults.BackendRegistrationOpen) {
		return a.grant.client.Scopes
	}
	return a.scopes
}
