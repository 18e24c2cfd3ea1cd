package ehr

import (
	"net/http"
	"slices"
	"strings"
)

// bearer returns the access token that the Authorization header carries.
func (t *tenant) bearer(r *http.Request) (*accessToken, *oauthError) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || value == "" {
		return nil, badBearer(http.StatusUnauthorized, "", "")
	}
	a, ok := t.grants.access(strings.TrimSpace(value))
	if !ok {
		return nil, badBearer(http.StatusUnauthorized, "invalid_token", "the access token is unknown, expired or revoked")
	}
	return a, nil
}

// userinfo serves the UserInfo endpoint (OpenID Connect Core section 5.3).
func (t *tenant) userinfo(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		t.fail(w, &oauthError{code: "invalid_request", description: "use GET or POST", status: http.StatusMethodNotAllowed})
		return
	}
	a, failed := t.bearer(r)
	if failed == nil && !slices.Contains(a.scopes, "openid") {
		failed = badBearer(http.StatusForbidden, "insufficient_scope", "the access token lacks the scope openid")
	}
	if failed != nil {
		t.fail(w, failed)
		return
	}
	claims := map[string]any{"sub": a.grant.user.subject()}
	if slices.Contains(a.scopes, "fhirUser") {
		claims["fhirUser"] = t.fhirUser(a.grant)
	}
	if slices.Contains(a.scopes, "profile") {
		claims["name"], claims["profile"] = a.grant.user.Name, t.fhirUser(a.grant)
	}
	writeJSON(w, http.StatusOK, claims)
}
