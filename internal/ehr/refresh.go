package ehr

import (
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
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
	scopes, failed := t.refreshedScopes(r, form.get("scope"))
	if failed != nil {
		return nil, failed
	}
	kept := r.scopes
	if t.has(faults.RefreshNarrowingSticks) {
		kept = scopes
	}
	successor, ok := t.succeed(r, kept)
	if !ok {
		return nil, tokenError("invalid_grant", "the refresh token was used before")
	}
	response := t.tokens(r.grant, t.opened(r, scopes), "", successor)
	if _, told := response["scope"]; told {
		response["scope"] = t.spelled(scopes)
	}
	return t.misrefreshed(response, r.grant, scopes), nil
}

// refreshedScopes returns the scopes of a refresh: those asked for, which lie within those of the refresh
// token, or all of them.
func (t *tenant) refreshedScopes(r *refreshToken, asked string) ([]string, *oauthError) {
	requested := scope.Split(asked)
	if len(requested) == 0 {
		if t.has(faults.RefreshScopeShrinks) {
			return fewer(r.scopes), nil
		}
		return r.scopes, nil
	}
	if t.has(faults.RefreshWidens) {
		return slices.DeleteFunc(requested, func(s string) bool { return !t.grantable(r.grant.client, s, "patient", "user") }), nil
	}
	if excess := scope.Excess(strings.Join(r.scopes, " "), asked); len(excess) > 0 {
		return nil, tokenError("invalid_scope", "a requested scope goes beyond the grant")
	}
	slices.Sort(requested)
	return slices.Compact(requested), nil
}

// succeed uses the refresh token up and returns the one that takes its place.
func (t *tenant) succeed(r *refreshToken, scopes []string) (successor string, ok bool) {
	switch {
	case t.has(faults.RefreshNotRotated):
		return "", true
	case t.has(faults.RefreshSuccessorDead):
		return opaque(), true
	}
	successor, ok = t.grants.rotate(r, scopes)
	if t.has(faults.RefreshOnlineOnce) && !r.grant.has("offline_access") {
		successor = ""
	}
	return successor, ok
}

// opened returns the scopes that the new access token is good for: those of the refresh.
func (t *tenant) opened(r *refreshToken, scopes []string) []string {
	switch {
	case t.has(faults.RefreshScopeInName):
		return fewer(scopes)
	case t.has(faults.RefreshNarrowingInName):
		return r.scopes
	}
	return scopes
}

// fewer returns the scopes without the last one that opens data. A patient's own record is open to fhirUser, too.
func fewer(scopes []string) []string {
	for _, last := range slices.Backward(scopes) {
		if s, clinical := scope.Parse(last); clinical && s.Resource != "Patient" {
			return without(scopes, last)
		}
	}
	return scopes
}

// misrefreshed applies the defects of what a refresh answers.
func (t *tenant) misrefreshed(response map[string]any, g *grant, scopes []string) map[string]any {
	access, _ := response["access_token"].(string)
	switch {
	case t.has(faults.RefreshAccessTokenDead):
		t.grants.tokens.drop(access)
	case t.has(faults.RefreshTokenTypeMissing):
		delete(response, "token_type")
	case t.has(faults.RefreshExpiresInMissing):
		delete(response, "expires_in")
	case t.has(faults.RefreshScopeOmitted):
		delete(response, "scope")
	case t.has(faults.RefreshContextOther) && g.patient != "":
		response["patient"] = otherPatient(g.patient)
	}
	if _, identified := response["id_token"]; identified {
		claims := t.idClaims(g, scopes, "")
		switch {
		case t.has(faults.RefreshIDTokenSubject):
			claims["sub"] = g.client.ID
		case t.has(faults.RefreshIDTokenStale):
			claims["iat"] = g.created.Unix()
		case t.has(faults.RefreshIDTokenAuthTime):
			claims["auth_time"] = t.now().Unix()
		case t.has(faults.RefreshIDTokenNonce):
			claims["nonce"] = g.nonce
		default:
			return response
		}
		response["id_token"] = t.sign(claims)
	}
	return response
}
