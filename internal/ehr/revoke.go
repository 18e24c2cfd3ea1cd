package ehr

import (
	"net/http"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// revoke serves token revocation (RFC 7009). Revoking a refresh token ends the grant; an unknown token is
// as good as revoked; the type hint is not needed to find a token.
func (t *tenant) revoke(w http.ResponseWriter, r *http.Request) {
	form, failed := t.formOrQuery(r, faults.RevocationByGet)
	var client *registeredClient
	if failed == nil && !t.has(faults.RevocationUnauthenticated) {
		client, failed = t.authenticate(r, form)
	}
	if failed == nil {
		failed = t.revokeToken(client, form.get("token"), form.get("token_type_hint"))
	}
	switch {
	case failed != nil && t.has(faults.RevocationErrorHTML):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(failed.status)
		_, _ = w.Write([]byte("<!doctype html><title>Error</title><h1>The token cannot be revoked</h1>"))
	case failed != nil:
		t.fail(w, failed)
	default:
		w.WriteHeader(http.StatusOK)
	}
}

// formOrQuery reads the form of a POST and, with the defect, the query of any request as well.
func (t *tenant) formOrQuery(r *http.Request, defect faults.Fault) (parameters, *oauthError) {
	if !t.has(defect) {
		return t.tokenForm(r)
	}
	form := parameters{}
	var err error
	if r.Method == http.MethodPost {
		form, err = parseBody(r)
	}
	if err == nil {
		err = form.merge(r.URL.RawQuery)
	}
	if err != nil {
		return nil, tokenError("invalid_request", describe(err))
	}
	return form, nil
}

// revokeToken revokes a token that was issued to the client. client is nil when nobody asked who it is, which
// only a defect leaves out.
func (t *tenant) revokeToken(client *registeredClient, value, hint string) *oauthError {
	if value == "" {
		return tokenError("invalid_request", "token is missing")
	}
	refresh, isRefresh := t.grants.refresh.get(value)
	access, isAccess := t.grants.tokens.get(value)
	if t.has(faults.RevocationHintOnly) {
		isRefresh, isAccess = isRefresh && hint != "access_token", isAccess && hint != "refresh_token"
	}
	switch {
	case isRefresh && !t.mayRevoke(client, refresh.grant), isAccess && !t.mayRevoke(client, access.grant):
		return tokenError("invalid_grant", "the token was issued to another client")
	case isRefresh && t.has(faults.RevocationNoCascade):
		t.grants.endRefresh(refresh)
	case isRefresh && !t.has(faults.RevocationRefreshLives):
		t.grants.revoke(refresh.grant)
	case isAccess && t.has(faults.RevocationAccessRefused):
		return tokenError("unsupported_token_type", "only refresh tokens are revoked")
	case isAccess && !t.has(faults.RevocationAccessLives):
		t.grants.end(access)
	case !isRefresh && !isAccess && t.has(faults.RevocationUnknownRefused):
		return tokenError("invalid_request", "the token is unknown")
	}
	return nil
}

func (t *tenant) mayRevoke(client *registeredClient, g *grant) bool {
	return client == nil || g.client == client || t.has(faults.RevocationAnyClient)
}
