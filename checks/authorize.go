package checks

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Authorize lists the checks of the authorization endpoint, other than those of state.
var Authorize = []Check{
	AuthorizeGet, AuthorizePost, CodePresent, CodeUnique, CodeInQuery, RedirectURIExact, NoOpenRedirect,
	DenialReported, ErrorVocabulary, ResponseTypeUnsupported, NoImplicit, AudienceChecked,
	UnknownParametersIgnored, IssParameter, IssOnError,
}

// AuthorizeGet verifies that an authorization request by GET works.
var AuthorizeGet = New(Meta{
	ID:           "authorize.get",
	Title:        "The authorization endpoint takes GET requests",
	Level:        Shall,
	Requirements: []string{"48"},
	Remedy:       "Accept the authorization request in the query of a GET request.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t, arrived tally
	for _, g := range e.Grants {
		a := g.Authorization
		switch {
		case a.Callback != nil:
			arrived.holds(a.Exchanges...)
		case a.Outcome == evidence.NotLaunched:
		case a.Outcome == evidence.GotPage && pageFailed(a) == "":
			t.breaks(g.Launch.String()+": "+a.Describe(), a.Exchanges...)
		default:
			t.unsure(g.Launch.String() + ": " + a.Describe())
		}
	}
	if arrived.judged > 0 { // a launch that is refused for another reason fails its own check
		t = arrived
	}
	return t.verdict("a callback after a GET request", "GET requests led to the redirect URI", "no launch was made")
})

// AuthorizePost verifies that an authorization request by form POST works.
var AuthorizePost = New(Meta{
	ID:           "authorize.post",
	Title:        "The authorization endpoint takes form POST requests",
	Level:        Shall,
	Requirements: []string{"49", "354"},
	Versions:     []Version{V2_0_0, V2_2_0},
	Remedy:       "Accept the authorization request as application/x-www-form-urlencoded in the body of a POST request.",
}, evidence.AuthorizePostKind, allReachCode("a code after a POST request"))

// allReachCode judges variants that must all succeed.
func allReachCode(expected string) func(evidence.Variants) Verdict {
	return func(e evidence.Variants) Verdict {
		var t tally
		for _, v := range e.Variants {
			switch a := v.Authorization; {
			case a.Outcome == evidence.GotNowhere || a.Outcome == evidence.NotLaunched:
				t.unsure(v.Name + ": " + a.Describe())
			case a.Outcome != evidence.GotCode:
				t.breaks(v.Name+": "+a.Describe(), a.Exchanges...)
			case v.Token != nil && !v.Token.Issued():
				t.breaks(v.Name+": the token endpoint answered "+v.Token.Describe(), v.Token.Exchange)
			default:
				t.holds(a.Exchanges...)
			}
		}
		return t.verdict(expected, "every request succeeded", "no request was made")
	}
}

// CodePresent verifies that the callback of a successful authorization holds exactly one code.
var CodePresent = New(Meta{
	ID:           "authorize.code-present",
	Title:        "The callback holds exactly one code",
	Level:        Shall,
	Requirements: []string{"53", "57"},
	Remedy:       "Append one code parameter with a fresh value to the redirect URI.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		c := g.Authorization.Callback
		switch {
		case c == nil || g.Authorization.Outcome == evidence.GotError:
		case len(c.Codes) == 1 && c.Codes[0].Length > 0:
			t.holds(g.Authorization.Exchanges...)
		case len(c.Codes) == 0 && len(c.Fragment["code"]) > 0:
			t.holds(g.Authorization.Exchanges...) // authorize.code-in-query judges where it stands
		default:
			t.breaks(fmt.Sprintf("%s: %d code parameters", g.Launch, len(c.Codes)), g.Authorization.Exchanges...)
		}
	}
	return t.verdict("exactly one non-empty code parameter", "every callback held one code", "no callback arrived")
})

// CodeUnique verifies that no two authorizations yield the same code.
var CodeUnique = New(Meta{
	ID:           "authorize.code-unique",
	Title:        "Every authorization yields a code of its own",
	Level:        Shall,
	Requirements: []string{"57"},
	Remedy:       "Generate each code from a cryptographic random source.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	first := map[string]string{}
	for _, g := range e.Grants {
		if g.Authorization.Callback == nil {
			continue
		}
		seen := map[string]bool{}
		for _, code := range g.Authorization.Callback.Codes {
			earlier, again := first[code.Fingerprint]
			if again && !seen[code.Fingerprint] {
				t.breaks(fmt.Sprintf("%s got the code of %s", g.Launch, earlier), g.Authorization.Exchanges...)
				continue
			}
			seen[code.Fingerprint], first[code.Fingerprint] = true, g.Launch.String()
			t.holds()
		}
	}
	if t.judged < 2 {
		return Skip("fewer than two codes to compare")
	}
	return t.verdict("a different code on every run", "all codes differ", "")
})

// CodeInQuery verifies that the code arrives in the query of the registered redirect URI.
var CodeInQuery = New(Meta{
	ID:           "authorize.code-in-query",
	Title:        "The code arrives in the query of the exact redirect URI",
	Level:        Shall,
	Requirements: []string{"56"},
	Remedy:       "Redirect the browser to the redirect URI of the request, with the code in its query.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		c := g.Authorization.Callback
		switch {
		case c == nil || c.Error() != "":
		case len(c.Fragment["code"]) > 0:
			t.breaks(g.Launch.String()+": the code stands in the fragment", g.Authorization.Exchanges...)
		case len(c.Codes) > 0 && sameAddress(c.URI) != sameAddress(withoutQuery(g.RedirectURI)):
			t.breaks(g.Launch.String()+": the code came to "+c.URI, g.Authorization.Exchanges...)
		case len(c.Codes) > 0:
			t.holds(g.Authorization.Exchanges...)
		}
	}
	return t.verdict("the code in the query of the redirect URI", "every code came in the query", "no code arrived")
})

// sameAddress writes an address as a browser does, which adds the path that is missing and lowers the case
// of the host.
func sameAddress(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return uri
	}
	u.Host = strings.ToLower(u.Host)
	if port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]; port != "" {
		u.Host = strings.TrimSuffix(u.Host, port)
		u.Path = cmp.Or(u.Path, "/")
	}
	return u.String()
}

func withoutQuery(uri string) string {
	uri, _, _ = strings.Cut(uri, "#")
	uri, _, _ = strings.Cut(uri, "?")
	return uri
}

// RedirectURIExact verifies that a redirect URI is compared character for character.
var RedirectURIExact = New(Meta{
	ID:           "authorize.redirect-uri-exact",
	Title:        "Only the exact registered redirect URI is used",
	Level:        Shall,
	Requirements: []string{"18", "rfc9700-4.1.3-redirect-exact-match", "rfc9700-2.6-https-redirects-only"},
	Remedy:       "Compare redirect_uri with the registered values by simple string comparison.",
}, evidence.RedirectURIKind, staysOnServer("no variant of the redirect URI to be used"))

// NoOpenRedirect verifies that a request with a bad client or redirect URI never sends the browser on.
var NoOpenRedirect = New(Meta{
	ID:           "authorize.no-open-redirect",
	Title:        "A request with an unknown client or redirect URI never leaves the server",
	Level:        ShallNot,
	Requirements: []string{"rfc6749-3.1.2.4-no-open-redirect"},
	Remedy:       "Validate client_id and redirect_uri before anything else, and show an error page when either is bad.",
}, evidence.OpenRedirectKind, staysOnServer("an error page of the server"))

// staysOnServer judges variants that must neither reach a callback nor leave the server.
func staysOnServer(expected string) func(evidence.Variants) Verdict {
	return endsIn(expected, evidence.GotPage)
}

// noCode judges variants that must not lead to a code or a token.
func noCode(expected string) func(evidence.Variants) Verdict {
	return endsIn(expected, evidence.GotError, evidence.GotPage, evidence.GotNeither)
}

// endsIn judges variants each of which must end in one of the outcomes.
func endsIn(expected string, outcomes ...evidence.Outcome) func(evidence.Variants) Verdict {
	return func(e evidence.Variants) Verdict {
		var t tally
		for _, v := range e.Variants {
			name := v.Name
			if v.Sent != "" {
				name += " (" + v.Sent + ")"
			}
			switch a := v.Authorization; {
			case pageFailed(a) != "":
				t.unsure(v.Name + ": the authorization endpoint " + pageFailed(a))
			case slices.Contains(outcomes, a.Outcome):
				t.holds(a.Exchanges...)
			case a.Outcome == evidence.GotNowhere || a.Outcome == evidence.NotLaunched:
				t.unsure(v.Name + ": " + a.Describe())
			default:
				t.breaks(name+": "+a.Describe(), a.Exchanges...)
			}
		}
		return t.verdict(expected, "every variant was refused", "no variant was tried")
	}
}

// DenialReported verifies that the app learns of the user's refusal.
var DenialReported = New(Meta{
	ID:           "authorize.denial",
	Title:        "The app is told when the user denies access",
	Level:        Shall,
	Requirements: []string{"54"},
	Applies:      "the consent page offers a refusal",
	Remedy:       "Redirect to the redirect URI with error=access_denied and the state of the request.",
}, evidence.DenialKind, func(e evidence.Variants) Verdict {
	var t tally
	for _, v := range e.Variants {
		a := v.Authorization
		switch {
		case a.Outcome == evidence.GotNowhere || a.Outcome == evidence.NotLaunched:
			t.unsure(a.Describe())
		case !asked(a) && a.Outcome == evidence.GotCode: // nobody was asked, so nobody denied
		case a.Outcome == evidence.GotError && a.Callback.Error() == "access_denied" && len(a.Callback.Codes) == 0:
			t.holds(a.Exchanges...)
		default:
			t.breaks(a.Describe(), a.Exchanges...)
		}
	}
	return t.verdict("error=access_denied at the redirect URI", "the denial reached the app", "no consent page was seen")
})

// asked reports whether a consent page was shown on the way.
func asked(a evidence.Authorization) bool {
	return slices.ContainsFunc(a.Pages, func(p evidence.Page) bool { return p.Kind == "consent" })
}

// registeredErrors are the authorization error codes of RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6
// and of the extensions in IANA's registry of OAuth errors.
var registeredErrors = map[string]bool{
	"invalid_request": true, "unauthorized_client": true, "access_denied": true,
	"unsupported_response_type": true, "invalid_scope": true, "server_error": true,
	"temporarily_unavailable": true, "interaction_required": true, "login_required": true,
	"account_selection_required": true, "consent_required": true, "invalid_request_uri": true,
	"invalid_request_object": true, "request_not_supported": true, "request_uri_not_supported": true,
	"registration_not_supported": true, "invalid_target": true, "invalid_authorization_details": true,
	"unmet_authentication_requirements": true, "insufficient_user_authentication": true,
}

// ErrorVocabulary verifies the codes and characters of errors in callbacks.
var ErrorVocabulary = New(Meta{
	ID:           "authorize.error-vocabulary",
	Title:        "Errors in callbacks use registered codes and permitted characters",
	Level:        Shall,
	Requirements: []string{"rfc6749-4.1.2.1-error-code-vocabulary"},
	Remedy:       "Use the error codes of RFC 6749 §4.1.2.1, and printable ASCII without quote and backslash in error_description.",
}, evidence.StateErrorKind, func(e evidence.States) Verdict {
	var t tally
	for _, c := range e.Cases {
		a := c.Authorization
		if a.Outcome != evidence.GotError {
			continue
		}
		description := strings.Join(a.Callback.Query["error_description"], " ")
		switch code := a.Callback.Error(); {
		case !registeredErrors[code]:
			t.breaks(fmt.Sprintf("%s: error=%s", c.Name, code), a.Exchanges...)
		case strings.ContainsFunc(description, func(r rune) bool { return r < 0x20 || r > 0x7e || r == '"' || r == '\\' }):
			t.breaks(fmt.Sprintf("%s: error_description %q", c.Name, description), a.Exchanges...)
		default:
			t.holds(a.Exchanges...)
		}
	}
	return t.verdict("a registered error code", "every error code is registered", "no error reached the redirect URI")
})

// ResponseTypeUnsupported verifies that a missing or unknown response type is refused.
var ResponseTypeUnsupported = New(Meta{
	ID:           "authorize.response-type-unsupported",
	Title:        "A missing or unknown response_type is refused",
	Level:        Shall,
	Requirements: []string{"rfc6749-3.1.1-response-type-required"},
	Remedy:       "Answer unsupported_response_type, or invalid_request when response_type is missing.",
}, evidence.ResponseTypeKind, noCode("an error and no code"))

// NoImplicit verifies that no token is delivered at the callback.
var NoImplicit = New(Meta{
	ID:           "authorize.no-implicit",
	Title:        "Tokens are never delivered at the redirect URI",
	Level:        May,
	Requirements: []string{"rfc9700-2.1.2-no-implicit"},
	Remedy:       "Switch off response_type=token and the hybrid response types for SMART clients.",
}, evidence.ImplicitKind, noToken)

func noToken(e evidence.Variants) Verdict {
	var t tally
	for _, v := range e.Variants {
		switch a := v.Authorization; {
		case a.Outcome == evidence.GotToken:
			t.breaks(v.Name+": "+a.Describe(), a.Exchanges...)
		case a.Outcome == evidence.GotNowhere || a.Outcome == evidence.NotLaunched:
			t.unsure(v.Name + ": " + a.Describe())
		case pageFailed(a) != "":
			t.unsure(v.Name + ": the authorization endpoint " + pageFailed(a))
		default:
			t.holds(a.Exchanges...)
		}
	}
	return advised(t.verdict("no access token at the redirect URI", "no token was delivered", "no request was made"))
}

// AudienceChecked verifies that a request for another FHIR server yields nothing that works here.
var AudienceChecked = New(Meta{
	ID:           "authorize.aud-checked",
	Title:        "A request whose aud names another FHIR server is refused",
	Level:        Shall,
	Requirements: []string{"96"},
	Remedy:       "Compare aud with the FHIR base URLs that the authorization server protects.",
}, evidence.AudienceKind, noWorkingCode("an error, and no token for another server's aud"))

// UnknownParametersIgnored verifies that parameters which the server does not know do no harm.
var UnknownParametersIgnored = New(Meta{
	ID:           "authorize.unknown-parameters-ignored",
	Title:        "Unknown and empty parameters do not break a request",
	Level:        Shall,
	Requirements: []string{"rfc6749-3.1-ignore-unknown-params"},
	Remedy:       "Ignore parameters that the server does not know, and treat empty ones as absent.",
}, evidence.UnknownParameterKind, allReachCode("a code in spite of the unknown parameter"))
