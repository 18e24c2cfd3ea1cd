package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// launchContextAsked are the checks of context that the app asks for by scopes.
var launchContextAsked = []Check{
	StandaloneEncounter, PatientScope, PatientScopeAlone, EHRHints, OtherContextScopes, UnknownRole, AlternativeRole,
}

// StandaloneEncounter verifies that a standalone launch brings the encounter that the user picked.
var StandaloneEncounter = New(Meta{
	ID:           "launch-context.standalone-encounter",
	Title:        "A standalone launch brings the encounter that the user picked",
	Level:        Shall,
	Requirements: []string{"364", "167"},
	Applies:      "the server claims context-standalone-encounter and grants launch/encounter",
	Launches:     []string{"patient-standalone", "clinician-standalone"},
	Remedy:       "Keep the choice of the encounter picker with the authorization request.",
}, evidence.PickedEncounterKind, func(e evidence.PickedEncounter) Verdict {
	if v, failed := noGrant(e.Grant); failed {
		return v
	}
	if !grantedPlain(e.Grant, "launch/encounter") {
		return Skip("launch/encounter was not granted")
	}
	var t tally
	if e.Picked == "" {
		if e.Grant.Token.Members["encounter"] == nil {
			t.breaks("no encounter", e.Grant.Token.Exchange)
		} else {
			t.holds(e.Grant.Token.Exchange)
		}
	} else if problem, applies := sameID(e.Grant, "encounter", e.Picked, "was picked", true); problem != "" {
		t.breaks(problem, e.Grant.Token.Exchange)
	} else if applies {
		t.holds(e.Grant.Token.Exchange)
	}
	return t.verdict("the encounter that was picked", "the encounter is the picked one", "encounter is no string (see launch-context.encounter)")
})

// noGrant returns the verdict on a launch that led to no token, whose scopes therefore tell nothing.
func noGrant(g evidence.Grant) (v Verdict, failed bool) {
	switch {
	case g.Worked():
		return Verdict{}, false
	case refuses(g):
		return Skip("the server refused the scopes: " + g.Describe()), true
	default:
		return CannotJudge(g.Describe(), proofOf(g)...), true
	}
}

// refuses reports whether the authorization request was refused, in whatever way.
func refuses(g evidence.Grant) bool { return refusesAloud(g) || refusesBlankly(g) }

// refusesAloud reports whether the app was told of the refusal.
func refusesAloud(g evidence.Grant) bool {
	a := g.Authorization
	return a.Outcome == evidence.GotError && a.Callback.Error() != "server_error" && a.Callback.Error() != "temporarily_unavailable"
}

// refusesBlankly reports whether the trip ended in a refusal that the app was not told of.
func refusesBlankly(g evidence.Grant) bool {
	a := g.Authorization
	return a.Outcome == evidence.GotNeither || a.Outcome == evidence.GotPage && pageFailed(a) == ""
}

// grantedPatient reports whether the launch was granted a scope for one patient's data.
func grantedPatient(g evidence.Grant) bool {
	granted, _ := grantedScope(g)
	return slices.ContainsFunc(scope.Clinical(granted), func(s scope.Scope) bool { return s.Context == "patient" })
}

// PatientScope verifies that a patient scope brings a patient even where nobody asked for one.
var PatientScope = New(Meta{
	ID:           "launch-context.patient-scope",
	Title:        "A patient scope without launch/patient brings a patient too",
	Level:        Shall,
	Requirements: []string{"164"},
	Applies:      "the server claims permission-patient and grants the scope",
	Launches:     []string{"patient-standalone", "clinician-standalone"},
	Remedy:       "Refuse patient scopes without launch/patient, or let the user pick a patient as if it had been asked for.",
}, evidence.PatientScopeKind, func(g evidence.Grant) Verdict {
	if v, failed := noGrant(g); failed {
		return v
	}
	if !grantedPatient(g) {
		return Skip("the patient scope was not granted without launch/patient")
	}
	if raw, there := g.Token.Members["patient"]; !there || string(raw) == "null" {
		return Broken("patient beside the access token", "no patient, although a patient scope was granted", g.Token.Exchange)
	}
	return Holds("a patient came with the patient scope", g.Token.Exchange)
})

// PatientScopeAlone reports what becomes of a patient scope without launch/patient.
var PatientScopeAlone = New(Meta{
	ID:           "launch-context.patient-scope-alone",
	Title:        "A patient scope without launch/patient is granted, or refused with an error",
	Level:        May,
	Requirements: []string{"165"},
	Applies:      "the server claims permission-patient",
	Launches:     []string{"patient-standalone", "clinician-standalone"},
	Remedy:       "Tell the app with error=invalid_scope at its redirect URI, or infer launch/patient.",
}, evidence.PatientScopeKind, func(g evidence.Grant) Verdict {
	switch {
	case g.Worked() && grantedPatient(g):
		return Note("granted, as if launch/patient had been asked for", proofOf(g)...)
	case g.Worked():
		return Note("a token without the patient scope", proofOf(g)...)
	case refusesAloud(g):
		return Note("refused with "+g.Authorization.Callback.Error(), proofOf(g)...)
	case refusesBlankly(g):
		return Discouraged("a token, or an error at the redirect URI", g.Describe(), proofOf(g)...)
	default:
		return CannotJudge(g.Describe(), proofOf(g)...)
	}
})

// EHRHints reports what a context scope changes in a launch from the EHR.
var EHRHints = New(Meta{
	ID:           "launch-context.ehr-hints",
	Title:        "A context scope beside launch takes no context away",
	Level:        May,
	Requirements: []string{"163"},
	Applies:      "an EHR launch was made",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Take launch/patient and launch/encounter in an EHR launch as hints, and the context from the launch value.",
}, evidence.HintedLaunchKind, func(e evidence.HintedLaunch) Verdict {
	if v, failed := noGrant(e.Plain); failed {
		return v
	}
	if refuses(e.Hinted) {
		return Note(fmt.Sprintf("with %s the launch was refused: %s", e.Hint, e.Hinted.Describe()), proofOf(e.Hinted)...)
	}
	if v, failed := noGrant(e.Hinted); failed {
		return v
	}
	proof := append(proofOf(e.Plain), proofOf(e.Hinted)...)
	var lost, gained []string
	for _, name := range contextMembers {
		before, was := e.Plain.Token.Members[name]
		after, is := e.Hinted.Token.Members[name]
		switch {
		case was && !is:
			lost = append(lost, "no "+name)
		case name == "patient" && was && string(before) != string(after):
			lost = append(lost, fmt.Sprintf("patient %s instead of %s", shorten(string(after)), shorten(string(before))))
		case is && !was:
			gained = append(gained, name)
		}
	}
	switch {
	case len(lost) > 0:
		return Discouraged("the context of the launch", fmt.Sprintf("with %s: %s", e.Hint, few(lost)), proof...)
	case len(gained) > 0:
		return Note(fmt.Sprintf("%s adds %s", e.Hint, few(gained)), proof...)
	default:
		return Note(e.Hint+" adds no context", proof...)
	}
})

// OtherContextScopes reports which context the server offers beyond patient and encounter.
var OtherContextScopes = New(Meta{
	ID:           "launch-context.other-scopes",
	Title:        "Scopes for context beyond patient and encounter name resource types in lower case",
	Level:        May,
	Requirements: []string{"154"},
	Versions:     sinceSTU2,
	Remedy:       "Write the resource type in a context scope in lower case, such as launch/diagnosticreport.",
}, evidence.TypedContextKind, func(e evidence.TypedContexts) Verdict {
	var wrong []string
	for _, raw := range e.Offered {
		if kind, _, _ := scope.Context(raw); fhirTypes[kind] {
			wrong = append(wrong, shown(raw))
		}
	}
	switch {
	case len(wrong) > 0:
		return Discouraged("resource types in lower case", few(wrong)+" in scopes_supported")
	case len(e.Offered) == 0:
		return Note("scopes_supported lists no context beyond patient and encounter")
	case e.Plain == nil:
		return Note("offered: " + few(e.Offered))
	case e.Plain.Worked() && grantedPlain(*e.Plain, e.Asked):
		return Note(fmt.Sprintf("offered: %s; %s was granted", few(e.Offered), e.Asked), proofOf(*e.Plain)...)
	default:
		return Note(fmt.Sprintf("offered: %s; %s was not granted", few(e.Offered), e.Asked), proofOf(*e.Plain)...)
	}
})

// UnknownRole verifies that context comes although its role is unknown.
var UnknownRole = New(Meta{
	ID:           "launch-context.unknown-role",
	Title:        "A context scope with an unknown role brings context of its type",
	Level:        Should,
	Requirements: []string{"159"},
	Versions:     []Version{V2_2_0},
	Applies:      "the server offers context beyond patient and encounter, and brings it without a role",
	Remedy:       "Treat launch/list?role=… with a role that you do not know as launch/list.",
}, evidence.TypedContextKind, func(e evidence.TypedContexts) Verdict {
	if v, failed := withoutControl(e); failed {
		return v
	}
	expected := "context of the type of " + e.Asked
	proof := append(proofOf(*e.Plain), proofOf(*e.InRole)...)
	switch {
	case refuses(*e.InRole):
		return Broken(expected, e.InRole.Describe(), proof...)
	case !e.InRole.Worked():
		return CannotJudge(e.InRole.Describe(), proof...)
	case len(itemsOf(*e.InRole, e.Asked)) == 0:
		return Broken(expected, "none, with the role "+e.Role, proof...)
	default:
		return Holds("context came with the unknown role too", proof...)
	}
})

// withoutControl says why nothing can be told from asking in a role: asking without one brought nothing.
func withoutControl(e evidence.TypedContexts) (v Verdict, failed bool) {
	switch {
	case e.Plain == nil:
		return Skip("the server offers no context beyond patient and encounter, or there is no standalone launch"), true
	case !e.Plain.Worked():
		return noGrant(*e.Plain)
	case len(itemsOf(*e.Plain, e.Asked)) == 0:
		return Skip(e.Asked + " brought no context without a role either"), true
	case e.InRole == nil:
		return Skip("roles are of SMART App Launch 2.2.0"), true
	default:
		return Verdict{}, false
	}
}

// AlternativeRole reports which role comes in the place of one that the server does not know.
var AlternativeRole = New(Meta{
	ID:           "launch-context.alternative-role",
	Title:        "What comes in the place of an unknown role is a role",
	Level:        May,
	Requirements: []string{"160"},
	Versions:     []Version{V2_2_0},
	Applies:      "context came for an unknown role",
	Remedy:       "Send a role that you define as an absolute URI, or none.",
}, evidence.TypedContextKind, func(e evidence.TypedContexts) Verdict {
	if v, failed := withoutControl(e); failed {
		return v
	}
	var roles, wrong []string
	for _, item := range itemsOf(*e.InRole, e.Asked) {
		raw, there := item["role"]
		switch role, isRole := roleOf(item); {
		case !there:
			roles = append(roles, "none")
		case !isRole:
			wrong = append(wrong, shorten(string(raw)))
		default:
			roles = append(roles, role)
		}
	}
	switch proof := proofOf(*e.InRole); {
	case len(wrong) > 0:
		return Discouraged("an absolute URI, launch, or no role", "role "+few(wrong), proof...)
	case len(roles) == 0:
		return Skip("no context came for the unknown role")
	default:
		return Note("role "+few(roles), proof...)
	}
})

// itemsOf returns the items of fhirContext of the type that a context scope asks for.
func itemsOf(g evidence.Grant, asked string) []map[string]json.RawMessage {
	if !g.Worked() {
		return nil
	}
	kind, _, _ := scope.Context(asked)
	items, _ := g.Token.ContextItems()
	return slices.DeleteFunc(items, func(item map[string]json.RawMessage) bool { return !strings.EqualFold(typeOf(item), kind) })
}
