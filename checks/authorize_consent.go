package checks

import "github.com/smart-conformance/smartcheck/checks/evidence"

// Consent lists the checks of what a choice at the consent page is worth at the FHIR server.
var Consent = []Check{DeclinedScopeEnforced}

// DeclinedScopeEnforced verifies that the FHIR server refuses what the user declined.
var DeclinedScopeEnforced = New(Meta{
	ID:           "authorize.declined-scope-enforced",
	Title:        "The FHIR server serves nothing that the user declined",
	Level:        Shall,
	Requirements: []string{"rfc6749-1.4-owner-decides"},
	Applies:      "the consent page lets the user choose",
	Remedy:       "Let the access token hold the scopes of the grant and not those of the request.",
}, evidence.ScopesDeclinedKind, func(e evidence.ScopeGrants) Verdict {
	switch {
	case len(e.Declined) == 0:
		return Skip("the consent page does not let the user untick a scope")
	case e.Reads == nil:
		return Skip("after the choice there was no token that should read less")
	}
	declined, _ := e.Reads.Named(evidence.DeclinedRead)
	control, _ := e.Reads.Named(evidence.AllowedAgain)
	switch {
	case declined.Data():
		return Broken("403 and no data", declined.Name+": "+declined.Describe(), declined.Exchange)
	case giveUp(declined.Status) != "":
		return CannotJudge(declined.Name+" was "+giveUp(declined.Status), declined.Exchange)
	case !control.Data():
		return CannotJudge("a refusal proves nothing: "+control.Name+" was answered with "+control.Describe()+" as well", control.Exchange)
	default:
		return Holds(declined.Name+" was answered with "+declined.Describe(), declined.Exchange, control.Exchange)
	}
})
