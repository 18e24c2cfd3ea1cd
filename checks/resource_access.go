package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// ResourceAccess lists the checks of the FHIR server as a resource server.
var ResourceAccess = []Check{
	AnonymousRefused, AnonymousChallenge, ChallengeOn401, InvalidTokenRefused, InvalidTokenError,
	NoQueryToken, GrantedRead, OtherTypeRefused, WriteRefused, LettersEnforced, OtherPatientRefused,
	InsufficientScope, GranularEnforced,
}

const tokenRemedy = "Look the token up in full, check its expiry and its scopes, and answer 401 before anything is read."

// refusedWith401 judges answers that must hold no data. RFC 6750 §3.1 recommends 401 for them.
func refusedWith401(e evidence.Access) Verdict {
	var served, other tally
	for _, a := range e.Answers {
		seen := fmt.Sprintf("%s: %s", a.Name, a.Describe())
		switch {
		case a.Data():
			served.breaks(seen, a.Exchange)
		case giveUp(a.Status) != "":
			served.unsure(a.Name + " was " + giveUp(a.Status))
		case a.Status != 401:
			other.breaks(seen, a.Exchange)
		default:
			served.holds(a.Exchange)
		}
	}
	if len(served.broken)+len(served.unclear) == 0 && len(other.broken) > 0 {
		return Discouraged("401 for a call without a valid token", few(other.broken), unique(other.proof)...)
	}
	return served.verdict("401 and no data", "every call was refused", "no call was made")
}

// AnonymousRefused verifies that no patient data is served without a token.
var AnonymousRefused = New(Meta{
	ID:           "resource-access.anonymous-refused",
	Title:        "Patient data is not served without a token",
	Level:        Shall,
	Requirements: []string{"94"},
	Remedy:       tokenRemedy,
}, evidence.AnonymousKind, refusedWith401)

// AnonymousChallenge verifies that the challenge to an anonymous call names no error.
var AnonymousChallenge = New(Meta{
	ID:           "resource-access.anonymous-challenge",
	Title:        "The challenge to an anonymous call names no error",
	Level:        ShouldNot,
	Requirements: []string{"rfc6750-3.1-no-error-when-anonymous"},
	Applies:      "the server sends a challenge",
	Remedy:       "Leave error out of WWW-Authenticate when the request had no credentials.",
}, evidence.AnonymousKind, func(e evidence.Access) Verdict {
	var t tally
	for _, a := range e.Answers {
		switch challenge := strings.Join(a.Challenge, ", "); {
		case challenge == "":
		case strings.Contains(challenge, "error="):
			t.breaks(a.Name+": "+challenge, a.Exchange)
		default:
			t.holds(a.Exchange)
		}
	}
	return t.verdict("a challenge without error", "no challenge named an error", "no challenge was sent")
})

// ChallengeOn401 verifies that refused calls carry a Bearer challenge.
var ChallengeOn401 = New(Meta{
	ID:           "resource-access.challenge",
	Title:        "Refused calls carry a Bearer challenge",
	Level:        Shall,
	Requirements: []string{"rfc6750-3-challenge-on-401"},
	Remedy:       "Send WWW-Authenticate: Bearer with every 401.",
}, evidence.BadTokenKind, func(e evidence.Access) Verdict {
	var t tally
	for _, a := range e.Answers {
		switch {
		case a.Status != 401:
		case !hasScheme(a.Challenge, "Bearer"):
			t.breaks(fmt.Sprintf("%s: WWW-Authenticate %q", a.Name, strings.Join(a.Challenge, ", ")), a.Exchange)
		default:
			t.holds(a.Exchange)
		}
	}
	return t.verdict("WWW-Authenticate: Bearer", "every 401 had its challenge", "no call was refused with 401")
})

// InvalidTokenRefused verifies that tokens which were never issued are refused.
var InvalidTokenRefused = New(Meta{
	ID:           "resource-access.invalid-token-refused",
	Title:        "Random and tampered tokens are refused",
	Level:        Shall,
	Requirements: []string{"94"},
	Remedy:       tokenRemedy,
}, evidence.BadTokenKind, refusedWith401)

// InvalidTokenError verifies that the challenge says invalid_token.
var InvalidTokenError = New(Meta{
	ID:           "resource-access.invalid-token-error",
	Title:        "A bad token is answered with invalid_token",
	Level:        Should,
	Requirements: []string{"rfc6750-3.1-invalid-token"},
	Remedy:       "Send WWW-Authenticate: Bearer error=\"invalid_token\" with the 401.",
}, evidence.BadTokenKind, func(e evidence.Access) Verdict {
	return challengeNames(e.Answers, 401, "invalid_token")
})

// InsufficientScope verifies the answer to a call that the scope does not reach.
var InsufficientScope = New(Meta{
	ID:           "resource-access.insufficient-scope",
	Title:        "A call beyond the scope is answered with 403 insufficient_scope",
	Level:        Should,
	Requirements: []string{"rfc6750-3.1-insufficient-scope"},
	Remedy:       "Answer 403 with WWW-Authenticate: Bearer error=\"insufficient_scope\".",
}, evidence.NarrowScopeKind, func(e evidence.Access) Verdict {
	var beyond []evidence.FHIRAnswer
	for _, a := range e.Answers {
		if a.Name == evidence.OtherType && a.Status >= 400 && a.Status <= 403 { // any other answer may say something else
			beyond = append(beyond, a)
		}
	}
	return challengeNames(beyond, 403, "insufficient_scope")
})

func challengeNames(answers []evidence.FHIRAnswer, status int, code string) Verdict {
	var t tally
	for _, a := range answers {
		challenge := strings.Join(a.Challenge, ", ")
		if busy(a.Status) {
			t.unsure(a.Name + " was " + giveUp(a.Status))
			continue
		}
		if a.Status != status || !strings.Contains(challenge, code) {
			t.breaks(fmt.Sprintf("%s: %d with WWW-Authenticate %q", a.Name, a.Status, challenge), a.Exchange)
			continue
		}
		t.holds(a.Exchange)
	}
	return t.verdict(fmt.Sprintf("%d with error=%q", status, code), "every challenge named the error", "no such call was refused")
}

// NoQueryToken verifies that a token in the URL is not honoured.
var NoQueryToken = New(Meta{
	ID:           "resource-access.no-query-token",
	Title:        "A token in the URL is not honoured",
	Level:        May,
	Requirements: []string{"rfc6750-2.3-no-query-token"},
	Remedy:       "Read the token from the Authorization header only.",
}, evidence.NarrowScopeKind, func(e evidence.Access) Verdict {
	return advised(refusesCalls("401 and no data", evidence.QueryToken)(e))
})

// GrantedRead verifies that a token opens what its scope says.
var GrantedRead = New(Meta{
	ID:           "resource-access.granted-read",
	Title:        "A granted scope lets the app read and search",
	Level:        Shall,
	Requirements: []string{"74", "367"},
	Remedy:       "Let the FHIR server accept the access tokens of its authorization server, for what their scopes allow.",
}, evidence.NarrowScopeKind, func(e evidence.Access) Verdict {
	var t tally
	for _, name := range []string{evidence.AllowedRead, evidence.AllowedSearch} {
		a, made := e.Named(name)
		switch {
		case !made:
		case a.Status != 200:
			t.breaks(name+": "+a.Describe(), a.Exchange)
		default:
			t.holds(a.Exchange)
		}
	}
	return t.verdict("200 with the data", "the token opened what it was granted for", "the scope was not granted")
})

// refusesCalls judges the named calls, none of which may bring data or succeed.
func refusesCalls(expected string, names ...string) func(evidence.Access) Verdict {
	return func(e evidence.Access) Verdict {
		var t tally
		nothing := "the scope was not granted, more was granted than asked for, or the target file names no such data"
		for _, name := range names {
			if a, made := e.Named(name); made {
				if why := refused(&t, a, name, isWrite(name)); why != "" {
					nothing = why
				}
			}
		}
		return t.verdict(expected, "every call was refused", nothing)
	}
}

// refused counts a call that must bring no data and, when it writes, must not succeed. When the answer tells
// neither success nor refusal it returns why.
func refused(t *tally, a evidence.FHIRAnswer, name string, writes bool) (nothing string) {
	seen := name + ": " + a.Describe()
	success := a.Status >= 200 && a.Status <= 299
	switch {
	case a.Data() || writes && success:
		t.breaks(seen, a.Exchange)
	case giveUp(a.Status) != "":
		t.unsure(name + " was " + giveUp(a.Status))
	case success: // an empty answer may mean a refusal, or that there is nothing to find
		return seen + ", which does not tell a refusal from a lack of data"
	case writes && (a.Status == 400 || a.Status == 412 || a.Status == 422):
		return seen + ", which does not tell a refusal from a resource that is not to the server's liking"
	default:
		t.holds(a.Exchange)
	}
	return ""
}

func isWrite(name string) bool { return name == evidence.Create || name == evidence.Update }

// OtherTypeRefused verifies that a token does not open other resource types.
var OtherTypeRefused = New(Meta{
	ID:           "resource-access.other-type-refused",
	Title:        "A scope of one resource type does not open another",
	Level:        Shall,
	Requirements: []string{"95"},
	Remedy:       "Compare the resource type of every call with the granted scopes.",
}, evidence.NarrowScopeKind, refusesCalls("403 and no data", evidence.OtherType))

// WriteRefused verifies that a read scope does not let the app write.
var WriteRefused = New(Meta{
	ID:           "resource-access.write-refused",
	Title:        "A read scope does not let the app write",
	Level:        Shall,
	Requirements: []string{"95"},
	Remedy:       "Compare the interaction of every call with the letters of the granted scopes.",
}, evidence.NarrowScopeKind, refusesCalls("403", evidence.Create, evidence.Update))

// OtherPatientRefused verifies that a patient scope reaches one patient only.
var OtherPatientRefused = New(Meta{
	ID:           "resource-access.other-patient-refused",
	Title:        "A patient scope reaches the patient in context only",
	Level:        Shall,
	Requirements: []string{"136", "170"},
	Applies:      "the target file names another patient",
	Remedy:       "Restrict every read and search under patient scopes to the compartment of the patient in context.",
}, evidence.NarrowScopeKind, func(e evidence.Access) Verdict {
	var t tally
	for _, name := range []string{evidence.OtherPatient, evidence.OtherSearch} {
		a, made := e.Named(name)
		if !made {
			continue
		}
		switch away := strangers(a, e.Patient); {
		case len(away) > 0:
			t.breaks(fmt.Sprintf("%s: %d with data of patient %s", name, a.Status, few(away)), a.Exchange)
		case giveUp(a.Status) != "":
			t.unsure(name + " was " + giveUp(a.Status))
		default:
			t.holds(a.Exchange)
		}
	}
	return t.verdict("a refusal, or nothing of another patient", "nothing of another patient was served",
		"the target file names no other patient, or no patient scope was granted")
})

// LettersEnforced verifies that reading does not imply searching.
var LettersEnforced = New(Meta{
	ID:           "resource-access.letters-enforced",
	Title:        "A scope without the search letter does not let the app search",
	Level:        Shall,
	Requirements: []string{"95", "370"},
	Versions:     []Version{V2_0_0, V2_2_0},
	Applies:      "the server grants a scope with the letter r alone",
	Remedy:       "Map read to r, search to s, create to c, update to u and delete to d, and compare each on its own.",
}, evidence.LettersKind, refusesCalls("403 and no data", evidence.SearchByRead))

// GranularEnforced verifies that a granular scope filters.
var GranularEnforced = New(Meta{
	ID:           "resource-access.granular-enforced",
	Title:        "A granular scope opens only what its query matches",
	Level:        Shall,
	Requirements: []string{"370", "95"},
	Versions:     []Version{V2_0_0, V2_2_0},
	Applies:      "the server grants a scope with a query",
	Remedy:       "Add the query of the granted scope to every read and search.",
}, evidence.GranularKind, func(e evidence.Access) Verdict {
	var t tally
	nothing := "no granular scope was granted, or another scope opens the same type"
	telling := slices.ContainsFunc(e.Answers, func(a evidence.FHIRAnswer) bool {
		return a.Entries > 0 || a.Status == 401 || a.Status == 403
	})
	for _, a := range e.Answers {
		switch {
		case len(a.Outside) > 0:
			t.breaks(fmt.Sprintf("%s: %d entries outside of the scope, such as %s", a.Name, len(a.Outside), a.Outside[0]), a.Exchange)
		case giveUp(a.Status) != "":
			t.unsure(a.Name + " was " + giveUp(a.Status))
		case telling:
			t.holds(a.Exchange)
		default:
			nothing = "the searches found nothing, so nothing could be left out; name a patient with data in the target file"
		}
	}
	return t.verdict("only what the query of the scope matches", "nothing outside of the scope was served", nothing)
})
