package ehr

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// introspect serves token introspection (RFC 7662, and
// https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html) to confidential clients and to
// holders of an access token. Any of them may ask about any token.
func (t *tenant) introspect(w http.ResponseWriter, r *http.Request) {
	form, failed := t.formOrQuery(r, faults.IntrospectionByGet)
	var caller *registeredClient
	if failed == nil && !t.has(faults.IntrospectionOpen) {
		caller, failed = t.mayIntrospect(r, form)
	}
	if failed == nil && form.get("token") == "" {
		failed = tokenError("invalid_request", "token is missing")
	}
	if failed != nil {
		t.fail(w, failed)
		return
	}
	about, ok := t.lookUp(form.get("token"), form.get("token_type_hint"))
	if ok && about.grant.client != caller && t.has(faults.IntrospectionOwnOnly) {
		ok = false
	}
	if t.has(faults.IntrospectionTextPlain) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	switch {
	case ok && !t.has(faults.IntrospectionRefused):
		writeJSON(w, http.StatusOK, t.misintrospected(t.introspection(about), about, caller))
	case t.has(faults.IntrospectionDeadError):
		t.fail(w, tokenError("invalid_request", "the token is unknown"))
	case t.has(faults.IntrospectionDeadTells):
		writeJSON(w, http.StatusOK, map[string]any{"active": false, "reason": "unknown, expired or revoked"})
	default:
		writeJSON(w, http.StatusOK, map[string]any{"active": false})
	}
}

// introspected is a token that is active.
type introspected struct {
	grant           *grant
	scopes          []string
	issued, expires time.Time
	kind            string // of an access token
}

// lookUp finds an active token. The hint is not needed for that.
func (t *tenant) lookUp(value, hint string) (introspected, bool) {
	only := hint
	if !t.has(faults.IntrospectionHintOnly) {
		only = ""
	}
	if a, ok := t.activeAccess(value); ok && only != "refresh_token" {
		return introspected{a.grant, a.scopes, a.issued, a.expires, "Bearer"}, true
	}
	if refresh, ok := t.grants.activeRefresh(value); ok && only != "access_token" {
		kind := ""
		if t.has(faults.IntrospectionRefreshBearer) {
			kind = "Bearer"
		}
		return introspected{refresh.grant, refresh.grant.scopes, refresh.grant.created, refresh.expires, kind}, true
	}
	return introspected{}, false
}

// activeAccess returns an access token that would be accepted now.
func (t *tenant) activeAccess(value string) (*accessToken, bool) {
	a, known := t.grants.tokens.get(value)
	switch {
	case known && t.has(faults.IntrospectionExpiredActive):
		return a, !t.grants.ended(a)
	case known && t.has(faults.IntrospectionRevokedActive):
		return a, t.now().Before(a.expires)
	}
	return t.grants.access(value)
}

// mayIntrospect returns who asks, if that is somebody who may.
func (t *tenant) mayIntrospect(r *http.Request, form parameters) (*registeredClient, *oauthError) {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && !t.has(faults.IntrospectionNoBearer) {
		if t.has(faults.IntrospectionAnyBearer) {
			return nil, nil
		}
		a, failed := t.bearer(r)
		if failed != nil {
			return nil, failed
		}
		return a.grant.client, nil
	}
	if id, _, basic := t.basicCredentials(r.Header.Get("Authorization")); basic && t.has(faults.IntrospectionSecretIgnored) {
		client, _ := t.client(id)
		return client, nil
	}
	client, failed := t.authenticate(r, form)
	if failed == nil && !client.confidential() {
		failed = unauthenticated("a public client cannot introspect; send an access token as Bearer instead")
	}
	if failed != nil && failed.status == http.StatusUnauthorized {
		failed.challenges = append(failed.challenges, `Bearer realm="Harbour Clinic"`)
	}
	return client, failed
}

// introspection is the answer for an active token. It repeats what the token response said.
func (t *tenant) introspection(about introspected) map[string]any {
	g := about.grant
	answer := t.launchContext(g)
	answer["active"] = true
	answer["scope"] = strings.Join(about.scopes, " ")
	answer["client_id"] = g.client.ID
	answer["exp"] = about.expires.Unix()
	answer["iat"] = about.issued.Unix()
	if about.kind != "" {
		answer["token_type"] = about.kind
	}
	if g.base != "" {
		answer["aud"] = g.base
	}
	if slices.Contains(about.scopes, "openid") {
		answer["iss"], answer["sub"] = t.issuer(), g.user.subject()
	}
	if slices.Contains(about.scopes, "fhirUser") {
		answer["fhirUser"] = t.fhirUser(g)
	}
	return answer
}

// misintrospected applies the defects of single members of the answer.
func (t *tenant) misintrospected(answer map[string]any, about introspected, caller *registeredClient) map[string]any {
	switch {
	case t.has(faults.IntrospectionActiveString):
		answer["active"] = "true"
	case t.has(faults.IntrospectionScopeList):
		answer["scope"] = about.scopes
	case t.has(faults.IntrospectionScopeOther):
		answer["scope"] = strings.Join(about.grant.client.Scopes, " ")
	case t.has(faults.IntrospectionClientCaller) && caller != nil:
		answer["client_id"] = caller.ID
	case t.has(faults.IntrospectionExpMillis):
		answer["exp"] = about.expires.UnixMilli()
	case t.has(faults.IntrospectionExpString):
		answer["exp"] = about.expires.UTC().Format(time.RFC3339)
	case t.has(faults.IntrospectionExpIn):
		answer["exp"] = about.issued.Add(sessionLifetime).Unix()
	case t.has(faults.IntrospectionContextMissing):
		delete(answer, "patient")
	case t.has(faults.IntrospectionIssMissing):
		delete(answer, "iss")
	case t.has(faults.IntrospectionSubUsername) && answer["sub"] != nil:
		answer["sub"] = about.grant.user.Username
	case t.has(faults.IntrospectionFHIRUser):
		delete(answer, "fhirUser")
	}
	return answer
}
