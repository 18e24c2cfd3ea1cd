package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// IntrospectionLimits lists the checks of what introspection says of dead tokens, and to whom.
var IntrospectionLimits = []Check{
	IntrospectionDead, IntrospectionMinimal, IntrospectionAuthorization, IntrospectionBearer, IntrospectionTokenInURL,
}

// ofDead judges answers about dead tokens, once a good token was seen to be called active.
func ofDead(judge func(*tally, evidence.Introspection)) func(evidence.DeadTokens) tally {
	return func(e evidence.DeadTokens) tally {
		var t tally
		if active, _ := e.Control.Active(); !active {
			t.unsure("a good token was answered with " + e.Control.Describe() + " as well")
			return t
		}
		for _, dead := range e.Tokens {
			if failed := giveUp(dead.Status); failed != "" {
				t.unsure(dead.Name + ": the introspection endpoint " + failed)
				continue
			}
			judge(&t, dead)
		}
		return t
	}
}

// alsoMissing adds to a message which dead tokens could not be had.
func alsoMissing(message string, e evidence.DeadTokens) string {
	if len(e.Missing) == 0 {
		return message
	}
	return message + "; not tried: " + strings.Join(e.Missing, "; ")
}

// IntrospectionDead verifies that dead tokens are inactive.
var IntrospectionDead = New(Meta{
	ID:           "introspection.dead-token-inactive",
	Title:        "Unknown, altered, expired and revoked tokens are inactive",
	Level:        Shall,
	Requirements: []string{"rfc7662-2.2-dead-token-inactive"},
	Applies:      introspectionApplies,
	Remedy:       "Answer 200 with {\"active\": false} for every token that would not be accepted now, whatever is the matter with it (RFC 7662 §2.2).",
}, evidence.DeadTokensKind, func(e evidence.DeadTokens) Verdict {
	t := ofDead(func(t *tally, dead evidence.Introspection) {
		if active, known := dead.Active(); active || !known {
			t.breaks(dead.Name+": "+dead.Describe(), dead.Exchange)
			return
		}
		t.holds(dead.Exchange)
	})(e)
	return t.verdict("200 with active false", alsoMissing("every dead token was inactive", e), "no dead token was introspected")
})

// IntrospectionMinimal verifies that nothing is told about dead tokens.
var IntrospectionMinimal = New(Meta{
	ID:           "introspection.inactive-minimal",
	Title:        "Nothing is told about an inactive token but that it is inactive",
	Level:        ShouldNot,
	Requirements: []string{"rfc7662-2.2-inactive-minimal"},
	Applies:      introspectionApplies,
	Remedy:       "Send {\"active\": false} and no other member.",
}, evidence.DeadTokensKind, func(e evidence.DeadTokens) Verdict {
	t := ofDead(func(t *tally, dead evidence.Introspection) {
		if active, known := dead.Active(); active || !known {
			return // which introspection.dead-token-inactive judges
		}
		var told []string
		for name := range dead.Members {
			if name != "active" {
				told = append(told, shown(name))
			}
		}
		slices.Sort(told)
		if len(told) > 0 {
			t.breaks(dead.Name+": "+few(told), dead.Exchange)
			return
		}
		t.holds(dead.Exchange)
	})(e)
	return t.verdict("active false and nothing else", alsoMissing("nothing else was told", e), "no token was called inactive")
})

// IntrospectionAuthorization verifies that introspection is for authorized callers. RFC 7662 demands it, and SMART
// App Launch makes it an option, so that an open endpoint is a warning; credentials that nobody checks are not.
var IntrospectionAuthorization = New(Meta{
	ID:           "introspection.authorization-required",
	Title:        "Tokens are introspected for authorized callers only",
	Level:        Shall,
	Requirements: []string{"rfc7662-2.1-authorization-required", "281"},
	Applies:      introspectionApplies,
	Remedy:       "Authenticate the caller, by client credentials or an access token, before the token is looked up (RFC 7662 §2.1).",
}, evidence.IntrospectionCallersKind, func(e evidence.IntrospectionCallers) Verdict {
	anonymous, _ := e.Named(evidence.AskedAnonymously)
	if active, _ := anonymous.Active(); active {
		return Discouraged("401, or 400 or 403, for a caller without credentials", anonymous.Describe(), anonymous.Exchange)
	}
	var t tally
	for _, name := range []string{evidence.AskedAnonymously, evidence.AskedWrongSecret, evidence.AskedRandomBearer} {
		asked, made := e.Named(name)
		active, _ := asked.Active()
		switch {
		case !made:
		case active:
			t.breaks(name+": "+asked.Describe(), asked.Exchange)
		case giveUp(asked.Status) != "":
			t.unsure(name + ": the introspection endpoint " + giveUp(asked.Status))
		default:
			t.holds(asked.Exchange)
		}
	}
	if active, _ := e.Control.Active(); !active && len(t.broken) == 0 {
		return CannotJudge("a refusal would prove nothing: a caller with good credentials was answered with "+e.Control.Describe()+" as well", e.Control.Exchange)
	}
	return t.verdict("401, or 400 or 403, and nothing about the token", "callers without good credentials were refused: "+anonymous.Describe(), "nobody asked")
})

// IntrospectionBearer verifies that an access token authorizes introspection.
var IntrospectionBearer = New(Meta{
	ID:           "introspection.bearer",
	Title:        "Who may introspect can do so with an access token",
	Level:        Shall,
	Requirements: []string{"282"},
	Versions:     sinceSTU2,
	Applies:      "introspection is protected, and the client that may introspect has an access token",
	Remedy:       "Accept Authorization: Bearer with an access token of a client that may introspect, besides client authentication.",
}, evidence.IntrospectionCallersKind, func(e evidence.IntrospectionCallers) Verdict {
	const expected = "200 with active true for an access token of the client that may introspect"
	if e.NoBearer != "" {
		return Skip(e.NoBearer)
	}
	anonymous, _ := e.Named(evidence.AskedAnonymously)
	if active, _ := anonymous.Active(); active {
		return Skip("introspection is not protected")
	}
	asked, named := e.Named(evidence.AskedByNamedToken)
	if !named {
		asked, _ = e.Named(evidence.AskedByToken)
	}
	active, _ := asked.Active()
	switch {
	case active:
		return Holds(asked.Name+" was accepted", asked.Exchange)
	case giveUp(asked.Status) != "":
		return CannotJudge(asked.Name+": the introspection endpoint "+giveUp(asked.Status), asked.Exchange)
	case asked.Status == 403 && !named: // the clause speaks of an appropriate token
		return Skip("the access token was answered with 403, so that another one may be the appropriate one; name it as introspection.token")
	}
	return Broken(expected, asked.Name+": "+asked.Describe(), e.Control.Exchange, asked.Exchange)
})

// IntrospectionTokenInURL warns of tokens that are taken from the URL.
var IntrospectionTokenInURL = New(Meta{
	ID:           "introspection.token-in-body",
	Title:        "The token to introspect is taken from the body of a POST only",
	Level:        May,
	Requirements: []string{"rfc7662-4-no-get"},
	Applies:      introspectionApplies,
	Remedy:       "Answer 405 to GET and ignore the query: what stands in URLs is kept in logs (RFC 7662 §4).",
}, evidence.IntrospectionCallersKind, func(e evidence.IntrospectionCallers) Verdict {
	var t tally
	for _, name := range []string{evidence.AskedByGet, evidence.AskedInQuery} {
		asked, made := e.Named(name)
		active, _ := asked.Active()
		switch {
		case !made:
		case active:
			t.breaks(name+": "+asked.Describe(), asked.Exchange)
		case giveUp(asked.Status) != "":
			t.unsure(fmt.Sprintf("%s: the introspection endpoint %s", name, giveUp(asked.Status)))
		default:
			t.holds(asked.Exchange)
		}
	}
	if len(t.broken) > 0 {
		return Discouraged("no answer about a token in the URL", few(t.broken), unique(t.proof)...)
	}
	if active, _ := e.Control.Active(); !active {
		return CannotJudge("a refusal would prove nothing: the token in the body was answered with "+e.Control.Describe()+" as well", e.Control.Exchange)
	}
	return t.verdict("", "a token in the URL was not looked up", "nobody asked")
})
