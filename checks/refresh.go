package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// Refresh lists the checks of refreshing a grant. Those of what a refresh may be asked for, by whom and when are
// in RefreshLimits.
var Refresh = []Check{
	RefreshIssued, RefreshAccessToken, RefreshTokenType, RefreshExpiresIn, RefreshScopePresent, RefreshNoStore,
	RefreshScopeSame, RefreshGrantSame, RefreshSuccessor, RefreshContext, RefreshIDToken, RefreshIDTokenNonce,
}

const refreshApplies = "a refresh token is issued"

// RefreshIssued records which clients get refresh tokens.
var RefreshIssued = New(Meta{
	ID:           "refresh.issued",
	Title:        "A client that is granted offline or online access gets a refresh token",
	Level:        May,
	Requirements: []string{"81", "102"},
	Remedy:       "Leave offline_access and online_access out of the granted scopes of a client that gets no refresh token.",
}, evidence.RefreshIssuedKind, func(e evidence.Grants) Verdict {
	var told tally
	var seen []string
	for _, g := range e.Grants {
		if !g.Worked() {
			continue
		}
		raw, there := g.Token.Members["refresh_token"]
		switch {
		case there && g.Token.RefreshToken == nil && string(raw) != "null":
			told.breaks(fmt.Sprintf("%s: refresh_token is not a string with something in it", g.Launch), g.Token.Exchange)
		case g.Token.RefreshToken == nil && (grantedPlain(g, "offline_access") || grantedPlain(g, "online_access")):
			told.breaks(fmt.Sprintf("%s: no refresh token although %q was granted", g.Launch, accessOf(g)), g.Token.Exchange)
		case g.Token.RefreshToken == nil:
			told.holds(g.Token.Exchange)
			seen = append(seen, fmt.Sprintf("%s: none", g.Launch))
		default:
			told.holds(g.Token.Exchange)
			seen = append(seen, fmt.Sprintf("%s: issued for %s", g.Launch, accessOf(g)))
		}
	}
	switch {
	case len(told.broken) > 0:
		return Discouraged("a refresh token, or neither offline_access nor online_access in the granted scopes", few(told.broken), unique(told.proof)...)
	case told.judged == 0:
		return Skip("no launch ended with a token")
	}
	return Note("refresh tokens: "+few(seen), unique(told.evidence)...)
})

// accessOf names the kinds of access that a grant was asked for.
func accessOf(g evidence.Grant) string {
	var access []string
	for _, s := range scope.Split(g.Scope) {
		if s == "offline_access" || s == "online_access" {
			access = append(access, s)
		}
	}
	if access == nil {
		return "neither offline_access nor online_access"
	}
	return strings.Join(access, " and ")
}

// eachRefresh judges the answer to every refresh that brought a token. judge returns what is wrong with one,
// or "".
func eachRefresh(expected string, judge func(evidence.Refresh) string) func(evidence.RefreshChain) Verdict {
	return func(e evidence.RefreshChain) Verdict {
		var t tally
		for _, r := range e.Refreshes() {
			if !r.Token.Issued() {
				continue
			}
			if problem := judge(r); problem != "" {
				t.breaks(problem, r.Token.Exchange)
				continue
			}
			t.holds(r.Token.Exchange)
		}
		return t.verdict(expected, "every answer to a refresh was right", "no refresh brought an access token")
	}
}

// RefreshAccessToken verifies that a refresh brings an access token that works.
var RefreshAccessToken = New(Meta{
	ID:           "refresh.access-token",
	Title:        "A refresh brings an access token that works",
	Level:        Shall,
	Requirements: []string{"110"},
	Applies:      refreshApplies,
	Remedy:       "Answer grant_type=refresh_token with 200 and an access_token that the FHIR server accepts.",
}, evidence.RefreshChainKind, func(e evidence.RefreshChain) Verdict {
	var t tally
	for _, r := range []*evidence.Refresh{e.Again, e.Next} {
		switch {
		case r == nil:
		case giveUp(r.Token.Status) != "":
			t.unsure("the token endpoint " + giveUp(r.Token.Status))
		case r == e.Next && e.Rotated() && !r.Token.Issued():
			// The new refresh token does not work, which a check of its own says.
		case !r.Token.Issued() || r.Token.Status != 200:
			t.breaks(r.Token.Describe(), r.Token.Exchange)
		default:
			opens(&t, e.Calls, r.Calls, r.Token.Exchange)
		}
	}
	return t.verdict("200 with an access token that opens what the first one opened",
		"every refreshed access token worked", "nothing was refreshed")
})

// opens breaks when an access token of a refresh opens nothing of what the first one opened.
func opens(t *tally, before, after []evidence.FHIRAnswer, exchange string) {
	var lost []string
	for i, a := range after {
		switch {
		case i >= len(before) || !before[i].Data() || giveUp(a.Status) != "":
		case a.Data():
			t.holds(exchange, a.Exchange)
			return
		default:
			lost = append(lost, fmt.Sprintf("%s: %s", a.Name, a.Describe()))
		}
	}
	if lost == nil {
		t.holds(exchange) // the first token opened nothing either, or the server cannot answer now
		return
	}
	t.breaks("an access token that opens nothing: "+few(lost), exchange)
}

// RefreshTokenType verifies the token type of a refresh.
var RefreshTokenType = New(Meta{
	ID:           "refresh.token-type",
	Title:        "The answer to a refresh has the token type Bearer",
	Level:        Shall,
	Requirements: []string{"111"},
	Applies:      refreshApplies,
	Remedy:       "Send \"token_type\": \"Bearer\" when a grant is refreshed, too.",
}, evidence.RefreshChainKind, eachRefresh("token_type Bearer", func(r evidence.Refresh) string {
	if kind, _ := r.Token.Text("token_type"); !strings.EqualFold(kind, "Bearer") {
		return "token_type " + orAbsent(r.Token.Members["token_type"])
	}
	return ""
}))

// RefreshExpiresIn verifies that a refresh states the lifetime of the access token.
var RefreshExpiresIn = New(Meta{
	ID:           "refresh.expires-in",
	Title:        "The answer to a refresh states the lifetime of the access token in seconds",
	Level:        Shall,
	Requirements: []string{"112"},
	Applies:      refreshApplies,
	Remedy:       "Send expires_in as a positive JSON integer.",
}, evidence.RefreshChainKind, eachRefresh("expires_in as a positive JSON integer", func(r evidence.Refresh) string {
	var seconds int64
	if json.Unmarshal(r.Token.Members["expires_in"], &seconds) != nil || seconds <= 0 {
		return "expires_in " + orAbsent(r.Token.Members["expires_in"])
	}
	return ""
}))

// RefreshScopePresent verifies that a refresh lists its scopes.
var RefreshScopePresent = New(Meta{
	ID:           "refresh.scope-present",
	Title:        "The answer to a refresh lists the scopes of the access token",
	Level:        Shall,
	Requirements: []string{"113"},
	Applies:      refreshApplies,
	Remedy:       "Send scope when a grant is refreshed, also when nothing changes; separate scopes by single spaces (RFC 6749 §3.3).",
}, evidence.RefreshChainKind, eachRefresh("scope as a string of scopes", func(r evidence.Refresh) string {
	scopes, _ := r.Token.Text("scope")
	switch bad := malformed(scopes); {
	case strings.TrimSpace(scopes) == "":
		return "scope " + orAbsent(r.Token.Members["scope"])
	case len(bad) > 0:
		return fmt.Sprintf("scope with %q", few(bad))
	}
	return ""
}))

// RefreshNoStore verifies that answers to refreshes are not cached.
var RefreshNoStore = New(Meta{
	ID:           "refresh.no-store",
	Title:        "The answer to a refresh forbids caching",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.1-no-store-every-token"},
	Applies:      refreshApplies,
	Remedy:       "Send Cache-Control: no-store and Pragma: no-cache with every answer that holds a token.",
}, evidence.RefreshChainKind, eachRefresh("Cache-Control: no-store and Pragma: no-cache", func(r evidence.Refresh) string {
	for _, field := range []struct{ name, value string }{{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}} {
		if !r.Token.Header.Has(field.name, field.value) {
			return fmt.Sprintf("%s %q", field.name, strings.Join(r.Token.Header.Values(field.name), ", "))
		}
	}
	return ""
}))

// unscoped returns the refreshes of a chain that asked for no scope.
func unscoped(e evidence.RefreshChain) []evidence.Refresh {
	return slices.DeleteFunc(e.Refreshes(), func(r evidence.Refresh) bool { return r.Scope != "" || !r.Token.Issued() })
}

// RefreshScopeSame verifies that a refresh without scope keeps the scopes.
var RefreshScopeSame = New(Meta{
	ID:           "refresh.scope-same",
	Title:        "A refresh without scope lists the scopes of the grant",
	Level:        Shall,
	Requirements: []string{"114"},
	Applies:      refreshApplies,
	Remedy:       "Refresh for exactly the scopes that were granted, and list them.",
}, evidence.RefreshChainKind, func(e evidence.RefreshChain) Verdict {
	granted, listed := grantedScope(e.Grant)
	if !listed {
		return Skip("the first token response lists no scopes to compare with")
	}
	var t tally
	for _, r := range unscoped(e) {
		now, ok := r.Token.Text("scope")
		switch lost, won := differ(granted, now); {
		case r.Token.Exchange == restoredExchange(e) || !ok: // checks of their own judge these
		case len(lost)+len(won) > 0:
			t.breaks(strings.Join(slices.Concat(prefixed("without ", lost), prefixed("with ", won)), ", "), r.Token.Exchange)
		default:
			t.holds(r.Token.Exchange)
		}
	}
	return t.verdict("the scopes "+shorten(granted), "the scopes stayed the same", "no refresh without scope brought a token with scopes")
})

// restoredExchange names the refresh that follows a narrower one; "" when there is none.
func restoredExchange(e evidence.RefreshChain) string {
	if e.Restored == nil {
		return ""
	}
	return e.Restored.Token.Exchange
}

// differ returns the scopes of before that are not in after, and the other way round.
func differ(before, after string) (lost, won []string) {
	without := func(all, those string) []string {
		return slices.DeleteFunc(scope.Split(all), func(s string) bool { return slices.Contains(scope.Split(those), s) })
	}
	return unique(without(before, after)), unique(without(after, before))
}

func prefixed(prefix string, words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = prefix + w
	}
	return out
}

// RefreshGrantSame verifies that a refresh without scope opens what the grant opened.
var RefreshGrantSame = New(Meta{
	ID:           "refresh.grant-same",
	Title:        "A refresh without scope opens what the grant opened",
	Level:        Shall,
	Requirements: []string{"109"},
	Applies:      refreshApplies,
	Remedy:       "Without scope, issue an access token for all scopes of the grant and the same patient.",
}, evidence.RefreshChainKind, func(e evidence.RefreshChain) Verdict {
	var t tally
	for _, r := range unscoped(e) {
		if r.Token.Exchange != restoredExchange(e) {
			sameData(&t, "", e.Calls, r.Calls)
		}
	}
	return t.verdict("the data that the first access token opened", "every scope opened the same", "the first access token opened no data, or nothing was refreshed")
})

// sameData compares what an access token of a refresh opens with what one before it opened. when introduces what
// is lost.
func sameData(t *tally, when string, before, after []evidence.FHIRAnswer) {
	for i, a := range after {
		switch {
		case i >= len(before) || !before[i].Data():
		case giveUp(a.Status) != "":
			t.unsure(a.Name + " was " + giveUp(a.Status))
		case !a.Data():
			t.breaks(fmt.Sprintf("%s%s: %s, and %s before", when, a.Name, a.Describe(), before[i].Describe()), before[i].Exchange, a.Exchange)
		default:
			t.holds(a.Exchange)
		}
	}
}

// RefreshSuccessor records whether refresh tokens rotate, and warns of a new one that does not work.
var RefreshSuccessor = New(Meta{
	ID:           "refresh.successor",
	Title:        "A refresh token that a refresh returns works from then on",
	Level:        May,
	Requirements: []string{"116"},
	Applies:      refreshApplies,
	Remedy:       "Store the refresh token that a response carries before it is sent; apps throw the old one away.",
}, evidence.RefreshChainKind, func(e evidence.RefreshChain) Verdict {
	switch {
	case e.Again == nil || !e.Again.Token.Issued():
		return Skip("the first refresh brought no access token")
	case !e.Rotated():
		return Note("a refresh brings no new refresh token; the first one stays", e.Again.Token.Exchange)
	case e.Next == nil:
		return CannotJudge("the new refresh token was not tried", e.Again.Token.Exchange)
	case giveUp(e.Next.Token.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(e.Next.Token.Status), e.Next.Token.Exchange)
	case !e.Next.Token.Issued():
		return Discouraged("an access token for the new refresh token", e.Next.Token.Describe(), e.Again.Token.Exchange, e.Next.Token.Exchange)
	case e.Reuse == nil:
		return Note("each refresh brings a new refresh token, which works", e.Again.Token.Exchange, e.Next.Token.Exchange)
	}
	return Note("each refresh brings a new refresh token, which works; an old one is answered with "+e.Reuse.Replay.Describe(),
		e.Again.Token.Exchange, e.Next.Token.Exchange, e.Reuse.Replay.Exchange)
})

// RefreshContext records whether a refresh repeats the launch context, and warns of another one.
var RefreshContext = New(Meta{
	ID:           "refresh.context",
	Title:        "The launch context that a refresh repeats is that of the launch",
	Level:        May,
	Requirements: []string{"118"},
	Applies:      "a refresh token is issued with launch context",
	Remedy:       "Keep the launch context with the grant; do not look up what is open in the EHR now.",
}, evidence.RefreshChainKind, func(e evidence.RefreshChain) Verdict {
	var changed, repeated tally
	for _, r := range e.Refreshes() {
		for _, member := range contextMembers {
			before, had := e.Grant.Token.Members[member]
			now, has := r.Token.Members[member]
			switch {
			case !r.Token.Issued() || !has:
			case !had:
				repeated.breaks(member+" "+shorten(string(now))+" only now", r.Token.Exchange)
			case !equalJSON(before, now):
				changed.breaks(fmt.Sprintf("%s %s, and %s at the launch", member, shorten(string(now)), shorten(string(before))), e.Grant.Token.Exchange, r.Token.Exchange)
			default:
				repeated.holds(r.Token.Exchange)
			}
		}
	}
	hadContext := slices.ContainsFunc(contextMembers, func(m string) bool { return e.Grant.Token.Members[m] != nil })
	switch {
	case len(changed.broken) > 0:
		return Discouraged("the launch context of the launch, or none", few(changed.broken), unique(changed.proof)...)
	case len(repeated.broken) > 0:
		return Note("launch context that the launch did not bring: "+few(repeated.broken), unique(repeated.proof)...)
	case !hadContext:
		return Skip("the launch brought no launch context")
	case repeated.judged == 0 && e.Again != nil && e.Again.Token.Issued():
		return Note("a refresh does not repeat the launch context", e.Again.Token.Exchange)
	case repeated.judged == 0:
		return Skip("no refresh brought an access token")
	}
	return Holds("a refresh repeats the launch context", unique(repeated.evidence)...)
})

// equalJSON reports whether two JSON values are the same, however they are written.
func equalJSON(a, b json.RawMessage) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	left, _ := json.Marshal(x)
	right, _ := json.Marshal(y)
	return string(left) == string(right)
}

// eachRefreshedIDToken judges the ID tokens of refreshes beside that of the grant. judge returns what is
// wrong with one, or "".
func eachRefreshedIDToken(expected string, judge func(first, now evidence.IDToken) string) func(evidence.RefreshChain) Verdict {
	return func(e evidence.RefreshChain) Verdict {
		first := e.Grant.Token.IDToken
		if first == nil || first.Malformed != "" {
			return Skip("the grant brought no ID token to compare with")
		}
		var t tally
		for _, r := range e.Refreshes() {
			if !r.Token.Issued() || r.Token.IDToken == nil {
				continue
			}
			if problem := judge(*first, *r.Token.IDToken); problem != "" {
				t.breaks(problem, e.Grant.Token.Exchange, r.Token.Exchange)
				continue
			}
			t.holds(r.Token.Exchange)
		}
		return t.verdict(expected, "every ID token of a refresh was right", "no refresh brought an ID token, and none need to")
	}
}

// RefreshIDToken verifies that the ID token of a refresh agrees with the first one.
var RefreshIDToken = New(Meta{
	ID:           "refresh.id-token",
	Title:        "The ID token of a refresh is about the same sign-in",
	Level:        Shall,
	Requirements: []string{"oidc-core-12.2-refreshed-id-token"},
	Applies:      "a refresh brings an ID token",
	Remedy:       "Keep iss, sub, aud, azp and auth_time of the first ID token, and set iat to now (OpenID Connect Core §12.2).",
}, evidence.RefreshChainKind, eachRefreshedIDToken("iss, sub, aud, azp and auth_time as before, and a newer iat", func(first, now evidence.IDToken) string {
	if now.Malformed != "" {
		return now.Malformed
	}
	if now.Signature != "" {
		return now.Signature
	}
	for _, claim := range []string{"iss", "sub", "azp"} {
		before, had := first.Claims[claim]
		value, has := now.Claims[claim]
		if had != has || had && !equalJSON(before, value) {
			return fmt.Sprintf("%s %s, and %s before", claim, orAbsent(value), orAbsent(before))
		}
	}
	if !slices.Equal(audiences(first), audiences(now)) {
		return fmt.Sprintf("aud %s, and %s before", orAbsent(now.Claims["aud"]), orAbsent(first.Claims["aud"]))
	}
	for _, claim := range []string{"auth_time", "nonce"} { // either may be left out, and not changed
		before, had := first.Claims[claim]
		if value, has := now.Claims[claim]; had && has && !equalJSON(before, value) {
			return fmt.Sprintf("%s %s, and %s before", claim, shorten(string(value)), shorten(string(before)))
		}
	}
	return staleIssue(first, now)
}))

// audiences returns the values of aud in order, whether it is a string or a list.
func audiences(t evidence.IDToken) []string {
	var all []string
	if json.Unmarshal(t.Claims["aud"], &all) != nil {
		one, _ := t.Text("aud")
		all = []string{one}
	}
	slices.Sort(all)
	return all
}

// staleIssue says what is wrong with iat of an ID token that was received later than another one. Within a
// second the two may be the same, and clocks of a server may differ by one.
func staleIssue(first, now evidence.IDToken) string {
	before, had := first.Time("iat")
	iat, has := now.Time("iat")
	switch later := now.Received - first.Received; {
	case !has:
		return "iat " + orAbsent(now.Claims["iat"])
	case !had:
		return ""
	case iat < before-1, iat <= before && later >= 2:
		return fmt.Sprintf("iat %.0f s after that of the first ID token, received %d s later", iat-before, later)
	}
	return ""
}

// RefreshIDTokenNonce verifies that the ID token of a refresh has no nonce.
var RefreshIDTokenNonce = New(Meta{
	ID:           "refresh.id-token-nonce",
	Title:        "The ID token of a refresh has no nonce",
	Level:        ShouldNot,
	Requirements: []string{"oidc-core-12.2-no-nonce"},
	Applies:      "a refresh brings an ID token",
	Remedy:       "Leave nonce out of ID tokens that answer no authorization request (OpenID Connect Core §12.2).",
}, evidence.RefreshChainKind, eachRefreshedIDToken("no nonce", func(_, now evidence.IDToken) string {
	if raw, there := now.Claims["nonce"]; there {
		return "nonce " + shorten(string(raw))
	}
	return ""
}))
