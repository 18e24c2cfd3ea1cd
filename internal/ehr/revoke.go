package ehr

import "net/http"

// revoke serves token revocation (RFC 7009). Revoking a refresh token ends the grant; an unknown token is
// as good as revoked; the type hint is not needed to find a token.
func (t *tenant) revoke(w http.ResponseWriter, r *http.Request) {
	form, failed := t.tokenForm(r)
	var client *registeredClient
	if failed == nil {
		client, failed = t.authenticate(r, form)
	}
	if failed == nil {
		failed = t.revokeToken(client, form.get("token"))
	}
	if failed != nil {
		t.fail(w, failed)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (t *tenant) revokeToken(client *registeredClient, value string) *oauthError {
	if value == "" {
		return tokenError("invalid_request", "token is missing")
	}
	otherClient := tokenError("invalid_grant", "the token was issued to another client")
	if refresh, ok := t.grants.refresh.get(value); ok {
		if refresh.grant.client != client {
			return otherClient
		}
		t.grants.revoke(refresh.grant)
		return nil
	}
	if access, ok := t.grants.tokens.get(value); ok {
		if access.grant.client != client {
			return otherClient
		}
		t.grants.tokens.drop(value)
	}
	return nil
}
