package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Launch lists the checks of the launches: one for each user, mode and client, and those of what the
// EHR hands to the app.
var Launch = append(launches(), LaunchIss, LaunchValue)

// launchTitles words each launch for people.
var launchTitles = map[string]string{
	"patient": "A patient", "clinician": "A clinician",
	"standalone": "launches an app standalone", "ehr": "launches an app from the EHR",
	"public": "public client", "symmetric": "confidential client with a secret",
	"asymmetric": "confidential client with a key",
}

// launchRows are the catalogue rows of the capabilities that a launch proves.
var launchRows = map[string][]string{
	"standalone": {"353"}, "ehr": {"352"},
	"public": {"355"}, "symmetric": {"356", "rfc6749-2.3.1-basic-supported"}, "asymmetric": {"357", "310"},
}

func launches() []Check {
	var all []Check
	for _, l := range evidence.Launches() {
		all = append(all, New(Meta{
			ID:           "launch." + l.String(),
			Title:        fmt.Sprintf("%s %s that is a %s", launchTitles[l.User], launchTitles[l.Mode], launchTitles[l.Client]),
			Level:        Shall,
			Requirements: append(append([]string{}, launchRows[l.Mode]...), launchRows[l.Client]...),
			Applies:      fmt.Sprintf("the target file has the %s user and the %s client", l.User, l.Client),
			Launches:     []string{l.UseCase()},
			Remedy:       "Follow the exchanges from the authorization request on: the first refusal says what the server did not accept.",
		}, evidence.GrantKind(l), judgeLaunch))
	}
	return all
}

func judgeLaunch(g evidence.Grant) Verdict {
	switch a := g.Authorization; {
	case g.Worked() && g.Token.Status == 200:
		return Holds("the app got a token", append(a.Exchanges, g.Token.Exchange)...)
	case g.Token != nil:
		return Broken("a token response", g.Describe(), append(a.Exchanges, g.Token.Exchange)...)
	case a.Outcome == evidence.GotNowhere || a.Outcome == evidence.NotLaunched:
		return CannotJudge(a.Describe(), a.Exchanges...)
	default:
		return Broken("a code at the redirect URI", a.Describe(), a.Exchanges...)
	}
}

// LaunchIss verifies that the EHR names its own FHIR base when it launches an app.
var LaunchIss = New(Meta{
	ID:           "launch.iss-is-base",
	Title:        "The EHR launches with its own FHIR base as iss",
	Level:        Shall,
	Requirements: []string{"352"},
	Applies:      "an EHR launch was made",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Put the FHIR base URL, exactly as apps use it, into the iss parameter of the launch URL.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		switch l := g.EHRLaunch; {
		case l == nil:
		case len(l.Iss) != 1:
			t.breaks(fmt.Sprintf("%s: %d iss parameters", g.Launch, len(l.Iss)), g.Authorization.Exchanges...)
		case withoutSlash(l.Iss[0]) != withoutSlash(g.Base):
			t.breaks(fmt.Sprintf("%s: iss %s", g.Launch, l.Iss[0]), g.Authorization.Exchanges...)
		default:
			t.holds(g.Authorization.Exchanges...)
		}
	}
	return t.verdict("iss equal to the FHIR base", "iss was right on every launch", "no EHR launch was made")
})

// LaunchValue verifies that every EHR launch has an opaque value of its own.
var LaunchValue = New(Meta{
	ID:           "launch.launch-value",
	Title:        "Every EHR launch has an opaque launch value of its own",
	Level:        Shall,
	Requirements: []string{"352"},
	Applies:      "an EHR launch was made",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Generate a random launch value for each launch and keep the context on the server.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	first := map[string]evidence.Launch{}
	for _, g := range e.Grants {
		if g.EHRLaunch == nil {
			continue
		}
		values := g.EHRLaunch.Launch
		if len(values) != 1 || values[0].Length == 0 {
			t.breaks(fmt.Sprintf("%s: %d launch parameters", g.Launch, len(values)), g.Authorization.Exchanges...)
			continue
		}
		if earlier, again := first[values[0].Fingerprint]; again {
			t.breaks(fmt.Sprintf("%s has the launch value of %s", g.Launch, earlier), g.Authorization.Exchanges...)
			continue
		}
		first[values[0].Fingerprint] = g.Launch
		t.holds(g.Authorization.Exchanges...)
	}
	return t.verdict("one launch parameter that differs on every launch", "every launch had a value of its own", "no EHR launch was made")
})

func withoutSlash(url string) string { return strings.TrimRight(url, "/") }
