package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// OpenIDRequests lists the checks of the parameters that OpenID Connect adds to authorization requests.
var OpenIDRequests = []Check{PromptNone, ReauthenticationByAge, ReauthenticationByPrompt, AuthTime, NonceExact, OptionalParameters, RequestObject}

// interactive reports whether a page asks the user for something.
func interactive(p evidence.Page) bool {
	return !slices.Contains([]string{"", "unknown", "error"}, p.Kind)
}

// asks returns the first page of a trip that asks the user for something, in words, or "".
func asks(a evidence.Authorization) string {
	i := slices.IndexFunc(a.Pages, interactive)
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("the %s page %q", a.Pages[i].Kind, a.Pages[i].Title)
}

// interactionErrors are the errors by which a server says that it would have to ask the user (OpenID Connect
// Core §3.1.2.6, RFC 9470).
var interactionErrors = []string{
	"login_required", "interaction_required", "consent_required", "account_selection_required",
	"unmet_authentication_requirements", "insufficient_user_authentication",
}

// wouldAsk reports whether a request ended with such an error.
func wouldAsk(a evidence.Authorization) bool {
	return a.Outcome == evidence.GotError && slices.Contains(interactionErrors, a.Callback.Error())
}

// temporary reports whether the error at the redirect URI says that the server failed.
func temporary(a evidence.Authorization) bool {
	return a.Outcome == evidence.GotError && slices.Contains([]string{"server_error", "temporarily_unavailable"}, a.Callback.Error())
}

// PromptNone verifies that prompt=none shows no page.
var PromptNone = New(Meta{
	ID:           "openid.prompt-none",
	Title:        "prompt=none never shows a page",
	Level:        ShallNot,
	Requirements: []string{"oidc-core-3.1.2.1-prompt-none"},
	Applies:      openIDApplies,
	Remedy:       "With prompt=none, redirect at once: with a code, or with login_required, consent_required or interaction_required.",
}, evidence.OpenIDTurnsKind, func(e evidence.OpenIDTurns) Verdict {
	var t tally
	understood := slices.Contains(e.Prompts, "none")
	for _, name := range []string{evidence.NoneUnknown, evidence.NoneSignedIn} {
		turn, made := e.Named(name)
		if !made {
			continue
		}
		understood = understood || wouldAsk(turn.Authorization)
		judgeSilence(&t, turn)
	}
	const expected = "a redirect without a page"
	if len(t.broken) > 0 && !understood {
		return Discouraged(expected, few(t.broken)+"; SMART App Launch does not require support for parameters that OpenID Connect lists as optional", unique(t.proof)...)
	}
	return t.verdict(expected, "no page was shown", "there was no browser that nobody had signed in with")
})

// judgeSilence judges a request with prompt=none.
func judgeSilence(t *tally, turn evidence.OpenIDTurn) {
	clean := turn.Name == evidence.NoneUnknown
	switch a := turn.Authorization; {
	case clean && turn.SignedIn: // the user has one browser only, which a person had signed in with
	case !clean && !turn.SignedIn:
		t.unsure(turn.Name + ": nobody could sign in before")
	case asks(a) != "":
		t.breaks(turn.Name+": "+asks(a), a.Exchanges...)
	case pageFailed(a) != "":
		t.unsure(turn.Name + ": the authorization endpoint " + pageFailed(a))
	case a.Outcome == evidence.GotPage:
		t.breaks(turn.Name+": "+a.Describe(), a.Exchanges...)
	case temporary(a), a.Outcome == evidence.GotNowhere:
		t.unsure(turn.Name + ": " + a.Describe())
	case clean && a.Outcome != evidence.GotError:
		t.breaks(turn.Name+": "+a.Describe(), a.Exchanges...)
	case a.Outcome == evidence.GotError, a.Outcome == evidence.GotCode:
		t.holds(a.Exchanges...)
	default:
		t.breaks(turn.Name+": "+a.Describe(), a.Exchanges...)
	}
}

// ReauthenticationByAge verifies that max_age=0 makes the user sign in again.
var ReauthenticationByAge = New(Meta{
	ID:           "openid.max-age",
	Title:        "max_age=0 makes the user sign in again",
	Level:        Should,
	Requirements: []string{"oidc-core-3.1.2.1-max-age"},
	Applies:      "claims_supported lists auth_time",
	Remedy:       "Show the sign-in page when the last sign-in is older than max_age allows, and send auth_time in the ID token.",
}, evidence.OpenIDTurnsKind, reauthenticates(evidence.MaxAgeZero))

// ReauthenticationByPrompt verifies that prompt=login makes the user sign in again.
var ReauthenticationByPrompt = New(Meta{
	ID:           "openid.prompt-login",
	Title:        "prompt=login makes the user sign in again",
	Level:        Should,
	Requirements: []string{"oidc-core-3.1.2.1-prompt-login"},
	Applies:      openIDApplies,
	Remedy:       "With prompt=login, show the sign-in page although the browser has a session, and renew auth_time.",
}, evidence.OpenIDTurnsKind, reauthenticates(evidence.PromptLogin))

// signInPages are the kinds of pages on which a user shows who it is.
var signInPages = []string{"sign-in", "second factor", "for a person"}

// reauthenticates judges a request that a signed-in user must sign in again for. Where no page shows it,
// auth_time may: it is later than that of the sign-in before.
func reauthenticates(name string) func(evidence.OpenIDTurns) Verdict {
	return func(e evidence.OpenIDTurns) Verdict {
		const expected = "a sign-in page, or an auth_time later than that of the sign-in before"
		turn, made := e.Named(name)
		a := turn.Authorization
		signIn := slices.ContainsFunc(a.Pages, func(p evidence.Page) bool { return slices.Contains(signInPages, p.Kind) })
		switch {
		case !made && name == evidence.MaxAgeZero && e.Withheld != "":
			return Skip(e.Withheld)
		case !made:
			return Skip("a person signs in, and is not asked to do it again")
		case !turn.SignedIn:
			return CannotJudge("nobody could sign in with the browser before", a.Exchanges...)
		case signIn:
			return Holds("the user was asked to sign in again", a.Exchanges...)
		case wouldAsk(a):
			return Holds("refused with "+a.Callback.Error(), a.Exchanges...)
		case pageFailed(a) != "":
			return CannotJudge("the authorization endpoint "+pageFailed(a), a.Exchanges...)
		case a.Outcome == evidence.GotNowhere || temporary(a):
			return CannotJudge(a.Describe(), a.Exchanges...)
		case a.Outcome != evidence.GotCode:
			return Broken(expected, a.Describe(), a.Exchanges...)
		case signedInAgain(e, name):
			return Holds("auth_time is later than that of the sign-in before", a.Exchanges...)
		default:
			return Broken(expected, "a code without a sign-in page, and no later auth_time", a.Exchanges...)
		}
	}
}

// signedInAgain reports whether auth_time of the turn is later than that of every turn before.
func signedInAgain(e evidence.OpenIDTurns, name string) bool {
	latest, known := 0.0, false
	for _, turn := range e.Turns {
		id := turn.IDToken()
		if id == nil {
			continue
		}
		at, told := id.Time("auth_time")
		if turn.Name == name {
			return told && known && at > latest
		}
		latest, known = max(latest, at), known || told
	}
	return false
}

// AuthTime verifies that an ID token that was asked for with max_age says when the user signed in.
var AuthTime = New(Meta{
	ID:           "openid.auth-time",
	Title:        "The ID token has auth_time when max_age was sent",
	Level:        Shall,
	Requirements: []string{"oidc-core-2-auth-time"},
	Applies:      "claims_supported lists auth_time",
	Remedy:       "Send auth_time, the time of the user's sign-in as a JSON number of seconds since 1970, whenever max_age was sent.",
}, evidence.OpenIDTurnsKind, func(e evidence.OpenIDTurns) Verdict {
	turn, made := e.Named(evidence.MaxAgeZero)
	id := turn.IDToken()
	switch {
	case !made && e.Withheld != "":
		return Skip(e.Withheld)
	case !made:
		return Skip("a person signs in, and is not asked to do it again")
	case id == nil:
		return Skip("no ID token came after a request with max_age")
	}
	at, told := id.Time("auth_time")
	switch age := float64(id.Received) - at; {
	case !told:
		return Broken("auth_time as a number", "auth_time "+orAbsent(id.Claims["auth_time"]), turn.Token.Exchange)
	case age < -clockAllowance:
		return Broken("auth_time in the past", fmt.Sprintf("auth_time %.0f s after receipt", -age), turn.Token.Exchange)
	default:
		return Holds(fmt.Sprintf("auth_time %.0f s before receipt", age), turn.Token.Exchange)
	}
})

// NonceExact verifies that a nonce of unusual characters comes back as it was.
var NonceExact = New(Meta{
	ID:           "openid.nonce-exact",
	Title:        "A nonce with reserved characters comes back unchanged",
	Level:        Shall,
	Requirements: []string{"oidc-core-2-nonce"},
	Applies:      openIDApplies,
	Remedy:       "Decode nonce once, as every parameter, and copy it into the ID token without any other processing.",
}, evidence.OpenIDTurnsKind, func(e evidence.OpenIDTurns) Verdict {
	turn, made := e.Named(evidence.PromptLogin)
	switch id := turn.IDToken(); {
	case !made:
		return Skip("a person signs in, and is not asked to do it again")
	case turn.Authorization.Outcome == evidence.GotNowhere || pageFailed(turn.Authorization) != "" || temporary(turn.Authorization):
		return CannotJudge(turn.Authorization.Describe(), turn.Authorization.Exchanges...)
	case id == nil && turn.Token != nil:
		return Skip("no ID token came after the request with that nonce")
	case id == nil:
		return Skip("no code came after the request with that nonce: " + turn.Authorization.Describe())
	case id.Claims["nonce"] == nil:
		return Skip("the ID token has no nonce (see openid.id-token-nonce)")
	default:
		if nonce, _ := id.Text("nonce"); nonce != turn.Nonce {
			return Broken(fmt.Sprintf("nonce %q", turn.Nonce), "nonce "+orAbsent(id.Claims["nonce"]), turn.Token.Exchange)
		}
		return Holds("nonce came back byte for byte", turn.Token.Exchange)
	}
})

// OptionalParameters verifies that parameters which the server need not support do no harm.
var OptionalParameters = New(Meta{
	ID:           "openid.optional-parameters",
	Title:        "Optional OpenID parameters do not break a request",
	Level:        ShouldNot,
	Requirements: []string{"206", "oidc-core-3.1.2.1-optional-parameters"},
	Applies:      openIDApplies,
	Remedy:       "Ignore acr_values, ui_locales, display and id_token_hint where the server does not support them or their values.",
}, evidence.OptionalParametersKind, allReachCode("a code in spite of acr_values, ui_locales, display and id_token_hint"))

// RequestObject verifies that a request object is not silently passed over.
var RequestObject = New(Meta{
	ID:           "openid.request-object",
	Title:        "A request object that the server does not support is refused",
	Level:        Should,
	Requirements: []string{"213", "oidc-core-6-request-not-supported"},
	Applies:      "the server does not claim to support request objects",
	Remedy:       "Answer request_not_supported to request, and request_uri_not_supported to request_uri.",
}, evidence.RequestObjectKind, func(e evidence.Variants) Verdict {
	verdict := noCode("request_not_supported or request_uri_not_supported")(e)
	if verdict.outcome != holds {
		return verdict
	}
	var answers []string
	for _, v := range e.Variants {
		answers = append(answers, v.Name+": "+strings.TrimSuffix(v.Authorization.Describe(), "."))
	}
	return Holds(few(answers), verdict.evidence...)
})
