package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// Scopes lists the checks of scope negotiation.
var Scopes = []Check{
	ScopesNotWidened, ScopesSyntax, ScopesV2, ScopesV1, ScopesV1Spelling,
	ScopesDeclinedAbsent, ScopesLaunchContext,
}

// ScopesNotWidened verifies that no token carries more scope than was asked for.
var ScopesNotWidened = New(Meta{
	ID:           "scopes.not-widened",
	Title:        "A token never carries more scope than was asked for",
	Level:        Shall,
	Requirements: []string{"rfc6749-3.3-scope-not-widened"},
	Remedy:       "Grant the intersection of what was asked, what the user allowed and what the client may have.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		granted, ok := grantedScope(g)
		if !ok {
			continue
		}
		if excess := scope.Excess(g.Scope, granted); len(excess) > 0 {
			t.breaks(fmt.Sprintf("%s: %s was not asked for", g.Launch, few(excess)), g.Token.Exchange)
			continue
		}
		t.holds(g.Token.Exchange)
	}
	return t.verdict("no scope beyond the requested ones", "no token was widened", "no token response listed scopes")
})

// grantedScope returns the scope of the token response of a grant that worked.
func grantedScope(g evidence.Grant) (string, bool) {
	if !g.Worked() {
		return "", false
	}
	return g.Token.Text("scope")
}

// ScopesSyntax verifies that granted scopes are separated by spaces and well formed.
var ScopesSyntax = New(Meta{
	ID:           "scopes.syntax",
	Title:        "Granted scopes are well-formed and separated by spaces",
	Level:        Shall,
	Requirements: []string{"78"},
	Remedy:       "Join the granted scopes with single spaces (RFC 6749 §3.3), each spelled as SMART defines it.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		granted, ok := grantedScope(g)
		if !ok {
			continue
		}
		if bad := malformed(granted); len(bad) > 0 {
			t.breaks(fmt.Sprintf("%s: %q", g.Launch, few(bad)), g.Token.Exchange)
			continue
		}
		t.holds(g.Token.Exchange)
	}
	return t.verdict("scopes of the SMART syntax, separated by spaces", "every granted scope parses", "no token response listed scopes")
})

// malformed returns the scopes that look clinical or lie outside of RFC 6749 appendix A.4 and do not parse.
func malformed(scopes string) []string {
	var bad []string
	for _, s := range scope.Split(scopes) {
		_, clinical := scope.Parse(s)
		context, _, slash := strings.Cut(s, "/")
		looksClinical := slash && slices.Contains([]string{"patient", "user", "system"}, context)
		illegal := strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e || r == '"' || r == '\\' })
		joined := strings.Contains(s, ",") && !clinical
		if illegal || joined || looksClinical && !clinical {
			bad = append(bad, s)
		}
	}
	return bad
}

// ScopesV2 verifies that scopes in the syntax of version 2 are granted.
var ScopesV2 = New(Meta{
	ID:           "scopes.v2",
	Title:        "Scopes in the syntax of version 2 are granted",
	Level:        Shall,
	Requirements: []string{"370", "367"},
	Versions:     []Version{V2_0_0, V2_2_0},
	Applies:      "the server claims permission-v2",
	Remedy:       "Grant scopes such as patient/Observation.rs, letter by letter.",
}, evidence.ScopesV2Kind, grantsSyntax("patient/….rs in the granted scopes", func(s scope.Scope) bool { return !s.V1 }))

// ScopesV1 verifies that scopes in the syntax of version 1 are granted.
var ScopesV1 = New(Meta{
	ID:           "scopes.v1",
	Title:        "Scopes in the syntax of version 1 are granted",
	Level:        Shall,
	Requirements: []string{"369", "128"},
	Applies:      "the server claims permission-v1",
	Remedy:       "Grant scopes such as patient/Observation.read, which stands for .rs.",
}, evidence.ScopesV1Kind, grantsSyntax("a clinical scope in the grant", func(scope.Scope) bool { return true }))

// ScopesV1Spelling verifies that granted version 1 scopes keep their spelling.
var ScopesV1Spelling = New(Meta{
	ID:           "scopes.v1-spelling",
	Title:        "Granted scopes of version 1 come back in version 1 spelling",
	Level:        Should,
	Requirements: []string{"127"},
	Applies:      "the server claims permission-v1 and grants such a scope",
	Remedy:       "Return a granted scope as it was asked for.",
}, evidence.ScopesV1Kind, grantsSyntax("the granted scopes in version 1 spelling", func(s scope.Scope) bool { return s.V1 }))

// grantsSyntax judges grants that must hold a clinical scope of the wanted syntax.
func grantsSyntax(expected string, wanted func(scope.Scope) bool) func(evidence.ScopeGrants) Verdict {
	return func(e evidence.ScopeGrants) Verdict {
		var t tally
		for _, g := range e.Grants {
			granted, ok := grantedScope(g)
			switch {
			case g.Authorization.Outcome == evidence.GotNowhere || g.Authorization.Outcome == evidence.NotLaunched:
				t.unsure(g.Authorization.Describe())
			case !ok && g.Worked():
				t.breaks(fmt.Sprintf("no scope in the token response for %q", shorten(g.Scope)), proofOf(g)...)
			case !ok:
				t.breaks(g.Describe(), proofOf(g)...)
			case slices.ContainsFunc(scope.Clinical(granted), wanted):
				t.holds(proofOf(g)...)
			default:
				t.breaks(fmt.Sprintf("%q for %q", shorten(granted), shorten(g.Scope)), proofOf(g)...)
			}
		}
		return t.verdict(expected, "the scopes were granted", "no such scope was asked for")
	}
}

// proofOf returns the exchanges of a grant: the token response, or else the journey.
func proofOf(g evidence.Grant) []string {
	if g.Token != nil {
		return []string{g.Token.Exchange}
	}
	return g.Authorization.Exchanges
}

// ScopesDeclinedAbsent verifies that what the user unticked is not granted.
var ScopesDeclinedAbsent = New(Meta{
	ID:           "scopes.declined-absent",
	Title:        "Scopes that the user declined are not granted",
	Level:        Shall,
	Requirements: []string{"rfc6749-1.4-owner-decides"},
	Applies:      "the consent page lets the user choose",
	Remedy:       "Build the grant from what the consent form posted, not from the request.",
}, evidence.ScopesDeclinedKind, func(e evidence.ScopeGrants) Verdict {
	if len(e.Declined) == 0 {
		return Skip("the consent page offered no choice of scopes")
	}
	var t tally
	for _, g := range e.Grants {
		granted, ok := grantedScope(g)
		switch {
		case !ok && g.Authorization.Outcome == evidence.GotError && g.Authorization.Callback.Error() == "access_denied":
			t.holds(proofOf(g)...) // a server may take declining one scope for declining all
		case !ok:
			t.unsure("no granted scopes to look at: " + g.Describe())
		default:
			for _, s := range regained(g.Scope, granted, e.Declined) {
				t.breaks(s+" was granted", g.Token.Exchange)
			}
			t.holds(g.Token.Exchange)
		}
	}
	return t.verdict("the declined scopes absent from the token response", "the declined scopes were left out", "no grant was made")
})

// regained returns the granted scopes that allow what was declined, in whatever spelling, and that no other
// requested scope covers.
func regained(requested, granted string, declined []string) []string {
	var kept []string
	for _, s := range scope.Split(requested) {
		if !slices.Contains(declined, s) {
			kept = append(kept, s)
		}
	}
	var back []string
	for _, excess := range scope.Excess(strings.Join(kept, " "), granted) {
		e, clinical := scope.Parse(excess)
		if slices.Contains(declined, excess) || clinical && slices.ContainsFunc(declined, func(raw string) bool {
			d, ok := scope.Parse(raw)
			return ok && strings.ContainsAny(d.Letters, e.Letters) && (e.Allows(e.Letters[:1], d.Resource))
		}) {
			back = append(back, excess)
		}
	}
	return back
}

// ScopesLaunchContext verifies that a granted context scope brings its context.
var ScopesLaunchContext = New(Meta{
	ID:           "scopes.launch-context",
	Title:        "Granted context scopes bring their context",
	Level:        Shall,
	Requirements: []string{"149", "164", "168", "167"},
	Applies:      "a context scope or a patient scope was granted",
	Remedy:       "Do not grant launch/patient, launch/encounter or a patient scope without returning the context.",
}, evidence.ScopesContextKind, func(e evidence.ScopeGrants) Verdict {
	var t tally
	for _, g := range e.Grants {
		granted, ok := grantedScope(g)
		if !ok {
			if g.Authorization.Outcome == evidence.GotNowhere {
				t.unsure(g.Authorization.Describe())
			}
			continue
		}
		asked := contextScopes(granted)
		for _, member := range slices.Sorted(maps.Keys(asked)) {
			if !asked[member] {
				continue
			}
			if raw, there := g.Token.Members[member]; !there || string(raw) == "null" {
				t.breaks(fmt.Sprintf("%s: no %s although %q was granted", g.Launch, member, shorten(granted)), g.Token.Exchange)
				continue
			}
			t.holds(g.Token.Exchange)
		}
	}
	return t.verdict("patient and encounter beside the access token", "every granted context arrived", "no context scope was granted")
})

// contextScopes tells which members of the token response the granted scopes promise.
func contextScopes(granted string) map[string]bool {
	scopes := scope.Split(granted)
	patient := slices.Contains(scopes, "launch/patient") ||
		slices.ContainsFunc(scope.Clinical(granted), func(s scope.Scope) bool { return s.Context == "patient" })
	return map[string]bool{"patient": patient, "encounter": slices.Contains(scopes, "launch/encounter")}
}
