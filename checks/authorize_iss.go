package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

const issApplies = "the metadata has authorization_response_iss_parameter_supported, or iss is sent"

// IssParameter verifies that a promised iss parameter is there and right.
var IssParameter = New(Meta{
	ID:           "authorize.iss-parameter",
	Title:        "A promised iss parameter stands in every callback",
	Level:        Shall,
	Requirements: []string{"rfc9207-2-iss-parameter"},
	Applies:      issApplies,
	Remedy:       "Add iss with the exact issuer identifier to success and error callbacks.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		if g.Authorization.Callback != nil {
			t.iss(g.Launch.String(), g.Authorization, g.Issuer, g.IssPromised)
		}
	}
	return t.verdict("iss equal to the issuer", "iss was right in every callback", "the server does not promise the iss parameter")
})

// IssOnError verifies that a promised iss parameter is there and right in error callbacks too.
var IssOnError = New(Meta{
	ID:           "authorize.iss-on-error",
	Title:        "A promised iss parameter stands in error callbacks too",
	Level:        Shall,
	Requirements: []string{"rfc9207-2-iss-parameter"},
	Applies:      issApplies,
	Remedy:       "Build success and error callbacks in one place that always adds iss with the exact issuer identifier.",
}, evidence.StateErrorKind, func(e evidence.States) Verdict {
	var t tally
	for _, c := range e.Cases {
		switch a := c.Authorization; {
		case a.Outcome == evidence.GotNowhere:
			t.unsure(c.Name + ": " + a.Describe())
		case a.Outcome == evidence.GotError:
			t.iss(c.Name, a, e.Issuer, e.IssPromised)
		}
	}
	return t.verdict("iss equal to the issuer", "iss was right in every error callback",
		"no error reached the redirect URI of a server that promises the iss parameter")
})

// iss compares the iss parameter of a callback with the issuer, where it is promised or sent.
func (t *tally) iss(name string, a evidence.Authorization, issuer string, promised bool) {
	switch iss := a.Callback.Query["iss"]; {
	case !promised && (len(iss) == 0 || issuer == ""):
	case issuer == "" && len(iss) == 1:
		t.unsure("the SMART configuration names no issuer that iss could be compared with")
	case len(iss) != 1 || iss[0] != issuer:
		t.breaks(fmt.Sprintf("%s: iss %q", name, iss), a.Exchanges...)
	default:
		t.holds(a.Exchanges...)
	}
}
