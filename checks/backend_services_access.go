package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// BackendServicesAccess lists the checks of what tokens of backend services open.
var BackendServicesAccess = []Check{
	BackendNarrowing, BackendScopeEnforced, BackendUnauthorizedFails, BackendUnsupportedFails, BackendBadTokens, BackendExpired,
}

// BackendNarrowing verifies that a token is bound to the scopes that were asked for.
var BackendNarrowing = New(Meta{
	ID:           "backend-services.narrowing",
	Title:        "A token of a backend service opens what was asked for, not all that the client may have",
	Level:        Shall,
	Requirements: []string{"241"},
	Versions:     sinceSTU2,
	Applies:      "clients.backend may have scopes of data.resource and of data.otherResource",
	Remedy:       "Keep the granted scopes with the token, and compare every call with them instead of with the registration.",
}, evidence.BackendAccessKind, func(e evidence.BackendAccess) Verdict {
	narrow, made := e.Access.Named(evidence.OtherType)
	switch {
	case e.NoOther != "":
		return Skip(e.NoOther + ", so that nothing shows that a scope was left out")
	case e.Other == nil || !e.Other.Data():
		return Skip("a token for the other type finds no data of it either")
	case !made:
		return Skip("the token was granted the other type as well, which backend-services.scope-exact judges")
	case narrow.Data():
		return Broken("403 for a type that was not asked for", narrow.Describe(), e.Token.Exchange, e.Other.Exchange, narrow.Exchange)
	case giveUp(narrow.Status) != "":
		return CannotJudge(narrow.Name+" was "+giveUp(narrow.Status), narrow.Exchange)
	}
	return Holds("what was not asked for was answered with "+narrow.Describe(), e.Token.Exchange, e.Other.Exchange, narrow.Exchange)
})

// BackendScopeEnforced verifies that the FHIR server keeps tokens within their scopes.
var BackendScopeEnforced = New(Meta{
	ID:           "backend-services.scope-enforced",
	Title:        "The FHIR server keeps tokens of backend services within their scopes",
	Level:        Shall,
	Requirements: []string{"266"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Hold system scopes to their resource type and their letters as any other scope; that there is no user is no reason to open everything.",
}, evidence.BackendAccessKind, func(e evidence.BackendAccess) Verdict {
	if a, made := e.Access.Named(evidence.AllowedSearch); !made || a.Status != 200 {
		return CannotJudge("a refusal would prove nothing: the search that the scope allows failed as well", a.Exchange)
	}
	return refusesCalls("403, no data and no change", evidence.OtherType, evidence.Create, evidence.Update)(e.Access)
})

// failsOutright judges a call that should be answered with an error instead of an empty result.
func failsOutright(name, nothing string) func(evidence.BackendAccess) Verdict {
	return func(e evidence.BackendAccess) Verdict {
		a, made := e.Access.Named(name)
		switch {
		case !made:
			return Skip(nothing)
		case giveUp(a.Status) != "":
			return CannotJudge(name+" was "+giveUp(a.Status), a.Exchange)
		case a.Status < 400:
			return Broken("an error status", name+": "+a.Describe(), a.Exchange)
		}
		return Holds(fmt.Sprintf("%s was answered with %d", name, a.Status), a.Exchange)
	}
}

// BackendUnauthorizedFails verifies that asking for data beyond the scopes is an error.
var BackendUnauthorizedFails = New(Meta{
	ID:           "backend-services.unauthorized-fails",
	Title:        "A backend service that asks for data beyond its scopes gets an error, not an empty result",
	Level:        Should,
	Requirements: []string{"243"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       "Answer 403 to a search for a type that no granted scope covers; an empty Bundle says that there is nothing.",
}, evidence.BackendAccessKind, failsOutright(evidence.OtherType, "the token was granted the other type as well"))

// BackendUnsupportedFails verifies that asking for what the server does not have is an error.
var BackendUnsupportedFails = New(Meta{
	ID:           "backend-services.unsupported-fails",
	Title:        "A backend service that asks for a type that the server does not support gets an error",
	Level:        Should,
	Requirements: []string{"244"},
	Versions:     sinceSTU2,
	Applies:      "the CapabilityStatement leaves out a rare resource type",
	Remedy:       "Answer 404, or 403, with an OperationOutcome to a search for a type that the server does not have.",
}, evidence.BackendAccessKind, failsOutright(evidence.UnsupportedType, "the CapabilityStatement could not be read, or lists every type that the probe knows to be rare"))

// BackendBadTokens verifies that tokens are validated.
var BackendBadTokens = New(Meta{
	ID:           "backend-services.bad-tokens-refused",
	Title:        "What a backend service may read is not open without its token, or with one that was never issued",
	Level:        Shall,
	Requirements: []string{"265"},
	Versions:     sinceSTU2,
	Applies:      backendApplies,
	Remedy:       tokenRemedy,
}, evidence.BackendBadTokenKind, refusedWith401)

// BackendExpired verifies that a token ends when its lifetime does.
var BackendExpired = New(Meta{
	ID:           "backend-services.expired-token-refused",
	Title:        "A token of a backend service stops working when its lifetime ends",
	Level:        Shall,
	Requirements: []string{"261", "265"},
	Versions:     sinceSTU2,
	Applies:      "tokens of clients.backend live no longer than timeouts.tokenExpiry, which has to be 301s for tokens of five minutes",
	Remedy:       tokenRemedy,
}, evidence.BackendExpiredKind, ended)
