package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// AuthorizeLaunch lists the checks of the launch parameter.
var AuthorizeLaunch = []Check{LaunchUnknown, LaunchOtherApp, LaunchReused}

var ehrLaunches = []string{"clinician-ehr"}

// LaunchUnknown verifies that a launch value which was never issued opens no context.
var LaunchUnknown = New(Meta{
	ID:           "authorize.launch-unknown",
	Title:        "A launch value that the EHR never issued opens no context",
	Level:        Shall,
	Requirements: []string{"launch-value-issued"},
	Applies:      "a clinician can launch an app from the EHR",
	Launches:     ehrLaunches,
	Remedy:       "Look the launch value up among those that were issued, and answer invalid_request when it is not there.",
}, evidence.LaunchValueKind, func(e evidence.LaunchValues) Verdict {
	return opensNothing(e.Unknown, "the unknown value", "no such request was made")
})

// LaunchOtherApp verifies that a launch value opens its context to the app that was launched only.
var LaunchOtherApp = New(Meta{
	ID:           "authorize.launch-other-app",
	Title:        "A launch value opens its context to no other app than the one that was launched",
	Level:        Shall,
	Requirements: []string{"launch-value-own-app"},
	Applies:      "a clinician can launch an app from the EHR, and the target file has a second client",
	Launches:     ehrLaunches,
	Remedy:       "Keep the client with the launch value, and answer invalid_request to another one.",
}, evidence.LaunchValueKind, func(e evidence.LaunchValues) Verdict {
	return opensNothing(e.OtherApp, "the value of another app", "the target file has no second client for the clinician")
})

// opensNothing judges a request whose launch value must open no context. A server may refuse it, or ignore the
// value and let the user choose.
func opensNothing(g *evidence.Grant, name, nothing string) Verdict {
	var t tally
	switch {
	case g == nil:
	case g.Authorization.Outcome == evidence.GotNowhere:
		t.unsure(g.Describe())
	case g.Token != nil && giveUp(g.Token.Status) != "":
		t.unsure("the token endpoint " + giveUp(g.Token.Status))
	case pageFailed(g.Authorization) != "":
		t.unsure("the authorization endpoint " + pageFailed(g.Authorization))
	case g.Worked() && contextOf(g) != "" && !g.Authorization.Chosen():
		t.breaks(fmt.Sprintf("%s led to %s, which nobody chose", name, contextOf(g)), proofOf(*g)...)
	default:
		t.holds(proofOf(*g)...)
	}
	return t.verdict("an error, or no patient and no encounter that nobody chose", "the value opened nothing", nothing)
}

// contextOf says which patient and encounter a token response names.
func contextOf(g *evidence.Grant) string {
	var named []string
	for _, name := range []string{"patient", "encounter"} {
		if id, ok := g.Token.Text(name); ok {
			named = append(named, name+" "+id)
		}
	}
	return strings.Join(named, ", ")
}

// LaunchReused records what a launch value is worth once it was used.
var LaunchReused = New(Meta{
	ID:           "authorize.launch-reused",
	Title:        "A launch value that is used again opens the same context or none",
	Level:        May,
	Requirements: []string{"launch-value-again"},
	Applies:      "a clinician can launch an app from the EHR",
	Launches:     ehrLaunches,
	Remedy:       "Keep the context with its launch value, or refuse the value after its use.",
}, evidence.LaunchValueKind, func(e evidence.LaunchValues) Verdict {
	switch {
	case e.Again == nil:
		return Skip("the launch value could not be used even once")
	case e.Again.Authorization.Outcome == evidence.GotNowhere:
		return CannotJudge(e.Again.Describe(), proofOf(*e.Again)...)
	case !e.Again.Worked():
		return Note("a launch value works once; the second time "+e.Again.Describe()+" was seen", proofOf(*e.Again)...)
	case contextOf(e.Again) != contextOf(e.Own) && !e.Again.Authorization.Chosen():
		return Discouraged("the context of the launch, "+contextOf(e.Own), contextOf(e.Again)+" the second time", proofOf(*e.Again)...)
	default:
		return Note("a launch value works again, with the same context", proofOf(*e.Again)...)
	}
})
