package ehr

import (
	"net/http"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
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
	if r.Method != http.MethodGet && (r.Method != http.MethodPost || t.has(faults.UserInfoPostRefused)) {
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		t.fail(w, &oauthError{code: "invalid_request", description: "use GET or POST", status: http.StatusMethodNotAllowed})
		return
	}
	if t.has(faults.UserInfoAnonymous) && r.Header.Get("Authorization") == "" {
		writeJSON(w, http.StatusOK, map[string]any{})
		return
	}
	a, failed := t.bearer(r)
	if failed == nil && !slices.Contains(a.scopes, "openid") && !t.has(faults.UserInfoAnyScope) {
		failed = badBearer(http.StatusForbidden, "insufficient_scope", "the access token lacks the scope openid")
	}
	if failed != nil {
		t.fail(w, failed)
		return
	}
	claims := map[string]any{"sub": t.subject(a.grant, true)}
	switch {
	case t.has(faults.UserInfoSubjectOther):
		claims["sub"] = a.grant.user.Username
	case t.has(faults.UserInfoSubjectMissing):
		delete(claims, "sub")
	}
	if slices.Contains(a.scopes, "fhirUser") {
		claims["fhirUser"] = t.fhirUser(a.grant)
	}
	if slices.Contains(a.scopes, "profile") {
		claims["name"], claims["profile"] = a.grant.user.Name, t.fhirUser(a.grant)
	}
	writeJSON(w, http.StatusOK, claims)
}
