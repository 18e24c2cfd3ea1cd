package ehr

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// authorizationRequest is a request that was found valid, as the interaction that follows needs it.
type authorizationRequest struct {
	client       *registeredClient
	redirectURI  string
	responseType string
	state        string // "" when the app sent none
	base         string // the FHIR base that it is for
	scopes       []string
	launch       *launch // nil for a standalone launch
	challenge    challenge
	nonce        string
	loginHint    string
	reauthorize  bool          // prompt=login
	maxAge       time.Duration // how old the sign-in may be; negative for any age
}

// accepts reports whether the session is fit for the request: fresh enough, and of the user who
// launched the app.
func (q *authorizationRequest) accepts(s *session, begun time.Time) bool {
	if q.reauthorize && s.authTime.Before(begun) || q.maxAge >= 0 && s.authTime.Before(begun.Add(-q.maxAge)) {
		return false
	}
	return q.launch == nil || q.launch.of(s.visit.user)
}

// knownParameters are the parameters of an authorization request that have a meaning here. Of these,
// none may occur twice (RFC 6749 section 3.1).
var knownParameters = []string{
	"client_id", "redirect_uri", "response_type", "scope", "state", "aud", "launch", "code_challenge", "code_challenge_method",
	"nonce", "prompt", "max_age", "login_hint", "response_mode", "request", "request_uri", "display", "ui_locales",
	"id_token_hint", "acr_values",
}

// authorize serves the authorization endpoint for GET and POST.
func (t *tenant) authorize(w http.ResponseWriter, r *http.Request) {
	if t.has(faults.LoginThroughHTTP) && r.TLS != nil && r.Method == http.MethodGet {
		t.seeOther(w, strings.Replace(t.authorizeURL(), "https://", "http://", 1)+"?"+r.URL.RawQuery)
		return
	}
	form, status, problem := t.authorizationParameters(r)
	if problem != "" {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", "GET, POST")
		}
		t.refuse(w, status, "The authorization request could not be read", problem)
		return
	}
	request, trusted, problem := t.addressee(form)
	if !trusted {
		t.refuse(w, http.StatusBadRequest, "The app cannot be trusted", problem)
		return
	}
	if problem != "" {
		t.seeOther(w, t.errorCallback(r, request, "invalid_request", problem))
		return
	}
	if refused := t.validate(r, request, form); refused != nil {
		if form.get("prompt") == "none" && t.has(faults.PromptNoneErrorPage) {
			t.refuse(w, http.StatusBadRequest, "Please sign in first", "The app asked for no sign-in page.")
			return
		}
		t.seeOther(w, t.errorCallback(r, request, refused.code, refused.description))
		return
	}
	if t.has(faults.StateLastWins) {
		t.setCookie(w, "state", encodeState(request.state), "/auth/", interactionLifetime)
	}
	t.begin(w, r, request, "")
}

// authorizationParameters reads the request from the query of a GET or the body of a POST. problem is
// empty when it could be read.
func (t *tenant) authorizationParameters(r *http.Request) (form parameters, status int, problem string) {
	var err error
	switch {
	case r.Method == http.MethodGet && !t.has(faults.AuthorizeGetRefused):
		form, err = parseForm(r.URL.RawQuery)
	case r.Method == http.MethodPost && t.has(faults.AuthorizePostLosesRequest):
		form, err = parseForm(r.URL.RawQuery)
	case r.Method == http.MethodPost && !t.has(faults.AuthorizePostRefused):
		form, err = parseBody(r)
	default:
		return nil, http.StatusMethodNotAllowed, "The authorization endpoint does not serve " + r.Method + "."
	}
	if err != nil {
		return nil, http.StatusBadRequest, err.Error() + "."
	}
	return form, http.StatusOK, ""
}

// addressee finds out whom an error may be told. Unless trusted, nobody: the client or its redirect URI
// is unknown, and a redirect would make this an open redirector (RFC 6749 section 4.1.2.1). A problem of
// a trusted addressee is for the callback.
func (t *tenant) addressee(form parameters) (request *authorizationRequest, trusted bool, problem string) {
	request = &authorizationRequest{redirectURI: form.get("redirect_uri"), state: form.get("state")}
	if form.repeated("state") != "" && !t.has(faults.AuthorizeRepeatsAccepted) {
		request.state = ""
	}
	if t.answersTooEarly(form) && request.redirectURI != "" {
		return request, true, "the request cannot be answered"
	}
	if twice := form.repeated("client_id", "redirect_uri"); twice != "" && !t.countsNot() {
		return request, false, "It sent " + twice + " more than once."
	}
	client, known := t.client(form.get("client_id"))
	if known && request.redirectURI == "" && t.has(faults.RedirectURIOptional) {
		request.redirectURI = client.RedirectURIs[0]
	}
	switch {
	case !known:
		return request, t.has(faults.OpenRedirectUnknownClient) && request.redirectURI != "", "No app is registered under its client_id."
	case request.redirectURI == "":
		return request, false, "It sent no redirect_uri."
	case !t.redirectAllowed(client, request.redirectURI):
		return request, t.has(faults.OpenRedirectUnregistered), "Its redirect_uri is not one of those that it registered."
	}
	if given := form["redirect_uri"]; t.has(faults.RepeatedRedirectURIUsed) && len(given) > 1 {
		request.redirectURI = given[1]
	}
	request.client = client
	if twice := form.repeated(knownParameters...); twice != "" && !t.countsNot() {
		return request, true, twice + " occurs more than once"
	}
	return request, true, ""
}

// countsNot reports whether the tenant does not notice a parameter that comes twice.
func (t *tenant) countsNot() bool {
	return t.has(faults.AuthorizeRepeatsAccepted) || t.has(faults.RepeatedRedirectURIUsed)
}

// answersTooEarly reports whether the tenant answers the request before it knows whom.
func (t *tenant) answersTooEarly(form parameters) bool {
	switch {
	case t.has(faults.OpenRedirectSilent):
		return form.get("prompt") == "none"
	case t.has(faults.OpenRedirectBadScope):
		return !slices.ContainsFunc(scope.Split(form.get("scope")), func(s string) bool {
			_, clinical := scope.Parse(s)
			return clinical || meanings[s] != ""
		})
	}
	return false
}

// validate checks everything that may be told to the app, and completes the request.
func (t *tenant) validate(r *http.Request, q *authorizationRequest, form parameters) *oauthError {
	for _, check := range []func(*http.Request, *authorizationRequest, parameters) *oauthError{
		t.checkParameters, t.checkResponseType, t.checkAudience, t.checkChallenge, t.checkLaunch, t.checkScopes, t.checkPrompt,
	} {
		if refused := check(r, q, form); refused != nil {
			return refused
		}
	}
	q.nonce, q.loginHint = form.get("nonce"), form.get("login_hint")
	return nil
}

// checkParameters refuses request objects, which this server does not read
// (OpenID Connect Core section 6.1).
func (t *tenant) checkParameters(_ *http.Request, _ *authorizationRequest, form parameters) *oauthError {
	if form.get("request") != "" && !t.has(faults.RequestIgnored) {
		return refusal("request_not_supported", "request objects are not supported")
	}
	if form.get("request_uri") != "" && !t.has(faults.RequestURIIgnored) {
		return refusal("request_uri_not_supported", "request objects are not supported")
	}
	if form.get("acr_values") != "" && t.has(faults.ACRValuesRefused) {
		return refusal("invalid_request", "acr_values names no known class")
	}
	if mode := form.get("response_mode"); mode != "" && mode != "query" {
		return refusal("invalid_request", "response_mode must be query")
	}
	if t.has(faults.UnknownParameterRefused) {
		for name := range form {
			if !slices.Contains(knownParameters, name) {
				return refusal("invalid_request", "unknown parameter")
			}
		}
	}
	return nil
}

func (t *tenant) checkResponseType(_ *http.Request, q *authorizationRequest, form parameters) *oauthError {
	q.responseType = form.get("response_type")
	switch {
	case q.responseType == "code", q.responseType == "token" && t.has(faults.ImplicitEnabled):
		return nil
	case t.has(faults.ResponseTypeIgnored):
		q.responseType = "code"
		return nil
	case q.responseType == "":
		return refusal("invalid_request", "response_type is missing")
	default:
		return refusal("unsupported_response_type", "response_type must be code")
	}
}

// checkAudience keeps a token for this server from being obtained on behalf of another one.
func (t *tenant) checkAudience(_ *http.Request, q *authorizationRequest, form parameters) *oauthError {
	q.base = form.get("aud")
	switch {
	case t.isBase(q.base):
		return nil
	case t.has(faults.AudIgnored), q.base == "" && t.has(faults.AudOptional):
		q.base = t.root + fhirBases[0].path
		return nil
	case q.base == "":
		return refusal("invalid_request", "aud is missing; it must be the FHIR base "+t.root+fhirBases[0].path)
	default:
		return refusal("invalid_request", "aud is not the FHIR base "+t.root+fhirBases[0].path)
	}
}

// checkPrompt reads prompt and max_age (OpenID Connect Core section 3.1.2.1). Consent is always asked
// for, so prompt=none can never be granted.
func (t *tenant) checkPrompt(r *http.Request, q *authorizationRequest, form parameters) *oauthError {
	prompts := strings.Fields(form.get("prompt"))
	if slices.Contains(prompts, "none") && !t.passesOverNone(r) {
		switch {
		case len(prompts) > 1:
			return refusal("invalid_request", "prompt=none goes with no other value")
		case t.session(r) == nil:
			return refusal("login_required", "nobody is signed in")
		default:
			return refusal("consent_required", "the user has to consent")
		}
	}
	q.reauthorize = (slices.Contains(prompts, "login") || slices.Contains(prompts, "select_account")) && !t.has(faults.PromptLoginIgnored)
	q.maxAge = -1
	if raw := form.get("max_age"); raw != "" {
		seconds, err := strconv.Atoi(raw)
		if err != nil || seconds < 0 {
			return refusal("invalid_request", "max_age must be a number of seconds")
		}
		q.maxAge = min(time.Duration(seconds), 365*24*3600) * time.Second
	}
	if t.has(faults.MaxAgeIgnored) {
		q.maxAge = -1
	}
	return nil
}

// passesOverNone reports whether a defect shows a page in spite of prompt=none.
func (t *tenant) passesOverNone(r *http.Request) bool {
	return t.has(faults.PromptNoneSignIn) && t.session(r) == nil || t.has(faults.PromptNoneConsent) && t.session(r) != nil
}
