package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// Introspection lists the checks of what introspection says of good tokens. Those of dead tokens and of callers
// are in IntrospectionLimits.
var Introspection = []Check{
	IntrospectionResponse, IntrospectionActive, IntrospectionScope, IntrospectionClientID, IntrospectionExp,
	IntrospectionLifetime, IntrospectionContext, IntrospectionIss, IntrospectionSub, IntrospectionFHIRUser,
	IntrospectionOtherClients, IntrospectionWrongHint, IntrospectionRefreshToken,
}

const introspectionApplies = "the server lists an introspection_endpoint, and somebody in the target file may introspect"

// eachLive judges what was said of each good access token. judge returns what is wrong with it, and false where
// it does not apply.
func eachLive(expected, nothing string, judge func(evidence.LiveToken) (problem string, applies bool)) func(evidence.LiveTokens) Verdict {
	return func(e evidence.LiveTokens) Verdict {
		var t tally
		for _, live := range e.Tokens {
			problem, applies := judge(live)
			switch {
			case !applies:
			case giveUp(live.Answer.Status) != "":
				t.unsure(live.Name + ": the introspection endpoint " + giveUp(live.Answer.Status))
			case problem != "":
				t.breaks(live.Name+": "+problem, live.Token.Exchange, live.Answer.Exchange)
			default:
				t.holds(live.Token.Exchange, live.Answer.Exchange)
			}
		}
		return t.verdict(expected, "every answer was right", nothing)
	}
}

const noneActive = "no token was called active, which introspection.response judges"

// ofActive lets a judgement be made of answers that call the token active.
func ofActive(judge func(evidence.LiveToken) (string, bool)) func(evidence.LiveToken) (string, bool) {
	return func(live evidence.LiveToken) (string, bool) {
		if active, _ := live.Answer.Active(); !active {
			return "", false
		}
		return judge(live)
	}
}

// IntrospectionResponse verifies that a good token is called active, in JSON.
var IntrospectionResponse = New(Meta{
	ID:           "introspection.response",
	Title:        "A good token is answered with 200 and a JSON object that calls it active",
	Level:        Shall,
	Requirements: []string{"271"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies,
	Remedy:       "Answer a POST with the token in the form with 200 application/json and \"active\": true (RFC 7662 §2.2).",
}, evidence.LiveTokensKind, func(e evidence.LiveTokens) Verdict {
	own := slices.ContainsFunc(e.Tokens, func(live evidence.LiveToken) bool {
		active, _ := live.Answer.Active()
		return active
	})
	return eachLive("200 application/json with active true", "no token was introspected", func(live evidence.LiveToken) (string, bool) {
		a := live.Answer
		said := string(a.Members["active"])
		switch {
		case a.Status != 200 || a.Members == nil || said == "":
			return a.Describe(), true
		case a.Header.MediaType() != "application/json":
			return fmt.Sprintf("Content-Type %q", a.Header.Get("Content-Type")), true
		case said == "false" && own && !live.OfCaller: // tokens of others are for introspection.other-clients
			return "", false
		case said == "false":
			return a.Describe(), true
		}
		return "", true
	})(e)
})

// IntrospectionActive verifies the type of active.
var IntrospectionActive = New(Meta{
	ID:           "introspection.active-boolean",
	Title:        "active is a JSON boolean",
	Level:        Shall,
	Requirements: []string{"272"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies,
	Remedy:       "Send active as true or false, without quotation marks, in every answer.",
}, evidence.LiveTokensKind, eachLive("active as a JSON boolean", "no token was introspected", func(live evidence.LiveToken) (string, bool) {
	raw := live.Answer.Members["active"]
	if string(raw) == "true" || string(raw) == "false" {
		return "", true
	}
	return "active " + orAbsent(raw), live.Answer.Status == 200 && live.Answer.Members != nil
}))

// IntrospectionScope verifies that introspection repeats the granted scopes.
var IntrospectionScope = New(Meta{
	ID:           "introspection.scope",
	Title:        "Introspection repeats the scopes of the token response",
	Level:        Shall,
	Requirements: []string{"273"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies,
	Remedy:       "Send scope as one string with the scopes of the token, as the token response listed them.",
}, evidence.LiveTokensKind, eachLive("the scopes of the token response", noneActive, ofActive(func(live evidence.LiveToken) (string, bool) {
	granted, listed := live.Token.Text("scope")
	told, isString := live.Answer.Text("scope")
	switch {
	case !isString:
		return "scope " + orAbsent(live.Answer.Members["scope"]), true
	case !listed:
		return "", false
	case !sameScopes(granted, told):
		return fmt.Sprintf("scope %q, and %q in the token response", shorten(told), shorten(granted)), true
	}
	return "", true
})))

// sameScopes reports whether two scope strings hold the same scopes, in any order.
func sameScopes(a, b string) bool {
	left, right := scope.Split(a), scope.Split(b)
	slices.Sort(left)
	slices.Sort(right)
	return slices.Equal(slices.Compact(left), slices.Compact(right))
}

// IntrospectionClientID verifies that introspection names the client of the token.
var IntrospectionClientID = New(Meta{
	ID:           "introspection.client-id",
	Title:        "Introspection names the client to which the token was issued",
	Level:        Shall,
	Requirements: []string{"274"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies,
	Remedy:       "Send client_id of the client that got the token, not of the one that asks.",
}, evidence.LiveTokensKind, eachLive("client_id of the client that got the token", noneActive, ofActive(func(live evidence.LiveToken) (string, bool) {
	if id, _ := live.Answer.Text("client_id"); id != live.ClientID {
		return fmt.Sprintf("client_id %s, and the token is for %q", orAbsent(live.Answer.Members["client_id"]), live.ClientID), true
	}
	return "", true
})))

// exp returns the expiry that introspection tells, if it is an integer.
func exp(i evidence.Introspection) (seconds int64, ok bool) {
	ok = json.Unmarshal(i.Members["exp"], &seconds) == nil && string(i.Members["exp"]) != "null"
	return seconds, ok
}

// farFuture is when a time in seconds can only be one in milliseconds, as Unix time in seconds: the year 2286.
const farFuture = 9_999_999_999

// IntrospectionExp verifies the expiry time.
var IntrospectionExp = New(Meta{
	ID:           "introspection.exp",
	Title:        "exp is an integer in seconds that lies ahead",
	Level:        Shall,
	Requirements: []string{"275"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies,
	Remedy:       "Send exp as a JSON integer: the seconds since 1970 at which the token expires.",
}, evidence.LiveTokensKind, eachLive("exp as a JSON integer in seconds, after the token was issued", noneActive, ofActive(func(live evidence.LiveToken) (string, bool) {
	at, ok := exp(live.Answer)
	switch {
	case !ok:
		return "exp " + orAbsent(live.Answer.Members["exp"]), true
	case at > farFuture:
		return fmt.Sprintf("exp %d, which looks like milliseconds", at), true
	case at <= live.Issued-clockTolerance:
		return fmt.Sprintf("exp %d, before the token was issued at %d", at, live.Issued), true
	}
	return "", true
})))

// clockTolerance is how much times may differ that should agree, in seconds: the servers of one cluster may
// differ by some, and requests take time.
const clockTolerance = 10

// IntrospectionLifetime verifies that exp agrees with expires_in.
var IntrospectionLifetime = New(Meta{
	ID:           "introspection.exp-agrees",
	Title:        "exp agrees with expires_in of the token response",
	Level:        Shall,
	Requirements: []string{"276"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies + "; the token response states a lifetime",
	Remedy:       "Compute expires_in and exp from the same expiry of the token.",
}, evidence.LiveTokensKind, eachLive("exp at the time of issue plus expires_in", "no active token had both expires_in and exp, with a Date in its token response", ofActive(func(live evidence.LiveToken) (string, bool) {
	at, told := exp(live.Answer)
	var lifetime int64
	stated := json.Unmarshal(live.Token.Members["expires_in"], &lifetime) == nil && lifetime > 0
	if !told || !stated || at > farFuture || live.Issued == 0 {
		return "", false
	}
	if off := at - (live.Issued + lifetime); off > clockTolerance || off < -clockTolerance {
		return fmt.Sprintf("exp is %s off issue plus expires_in %d", time.Duration(off)*time.Second, lifetime), true
	}
	return "", true
})))

// IntrospectionContext verifies that launch context is repeated.
var IntrospectionContext = New(Meta{
	ID:           "introspection.launch-context",
	Title:        "Introspection repeats the launch context of the token response",
	Level:        Shall,
	Requirements: []string{"277"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies + "; a token response has launch context",
	Remedy:       "Keep patient, encounter and every other context parameter with the token, and send them in the introspection response too.",
}, evidence.LiveTokensKind, eachLive("the launch context of the token response", "no active token came with launch context", ofActive(func(live evidence.LiveToken) (string, bool) {
	var wrong []string
	had := false
	for _, member := range contextMembers {
		before, there := live.Token.Members[member]
		if !there {
			continue
		}
		had = true
		if now, repeated := live.Answer.Members[member]; !repeated || !equalJSON(before, now) {
			wrong = append(wrong, fmt.Sprintf("%s %s, and %s in the token response", member, orAbsent(now), shorten(string(before))))
		}
	}
	return strings.Join(wrong, "; "), had
})))

// idTokenClaim judges whether introspection repeats a claim of the ID token.
func idTokenClaim(claim string) func(evidence.LiveTokens) Verdict {
	return eachLive(claim+" of the ID token", "no active token came with an ID token that has "+claim, ofActive(func(live evidence.LiveToken) (string, bool) {
		if live.Token.IDToken == nil || live.Token.IDToken.Claims[claim] == nil {
			return "", false
		}
		before, now := live.Token.IDToken.Claims[claim], live.Answer.Members[claim]
		if now == nil || !equalJSON(before, now) {
			return fmt.Sprintf("%s %s, and %s in the ID token", claim, orAbsent(now), shorten(string(before))), true
		}
		return "", true
	}))
}

const idTokenIssued = introspectionApplies + "; an ID token is issued"

// IntrospectionIss verifies that introspection repeats the issuer.
var IntrospectionIss = New(Meta{
	ID:           "introspection.iss",
	Title:        "Introspection repeats iss of the ID token",
	Level:        Shall,
	Requirements: []string{"278"},
	Versions:     sinceSTU2,
	Applies:      idTokenIssued,
	Remedy:       "Send iss as in the ID token that came with the access token.",
}, evidence.LiveTokensKind, idTokenClaim("iss"))

// IntrospectionSub verifies that introspection repeats the subject.
var IntrospectionSub = New(Meta{
	ID:           "introspection.sub",
	Title:        "Introspection repeats sub of the ID token",
	Level:        Shall,
	Requirements: []string{"279"},
	Versions:     sinceSTU2,
	Applies:      idTokenIssued,
	Remedy:       "Send sub as in the ID token that came with the access token.",
}, evidence.LiveTokensKind, idTokenClaim("sub"))

// IntrospectionFHIRUser verifies that introspection repeats the user's resource.
var IntrospectionFHIRUser = New(Meta{
	ID:           "introspection.fhir-user",
	Title:        "Introspection repeats fhirUser of the ID token",
	Level:        Should,
	Requirements: []string{"280"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies + "; an ID token with fhirUser is issued",
	Remedy:       "Send fhirUser as in the ID token, so that resource servers know the user too.",
}, evidence.LiveTokensKind, idTokenClaim("fhirUser"))

// IntrospectionOtherClients verifies that tokens of other clients can be introspected.
var IntrospectionOtherClients = New(Meta{
	ID:           "introspection.other-clients",
	Title:        "Who may introspect can ask about tokens of other clients",
	Level:        Shall,
	Requirements: []string{"283"},
	Versions:     sinceSTU2,
	Applies:      introspectionApplies + ", and there is a token of another client",
	Remedy:       "Tell an authorized caller of every token of this server: a resource server is not the client of the tokens that it gets.",
}, evidence.LiveTokensKind, eachLive("active true for the token of another client", "the target file has no token of another client than the one that introspects",
	func(live evidence.LiveToken) (string, bool) {
		if active, _ := live.Answer.Active(); !active {
			return live.Answer.Describe(), !live.OfCaller
		}
		return "", !live.OfCaller
	}))

// IntrospectionWrongHint verifies that a wrong hint does not hide a token.
var IntrospectionWrongHint = New(Meta{
	ID:           "introspection.wrong-hint",
	Title:        "A wrong type hint does not hide a token",
	Level:        Shall,
	Requirements: []string{"rfc7662-2.1-wrong-hint"},
	Applies:      introspectionApplies,
	Remedy:       "Take token_type_hint for where to look first, and then look everywhere (RFC 7662 §2.1).",
}, evidence.LiveTokensKind, eachLive("active true under the hint refresh_token as well", noneActive, ofActive(func(live evidence.LiveToken) (string, bool) {
	active, _ := live.Hinted.Active()
	switch {
	case busy(live.Hinted.Status):
		return "", false
	case !active:
		return "under the hint refresh_token " + live.Hinted.Describe(), true
	}
	return "", true
})))

// IntrospectionRefreshToken records what is said of refresh tokens.
var IntrospectionRefreshToken = New(Meta{
	ID:           "introspection.refresh-token",
	Title:        "A refresh token is not called a Bearer token",
	Level:        May,
	Requirements: []string{"rfc7662-2.1-refresh-token"},
	Applies:      introspectionApplies + ", and a refresh token is issued",
	Remedy:       "Leave token_type out of what is said of a refresh token: a resource server that asks takes an active Bearer token for an access token.",
}, evidence.LiveTokensKind, func(e evidence.LiveTokens) Verdict {
	var t tally
	var seen []string
	for _, live := range e.Tokens {
		if live.Refresh == nil {
			continue
		}
		active, _ := live.Refresh.Active()
		if kind, _ := live.Refresh.Text("token_type"); active && strings.EqualFold(kind, "bearer") {
			t.breaks(live.Name+": an active token of type "+kind, live.Refresh.Exchange)
			continue
		}
		t.holds(live.Refresh.Exchange)
		seen = append(seen, live.Name+": "+live.Refresh.Describe())
	}
	switch {
	case len(t.broken) > 0:
		return Discouraged("no token_type Bearer for a refresh token", few(t.broken), unique(t.proof)...)
	case t.judged == 0:
		return Skip("no refresh token was introspected")
	}
	return Note("refresh tokens are answered with "+few(seen), unique(t.evidence)...)
})
