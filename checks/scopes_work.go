package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// ScopesWork lists the checks of what a granted scope lets an app do.
var ScopesWork = []Check{
	LettersWork, LettersExact, V1Verbs, UpdateAsCreate, WildcardScope, UserReach, UserLimits, SystemScope,
}

// letterOrder is the order in which interactions are reported.
const letterOrder = "cruds"

// LettersWork verifies that each letter alone allows its interaction.
var LettersWork = New(Meta{
	ID:           "scopes.letters-work",
	Title:        "Each letter of a scope allows its interaction without the others",
	Level:        Shall,
	Requirements: []string{"370", "367"},
	Versions:     sinceSTU2,
	Applies:      "the server claims permission-v2 and grants a single letter",
	Remedy:       "Map read to r, search to s, create to c, update to u and delete to d, and demand no other letter with it.",
}, evidence.ScopeLettersKind, func(e evidence.ScopeTrials) Verdict {
	var t tally
	nothing := "no scope with a single letter was granted"
	for _, trial := range e.Trials {
		nothing = allows(&t, trial, nothing)
	}
	return t.verdict("success under the letter of the interaction", "the letters work alone", nothing)
})

// allows counts the interactions of a trial that its letters stand for. A call that fails for another reason than
// the scope says nothing.
func allows(t *tally, trial evidence.ScopeTrial, nothing string) string {
	if !trial.Exact {
		return nothing
	}
	for letter := range strings.SplitSeq(trial.Letters, "") {
		a, made := trial.Named(evidence.Interactions[letter])
		seen := fmt.Sprintf("%s under %s: %s", a.Name, trial.Asked, a.Describe())
		switch {
		case !made:
		case a.Status >= 200 && a.Status <= 299:
			t.holds(a.Exchange)
		case a.Status == 401 || a.Status == 403:
			t.breaks(seen, a.Exchange)
		case giveUp(a.Status) != "":
			t.unsure(seen)
		default:
			nothing = seen + ", which says nothing about the scope"
		}
	}
	return nothing
}

// LettersExact verifies that no letter allows another interaction.
var LettersExact = New(Meta{
	ID:           "scopes.letters-exact",
	Title:        "No letter of a scope allows the interaction of another",
	Level:        Shall,
	Requirements: []string{"95", "370"},
	Versions:     sinceSTU2,
	Applies:      "the server claims permission-v2 and grants a single letter",
	Remedy:       "Compare the interaction of every call with the letters of the granted scopes, and refuse a call that no scope covers.",
}, evidence.ScopeLettersKind, func(e evidence.ScopeTrials) Verdict {
	var t tally
	nothing := "no scope with a single letter was granted"
	for _, trial := range e.Trials {
		nothing = forbids(&t, trial, nothing)
	}
	return t.verdict("403 and no data", "no letter went further than it may", nothing)
})

// forbids counts the interactions of a trial that its letters do not stand for.
func forbids(t *tally, trial evidence.ScopeTrial, nothing string) string {
	if !trial.Exact {
		return nothing
	}
	under := " under " + trial.Asked
	if trial.Asked == "" {
		under = " without any scope"
	}
	for letter := range strings.SplitSeq(letterOrder, "") {
		if strings.Contains(trial.Letters, letter) {
			continue
		}
		if a, made := trial.Named(evidence.Interactions[letter]); made {
			if why := refused(t, a, a.Name+under, strings.Contains("cud", letter)); why != "" {
				nothing = why
			}
		}
	}
	return nothing
}

// V1Verbs verifies what the verbs of version 1 stand for.
var V1Verbs = New(Meta{
	ID:           "scopes.v1-verbs",
	Title:        "The verbs of version 1 stand for .rs, .cud and .cruds",
	Level:        Should,
	Requirements: []string{"128", "144"},
	Applies:      "the server claims permission-v1 and grants such a scope",
	Remedy:       "Take .read for .rs, .write for .cud and .* for .cruds, no less and no more, and * in the place of the type for every type.",
}, evidence.ScopeV1VerbsKind, func(e evidence.ScopeTrials) Verdict {
	var t tally
	nothing := "no scope of version 1 was granted alone"
	for _, trial := range e.Trials {
		nothing = forbids(&t, trial, allows(&t, trial, nothing))
		if a, made := trial.Named(evidence.OtherTypeSearch); made {
			reached(&t, a, a.Name+" under "+trial.Asked)
		}
	}
	return t.verdict("what .rs, .cud and .cruds allow", "the verbs work", nothing)
})

// reached counts a search that a scope covers: it may find nothing, and must not be refused for the scope.
func reached(t *tally, a evidence.FHIRAnswer, name string) {
	seen := name + ": " + a.Describe()
	switch {
	case a.Status == 401 || a.Status == 403:
		t.breaks(seen, a.Exchange)
	case giveUp(a.Status) != "":
		t.unsure(seen)
	default:
		t.holds(a.Exchange)
	}
}

// UpdateAsCreate verifies that the update letter covers an update that creates.
var UpdateAsCreate = New(Meta{
	ID:           "scopes.update-as-create",
	Title:        "The update letter lets an app create by an update",
	Level:        Shall,
	Requirements: []string{"123"},
	Versions:     sinceSTU2,
	Applies:      "the CapabilityStatement says updateCreate, and the target file says data.writable",
	Remedy:       "Demand the letter u and not the letter c for PUT, also where it creates, or take updateCreate out of the CapabilityStatement.",
}, evidence.ScopeLettersKind, func(e evidence.ScopeTrials) Verdict {
	a := e.UpdateCreate
	const expected = "201 for an update of a record that does not exist"
	switch {
	case a == nil && e.NoUpdateCreate != "":
		return Skip(e.NoUpdateCreate)
	case a == nil:
		return Skip("no scope with the letter u alone was granted")
	case a.Status >= 200 && a.Status <= 299:
		return Holds("the update created the record", a.Exchange)
	case a.Status == 401 || a.Status == 403:
		return Broken(expected, a.Describe(), a.Exchange)
	case giveUp(a.Status) != "":
		return CannotJudge(a.Name+" was "+giveUp(a.Status), a.Exchange)
	default:
		return Skip(fmt.Sprintf("the update was answered with %d, which says nothing about the scope", a.Status))
	}
})

// WildcardScope verifies that a wildcard covers every type with records of the patient.
var WildcardScope = New(Meta{
	ID:           "scopes.wildcard",
	Title:        "A wildcard scope covers every type that the server has for the patient",
	Level:        Shall,
	Requirements: []string{"144"},
	Applies:      "the server grants a wildcard as it was asked for",
	Remedy:       "Take * for every resource type of the CapabilityStatement, or grant the types that are meant.",
}, evidence.ScopesWildcardKind, func(e evidence.Wildcard) Verdict {
	const expected = "no refusal for any type of the CapabilityStatement"
	var t, closed tally
	for _, a := range e.Answers {
		name := "a search for " + a.Name
		if a.Status == 403 && !strings.Contains(strings.Join(a.Challenge, ", "), "insufficient_scope") {
			closed.breaks(name+": 403, be it for the scope or for the user", a.Exchange) // who may see less than the scope allows
			continue
		}
		reached(&t, a, name)
	}
	if len(t.broken)+len(t.unclear) == 0 && len(closed.broken) > 0 {
		return Discouraged(expected, few(closed.broken), unique(closed.proof)...)
	}
	return t.verdict(expected, "every type was open", "no wildcard was granted as it was asked for: "+grantedOr(e.Grant))
})

// grantedOr says what was granted, or how the grant ended without.
func grantedOr(g evidence.Grant) string {
	if granted, ok := grantedScope(g); ok {
		return fmt.Sprintf("%q", shorten(granted))
	}
	return g.Describe()
}

// UserReach verifies that a user scope reaches what the user may see.
var UserReach = New(Meta{
	ID:           "scopes.user-reach",
	Title:        "A user scope reaches every patient whom the user may see",
	Level:        Shall,
	Requirements: []string{"140", "368"},
	Applies:      "the target file names two patients whom the clinician may see",
	Remedy:       "Hold a user scope to what the user may see, and not to the patient in context.",
}, evidence.UserReachKind, func(e evidence.UserReach) Verdict {
	if len(e.Answers) < 2 {
		return Skip("the target file names fewer than two visible patients, or no user scope to read them was granted")
	}
	var t tally
	for _, a := range e.Answers {
		seen := a.Name + ": " + a.Describe()
		switch {
		case a.Status == 200:
			t.holds(a.Exchange)
		case giveUp(a.Status) != "":
			t.unsure(seen)
		default:
			t.breaks(seen, a.Exchange)
		}
	}
	return t.verdict("200 for each of them", "all of them were read", "no patient was read")
})

// UserLimits verifies that a user scope does not reach what the user may not see.
var UserLimits = New(Meta{
	ID:           "scopes.user-limits",
	Title:        "A user scope opens nothing that the user may not see",
	Level:        Shall,
	Requirements: []string{"119"},
	Applies:      "the target file names a record that the clinician must not see",
	Remedy:       "Apply the permissions of the user to every call, on top of the scopes.",
}, evidence.UserReachKind, func(e evidence.UserReach) Verdict {
	if len(e.Forbidden) == 0 {
		return Skip("the target file names no forbidden record, or no user scope for its type was granted")
	}
	works := slices.ContainsFunc(e.Answers, evidence.FHIRAnswer.Data)
	var t tally
	for _, a := range e.Forbidden {
		switch {
		case a.Data():
			t.breaks(a.Name+": "+a.Describe(), a.Exchange)
		case giveUp(a.Status) != "":
			t.unsure(a.Name + " was " + giveUp(a.Status))
		case !works:
			t.unsure("nothing could be read with the same token, so a refusal proves nothing; name data.visiblePatients in the target file")
		default:
			t.holds(a.Exchange)
		}
	}
	return t.verdict("a refusal, or nothing of that record", "the record stayed closed", "nothing was tried")
})

// SystemScope verifies that a system scope opens data without a patient.
var SystemScope = New(Meta{
	ID:           "scopes.system",
	Title:        "A system scope lets a backend service search without a patient",
	Level:        Shall,
	Requirements: []string{"142"},
	Applies:      "the target file has a backend service",
	Remedy:       "Answer the searches of a backend service over all records that the client may see.",
}, evidence.SystemReachKind, func(e evidence.SystemReach) Verdict {
	granted, _ := e.Token.Text("scope")
	switch a := e.Search; {
	case !e.Token.Issued():
		return CannotJudge("the backend service got no token: "+e.Token.Describe(), e.Token.Exchange)
	case a == nil:
		return Skip(fmt.Sprintf("no system scope that searches was granted: %q", shorten(granted)))
	case a.Status == 200 && a.ResourceType == "Bundle":
		return Holds(a.Name+" found "+a.Describe(), a.Exchange)
	case a.Status == 401 || a.Status == 403:
		return Broken("200 with a Bundle", a.Name+": "+a.Describe(), e.Token.Exchange, a.Exchange)
	case a.Status == 400:
		return Discouraged("200 with a Bundle", a.Name+": "+a.Describe(), e.Token.Exchange, a.Exchange)
	default:
		return CannotJudge(fmt.Sprintf("%s was answered with %s", a.Name, a.Describe()), a.Exchange)
	}
})

// typesOf returns the resource types of the clinical scopes in a scope string.
func typesOf(granted string) []string {
	var types []string
	for _, s := range scope.Clinical(granted) {
		types = append(types, s.Resource)
	}
	return unique(types)
}
