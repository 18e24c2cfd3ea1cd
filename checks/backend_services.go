package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// BackendServices lists the checks of the token endpoint for backend services. Those of what their tokens open
// are in BackendServicesAccess.
var BackendServices = []Check{
	BackendToken, BackendTokenType, BackendExpiresIn, BackendLifetime, BackendShortLived, BackendScopePresent,
	BackendScopeExact, BackendNoRefreshToken, BackendNoStore, BackendWithinRegistration, BackendPersonalScopes,
	BackendScopeOmitted, BackendAssertions, BackendErrorCodes, BackendErrorDescription, BackendPublicClient,
}

const backendApplies = "the target file has clients.backend"

// ofBackendToken judges the token response of a backend service. judge returns what is wrong with it, or "".
func ofBackendToken(expected string, judge func(evidence.BackendToken) string) func(evidence.BackendToken) Verdict {
	return func(e evidence.BackendToken) Verdict {
		if !e.Token.Issued() {
			return Skip("no token was issued, which backend-services.token judges")
		}
		if problem := judge(e); problem != "" {
			return Broken(expected, problem, e.Token.Exchange)
		}
		return Holds("the token response was right", e.Token.Exchange)
	}
}

// BackendToken verifies that a backend service gets a token that works.
var BackendToken = New(Meta{
	ID:           "backend-services.token",
	Title:        "A correct request of a backend service brings an access token that works",
	Level:        Shall,
	Requirements: []string{"253", "254"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Answer grant_type=client_credentials with 200 and an access_token when the assertion and the scopes are right, and let the FHIR server accept it.",
}, evidence.BackendTokenKind, func(e evidence.BackendToken) Verdict {
	switch {
	case giveUp(e.Token.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(e.Token.Status), e.Token.Exchange)
	case !e.Token.Issued() || e.Token.Status != 200:
		return Broken("200 with an access token for "+e.Scope, e.Token.Describe(), e.Token.Exchange)
	case e.Read == nil:
		return Holds("a token was issued", e.Token.Exchange)
	case giveUp(e.Read.Status) != "":
		return CannotJudge(e.Read.Name+" was "+giveUp(e.Read.Status), e.Token.Exchange, e.Read.Exchange)
	case e.Read.Status == 401:
		return Broken("a token that the FHIR server accepts", e.Read.Name+": "+e.Read.Describe(), e.Token.Exchange, e.Read.Exchange)
	case e.Read.Status != 200:
		return grantedNothing(e)
	}
	return Holds("the token opened "+e.Kind, e.Token.Exchange, e.Read.Exchange)
})

// grantedNothing judges a token that does not open what was asked for: it may have been granted less.
func grantedNothing(e evidence.BackendToken) Verdict {
	granted, listed := e.Token.Text("scope")
	if listed && !slices.ContainsFunc(scope.Clinical(granted), func(s scope.Scope) bool { return s.Allows("s", e.Kind) }) {
		return Skip(fmt.Sprintf("of %q only %q was granted, which does not open %s", e.Scope, granted, e.Kind))
	}
	return Broken("a token that opens what it was granted for", e.Read.Name+": "+e.Read.Describe(), e.Token.Exchange, e.Read.Exchange)
}

// BackendTokenType verifies the token type.
var BackendTokenType = New(Meta{
	ID:           "backend-services.token-type",
	Title:        "The token type of a backend service is bearer",
	Level:        Shall,
	Requirements: []string{"255"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Send \"token_type\": \"bearer\".",
}, evidence.BackendTokenKind, ofBackendToken("token_type bearer", func(e evidence.BackendToken) string {
	if kind, _ := e.Token.Text("token_type"); !strings.EqualFold(kind, "bearer") {
		return "token_type " + orAbsent(e.Token.Members["token_type"])
	}
	return ""
}))

// BackendExpiresIn verifies that the lifetime is stated.
var BackendExpiresIn = New(Meta{
	ID:           "backend-services.expires-in",
	Title:        "The token response to a backend service states the lifetime in seconds",
	Level:        Shall,
	Requirements: []string{"256"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Send expires_in as a positive JSON integer.",
}, evidence.BackendTokenKind, ofBackendToken("expires_in as a positive JSON integer", func(e evidence.BackendToken) string {
	var seconds int64
	if raw := e.Token.Members["expires_in"]; json.Unmarshal(raw, &seconds) != nil || seconds <= 0 {
		return "expires_in " + orAbsent(raw)
	}
	return ""
}))

// longestBackendLifetime is the lifetime that SMART Backend Services recommends and should not be exceeded, in
// seconds.
const longestBackendLifetime = 300

// atMost judges the stated lifetime of a token of a backend service.
func atMost(longest float64) func(evidence.BackendToken) Verdict {
	expected := fmt.Sprintf("expires_in of %.0f or less", longest)
	return func(e evidence.BackendToken) Verdict {
		var seconds float64
		if e.Token.Issued() && json.Unmarshal(e.Token.Members["expires_in"], &seconds) != nil {
			return Skip("the token response states no lifetime, which backend-services.expires-in judges")
		}
		return ofBackendToken(expected, func(evidence.BackendToken) string {
			if seconds > longest {
				return fmt.Sprintf("expires_in %.0f", seconds)
			}
			return ""
		})(e)
	}
}

// BackendLifetime verifies that tokens last five minutes at most.
var BackendLifetime = New(Meta{
	ID:           "backend-services.lifetime",
	Title:        "Tokens of backend services last five minutes at most",
	Level:        Should,
	Requirements: []string{"257", "262"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Send expires_in of 300 or less; a backend service can ask for the next token at any time.",
}, evidence.BackendTokenKind, atMost(longestBackendLifetime))

// BackendShortLived verifies that tokens are short-lived. Where the line is, the specification does not say; an
// hour is what it recommends at most for any access token.
var BackendShortLived = New(Meta{
	ID:           "backend-services.short-lived",
	Title:        "Tokens of backend services are short-lived",
	Level:        Shall,
	Requirements: []string{"261"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Issue tokens of five minutes; more than an hour is not short by any reading.",
}, evidence.BackendTokenKind, atMost(longestLifetime))

// BackendScopePresent verifies that the token response lists what was granted.
var BackendScopePresent = New(Meta{
	ID:           "backend-services.scope-present",
	Title:        "The token response to a backend service lists the granted scopes",
	Level:        Shall,
	Requirements: []string{"258"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Send scope with the granted scopes, also when they equal the requested ones.",
}, evidence.BackendTokenKind, ofBackendToken("scope as a string of SMART scopes", func(e evidence.BackendToken) string {
	granted, isString := e.Token.Text("scope")
	switch {
	case !isString || granted == "":
		return "scope " + orAbsent(e.Token.Members["scope"])
	case len(scope.Clinical(granted)) == 0:
		return fmt.Sprintf("scope %q, which holds no scope in SMART syntax", shorten(granted))
	}
	return ""
}))

// BackendScopeExact verifies that what is granted is what was asked for.
var BackendScopeExact = New(Meta{
	ID:           "backend-services.scope-exact",
	Title:        "A backend service is granted what it asked for, and no more",
	Level:        Should,
	Requirements: []string{"260"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Bind the token to the requested scopes, not to all that the client is registered for.",
}, evidence.BackendAccessKind, func(e evidence.BackendAccess) Verdict {
	granted, listed := e.Token.Text("scope")
	if !listed {
		return Skip("the token response lists no scopes to compare with, which backend-services.scope-present judges")
	}
	more, less := scope.Excess(e.Asked, granted), scope.Excess(granted, e.Asked)
	switch {
	case len(more) > 0:
		return Broken(e.Asked, "besides, "+few(more), e.Token.Exchange)
	case len(less) > 0:
		return Broken(e.Asked, fmt.Sprintf("%q, which lacks %s", shorten(granted), few(less)), e.Token.Exchange)
	}
	return Holds("the granted scopes are those that were asked for", e.Token.Exchange)
})

// BackendNoRefreshToken verifies that no refresh token is issued.
var BackendNoRefreshToken = New(Meta{
	ID:           "backend-services.no-refresh-token",
	Title:        "A backend service gets no refresh token",
	Level:        ShouldNot,
	Requirements: []string{"248"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Leave refresh_token out of the answer to client_credentials; the client can ask again.",
}, evidence.BackendTokenKind, ofBackendToken("no refresh_token", func(e evidence.BackendToken) string {
	if _, there := e.Token.Members["refresh_token"]; there {
		return "a refresh_token"
	}
	return ""
}))

// BackendNoStore verifies that the token response forbids caching.
var BackendNoStore = New(Meta{
	ID:           "backend-services.no-store",
	Title:        "The token response to a backend service forbids caching",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.1-no-store-every-token"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Send Cache-Control: no-store and Pragma: no-cache with every response that holds a token.",
}, evidence.BackendTokenKind, ofBackendToken("Cache-Control: no-store", func(e evidence.BackendToken) string {
	if e.Token.Header.Has("Cache-Control", "no-store") {
		return ""
	}
	return fmt.Sprintf("Cache-Control %q", strings.Join(e.Token.Header.Values("Cache-Control"), ", "))
}))

// grantedOdd returns those of the odd scopes that a token response grants, in full or in part.
func grantedOdd(try evidence.BackendScope) []string {
	granted, _ := try.Token.Text("scope")
	var found []string
	for _, odd := range try.Odd {
		o, clinical := scope.Parse(odd)
		for _, raw := range scope.Split(granted) {
			g, alsoClinical := scope.Parse(raw)
			same := !clinical && raw == odd
			if same || clinical && alsoClinical && g.Context == o.Context && overlaps(g, o) {
				found = append(found, raw)
			}
		}
	}
	return found
}

// overlaps reports whether two clinical scopes of one context have an interaction on a type in common.
func overlaps(a, b scope.Scope) bool {
	return (a.Resource == b.Resource || a.Resource == "*" || b.Resource == "*") && strings.ContainsAny(a.Letters, b.Letters)
}

// notGranted judges requests for scopes that must not be granted. A refusal is right, and so is a token without them.
func notGranted(e evidence.BackendScopes) (t tally) {
	for _, try := range e.Tries {
		odd := grantedOdd(try)
		switch {
		case giveUp(try.Token.Status) != "" && !try.Token.Issued():
			t.unsure(try.Name + ": the token endpoint " + giveUp(try.Token.Status))
		case try.Token.Issued() && len(odd) > 0:
			t.breaks(fmt.Sprintf("%s: a token for %s", try.Name, few(odd)), try.Token.Exchange)
		default:
			t.holds(try.Token.Exchange)
		}
	}
	return t
}

// BackendWithinRegistration verifies that scopes stay within what was allowed beforehand.
var BackendWithinRegistration = New(Meta{
	ID:           "backend-services.within-registration",
	Title:        "A backend service is granted nothing beyond what it was allowed beforehand",
	Level:        Shall,
	Requirements: []string{"250"},
	Versions:     sinceSTU2,
	Applies:      backendApplies + "; scopes beyond its registration are tried when clients.backend.beyond names them",
	Remedy:       "Compare the requested scopes with those that the client is registered for; answer invalid_scope, or leave the others out.",
}, evidence.BackendScopesKind, func(e evidence.BackendScopes) Verdict {
	t := notGranted(e.Only(evidence.BeyondScope, evidence.InventedScope, evidence.NoScope))
	message := "nothing was granted beyond what was allowed"
	if e.NoBeyond != "" {
		message += "; only an invented scope was tried, since " + e.NoBeyond
	}
	return t.verdict("invalid_scope, or a token without those scopes", message, "no such scope was asked for")
})

// BackendPersonalScopes warns of scopes that need a person.
var BackendPersonalScopes = New(Meta{
	ID:           "backend-services.personal-scopes",
	Title:        "A backend service is granted no scope of a patient or a user",
	Level:        Shall,
	Requirements: []string{"250"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Grant system scopes only where there is no user: patient and user scopes say whose access they share.",
}, evidence.BackendScopesKind, func(e evidence.BackendScopes) Verdict {
	t := notGranted(e.Only(evidence.PersonalScopes))
	if len(t.broken) > 0 { // the specification calls them inappropriate, and forbids them to nobody
		return Discouraged("a token without patient and user scopes, or invalid_scope", few(t.broken), unique(t.proof)...)
	}
	return t.verdict("", "no scope of a patient or a user was granted", "no such scope was asked for")
})

// BackendScopeOmitted verifies the answer to a request without scope.
var BackendScopeOmitted = New(Meta{
	ID:           "backend-services.scope-omitted",
	Title:        "A request without scope is refused for that, or granted scopes that are told",
	Level:        Shall,
	Requirements: []string{"rfc6749-3.3-scope-omitted"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Answer invalid_scope or invalid_request when scope is missing; if you grant a default, list it in scope.",
}, evidence.BackendScopesKind, func(e evidence.BackendScopes) Verdict {
	var t tally
	for _, try := range e.Only(evidence.NoScope).Tries {
		granted, _ := try.Token.Text("scope")
		switch {
		case try.Token.Issued() && granted == "":
			t.breaks("a token without a word of its scopes", try.Token.Exchange)
		case try.Token.Issued(), slices.Contains([]string{"invalid_scope", "invalid_request"}, try.Token.Error()):
			t.holds(try.Token.Exchange)
		case busy(try.Token.Status):
			t.unsure("the token endpoint " + giveUp(try.Token.Status))
		default:
			t.breaks(try.Token.Describe(), try.Token.Exchange)
		}
	}
	return t.verdict("invalid_scope, or a token whose scopes are listed", "a request without scope got its answer", "no such request was made")
})

// BackendAssertions verifies that assertions of backend services are validated in full.
var BackendAssertions = New(Meta{
	ID:           "backend-services.assertions",
	Title:        "A backend service gets no token without a client assertion that is right in every point",
	Level:        Shall,
	Requirements: []string{"249"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Verify the signature with the registered key that kid names, then aud, exp, iss and sub, before anything is granted.",
}, evidence.BackendErrorsKind, func(e evidence.Redemptions) Verdict {
	return neverIssued("401 or 400 invalid_client")(without(e, evidence.UnknownGrantType, evidence.InventedAlone))
})

// without returns the redemptions that have none of the names.
func without(e evidence.Redemptions, names ...string) evidence.Redemptions {
	var others evidence.Redemptions
	for _, r := range e.Redemptions {
		if !slices.Contains(names, r.Name) {
			others.Redemptions = append(others.Redemptions, r)
		}
	}
	return others
}

// tokenErrorCodes are the error codes of RFC 6749 §5.2.
var tokenErrorCodes = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

// eachBackendError judges the errors that backend services got. judge returns what is wrong with one, or "".
func eachBackendError(expected string, judge func(evidence.TokenResponse) string) func(evidence.Redemptions) Verdict {
	return func(e evidence.Redemptions) Verdict {
		var t tally
		for _, r := range e.Redemptions {
			switch problem := judge(r.Token); {
			case r.Token.Issued(): // whether that is right is for other checks
			case busy(r.Token.Status):
				t.unsure(r.Name + ": the token endpoint " + giveUp(r.Token.Status))
			case problem != "":
				t.breaks(r.Name+": "+problem, r.Token.Exchange)
			default:
				t.holds(r.Token.Exchange)
			}
		}
		return t.verdict(expected, "every error was right", "no bad request was refused")
	}
}

// BackendErrorCodes verifies that errors are those of OAuth.
var BackendErrorCodes = New(Meta{
	ID:           "backend-services.errors",
	Title:        "Errors for backend services are those of OAuth",
	Level:        Shall,
	Requirements: []string{"251"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Answer 400 or 401 with {\"error\": …} as application/json, and a code of RFC 6749 §5.2.",
}, evidence.BackendErrorsKind, eachBackendError("400 or 401 with an error code of RFC 6749 §5.2", func(r evidence.TokenResponse) string {
	switch {
	case !slices.Contains(tokenErrorCodes, r.Error()), r.Status != 400 && r.Status != 401:
		return r.Describe()
	case r.Header.MediaType() != "application/json":
		return fmt.Sprintf("Content-Type %q", r.Header.Get("Content-Type"))
	}
	return ""
}))

// BackendErrorDescription verifies that errors explain themselves.
var BackendErrorDescription = New(Meta{
	ID:           "backend-services.error-description",
	Title:        "Errors for backend services carry a description or a link",
	Level:        Should,
	Requirements: []string{"252"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Add error_description or error_uri to every error: nobody sits in front of a backend service.",
}, evidence.BackendErrorsKind, eachBackendError("error_description or error_uri", func(r evidence.TokenResponse) string {
	description, _ := r.Text("error_description")
	link, _ := r.Text("error_uri")
	if r.Error() != "" && description == "" && link == "" {
		return r.Describe() + " without either"
	}
	return ""
}))

// BackendPublicClient verifies that a public client cannot use client credentials.
var BackendPublicClient = New(Meta{
	ID:           "backend-services.public-client",
	Title:        "A public client gets no token by client_credentials",
	Level:        Shall,
	Requirements: []string{"rfc6749-4.4-client-credentials-confidential"},
	Applies:      "the target file has a public client that can launch",
	Remedy:       "Answer unauthorized_client or invalid_client to client_credentials of a client that has no credentials (RFC 6749 §4.4).",
}, evidence.BackendPublicKind, neverIssued("invalid_client or unauthorized_client"))
