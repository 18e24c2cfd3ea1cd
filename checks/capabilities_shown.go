package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// CapabilitiesShown lists the checks of the listed capabilities beside what launches show.
var CapabilitiesShown = []Check{
	CapabilitiesUnclaimed,
	claimedSet(capabilitySets[0]), claimedSet(capabilitySets[1]), claimedSet(capabilitySets[2]), claimedSet(capabilitySets[3]),
}

// behaviour is what a launch shows of a capability.
type behaviour struct {
	capability string
	asked      func(evidence.Grant) bool // the launch asked for it
	shown      func(evidence.Grant) bool // the token response has it
}

// behaviours are the capabilities that a launch can show. That of versions of scopes is not among them: a scope
// that is granted as it was asked for does not yet show that it is understood in full.
var behaviours = []behaviour{
	{"launch-ehr", inMode("ehr"), inMode("ehr")},
	{"launch-standalone", inMode("standalone"), inMode("standalone")},
	{"client-public", byClient("public"), byClient("public")},
	{symmetricCapability, byClient("symmetric"), byClient("symmetric")},
	{asymmetricCapability, byClient("asymmetric"), byClient("asymmetric")},
	{"sso-openid-connect", askedFor("openid"), func(g evidence.Grant) bool { return g.Token.IDToken != nil && g.Token.IDToken.Malformed == "" }},
	{"context-banner", inMode("ehr"), both(inMode("ehr"), hasMember("need_patient_banner"))},
	{"context-style", inMode("ehr"), both(inMode("ehr"), hasMember("smart_style_url"))},
	{"context-ehr-patient", func(g evidence.Grant) bool { return g.EHRLaunch != nil && g.EHRLaunch.Opened != "" }, both(inMode("ehr"), hasMember("patient"))},
	{"context-ehr-encounter", func(g evidence.Grant) bool { return g.EHRLaunch != nil && g.EHRLaunch.OpenedEncounter != "" }, both(inMode("ehr"), hasMember("encounter"))},
	{"context-standalone-patient", both(inMode("standalone"), askedFor("launch/patient")), both(inMode("standalone"), hasMember("patient"))},
	{"context-standalone-encounter", both(inMode("standalone"), askedFor("launch/encounter")), both(inMode("standalone"), hasMember("encounter"))},
	{"permission-offline", askedFor("offline_access"), refreshes("offline_access")},
	{"permission-online", askedFor("online_access"), refreshes("online_access")},
	{"permission-patient", askedIn("patient"), grantedIn("patient")},
	{"permission-user", askedIn("user"), grantedIn("user")},
}

func inMode(mode string) func(evidence.Grant) bool {
	return func(g evidence.Grant) bool { return g.Launch.Mode == mode }
}

func byClient(kind string) func(evidence.Grant) bool {
	return func(g evidence.Grant) bool { return g.Launch.Client == kind }
}

func both(a, b func(evidence.Grant) bool) func(evidence.Grant) bool {
	return func(g evidence.Grant) bool { return a(g) && b(g) }
}

func hasMember(name string) func(evidence.Grant) bool {
	return func(g evidence.Grant) bool { return g.Token.Members[name] != nil }
}

func askedFor(name string) func(evidence.Grant) bool {
	return func(g evidence.Grant) bool { return slices.Contains(scope.Split(g.Scope), name) }
}

func refreshes(name string) func(evidence.Grant) bool {
	return func(g evidence.Grant) bool {
		granted, _ := grantedScope(g)
		return g.Token.RefreshToken != nil && slices.Contains(scope.Split(granted), name)
	}
}

func askedIn(context string) func(evidence.Grant) bool {
	return func(g evidence.Grant) bool { return inContext(g.Scope, context) }
}

func grantedIn(context string) func(evidence.Grant) bool {
	return func(g evidence.Grant) bool {
		granted, _ := grantedScope(g)
		return inContext(granted, context)
	}
}

func inContext(scopes, context string) bool {
	return slices.ContainsFunc(scope.Clinical(scopes), func(s scope.Scope) bool { return s.Context == context })
}

// worked returns the grants that ended with a token.
func worked(grants []evidence.Grant) []evidence.Grant {
	return slices.DeleteFunc(slices.Clone(grants), func(g evidence.Grant) bool { return !g.Worked() })
}

// CapabilitiesUnclaimed verifies that what launches show is listed. A server may be about to introduce a
// capability, so that a missing name is a warning.
var CapabilitiesUnclaimed = New(Meta{
	ID:           "capabilities.unclaimed",
	Title:        "What the launches show is among the listed capabilities",
	Level:        Shall,
	Requirements: []string{"capabilities-conveyed"},
	Versions:     sinceSTU2,
	Remedy:       "List the capability; apps that do not find it do not use it.",
}, evidence.ClaimedKind, func(e evidence.ClaimedCapabilities) Verdict {
	if len(e.Listed) == 0 {
		return Skip("capabilities is not listed (see capabilities.listed)")
	}
	var t tally
	for _, b := range behaviours {
		i := slices.IndexFunc(worked(e.Grants), b.shown)
		if i < 0 {
			continue
		}
		g := worked(e.Grants)[i]
		if slices.Contains(e.Listed, b.capability) {
			t.holds(g.Token.Exchange)
		} else {
			t.breaks(fmt.Sprintf("%s, which %s shows", b.capability, g.Launch), g.Token.Exchange)
		}
	}
	if len(t.broken) > 0 {
		return Discouraged("every capability that the launches show", "not listed: "+few(t.broken), unique(t.proof)...)
	}
	return t.verdict("", "what the launches showed is listed", "no launch ended with a token")
})

// claimedSet makes the check of a capability set that the target file claims, or a profile demands: each of
// its capabilities is listed, and the launches that ask for it show it.
func claimedSet(set Set) Check {
	return newAdjusted(Meta{
		ID:           set.Check,
		Title:        "The claimed capability set " + set.Name + " is complete and works",
		Level:        Shall,
		Requirements: []string{set.requirement},
		Versions:     sinceSTU2,
		Applies:      "the target file names " + set.Name + " in capabilitySets",
		Remedy:       "Support, and list, every capability of the set, or take the claim back.",
	}, evidence.ClaimedKind, func(e evidence.ClaimedCapabilities, a Adjustments) Verdict {
		demanded := slices.Contains(a.Sets(e.Listed), set.Name)
		if !demanded && !slices.Contains(e.Sets, set.Name) {
			return Skip("the target file does not name " + set.Name + " in capabilitySets")
		}
		return demand(demanded, set.judge(e))
	})
}

// Shown says whether the listed capabilities and the launches show that the set is satisfied, or not; or
// that they do not show it either way, and why. message says in a sentence what was seen.
func (s Set) Shown(e evidence.ClaimedCapabilities) (satisfied, known bool, message string) {
	switch v := s.judge(e); v.outcome {
	case holds:
		return true, true, v.message
	case broken:
		return false, true, v.observed
	default:
		return false, false, v.message
	}
}

// judge judges whether each capability of the set is listed, and whether the launches show it.
func (s Set) judge(e evidence.ClaimedCapabilities) Verdict {
	if missing := s.Lacks(e.Listed); len(missing) > 0 {
		return Broken("every capability of "+s.words+" among the listed ones", "not listed: "+strings.Join(missing, ", "))
	}
	ofSet := slices.DeleteFunc(slices.Clone(e.Grants), func(g evidence.Grant) bool { return g.Launch.User != s.user || g.Launch.Mode != s.mode })
	if len(ofSet) == 0 {
		return Skip(fmt.Sprintf("all of it is listed, and no launch of the %s in the mode %s was made", s.user, s.mode))
	}
	var t tally
	for _, need := range s.needs {
		launches := ofSet
		if strings.HasPrefix(need[0], "permission-") {
			launches = e.Grants // the launches of one user need not ask for scopes of each context
		}
		s.exercise(&t, need, launches)
	}
	return t.verdict("what "+s.Name+" promises", "all of it is listed and was shown", "no launch asked for it")
}

// exercise counts one need of the set, which any one of its capabilities satisfies.
func (s Set) exercise(t *tally, need []string, launches []evidence.Grant) {
	var proof []string
	asked, stuck := false, ""
	for _, b := range behaviours {
		if !slices.Contains(need, b.capability) {
			continue
		}
		for _, g := range launches {
			if g.Worked() && b.shown(g) {
				t.holds(g.Token.Exchange)
				return
			}
			if outcome := g.Authorization.Outcome; outcome == evidence.GotNowhere || outcome == evidence.NotLaunched {
				stuck = fmt.Sprintf("%s was not carried through: %s", g.Launch, g.Describe())
				continue
			}
			asked = asked || b.asked(g)
			proof = append(proof, g.Authorization.Exchanges...)
		}
	}
	switch {
	case asked:
		t.breaks("no launch showed "+either(need), proof...)
	case stuck != "":
		t.unsure(stuck)
	}
}
