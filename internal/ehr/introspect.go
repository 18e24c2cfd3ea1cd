package ehr

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// introspect serves token introspection (RFC 7662, and
// https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html) to confidential clients and to
// holders of an access token. Any of them may ask about any token.
func (t *tenant) introspect(w http.ResponseWriter, r *http.Request) {
	form, failed := t.tokenForm(r)
	if failed == nil {
		failed = t.mayIntrospect(r, form)
	}
	if failed == nil && form.get("token") == "" {
		failed = tokenError("invalid_request", "token is missing")
	}
	if failed != nil {
		t.fail(w, failed)
		return
	}
	value := form.get("token")
	if a, ok := t.grants.access(value); ok {
		writeJSON(w, http.StatusOK, t.introspection(a.grant, a.scopes, a.issued, a.expires, "Bearer"))
		return
	}
	if refresh, ok := t.grants.activeRefresh(value); ok {
		writeJSON(w, http.StatusOK, t.introspection(refresh.grant, refresh.grant.scopes, refresh.grant.created, refresh.expires, ""))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"active": false})
}

func (t *tenant) mayIntrospect(r *http.Request, form parameters) *oauthError {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		_, failed := t.bearer(r)
		return failed
	}
	client, failed := t.authenticate(r, form)
	if failed == nil && !client.confidential() {
		failed = unauthenticated("a public client cannot introspect; send an access token as Bearer instead")
	}
	if failed != nil && failed.status == http.StatusUnauthorized {
		failed.challenges = append(failed.challenges, `Bearer realm="Harbour Clinic"`)
	}
	return failed
}

// introspection is the answer for a live token. It repeats what the token response said.
func (t *tenant) introspection(g *grant, scopes []string, issued, expires time.Time, kind string) map[string]any {
	answer := t.launchContext(g)
	answer["active"] = true
	answer["scope"] = strings.Join(scopes, " ")
	answer["client_id"] = g.client.ID
	answer["exp"] = expires.Unix()
	answer["iat"] = issued.Unix()
	if kind != "" {
		answer["token_type"] = kind
	}
	if g.base != "" {
		answer["aud"] = g.base
	}
	if slices.Contains(scopes, "openid") {
		answer["iss"], answer["sub"] = t.issuer(), g.user.subject()
	}
	if slices.Contains(scopes, "fhirUser") {
		answer["fhirUser"] = t.fhirUser(g)
	}
	return answer
}
