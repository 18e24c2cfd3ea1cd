package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// longestSubject is the longest sub that OpenID Connect Core §2 allows, in characters.
const longestSubject = 255

// IDTokenSubject verifies that sub is there, the same for one user and another for every other.
var IDTokenSubject = New(Meta{
	ID:           "openid.id-token-subject",
	Title:        "The ID token has a stable subject for each user",
	Level:        Shall,
	Requirements: []string{"oidc-core-8-stable-sub"},
	Applies:      openIDApplies,
	Remedy:       "Send sub as a string of at most 255 ASCII characters that never changes for one user and is never shared by two.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	seen := subjects{}
	return eachIDToken("one sub for each user", func(g evidence.Grant, t evidence.IDToken) string {
		if problem := subjectFlaw(t); problem != "" {
			return problem
		}
		return seen.add(g, t)
	})(e)
})

// subjectFlaw says what is wrong with the form of sub; "" when nothing is.
func subjectFlaw(t evidence.IDToken) string {
	sub, _ := t.Text("sub")
	if sub == "" || len(sub) > longestSubject || strings.ContainsFunc(sub, func(r rune) bool { return r > 0x7e }) {
		return "sub " + orAbsent(t.Claims["sub"])
	}
	return ""
}

// subjects are those that were seen before. A pairwise sub may differ from client to client (OpenID Connect
// Core §8.1), and still belongs to one user only.
type subjects []struct{ client, user, sub, fhirUser string }

// add remembers the subject of a grant, and says how it contradicts an earlier one.
func (s *subjects) add(g evidence.Grant, t evidence.IDToken) string {
	sub, _ := t.Text("sub")
	fhirUser, _ := t.Text("fhirUser")
	for _, known := range *s {
		switch {
		case known.user == g.Launch.User && known.client == g.ClientID && known.sub != sub:
			return fmt.Sprintf("two subjects for the %s, %q and %q", known.user, known.sub, sub)
		// One account may serve as both users of the target file; its fhirUser tells.
		case known.user != g.Launch.User && known.sub == sub && (fhirUser == "" || known.fhirUser != fhirUser):
			return fmt.Sprintf("%s and %s share the subject %q", known.user, g.Launch.User, sub)
		}
	}
	*s = append(*s, struct{ client, user, sub, fhirUser string }{g.ClientID, g.Launch.User, sub, fhirUser})
	return ""
}

// SubjectKept verifies that sub stays the same when tokens are refreshed and the user signs in again.
var SubjectKept = New(Meta{
	ID:           "openid.subject-kept",
	Title:        "The subject stays the same over a refresh and another sign-in",
	Level:        Shall,
	Requirements: []string{"oidc-core-8-stable-sub"},
	Applies:      openIDApplies,
	Remedy:       "Derive sub from the user's account and never from the session, the grant or the token.",
}, evidence.OpenIDTurnsKind, func(e evidence.OpenIDTurns) Verdict {
	var t tally
	first := ""
	compare := func(when string, token *evidence.TokenResponse) {
		if token == nil || token.IDToken == nil {
			return
		}
		switch sub, _ := token.IDToken.Text("sub"); {
		case first == "":
			first = sub
		case sub != first:
			t.breaks(fmt.Sprintf("%s: sub %q, before %q", when, shorten(sub), shorten(first)), token.Exchange)
		default:
			t.holds(token.Exchange)
		}
	}
	for _, turn := range e.Turns {
		compare(turn.Name, turn.Token)
		compare("a refresh after "+turn.Name, turn.Refreshed)
	}
	return t.verdict("the same sub for the same user", "sub stayed the same", "one browser got fewer than two ID tokens")
})
