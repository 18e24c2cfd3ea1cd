package ehr

import (
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/scope"
)

// redeemRefreshToken exchanges a refresh token for new tokens (RFC 6749 section 6). Each is good for one
// use. The ID token of a refresh has no nonce (OpenID Connect Core section 12.2).
func (t *tenant) redeemRefreshToken(client *registeredClient, form parameters) (map[string]any, *oauthError) {
	value := form.get("refresh_token")
	if value == "" {
		return nil, tokenError("invalid_request", "refresh_token is missing")
	}
	r, ok := t.grants.refreshable(value, client)
	if !ok {
		return nil, tokenError("invalid_grant", "the refresh token is unknown, expired, revoked, used before or of another client")
	}
	scopes := r.grant.scopes
	if requested := scope.Split(form.get("scope")); len(requested) > 0 {
		if excess := scope.Excess(strings.Join(scopes, " "), strings.Join(requested, " ")); len(excess) > 0 {
			return nil, tokenError("invalid_scope", "a requested scope goes beyond the grant")
		}
		slices.Sort(requested)
		scopes = slices.Compact(requested)
	}
	successor, ok := t.grants.rotate(r)
	if !ok {
		return nil, tokenError("invalid_grant", "the refresh token was used before")
	}
	return t.tokens(r.grant, scopes, "", successor), nil
}
