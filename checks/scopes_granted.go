package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// ScopesGranted lists the checks of what becomes of a scope that was asked for.
var ScopesGranted = []Check{
	ScopeDifferences, WildcardGranted, MalformedLetters, UnknownScopes, ListedGranted, ExtensionMembers,
}

// ScopeDifferences records where a grant differs from the request.
var ScopeDifferences = New(Meta{
	ID:           "scopes.differences",
	Title:        "What was granted is what was asked for, or part of it",
	Level:        May,
	Requirements: []string{"79"},
	Remedy:       "Refuse a request with invalid_scope when nothing of what it asks for can be granted; a token that opens nothing confuses apps and users.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var less, empty []string
	var seen, proof []string
	for _, g := range e.Grants {
		granted, ok := grantedScope(g)
		if !ok {
			continue
		}
		seen = append(seen, g.Token.Exchange)
		missing := scope.Excess(granted, g.Scope)
		if len(scope.Clinical(g.Scope)) > 0 && len(scope.Clinical(granted)) == 0 {
			empty = append(empty, fmt.Sprintf("%s: %q for %q", g.Launch, shorten(granted), shorten(g.Scope)))
			proof = append(proof, g.Token.Exchange)
		}
		if len(missing) > 0 {
			less = append(less, few(missing)+" not granted")
		}
	}
	switch {
	case len(seen) == 0:
		return Skip("no token response listed scopes")
	case len(empty) > 0:
		return Discouraged("some of the scopes for FHIR resources, or invalid_scope", few(empty), proof...)
	case len(less) > 0:
		return Note(few(less), seen...)
	default:
		return Holds(fmt.Sprintf("every scope was granted (%d judged)", len(seen)), seen...)
	}
})

// WildcardGranted records how a wildcard is granted.
var WildcardGranted = New(Meta{
	ID:           "scopes.wildcard-granted",
	Title:        "A wildcard is granted as it is, or as types that the server has",
	Level:        May,
	Requirements: []string{"145"},
	Remedy:       "Grant the wildcard, or list only types that the CapabilityStatement lists.",
}, evidence.ScopesWildcardKind, func(e evidence.Wildcard) Verdict {
	granted, ok := grantedScope(e.Grant)
	if !ok {
		if why := unanswered(e.Grant); why != "" {
			return CannotJudge(why, proofOf(e.Grant)...)
		}
		return Note(e.Asked+" was not granted: "+e.Grant.Describe(), proofOf(e.Grant)...)
	}
	types := typesOf(granted)
	var unknown []string
	for _, kind := range types {
		if kind != "*" && len(e.Types) > 0 && !slices.Contains(e.Types, kind) {
			unknown = append(unknown, kind)
		}
	}
	switch proof := proofOf(e.Grant); {
	case len(unknown) > 0:
		return Discouraged("types of the CapabilityStatement", few(unknown)+" for "+e.Asked, proof...)
	case slices.Contains(types, "*"):
		return Holds(e.Asked+" was granted as it is", proof...)
	default:
		return Note(fmt.Sprintf("%s was granted as %q", e.Asked, shorten(granted)), proof...)
	}
})

// MalformedLetters records what becomes of letters without a meaning.
var MalformedLetters = New(Meta{
	ID:           "scopes.malformed-letters",
	Title:        "Scopes with letters that have no meaning bring no power that nobody asked for",
	Level:        May,
	Requirements: []string{"129"},
	Versions:     sinceSTU2,
	Remedy:       "Ignore or refuse a scope whose letters are unknown or out of order; do not guess what was meant.",
}, evidence.MalformedKind, func(e evidence.OddScopes) Verdict {
	return oddly(e, func(granted string) []string {
		var guessed []string
		for _, excess := range scope.Excess(e.Grant.Scope, granted) {
			if s, clinical := scope.Parse(excess); clinical && strings.ContainsAny(s.Letters, "cud") {
				guessed = append(guessed, excess)
			}
		}
		return guessed
	})
})

// UnknownScopes records what becomes of scopes that the server does not know.
var UnknownScopes = New(Meta{
	ID:           "scopes.unknown-ignored",
	Title:        "Scopes that the server does not know are not granted",
	Level:        May,
	Requirements: []string{"79"},
	Remedy:       "Leave a scope that the server does not know out of the grant, so that the app does not rely on it.",
}, evidence.UnknownScopesKind, func(e evidence.OddScopes) Verdict {
	return oddly(e, func(string) []string { return nil })
})

// oddly judges a request with odd scopes: refusing it and ignoring them are both allowed (RFC 6749 §3.3). Not
// so well is granting them, or what worse finds.
func oddly(e evidence.OddScopes, worse func(granted string) []string) Verdict {
	granted, ok := grantedScope(e.Grant)
	proof := proofOf(e.Grant)
	switch {
	case unanswered(e.Grant) != "":
		return CannotJudge(unanswered(e.Grant), proof...)
	case !ok:
		return Note(fmt.Sprintf("a request with %s is refused as a whole: %s", few(e.Odd), e.Grant.Describe()), proof...)
	}
	bad := worse(granted)
	for _, s := range scope.Split(granted) {
		if slices.Contains(e.Odd, s) {
			bad = append(bad, s)
		}
	}
	if len(bad) > 0 {
		return Discouraged("a grant without "+few(e.Odd), few(bad)+" granted", proof...)
	}
	return Holds(few(e.Odd)+" ignored, and the rest granted", proof...)
}

// unanswered says why the end of a grant is neither a grant nor a refusal; "" when it is one of them.
func unanswered(g evidence.Grant) string {
	switch way := g.Authorization; {
	case way.Outcome == evidence.GotNowhere || way.Outcome == evidence.NotLaunched:
		return way.Describe()
	case g.Token != nil && giveUp(g.Token.Status) != "":
		return "the token endpoint " + giveUp(g.Token.Status)
	default:
		return pageFailed(way)
	}
}

// ListedGranted verifies that scopes which discovery lists are granted.
var ListedGranted = New(Meta{
	ID:           "scopes.listed-granted",
	Title:        "Scopes that discovery lists are granted",
	Level:        Should,
	Requirements: []string{"389"},
	Applies:      "with scopes_supported",
	Remedy:       "List only scopes that the server supports, or register the client of the target file for all of them.",
}, evidence.ListedScopesKind, func(e evidence.ListedScopes) Verdict {
	expected := "every scope that the user can grant, out of scopes_supported"
	granted, ok := grantedScope(e.Grant)
	proof := proofOf(e.Grant)
	switch {
	case unanswered(e.Grant) != "":
		return CannotJudge(unanswered(e.Grant), proof...)
	case !ok:
		return Broken(expected, e.Grant.Describe(), proof...)
	}
	if missing := scope.Excess(granted, strings.Join(e.Asked, " ")); len(missing) > 0 {
		return Broken(expected, few(missing)+" not granted", proof...)
	}
	return Holds(fmt.Sprintf("%d of %d listed scopes were asked for and granted", len(e.Asked), e.Listed), proof...)
})

// knownMembers are the members of a token response that SMART App Launch, OAuth 2.0, OpenID Connect and the
// specifications that they build on define.
var knownMembers = []string{
	"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token", "state", "patient", "encounter",
	"fhirContext", "need_patient_banner", "intent", "smart_style_url", "tenant", "authorization_details", "issued_token_type",
}

// ExtensionMembers verifies that members beyond SMART have names that cannot collide.
var ExtensionMembers = New(Meta{
	ID:           "scopes.extension-members",
	Title:        "Members of a token response beyond SMART are full URIs or begin with two underscores",
	Level:        Should,
	Requirements: []string{"217"},
	Versions:     sinceSTU2,
	Remedy:       "Name a member of your own by a full URI, or with two leading underscores such as __example.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		if !g.Worked() {
			continue
		}
		plain := plainMembers(g)
		if len(plain) > 0 {
			t.breaks(few(plain), g.Token.Exchange)
			continue
		}
		t.holds(g.Token.Exchange)
	}
	return t.verdict("a full URI or a name with two leading underscores", "no member has a plain name of its own", "no token was issued")
})

func plainMembers(g evidence.Grant) []string {
	var plain []string
	for name := range g.Token.Members {
		if !slices.Contains(knownMembers, name) && !strings.HasPrefix(name, "__") && !isURI(name) {
			plain = append(plain, shown(name))
		}
	}
	slices.Sort(plain)
	return plain
}
