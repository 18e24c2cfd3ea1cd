package ehr

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// refreshed returns a demonstration step that shows something of the answer to a refresh of the public client.
func refreshed(show func(*lab, answered) string, edits ...string) func(*lab) string {
	return func(l *lab) string {
		first := l.redeem(DemoPublicID)
		return show(l, l.refresh(DemoPublicID, first.text("refresh_token"), edits...))
	}
}

func refreshedMember(name string) func(*lab) string {
	return refreshed(func(_ *lab, a answered) string { return member(name)(a) })
}

// refreshedClaim returns a demonstration step that refreshes a minute after the grant and compares a claim of the
// ID token with that of the grant.
func refreshedClaim(name string) func(*lab) string {
	return func(l *lab) string {
		c := newClock()
		s := start(l.t, func(o *Options) { o.Now = c.Now })
		l = &lab{newApp(l.t, s, l.fault), s}
		first := l.redeem(DemoPublicID)
		c.advance(time.Minute)
		second := l.refresh(DemoPublicID, first.text("refresh_token"))
		before, after := unverified(l.t, first.text("id_token")), unverified(l.t, second.text("id_token"))
		switch after[name] {
		case nil:
			return "absent"
		case before[name]:
			return "the same"
		}
		return "another"
	}
}

// reads returns the status of a search for Observations with the access token of an answer.
func reads(l *lab, tokens answered) string {
	address := l.s.Base(l.fault) + "/Observation?_count=1"
	return fmt.Sprint(l.send(http.MethodGet, address, nil, "Authorization", "Bearer "+tokens.text("access_token")).status)
}

func scopeOf(_ *lab, a answered) string { return firstText(a.text("scope"), verdict(a)) }

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// twoScopes is what the demonstrations of scopes are granted.
const twoScopes = "offline_access patient/Patient.rs patient/Observation.rs"

// refreshedTwo returns a demonstration step that refreshes a grant of two clinical scopes.
func refreshedTwo(show func(*lab, answered) string, edits ...string) func(*lab) string {
	return func(l *lab) string {
		first := l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, amy, "scope", twoScopes)))
		return show(l, l.refresh(DemoPublicID, first.text("refresh_token"), edits...))
	}
}

// chained returns a demonstration step that refreshes twice, and then with the token at that place: 0 for the
// first, 2 for the newest.
func chained(at int, more ...int) func(*lab) string {
	return func(l *lab) string {
		tokens := []string{l.redeem(DemoPublicID).text("refresh_token")}
		for range 2 {
			last := tokens[len(tokens)-1]
			tokens = append(tokens, firstText(l.refresh(DemoPublicID, last).text("refresh_token"), last))
		}
		said := verdict(l.refresh(DemoPublicID, tokens[at]))
		for _, next := range more {
			said += ", " + verdict(l.refresh(DemoPublicID, tokens[next]))
		}
		return said
	}
}

// afterSignOut returns a demonstration step that refreshes after the user has signed out, at the request of the app.
func afterSignOut(access string) func(*lab) string {
	return func(l *lab) string {
		b := newBrowser(l.t, l.s)
		v := b.finish(b.authorize(l.fault, request(l.s, l.fault, DemoPublicID, "scope", "openid patient/*.rs "+access)), amy)
		tokens := l.token(DemoPublicID, redemption(v.query.get("code")))
		b.get(l.s.authURL(l.fault, "logout") + "?id_token_hint=" + url.QueryEscape(tokens.text("id_token")))
		return verdict(l.refresh(DemoPublicID, tokens.text("refresh_token")))
	}
}

var refreshDemonstrations = []demonstration{
	{faults.RefreshTokenWithheld, response(member("refresh_token")), "string", "absent"},
	{faults.RefreshAccessTokenDead, refreshed(reads), "200", "401"},
	{faults.RefreshTokenTypeMissing, refreshedMember("token_type"), "string", "absent"},
	{faults.RefreshExpiresInMissing, refreshedMember("expires_in"), "float64", "absent"},
	{faults.RefreshScopeOmitted, refreshedMember("scope"), "string", "absent"},
	{faults.RefreshCacheable, refreshed(func(_ *lab, a answered) string { return a.header.Get("Cache-Control") }), "no-store", ""},
	{faults.RefreshScopeShrinks, refreshedTwo(scopeOf), twoScopes, "offline_access patient/Patient.rs"},
	{faults.RefreshScopeInName, refreshedTwo(func(l *lab, a answered) string { return scopeOf(l, a) + ": " + reads(l, a) }), twoScopes + ": 200", twoScopes + ": 403"},
	{faults.RefreshWidens, refreshedTwo(scopeOf, "scope", "patient/Condition.rs"), "400 invalid_scope", "patient/Condition.rs"},
	{faults.RefreshNarrowingInName, refreshedTwo(reads, "scope", "patient/Patient.rs"), "403", "200"},
	{faults.RefreshNarrowingSticks, refreshedTwo(func(l *lab, a answered) string {
		return scopeOf(l, l.refresh(DemoPublicID, a.text("refresh_token")))
	}, "scope", "patient/Patient.rs"), twoScopes, "patient/Patient.rs"},
	{faults.RefreshAnyClient, func(l *lab) string {
		return verdict(l.refresh(DemoSymmetricID, l.redeem(DemoPublicID).text("refresh_token")))
	}, "400 invalid_grant", "tokens"},
	{faults.RefreshNoSecret, func(l *lab) string {
		token := l.redeem(DemoSymmetricID).text("refresh_token")
		return verdict(l.send(http.MethodPost, l.s.authURL(l.fault, "token"), url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {DemoSymmetricID},
		}))
	}, "401 invalid_client", "tokens"},
	{faults.RefreshNotRotated, refreshedMember("refresh_token"), "string", "absent"},
	{faults.RefreshOldTokenLives, chained(0), "400 invalid_grant", "tokens"},
	{faults.RefreshReuseTolerated, chained(0, 2), "400 invalid_grant, 400 invalid_grant", "400 invalid_grant, tokens"},
	{faults.RefreshSuccessorDead, func(l *lab) string {
		second := l.refresh(DemoPublicID, l.redeem(DemoPublicID).text("refresh_token"))
		return verdict(l.refresh(DemoPublicID, second.text("refresh_token")))
	}, "tokens", "400 invalid_grant"},
	{faults.RefreshContextOther, refreshed(func(_ *lab, a answered) string { return a.text("patient") }), "amy-shaw", otherPatient("amy-shaw")},
	{faults.RefreshIDTokenSubject, refreshedClaim("sub"), "the same", "another"},
	{faults.RefreshIDTokenStale, refreshedClaim("iat"), "another", "the same"},
	{faults.RefreshIDTokenAuthTime, refreshedClaim("auth_time"), "the same", "another"},
	{faults.RefreshIDTokenNonce, refreshedClaim("nonce"), "absent", "the same"},
	{faults.RefreshOfflineEnds, afterSignOut("offline_access"), "tokens", "400 invalid_grant"},
	{faults.RefreshOnlineOutlives, afterSignOut("online_access"), "400 invalid_grant", "tokens"},
	{faults.RefreshOnlineOnce, func(l *lab) string {
		b := newBrowser(l.t, l.s)
		v := b.finish(b.authorize(l.fault, request(l.s, l.fault, DemoPublicID, "scope", "online_access")), amy)
		tokens := l.token(DemoPublicID, redemption(v.query.get("code")))
		again := l.refresh(DemoPublicID, tokens.text("refresh_token"))
		return verdict(again) + ", " + verdict(l.refresh(DemoPublicID, firstText(again.text("refresh_token"), tokens.text("refresh_token"))))
	}, "tokens, tokens", "tokens, 400 invalid_grant"},
}
