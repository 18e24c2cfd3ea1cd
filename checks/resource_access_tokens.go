package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// ResourceAccessTokens lists the checks of which tokens the FHIR server takes, and how they come.
var ResourceAccessTokens = []Check{
	MalformedTokenRefused, BearerScheme, OneToken, FormToken, OtherTokensRefused, ExpiredTokenRefused, RevokedTokenRefused,
}

// only returns the named answers.
func only(e evidence.Access, names ...string) evidence.Access {
	out := evidence.Access{Scope: e.Scope, Patient: e.Patient}
	for _, name := range names {
		if a, made := e.Named(name); made {
			out.Answers = append(out.Answers, a)
		}
	}
	return out
}

// MalformedTokenRefused verifies that what is no token is refused.
var MalformedTokenRefused = New(Meta{
	ID:           "resource-access.malformed-token-refused",
	Title:        "An empty token, and a token with something after it, are refused",
	Level:        Shall,
	Requirements: []string{"94"},
	Remedy:       "Take everything after the scheme as the token, look it up as a whole, and refuse what no token may look like (RFC 6750 §2.1).",
}, evidence.CredentialsKind, func(e evidence.Access) Verdict {
	var t tally
	for _, a := range only(e, evidence.BlankToken, evidence.IllegalToken, evidence.SecondWord).Answers {
		refused(&t, a, a.Name, false)
	}
	return t.verdict("400 or 401 and no data", "every call was refused", "no call was made")
})

// BearerScheme verifies that a token under another scheme is not honoured.
var BearerScheme = New(Meta{
	ID:           "resource-access.bearer-scheme",
	Title:        "A token is honoured under the scheme Bearer only",
	Level:        Should,
	Requirements: []string{"rfc9110-11.4-other-scheme"},
	Remedy:       "Compare the scheme of the Authorization field before the token is read.",
}, evidence.CredentialsKind, func(e evidence.Access) Verdict {
	return shouldRefuse(only(e, evidence.BasicScheme, evidence.UnknownScheme), "401 and no data")
})

// OneToken verifies that a request with two tokens is refused.
var OneToken = New(Meta{
	ID:           "resource-access.one-token",
	Title:        "A call that carries two tokens is refused",
	Level:        Should,
	Requirements: []string{"rfc6750-3.1-invalid-request"},
	Remedy:       "Answer 400 invalid_request when there are two Authorization fields, or a token in the query beside one in the header.",
}, evidence.CredentialsKind, func(e evidence.Access) Verdict {
	return shouldRefuse(only(e, evidence.TwoHeaders, evidence.HeaderAndQuery), "400 invalid_request and no data")
})

func shouldRefuse(e evidence.Access, expected string) Verdict {
	var t tally
	for _, a := range e.Answers {
		refused(&t, a, a.Name, false)
	}
	return t.verdict(expected, "every call was refused", "no call was made")
}

// FormToken records whether a token in the body is honoured.
var FormToken = New(Meta{
	ID:           "resource-access.form-token",
	Title:        "A token in the body is honoured at most where a form is posted",
	Level:        May,
	Requirements: []string{"rfc6750-2.2-form-token"},
	Remedy:       "Read the token from the Authorization header only; the body of a GET must not carry one (RFC 6750 §2.2).",
}, evidence.CredentialsKind, func(e evidence.Access) Verdict {
	post, posted := e.Named(evidence.FormPost)
	get, got := e.Named(evidence.FormGet)
	switch {
	case got && get.Data():
		return Discouraged("401 and no data", get.Name+": "+get.Describe(), get.Exchange)
	case posted && post.Data():
		return Note("a token in a form that is posted is honoured", post.Exchange)
	case !posted || giveUp(post.Status) != "":
		return CannotJudge(fmt.Sprintf("%s was answered with %d", evidence.FormPost, post.Status), post.Exchange)
	default:
		return Holds("a token in the body is not honoured", post.Exchange, get.Exchange)
	}
})

// OtherTokensRefused verifies that only an access token gives access.
var OtherTokensRefused = New(Meta{
	ID:           "resource-access.other-tokens-refused",
	Title:        "A refresh token or an ID token gives no access to data",
	Level:        Shall,
	Requirements: []string{"94"},
	Applies:      "a refresh token or an ID token was issued",
	Remedy:       "Look at what a token is for, and not only at who signed or stored it.",
}, evidence.OtherTokensKind, func(e evidence.Access) Verdict {
	if len(e.Answers) == 0 {
		return Skip("neither a refresh token nor an ID token was issued")
	}
	return refusedWith401(e)
})

// ExpiredTokenRefused verifies that a token ends when its lifetime does.
var ExpiredTokenRefused = New(Meta{
	ID:           "resource-access.expired-token-refused",
	Title:        "A token stops working when its lifetime ends",
	Level:        Shall,
	Requirements: []string{"77", "94"},
	Applies:      "tokens live no longer than timeouts.tokenExpiry",
	Remedy:       tokenRemedy,
}, evidence.ExpiredKind, ended)

// RevokedTokenRefused verifies that a revoked token does not work.
var RevokedTokenRefused = New(Meta{
	ID:           "resource-access.revoked-token-refused",
	Title:        "A revoked token stops working at the FHIR server",
	Level:        Shall,
	Requirements: []string{"94"},
	Applies:      "the server lists a revocation_endpoint",
	Remedy:       "Ask the authorization server about the token, or tell the FHIR server of revocations, so that it refuses the token at once.",
}, evidence.RevokedKind, ended)

// ended judges a token that was good before its end.
func ended(e evidence.TokenEnd) Verdict {
	if e.Ended != nil && (e.Ended.Status < 200 || e.Ended.Status > 299) {
		return CannotJudge(fmt.Sprintf("%s was answered with %d, so the token may well be alive", e.Ended.Name, e.Ended.Status), e.Ended.Exchange)
	}
	switch a := e.After; {
	case a.Data():
		return Broken("401 after "+e.How, a.Describe(), e.Before.Exchange, a.Exchange)
	case giveUp(a.Status) != "":
		return CannotJudge(a.Name+" was "+giveUp(a.Status), a.Exchange)
	case a.Status != 401:
		return Discouraged("401 after "+e.How, a.Describe(), a.Exchange)
	default:
		return Holds("the token was refused after "+e.How, e.Before.Exchange, a.Exchange)
	}
}
