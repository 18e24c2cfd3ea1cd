package checks

import (
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Revocation lists the checks of the revocation endpoint.
var Revocation = []Check{
	RevocationRefreshToken, RevocationAccessToken, RevocationEffect, RevocationCascade, RevocationAccessAlone,
	RevocationOwnerOnly, RevocationAuthentication, RevocationWrongHint, RevocationUnknownToken, RevocationPostOnly,
	RevocationErrors,
}

const (
	revocationApplies        = "the server lists a revocation_endpoint"
	revocationRefreshApplies = revocationApplies + ", and a refresh token is issued"
)

// unsupported reports whether the endpoint says that it does not revoke tokens of that type (RFC 7009 §2.2.1).
func unsupported(r evidence.TokenResponse) bool { return r.Error() == "unsupported_token_type" }

// proofOfRevocation are the exchanges of a revocation.
func proofOfRevocation(r evidence.Revocation) []string {
	proof := []string{r.Before.Exchange(), r.Answer.Exchange}
	for _, use := range r.After {
		proof = append(proof, use.Exchange())
	}
	if r.Introspected != nil {
		proof = append(proof, r.Introspected.Exchange)
	}
	return proof
}

// revokes judges whether a token was revoked by its own client. It must have stopped working by the last use.
func revokes(t *tally, what string, r evidence.Revocation) {
	proof := proofOfRevocation(r)
	switch last := r.Last(); {
	case giveUp(r.Answer.Status) != "":
		t.unsure(what + ": the revocation endpoint " + giveUp(r.Answer.Status))
	case !r.Revoked():
		t.breaks(what+": its revocation was answered with "+r.Answer.Describe(), proof...)
	case last.Works():
		t.breaks(what+": "+last.Describe(), proof...)
	case giveUp(last.Status()) != "":
		t.unsure(what + ": its use was " + giveUp(last.Status()))
	default:
		t.holds(proof...)
	}
}

// calledActive judges what introspection says of a token after its revocation.
func calledActive(t *tally, r evidence.Revocation) {
	if r.Introspected == nil {
		return
	}
	if active, _ := r.Introspected.Active(); active {
		t.breaks("introspection: "+r.Introspected.Describe(), r.Answer.Exchange, r.Introspected.Exchange)
	}
}

// RevocationRefreshToken verifies that refresh tokens can be revoked.
var RevocationRefreshToken = New(Meta{
	ID:           "revocation.refresh-token",
	Title:        "A refresh token can be revoked",
	Level:        Shall,
	Requirements: []string{"rfc7009-2-refresh-revocable"},
	Applies:      revocationRefreshApplies,
	Remedy:       "Look the token up, mark it and its grant as revoked, and answer 200; a refresh with it is invalid_grant and its introspection active false from then on.",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	var t tally
	for _, r := range evidence.NamedRevocations(e.Refresh, evidence.RevokedByOwner) {
		revokes(&t, "a refresh token", r)
		calledActive(&t, r)
	}
	return t.verdict("200, and a refusal of the refresh token", "the revoked refresh token was refused", noRefresh(e))
})

func noRefresh(e evidence.Revocations) string {
	if e.NoRefresh != "" {
		return e.NoRefresh
	}
	return "no refresh token was revoked"
}

// RevocationAccessToken verifies that access tokens can be revoked.
var RevocationAccessToken = New(Meta{
	ID:           "revocation.access-token",
	Title:        "Access tokens can be revoked",
	Level:        Should,
	Requirements: []string{"rfc7009-2-access-revocable"},
	Applies:      revocationApplies,
	Remedy:       "Accept access tokens at the revocation endpoint as well as refresh tokens (RFC 7009 §2).",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	var t tally
	for _, r := range evidence.NamedRevocations(e.Access, evidence.RevokedByOwner) {
		switch {
		case giveUp(r.Answer.Status) != "":
			t.unsure("the revocation endpoint " + giveUp(r.Answer.Status))
		case !r.Revoked():
			t.breaks(r.Answer.Describe(), r.Answer.Exchange)
		default:
			t.holds(r.Answer.Exchange)
		}
	}
	return t.verdict("200 for the revocation of an access token", "the revocation endpoint accepts access tokens", "no access token was revoked")
})

// RevocationEffect verifies that a revoked access token stops working. RFC 7009 §2.1 allows for the time in which
// other servers come to know of it.
var RevocationEffect = New(Meta{
	ID:           "revocation.immediate-effect",
	Title:        "A revoked access token stops working at once, at the FHIR server and in introspection",
	Level:        Shall,
	Requirements: []string{"rfc7009-2.1-immediate-effect"},
	Applies:      revocationApplies + " that accepts access tokens",
	Remedy:       "Let the FHIR server ask the authorization server, or tell it of revocations; where that takes time, timeouts.revocation says how long.",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	var t tally
	var late []string
	for _, r := range evidence.NamedRevocations(e.Access, evidence.RevokedByOwner) {
		if !r.Revoked() {
			return Skip("the revocation of an access token was answered with " + r.Answer.Describe())
		}
		revokes(&t, "an access token", r)
		calledActive(&t, r)
		if r.After[0].Works() {
			late = append(late, fmt.Sprintf("the token worked once more, and was refused %.1f s after its revocation", r.Last().Waited))
		}
	}
	if len(t.broken) == 0 && len(t.unclear) == 0 && len(late) > 0 {
		return Note(few(late), unique(t.evidence)...)
	}
	return t.verdict("401 at the FHIR server, and active false", "the revoked token was refused at once", "no access token was revoked")
})

// RevocationCascade verifies that access tokens go with their refresh token.
var RevocationCascade = New(Meta{
	ID:           "revocation.cascade",
	Title:        "Revoking a refresh token ends the access tokens of its grant",
	Level:        Should,
	Requirements: []string{"rfc7009-2.1-cascade"},
	Applies:      revocationRefreshApplies,
	Remedy:       "Revoke the grant, and with it every token that was issued under it.",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	var t tally
	nothing := noRefresh(e)
	for _, r := range evidence.NamedRevocations(e.Refresh, evidence.RevokedByOwner) {
		if len(r.Cascade) == 0 {
			nothing = "the refresh token was not revoked, or the access token of its grant opened nothing before either"
			continue
		}
		last := r.Cascade[len(r.Cascade)-1]
		switch {
		case last.Works() && r.OwnEnd != nil && unsupported(*r.OwnEnd):
			nothing = "the server does not revoke access tokens, and need not end them with their refresh token"
		case last.Works():
			t.breaks("the access token of the grant: "+last.Describe(), r.Answer.Exchange, last.Exchange())
		case giveUp(last.Status()) != "":
			t.unsure("a read was " + giveUp(last.Status()))
		default:
			t.holds(r.Answer.Exchange, last.Exchange())
		}
	}
	return t.verdict("401 for the access token of a grant whose refresh token was revoked", "the access token ended with its refresh token", nothing)
})

// RevocationAccessAlone records what becomes of a grant whose access token was revoked.
var RevocationAccessAlone = New(Meta{
	ID:           "revocation.access-token-alone",
	Title:        "Revoking an access token leaves the refresh token whole, or ends it",
	Level:        May,
	Requirements: []string{"rfc7009-2.1-access-to-refresh"},
	Applies:      revocationRefreshApplies,
	Remedy:       "Revoke the access token alone, or the whole grant; a refresh token that brings access tokens which are dead from the start is neither.",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	if e.Onward == nil {
		return Skip(noRefresh(e))
	}
	o := *e.Onward
	proof := []string{o.Revoked.Exchange, o.Refresh.Exchange}
	switch {
	case o.Revoked.Status != 200:
		return Skip("the revocation of the access token was answered with " + o.Revoked.Describe())
	case giveUp(o.Refresh.Status) != "":
		return CannotJudge("the token endpoint "+giveUp(o.Refresh.Status), proof...)
	case !o.Refresh.Issued():
		return Note("revoking an access token ends the grant: the refresh token was answered with "+o.Refresh.Describe(), proof...)
	case o.Read.Status == 401:
		return Discouraged("a refresh that works, or none", "a refresh brings an access token that is refused: "+o.Read.Describe(), append(proof, o.Read.Exchange)...)
	}
	return Note("revoking an access token leaves the refresh token whole", append(proof, o.Read.Exchange)...)
})

// survives judges requests to revoke a token by somebody who may not.
func survives(e evidence.Revocations, expected, nothing string, names ...string) Verdict {
	var t, quiet tally
	for _, r := range e.Named(names...) {
		seen := fmt.Sprintf("%s: the revocation endpoint answered %s", r.Name, r.Answer.Describe())
		proof := proofOfRevocation(r)
		switch last := r.Last(); {
		case !last.Works() && giveUp(last.Status()) != "":
			t.unsure("the use of the token after that was " + giveUp(last.Status()))
		case !last.Works():
			t.breaks(seen+", and afterwards "+last.Describe(), proof...)
		case giveUp(r.Answer.Status) != "":
			t.unsure(r.Name + ": the revocation endpoint " + giveUp(r.Answer.Status))
		case r.Revoked():
			quiet.breaks(seen, proof...)
		default:
			t.holds(proof...)
		}
	}
	if len(t.broken)+len(t.unclear) == 0 && len(quiet.broken) > 0 {
		return Discouraged(expected, few(quiet.broken)+", though the token goes on working", unique(quiet.proof)...)
	}
	return t.verdict(expected, "every token went on working", nothing)
}

// RevocationOwnerOnly verifies that a client cannot revoke the tokens of another.
var RevocationOwnerOnly = New(Meta{
	ID:           "revocation.owner-only",
	Title:        "A client cannot revoke the token of another client",
	Level:        Shall,
	Requirements: []string{"rfc7009-2.1-owner-only"},
	Applies:      revocationApplies + ", and the target file has two clients",
	Remedy:       "Compare the client of the token with the authenticated client, and refuse the request when they differ (RFC 7009 §2.1).",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	return survives(e, "a refusal, and a token that goes on working", "the target file has no second client that can launch", evidence.RevokedByOther)
})

// RevocationAuthentication verifies that a confidential client has to authenticate to revoke.
var RevocationAuthentication = New(Meta{
	ID:           "revocation.client-authentication",
	Title:        "A confidential client must authenticate to revoke",
	Level:        Shall,
	Requirements: []string{"rfc7009-2.1-client-authentication"},
	Applies:      revocationApplies + ", and the target file has a confidential client with tokens",
	Remedy:       "Authenticate the client as at the token endpoint, before the token is looked up; answer 401 invalid_client.",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	return survives(e, "401, or 400, and a token that goes on working", "the target file has no confidential client with tokens",
		evidence.RevokedByWrongKey, evidence.RevokedByIDAlone, evidence.RevokedByNobody)
})

// RevocationWrongHint verifies that a wrong hint does not save a token.
var RevocationWrongHint = New(Meta{
	ID:           "revocation.wrong-hint",
	Title:        "A wrong type hint does not save a token from revocation",
	Level:        Shall,
	Requirements: []string{"rfc7009-2.1-wrong-hint"},
	Applies:      revocationApplies,
	Remedy:       "Take token_type_hint for where to look first, and then look everywhere (RFC 7009 §2.1).",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	var t tally
	for _, list := range []struct {
		what string
		all  []evidence.Revocation
	}{{"an access token", e.Access}, {"a refresh token", e.Refresh}} {
		right := evidence.NamedRevocations(list.all, evidence.RevokedByOwner)
		if len(right) == 0 || !right[0].Revoked() || right[0].Last().Works() {
			continue // it is not revoked with the right hint either
		}
		for _, r := range evidence.NamedRevocations(list.all, evidence.RevokedUnderHint) {
			revokes(&t, list.what+" under the wrong hint", r)
		}
	}
	return t.verdict("200, and a token that no longer works", "the wrong hint saved no token", "no token is revoked with the right hint either")
})

// RevocationUnknownToken verifies that revoking an unknown token succeeds.
var RevocationUnknownToken = New(Meta{
	ID:           "revocation.unknown-token",
	Title:        "Revoking a token that is unknown, or revoked already, is answered with 200",
	Level:        Shall,
	Requirements: []string{"rfc7009-2.2-unknown-token-200"},
	Applies:      revocationApplies,
	Remedy:       "Answer 200 when there is no such token: its client wanted it gone, and it is (RFC 7009 §2.2).",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	var t tally
	judge := func(name string, r evidence.TokenResponse) {
		switch {
		case busy(r.Status):
			t.unsure(name + ": the revocation endpoint " + giveUp(r.Status))
		case r.Status != 200:
			t.breaks(name+": "+r.Describe(), r.Exchange)
		default:
			t.holds(r.Exchange)
		}
	}
	judge("an unknown token", e.Unknown)
	for _, r := range e.Named(evidence.RevokedByOwner) {
		if r.Again != nil && r.Revoked() && !r.Last().Works() {
			judge("a token that was revoked before", *r.Again)
		}
	}
	return t.verdict("200", "the revocation of what is gone was answered with 200", "no token was revoked")
})

// RevocationPostOnly verifies that a token in the URL is not revoked.
var RevocationPostOnly = New(Meta{
	ID:           "revocation.post-only",
	Title:        "Tokens are revoked by POST only",
	Level:        Shall,
	Requirements: []string{"rfc7009-2-post"},
	Applies:      revocationApplies,
	Remedy:       "Answer 405 to GET at the revocation endpoint: a link must not end a grant, and tokens in URLs are kept in logs.",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	return survives(e, "405, or 400, and a token that goes on working", "GET was not tried", evidence.RevokedByGet)
})

// RevocationErrors verifies that errors of the revocation endpoint are those of the token endpoint.
var RevocationErrors = New(Meta{
	ID:           "revocation.errors",
	Title:        "Errors of the revocation endpoint are JSON with an error code of OAuth",
	Level:        Shall,
	Requirements: []string{"rfc7009-2.2.1-errors"},
	Applies:      revocationApplies,
	Remedy:       "Answer a request without token with 400 invalid_request, and a client that fails to authenticate with invalid_client, as {\"error\": …} (RFC 7009 §2.2.1).",
}, evidence.RevocationsKind, func(e evidence.Revocations) Verdict {
	var t tally
	judge := func(name string, r evidence.TokenResponse) {
		switch {
		case busy(r.Status):
			t.unsure(name + ": the revocation endpoint " + giveUp(r.Status))
		case r.Status >= 200 && r.Status <= 299: // whether that is right is for other checks
		case r.Error() == "":
			t.breaks(name+": "+r.Describe(), r.Exchange)
		default:
			t.holds(r.Exchange)
		}
	}
	judge("no token", e.Tokenless)
	for _, r := range e.Named(evidence.RevokedByWrongKey, evidence.RevokedByIDAlone, evidence.RevokedByOther) {
		judge(r.Name, r.Answer)
	}
	return t.verdict("a JSON object with error", "every error was JSON", "no request was refused")
})
