package checks

import (
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// AuthorizeParameters lists the checks of parameters of the authorization request that come too often or
// not at all, and of what aud binds a token to.
var AuthorizeParameters = []Check{
	AuthorizeParametersOnce, RedirectURIRequired, AudienceRequired, TokenBoundToBase,
}

// AuthorizeParametersOnce verifies that an authorization request with a parameter twice is refused.
var AuthorizeParametersOnce = New(Meta{
	ID:           "authorize.parameters-once",
	Title:        "An authorization request that repeats a parameter is refused",
	Level:        ShouldNot,
	Requirements: []string{"rfc6749-3.1-repeated-params"},
	Remedy:       "Answer invalid_request when a parameter occurs more than once, with an error page when it is client_id or redirect_uri (RFC 6749 §3.1).",
}, evidence.RepeatedParameterKind, noCode("invalid_request or an error page, and no code"))

// RedirectURIRequired verifies that a request without redirect_uri is refused.
var RedirectURIRequired = New(Meta{
	ID:           "authorize.redirect-uri-required",
	Title:        "A request without redirect_uri is refused",
	Level:        Shall,
	Requirements: []string{"redirect-uri-required"},
	Remedy:       "Show an error page when redirect_uri is missing, even when a single one is registered.",
}, evidence.RedirectURIMissingKind, noCode("an error and no code"))

// AudienceRequired verifies that a request without aud is refused.
var AudienceRequired = New(Meta{
	ID:           "authorize.aud-required",
	Title:        "A request without aud is refused",
	Level:        Shall,
	Requirements: []string{"aud-required"},
	Remedy:       "Answer invalid_request when aud is missing: an app that does not say where its token goes may be talking to a counterfeit FHIR server.",
}, evidence.AudienceMissingKind, noWorkingCode("an error, and no token without aud"))

// TokenBoundToBase verifies that a token serves the base that it was asked for and no sibling.
var TokenBoundToBase = New(Meta{
	ID:           "authorize.token-bound-to-base",
	Title:        "A token serves only the FHIR base that aud named",
	Level:        Shall,
	Requirements: []string{"96"},
	Applies:      "the target file names data.sibling",
	Remedy:       "Keep aud with the token, and compare it at every FHIR base with the address of that base.",
}, evidence.SiblingBaseKind, func(e evidence.Access) Verdict {
	var t tally
	own, called := e.Named(evidence.OwnBase)
	if !called || !own.Data() {
		t.unsure("a refusal would prove nothing: " + evidence.OwnBase + " was answered with " + own.Describe())
	}
	for _, name := range []string{evidence.OwnAtSibling, evidence.SiblingAtOwnBase} {
		switch a, called := e.Named(name); {
		case !called:
		case a.Data():
			t.breaks(name+": "+a.Describe(), a.Exchange)
		case giveUp(a.Status) != "":
			t.unsure(name + " was " + giveUp(a.Status))
		default:
			t.holds(a.Exchange)
		}
	}
	return t.verdict("401 and no data at a base that aud did not name", "no other base took the token", "no call was made")
})
