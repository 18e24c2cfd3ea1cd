package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// State lists the checks of the state parameter.
var State = []Check{
	StateEchoed, StateReserved, StateLong, StateNotInvented, StateOnError, StateParallel,
}

const stateRemedy = "Keep state as the opaque string that it is, decode it once when it arrives, and encode it once when it leaves."

// StateEchoed verifies that an ordinary state comes back on every launch.
var StateEchoed = New(Meta{
	ID:           "authorize.state-echoed",
	Title:        "The callback gives back the state unchanged",
	Level:        Shall,
	Requirements: []string{"59"},
	Remedy:       stateRemedy,
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		sent := g.Authorization.Request["state"]
		if len(sent) == 1 && g.Authorization.Callback != nil { // a launch that never came back fails its own check
			t.state(g.Launch.String(), &sent[0], g.Authorization)
		}
	}
	return t.verdict("the state of the request", "every callback gave back its state", "no callback arrived")
})

// StateReserved verifies that reserved characters in state survive.
var StateReserved = New(Meta{
	ID:           "authorize.state-reserved-characters",
	Title:        "A state of reserved characters comes back unchanged",
	Level:        Shall,
	Requirements: []string{"59"},
	Remedy:       stateRemedy,
}, evidence.StateReservedKind, judgeStates)

// StateLong verifies that a state of 512 characters survives.
var StateLong = New(Meta{
	ID:           "authorize.state-long",
	Title:        "A state of 512 characters comes back unchanged",
	Level:        Shall,
	Requirements: []string{"59"},
	Remedy:       "Do not limit state; store it, or carry it, in full.",
}, evidence.StateLongKind, judgeStates)

// StateNotInvented verifies that no state appears when none was sent.
var StateNotInvented = New(Meta{
	ID:           "authorize.state-not-invented",
	Title:        "The callback has no state when the request had none",
	Level:        Shall,
	Requirements: []string{"59"},
	Applies:      "the server accepts a request without state",
	Remedy:       "Append state to the redirect URI only when the request had one.",
}, evidence.StateAbsentKind, func(e evidence.States) Verdict {
	var t tally
	for _, c := range e.Cases {
		switch a := c.Authorization; {
		case a.Callback == nil && a.Outcome == evidence.GotPage:
			return Skip("the server refuses a request without state")
		case a.Callback == nil:
			t.unsure(a.Describe())
		case len(a.Callback.Query["state"]) > 0:
			t.breaks(fmt.Sprintf("state=%q in the callback", a.Callback.Query["state"][0]), a.Exchanges...)
		default:
			t.holds(a.Exchanges...)
		}
	}
	return t.verdict("no state parameter in the callback", "no state was invented", "no request was made")
})

// StateOnError verifies that error callbacks give back the state and hold no code.
var StateOnError = New(Meta{
	ID:           "authorize.state-on-error",
	Title:        "Error callbacks give back the state and hold no code",
	Level:        Shall,
	Requirements: []string{"59", "rfc6749-4.1.2.1-error-returns-state"},
	Applies:      "an error reaches the redirect URI",
	Remedy:       "Build success and error callbacks in one place that always appends the state of the request.",
}, evidence.StateErrorKind, func(e evidence.States) Verdict {
	var t tally
	for _, c := range e.Cases {
		switch a := c.Authorization; {
		case a.Outcome == evidence.GotNowhere:
			t.unsure(c.Name + ": " + a.Describe())
		case a.Callback == nil || a.Callback.Error() == "":
		case len(a.Callback.Codes) > 0:
			t.breaks(c.Name+": an error together with a code", a.Exchanges...)
		default:
			t.state(c.Name, c.Sent, a)
		}
	}
	return t.verdict("the state of the request beside the error", "every error callback gave back its state",
		"the server showed its own error pages; no error reached the redirect URI")
})

// StateParallel verifies that two requests of one browser session keep their own states.
var StateParallel = New(Meta{
	ID:           "authorize.state-parallel",
	Title:        "Parallel requests of one browser keep their own states",
	Level:        Shall,
	Requirements: []string{"59"},
	Remedy:       "Keep the authorization request with the page that it led to, not one per browser session.",
}, evidence.StateParallelKind, judgeStates)

func judgeStates(e evidence.States) Verdict {
	var t tally
	for _, c := range e.Cases {
		t.state(c.Name, c.Sent, c.Authorization)
	}
	return t.verdict("the state of the request", "the state came back unchanged", "no request was made")
}

// state compares the state of one callback with what was sent.
func (t *tally) state(name string, sent *string, a evidence.Authorization) {
	if a.Callback == nil {
		if a.Outcome == evidence.GotPage && pageFailed(a) == "" {
			t.breaks(name+": "+a.Describe(), a.Exchanges...)
		} else if a.Outcome != evidence.NotLaunched {
			t.unsure(name + ": " + a.Describe())
		}
		return
	}
	got := a.Callback.Query["state"]
	if len(got) == 0 {
		got = a.Callback.Fragment["state"]
	}
	switch {
	case len(got) == 0:
		t.breaks(name+": no state", a.Exchanges...)
	case len(got) > 1:
		t.breaks(fmt.Sprintf("%s: %d state parameters", name, len(got)), a.Exchanges...)
	case sent == nil:
		t.breaks(fmt.Sprintf("%s: state %q where none was sent", name, shorten(got[0])), a.Exchanges...)
	case got[0] != *sent:
		t.breaks(fmt.Sprintf("%s: %s", name, difference(*sent, got[0])), a.Exchanges...)
	default:
		t.holds(a.Exchanges...)
	}
}

// difference tells how two states differ, without quoting long ones in full.
func difference(sent, got string) string {
	if len(sent) != len(got) && len(sent) > 60 {
		return fmt.Sprintf("a state of %d characters where %d were sent", len(got), len(sent))
	}
	return fmt.Sprintf("state %q where %q was sent", shorten(got), shorten(sent))
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}
