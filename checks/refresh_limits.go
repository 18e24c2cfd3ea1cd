package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// RefreshLimits lists the checks of what a refresh may be asked for, by whom and when.
var RefreshLimits = []Check{
	RefreshNeverWidens, RefreshNarrowing, RefreshBoundToClient, RefreshClientAuthenticates, RefreshRotation,
	RefreshReuseEndsGrant, RefreshOffline, RefreshOnline, RefreshOnlineEnds,
}

// RefreshNeverWidens verifies that no refresh goes beyond the grant.
var RefreshNeverWidens = New(Meta{
	ID:           "refresh.never-widens",
	Title:        "A refresh does not go beyond the grant",
	Level:        Shall,
	Requirements: []string{"104"},
	Applies:      refreshApplies,
	Remedy:       "Compare scope of a refresh with what the user granted, not with what the client may have; answer invalid_scope, or leave the excess out.",
}, evidence.RefreshChainKind, func(e evidence.RefreshChain) Verdict {
	granted, listed := grantedScope(e.Grant)
	if !listed {
		return Skip("the first token response lists no scopes to compare with")
	}
	var t tally
	for _, r := range e.Refreshes() {
		if !r.Token.Issued() {
			continue
		}
		told, _ := r.Token.Text("scope")
		if excess := scope.Excess(granted, told); len(excess) > 0 {
			t.breaks(few(excess)+" is granted by a refresh", r.Token.Exchange)
		}
		if e.Beyond != nil && !e.Beyond.Data() && giveUp(e.Beyond.Status) == "" && r.Beyond != nil && r.Beyond.Data() {
			t.breaks("the access token of a refresh opens "+r.Beyond.Name+": "+r.Beyond.Describe(), r.Token.Exchange, e.Beyond.Exchange, r.Beyond.Exchange)
		}
	}
	switch {
	case len(t.broken) > 0:
	case e.NoWide != "":
		return Skip(e.NoWide)
	case e.Wide == nil:
		return CannotJudge("more scopes were not asked for, since a refresh before that failed: " + lastRefresh(e))
	case giveUp(e.Wide.Token.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(e.Wide.Token.Status), e.Wide.Token.Exchange)
	case e.Beyond.Data() && e.Wide.Token.Issued():
		return CannotJudge("the first access token opened what no scope of it allows, so that nothing shows whether a refresh adds to it", e.Beyond.Exchange)
	default:
		t.holds(e.Wide.Token.Exchange)
	}
	return t.verdict("invalid_scope, or an access token for the granted scopes only", "nothing was added to the grant", "")
})

// lastRefresh says how the last refresh of a chain was answered.
func lastRefresh(e evidence.RefreshChain) string {
	all := e.Refreshes()
	if len(all) == 0 {
		return "none was made"
	}
	return "the token endpoint answered " + all[len(all)-1].Token.Describe()
}

// RefreshNarrowing verifies that a narrower refresh yields a narrower token, for once.
var RefreshNarrowing = New(Meta{
	ID:           "refresh.narrowing",
	Title:        "A refresh for fewer scopes brings a narrower access token, and keeps the grant",
	Level:        Shall,
	Requirements: []string{"rfc6749-6-refresh-narrowing"},
	Applies:      refreshApplies,
	Remedy:       "Bind the access token to the scopes of the refresh, and the refresh token to those of the grant (RFC 6749 §6).",
}, evidence.RefreshChainKind, func(e evidence.RefreshChain) Verdict {
	switch {
	case e.NoNarrow != "":
		return Skip(e.NoNarrow)
	case e.Narrow == nil:
		return CannotJudge("fewer scopes were not asked for, since a refresh before that failed: " + lastRefresh(e))
	case giveUp(e.Narrow.Token.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(e.Narrow.Token.Status), e.Narrow.Token.Exchange)
	}
	if !openedBefore(e, e.Left) {
		return Skip("a refresh without scope opens no data of " + e.Left + " either")
	}
	var t tally
	restored(&t, e)
	if !e.Narrow.Token.Issued() {
		if len(t.broken) == 0 {
			return Discouraged("an access token for fewer scopes", e.Narrow.Token.Describe(), e.Narrow.Token.Exchange)
		}
		return t.verdict("the whole grant after a refresh without scope", "", "")
	}
	// A server may ignore what was asked for, if it says so (RFC 6749 §3.3).
	told, listed := e.Narrow.Token.Text("scope")
	left, _ := scope.Parse(e.Left)
	ignored := listed && slices.ContainsFunc(scope.Clinical(told), func(s scope.Scope) bool { return s.Allows("s", left.Resource) })
	for _, a := range e.Narrow.Calls {
		asked := slices.Contains(scope.Split(e.Narrow.Scope), a.Name)
		switch {
		case a.Name != e.Left && (!asked || !openedBefore(e, a.Name)):
		case giveUp(a.Status) != "":
			t.unsure(a.Name + " was " + giveUp(a.Status))
		case a.Name == e.Left && a.Data() && !ignored:
			t.breaks(fmt.Sprintf("%s was left out, and still opens its data: %s", a.Name, a.Describe()), e.Narrow.Token.Exchange, a.Exchange)
		case asked && !a.Data():
			t.breaks(fmt.Sprintf("%s was asked for, and does not open its data: %s", a.Name, a.Describe()), e.Narrow.Token.Exchange, a.Exchange)
		default:
			t.holds(a.Exchange)
		}
	}
	if ignored && len(t.broken) == 0 {
		return Discouraged("an access token for fewer scopes", "scope "+shorten(told), e.Narrow.Token.Exchange)
	}
	return t.verdict("an access token for the scopes that were asked for, and the whole grant after a refresh without scope",
		"the narrower token was narrower, and the grant stayed whole", "")
})

// restored judges whether a refresh without scope brings back what a narrower one left out.
func restored(t *tally, e evidence.RefreshChain) {
	switch r := e.Restored; {
	case r == nil:
	case giveUp(r.Token.Status) != "":
		t.unsure("the refresh without scope " + giveUp(r.Token.Status))
	case !r.Token.Issued() && e.Narrow.Token.Issued():
		t.breaks("a refresh without scope after that is answered with "+r.Token.Describe(), e.Narrow.Token.Exchange, r.Token.Exchange)
	case !r.Token.Issued():
		t.unsure("the refresh after the refused one was answered with " + r.Token.Describe())
	default:
		sameData(t, "in the refresh without scope that followed, ", e.Again.Calls, r.Calls)
	}
}

// openedBefore reports whether the access token of the first refresh, without scope, opened the data of a scope.
func openedBefore(e evidence.RefreshChain, name string) bool {
	return slices.ContainsFunc(e.Again.Calls, func(a evidence.FHIRAnswer) bool { return a.Name == name && a.Data() })
}

// RefreshBoundToClient verifies that another client cannot use a refresh token.
var RefreshBoundToClient = New(Meta{
	ID:           "refresh.bound-to-client",
	Title:        "A refresh token is useless to another client",
	Level:        Shall,
	Requirements: []string{"103"},
	Applies:      "the target file has two clients, and one gets a refresh token",
	Remedy:       "Keep the client with the refresh token, and compare it with the authenticated client.",
}, evidence.RefreshClientKind, func(e evidence.Redemptions) Verdict {
	only := e.Only(evidence.RefreshOtherClient)
	if len(only.Redemptions) == 0 {
		return Skip("the target file has no second client that can launch")
	}
	return neverIssued("a refusal")(only)
})

// RefreshClientAuthenticates verifies that a confidential client has to authenticate to refresh.
var RefreshClientAuthenticates = New(Meta{
	ID:           "refresh.client-authenticates",
	Title:        "A confidential client must authenticate to refresh",
	Level:        Shall,
	Requirements: []string{"rfc6749-6-refresh-client-auth"},
	Applies:      "a confidential client gets a refresh token",
	Remedy:       "Look up how the client authenticates by its registration, and authenticate it before anything else; a refresh token is no credential.",
}, evidence.RefreshClientKind, func(e evidence.Redemptions) Verdict {
	only := e.Only(evidence.RefreshWrongKey, evidence.RefreshIDAlone, evidence.RefreshNobody)
	if len(only.Redemptions) == 0 {
		return Skip("no confidential client gets a refresh token")
	}
	return neverIssued("401 or 400 invalid_client")(only)
})

// ofPublicClient lets a judgement of reuse be made where refresh tokens are for public clients.
func ofPublicClient(judge func(evidence.RefreshChain) Verdict) func(evidence.RefreshChain) Verdict {
	return func(e evidence.RefreshChain) Verdict {
		switch {
		case e.Grant.Launch.Client != "public":
			return Skip("no public client gets a refresh token")
		case e.Again == nil || !e.Again.Token.Issued():
			return Skip("the first refresh brought no access token")
		}
		return judge(e)
	}
}

// RefreshRotation verifies that refresh tokens of public clients rotate.
var RefreshRotation = New(Meta{
	ID:           "refresh.rotation",
	Title:        "Refresh tokens of public clients rotate",
	Level:        Shall,
	Requirements: []string{"rfc9700-2.2.2-refresh-rotation"},
	Applies:      "a public client gets a refresh token",
	Remedy:       "Issue a new refresh token with every refresh and invalidate the one before, or bind refresh tokens to a key of the client (RFC 9700 §4.14.2).",
}, evidence.RefreshChainKind, ofPublicClient(func(e evidence.RefreshChain) Verdict {
	const expected = "a new refresh token with each refresh, and a refusal of the first one afterwards"
	switch {
	case !e.Rotated():
		return Broken(expected, "no new refresh token", e.Grant.Token.Exchange, e.Again.Token.Exchange)
	case e.Reuse == nil:
		return CannotJudge("no old refresh token was tried, since a refresh before that failed: " + lastRefresh(e))
	case e.Reuse.Replay.Issued():
		return Broken(expected, "the first refresh token works after it was replaced several times: "+e.Reuse.Replay.Describe(),
			e.Grant.Token.Exchange, e.Again.Token.Exchange, e.Reuse.Replay.Exchange)
	case giveUp(e.Reuse.Replay.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(e.Reuse.Replay.Status), e.Reuse.Replay.Exchange)
	}
	return Holds("the first refresh token was answered with "+e.Reuse.Replay.Describe(), e.Again.Token.Exchange, e.Reuse.Replay.Exchange)
}))

// RefreshReuseEndsGrant verifies that a refresh token which comes again takes the grant with it.
var RefreshReuseEndsGrant = New(Meta{
	ID:           "refresh.reuse-ends-grant",
	Title:        "A refresh token that comes again ends the grant",
	Level:        Should,
	Requirements: []string{"rfc9700-4.14.2-reuse-revokes-family"},
	Applies:      "a public client gets refresh tokens that rotate",
	Remedy:       "Remember used refresh tokens, and revoke the newest one of the grant when an old one comes again.",
}, evidence.RefreshChainKind, ofPublicClient(func(e evidence.RefreshChain) Verdict {
	switch {
	case !e.Rotated():
		return Skip("refresh tokens do not rotate")
	case e.Reuse == nil:
		return CannotJudge("no old refresh token was tried, since a refresh before that failed: " + lastRefresh(e))
	case e.Reuse.Replay.Issued():
		return Skip("the old refresh token was accepted")
	}
	proof := []string{e.Reuse.Last.Exchange, e.Reuse.Replay.Exchange, e.Reuse.Newest.Exchange, e.Reuse.Access.Exchange}
	switch {
	case e.Reuse.Newest.Issued():
		return Broken("a refusal of the newest refresh token after an old one came again", e.Reuse.Newest.Describe(), proof...)
	case giveUp(e.Reuse.Replay.Status)+giveUp(e.Reuse.Newest.Status) != "":
		return CannotJudge("the token endpoint failed, which is no refusal", proof...)
	}
	// RFC 9700 revokes the refresh token; an access token that no server looks up lives on until it expires.
	return Holds(fmt.Sprintf("after that the newest refresh token was answered with %s and the newest access token with %s",
		e.Reuse.Newest.Describe(), e.Reuse.Access.Describe()), proof...)
}))

// stayed judges the refreshes of one kind of access while its user was signed in.
func stayed(t *tally, s evidence.RefreshStay) {
	for _, r := range s.During {
		switch failed := giveUp(r.Status); {
		case r.Issued():
			t.holds(r.Exchange)
		case failed != "":
			t.unsure("the token endpoint " + failed)
		default:
			t.breaks("a refresh while the user is signed in is answered with "+r.Describe(), r.Exchange)
		}
	}
	opened(t, s.Read)
}

// opened judges a read with the access token of a refresh.
func opened(t *tally, read *evidence.FHIRAnswer) {
	switch {
	case read == nil:
	case giveUp(read.Status) != "":
		t.unsure(read.Name + " was " + giveUp(read.Status))
	case read.Status == 401:
		t.breaks("the access token of a refresh is refused: "+read.Describe(), read.Exchange)
	}
}

// RefreshOffline verifies that offline access outlives the session of the user.
var RefreshOffline = New(Meta{
	ID:           "refresh.offline",
	Title:        "Offline access goes on without the user",
	Level:        Shall,
	Requirements: []string{"101", "365"},
	Applies:      "the server claims permission-offline, and issues a refresh token for offline_access",
	Remedy:       "Do not tie refresh tokens of offline_access to the session of the user.",
}, evidence.RefreshStayKind, func(e evidence.RefreshStays) Verdict {
	if e.Offline.Lack != "" {
		return Skip(e.Offline.Lack)
	}
	var t tally
	stayed(&t, e.Offline)
	gone := "was signed out"
	if !e.SignedOut {
		gone = "closed the browser"
	}
	switch after := e.Offline.After; {
	case after == nil:
	case !e.SignedOut && !e.Closed && after.Issued() && len(t.broken) == 0:
		return Skip("the session of the user goes on: " + e.NotSignedOut)
	case giveUp(after.Status) != "":
		t.unsure("the token endpoint " + giveUp(after.Status))
	case after.Issued():
		t.holds(after.Exchange)
		opened(&t, e.Offline.ReadAfter)
	case len(t.broken) == 0:
		t.breaks(fmt.Sprintf("after the user %s, a refresh is answered with %s", gone, after.Describe()), append(slices.Clone(e.SignOut), after.Exchange)...)
	}
	message := "offline access was refreshed after the user " + gone
	if e.NotSignedOut != "" {
		message += "; the user was not signed out: " + e.NotSignedOut
	}
	return t.verdict("a new access token whether the user is there or not", message, "nothing was refreshed")
})

// RefreshOnline verifies that online access lasts while the user is signed in.
var RefreshOnline = New(Meta{
	ID:           "refresh.online",
	Title:        "Online access goes on while the user is signed in",
	Level:        Shall,
	Requirements: []string{"100", "366"},
	Applies:      "the server claims permission-online, and issues a refresh token for online_access",
	Remedy:       "Refresh a grant of online_access as often as the client asks while the session of the user lasts.",
}, evidence.RefreshStayKind, func(e evidence.RefreshStays) Verdict {
	if e.Online.Lack != "" {
		return Skip(e.Online.Lack)
	}
	var t tally
	stayed(&t, e.Online)
	return t.verdict("a new access token each time", "online access was refreshed while the user was signed in", "nothing was refreshed")
})

// RefreshOnlineEnds verifies that online access ends when the user signs out.
var RefreshOnlineEnds = New(Meta{
	ID:           "refresh.online-ends",
	Title:        "Online access ends when the user signs out",
	Level:        Shall,
	Requirements: []string{"online-access-ends"},
	Applies:      "the server claims permission-online, and the user can be signed out (login.signOut or end_session_endpoint, and intrusive: true)",
	Remedy:       "Tie refresh tokens of online_access to the session of the user, and refuse them when it has ended.",
}, evidence.RefreshStayKind, func(e evidence.RefreshStays) Verdict {
	last := len(e.Online.During) - 1
	switch after := e.Online.After; {
	case e.Online.Lack != "":
		return Skip(e.Online.Lack)
	case e.NotSignedOut != "":
		return Skip("the user was not signed out: " + e.NotSignedOut)
	case last < 0 || !e.Online.During[last].Issued():
		return Skip("online access was not refreshed while the user was signed in either")
	case after == nil:
		return CannotJudge("online access was not refreshed after the sign-out")
	case after.Issued():
		return Broken("a refusal after the user has signed out", after.Describe(), append(slices.Clone(e.SignOut), after.Exchange)...)
	case giveUp(after.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(after.Status), after.Exchange)
	default:
		return Holds("after the sign-out a refresh was answered with "+after.Describe(), append(slices.Clone(e.SignOut), after.Exchange)...)
	}
})
