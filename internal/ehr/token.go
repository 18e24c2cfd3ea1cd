package ehr

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// tokenParameters are the parameters of a token request that have a meaning here; none may occur twice
// (RFC 6749 section 3.2).
var tokenParameters = []string{
	"grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret",
	"client_assertion", "client_assertion_type",
}

// token serves the token endpoint.
func (t *tenant) token(w http.ResponseWriter, r *http.Request) {
	form, failed := t.tokenForm(r)
	if failed == nil {
		var response map[string]any
		if response, failed = t.exchange(r, form); failed == nil {
			kind := form.get("grant_type")
			if t.has(faults.RefreshCacheable) && kind == "refresh_token" || t.has(faults.BackendCacheable) && kind == "client_credentials" {
				w.Header().Del("Cache-Control")
			}
			t.issue(w, response)
			return
		}
	}
	t.failToken(w, t.misexplained(form, failed))
}

// tokenForm reads the form of a POST; parameters in the URL do not count (RFC 6749 section 3.2).
func (t *tenant) tokenForm(r *http.Request) (parameters, *oauthError) {
	var form parameters
	var err error
	switch {
	case r.Method == http.MethodGet && t.has(faults.TokenGetAccepted):
		form, err = parseForm(r.URL.RawQuery)
	case r.Method != http.MethodPost:
		return nil, &oauthError{code: "invalid_request", description: "use POST", status: http.StatusMethodNotAllowed}
	default:
		form, err = parseBody(r)
	}
	if err == nil && t.has(faults.TokenQueryAccepted) {
		err = form.merge(r.URL.RawQuery)
	}
	if err != nil {
		return nil, tokenError("invalid_request", describe(err))
	}
	if twice := form.repeated(tokenParameters...); twice != "" && !t.has(faults.TokenRepeatsAccepted) {
		return nil, tokenError("invalid_request", twice+" occurs more than once")
	}
	return form, nil
}

// describe words an error in the characters that error_description may hold (RFC 6749 section 5.2).
func describe(err error) string {
	if errors.Is(err, errNotForm) {
		return errNotForm.Error()
	}
	return "the form cannot be read"
}

// exchange turns a grant into tokens.
func (t *tenant) exchange(r *http.Request, form parameters) (map[string]any, *oauthError) {
	kind := form.get("grant_type")
	if kind == "" && t.has(faults.GrantTypeMissingAccepted) {
		kind = "authorization_code"
	}
	exchange, known := map[string]func(*registeredClient, parameters) (map[string]any, *oauthError){
		"authorization_code": t.redeemCode,
		"refresh_token":      t.redeemRefreshToken,
		"client_credentials": t.admitBackend,
	}[kind]
	if kind == "password" && t.has(faults.PasswordGrant) {
		exchange, known = t.redeemPassword, true
	}
	switch {
	case kind == "":
		return nil, tokenError("invalid_request", "grant_type is missing")
	case !known && t.has(faults.UnsupportedGrantOther):
		return nil, tokenError("invalid_grant", "unknown grant type")
	case !known:
		return nil, tokenError("unsupported_grant_type", "grant_type must be authorization_code, refresh_token or client_credentials")
	}
	client, failed := t.authenticate(r, form)
	if failed != nil {
		return nil, failed
	}
	backend := client.Kind == Backend || kind == "client_credentials" &&
		(client.Kind == Public && t.has(faults.BackendPublicClient) || client.Kind == Symmetric && t.has(faults.BackendBySecret))
	if (kind == "client_credentials") != backend {
		return nil, tokenError("unauthorized_client", "this client may not use the grant type")
	}
	return exchange(client, form)
}

// redeemCode exchanges an authorization code (RFC 6749 section 4.1.3). A code that comes back after its
// use kills what was issued for it.
func (t *tenant) redeemCode(client *registeredClient, form parameters) (map[string]any, *oauthError) {
	value := form.get("code")
	if value == "" && !t.has(faults.CodeMissingOtherError) {
		return nil, tokenError("invalid_request", "code is missing")
	}
	c, ok := t.grants.codes.get(value)
	if !ok {
		return nil, t.unknownCode(value)
	}
	if t.spent(c) {
		return nil, t.replayed(c)
	}
	if failed := t.checkCode(c, client, form); failed != nil {
		return nil, failed
	}
	if !t.spend(c) {
		return nil, t.replayed(c)
	}
	return t.tokens(c.grant, c.grant.scopes, c.grant.nonce, t.firstRefreshToken(c.grant)), nil
}

func (t *tenant) unknownCode(value string) *oauthError {
	switch {
	case t.has(faults.BadCodeOtherError):
		return tokenError("invalid_request", "unknown code")
	case t.has(faults.TokenErrorQuotes):
		return tokenError("invalid_grant", `the code "`+value+`" is unknown`)
	}
	return tokenError("invalid_grant", "the code is unknown")
}

// How long the defects about used codes remember one, and take between looking it up and marking it.
const (
	forgottenAfter = 500 * time.Millisecond
	slowMark       = time.Second
)

// spent reports whether the code was used before.
func (t *tenant) spent(c *code) bool {
	at, used := t.grants.spent(c)
	switch {
	case t.has(faults.CodeReusable):
		return false
	case t.has(faults.CodeForgotten):
		return used && t.now().Sub(at) < forgottenAfter
	}
	return used
}

// spend marks the code as used. It reports false when another request was faster.
func (t *tenant) spend(c *code) bool {
	if t.has(faults.CodeRace) {
		time.Sleep(slowMark) // a database that others read from in the meantime
	}
	first := t.grants.spend(c)
	return first || t.has(faults.CodeReusable) || t.has(faults.CodeForgotten) || t.has(faults.CodeRace)
}

func (t *tenant) replayed(c *code) *oauthError {
	if !t.has(faults.CodeReplayKeepsTokens) {
		t.grants.revoke(c.grant)
	}
	return tokenError("invalid_grant", "the code was used before; the tokens that were issued for it are revoked")
}

// checkCode compares the token request with the authorization request.
func (t *tenant) checkCode(c *code, client *registeredClient, form parameters) *oauthError {
	redirect := form.get("redirect_uri")
	switch {
	case !t.now().Before(c.expires) && !t.has(faults.CodeNeverExpires):
		return tokenError("invalid_grant", "the code has expired")
	case c.grant.client != client && !t.has(faults.CodeAnyClient):
		return tokenError("invalid_grant", "the code was issued to another client")
	case redirect == "" && t.has(faults.TokenRedirectOptional), t.has(faults.TokenRedirectUnchecked):
	case redirect == "":
		return tokenError("invalid_request", "redirect_uri is missing")
	case redirect != c.request.redirectURI:
		return tokenError("invalid_grant", "redirect_uri differs from that of the authorization request")
	}
	return t.checkVerifier(c, form)
}

// firstRefreshToken returns a refresh token if the user granted one.
func (t *tenant) firstRefreshToken(g *grant) string {
	if !g.has("offline_access") && !g.has("online_access") || t.has(faults.RefreshTokenWithheld) && !g.client.confidential() {
		return ""
	}
	return t.grants.issueRefresh(g, g.scopes)
}

// redeemPassword is the grant that RFC 9700 section 2.4 forbids; only a defect offers it.
func (t *tenant) redeemPassword(client *registeredClient, form parameters) (map[string]any, *oauthError) {
	user, ok := signIn(form.get("username"), form.get("password"))
	if !ok {
		return nil, tokenError("invalid_grant", "wrong username or password")
	}
	scopes := slices.DeleteFunc(scope.Split(form.get("scope")), func(s string) bool { return !t.grantable(client, s, "patient", "user") })
	g := &grant{
		id: opaque(), client: client, user: user, visit: &visit{user: user, until: t.now().Add(sessionLifetime)},
		base: t.root + fhirBases[0].path, scopes: withoutOrphans(scopes), patient: user.patient(), authTime: t.now(), created: t.now(),
	}
	return t.tokens(g, g.scopes, "", ""), nil
}

// tokens builds the token response for a grant.
func (t *tenant) tokens(g *grant, scopes []string, nonce, refresh string) map[string]any {
	lifetime := t.lifetime(g.client)
	access := t.newAccess(g, scopes)
	t.grants.keepAccess(access, g, append(slices.Clone(scopes), g.declined...), lifetime)
	response := t.launchContext(g)
	response["access_token"] = access
	response["token_type"] = "Bearer"
	response["expires_in"] = int(lifetime / time.Second)
	response["scope"] = t.spelled(scopes)
	if g.base != "" && t.since(stu22) {
		response["authorization_details"] = t.authorizationDetails(g.base)
	}
	if refresh != "" {
		response["refresh_token"] = refresh
	}
	asked := slices.Contains(scopes, "openid") || t.has(faults.IDTokenUnasked) && g.user != (User{})
	if asked && !t.has(faults.IDTokenMissing) {
		response["id_token"] = t.idToken(g, scopes, nonce, access)
	}
	if t.has(faults.FHIRAnyIssuedToken) {
		t.alsoAccess(response, g, scopes)
	}
	return t.misworded(response)
}

// authorizationDetails says where a token can be used
// (https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#experimental-authorization-details-for-multiple-servers-exp):
// at the base that was asked for.
func (t *tenant) authorizationDetails(base string) []map[string]any {
	locations := []string{base}
	if t.has(faults.DetailsRefused) {
		locations = append(locations, t.root+fhirBases[len(fhirBases)-1].path)
	}
	details := map[string]any{"type": "smart_on_fhir", "locations": locations, "fhirVersions": []string{t.fhirVersion(base)}}
	if t.has(faults.DetailsMalformed) {
		details["locations"] = base
	}
	return []map[string]any{details}
}

// misworded applies the defects of single members of the token response.
func (t *tenant) misworded(response map[string]any) map[string]any {
	switch {
	case t.has(faults.AccessTokenMissing):
		delete(response, "access_token")
	case t.has(faults.TokenTypeMAC):
		response["token_type"] = "mac"
	case t.has(faults.ExpiresInMissing):
		delete(response, "expires_in")
	case t.has(faults.ExpiresInString):
		response["expires_in"] = "3600"
	case t.has(faults.ScopeOmitted):
		delete(response, "scope")
	case t.has(faults.ExtensionMemberPlain):
		response["department"] = "cardiology"
	}
	return response
}

// issue writes a token response.
func (t *tenant) issue(w http.ResponseWriter, response map[string]any) {
	switch {
	case t.has(faults.TokenCacheable):
		w.Header().Del("Cache-Control")
	case t.has(faults.TokenPragmaMissing):
		w.Header().Del("Pragma")
	case t.has(faults.TokenResponseTextPlain):
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	writeJSON(w, http.StatusOK, response)
}

// failToken answers a token request that failed.
func (t *tenant) failToken(w http.ResponseWriter, e *oauthError) {
	switch {
	case t.has(faults.TokenErrorHTML):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(e.status)
		_, _ = w.Write([]byte("<!doctype html><title>Error</title><h1>" + template.HTMLEscapeString(e.description) + "</h1>"))
		return
	case t.has(faults.TokenError200):
		writeJSON(w, http.StatusOK, map[string]any{"error": e.code, "error_description": e.description})
		return
	}
	if t.has(faults.TokenErrorCacheable) {
		w.Header().Del("Pragma")
		w.Header().Set("Cache-Control", "public, max-age=3600")
	}
	if e.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "POST, OPTIONS")
	}
	t.fail(w, e)
}
