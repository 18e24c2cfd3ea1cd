package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TokenErrors lists the checks of what the token endpoint refuses, and how.
var TokenErrors = []Check{
	TokenErrorJSON, TokenErrorStatus, InvalidGrant, UnsupportedGrantType, GrantTypeRequired, CodeSingleUse,
	ReplayRevokesTokens, CodeBoundToClient, RedirectURIRepeat, PostOnly, ConfidentialAuthenticates,
	NoPasswordGrant,
}

// TokenErrorJSON verifies that errors of the token endpoint are JSON.
var TokenErrorJSON = New(Meta{
	ID:           "token.error-json",
	Title:        "Token errors are JSON objects with an error member",
	Level:        Shall,
	Requirements: []string{"73", "rfc6749-5.2-status-and-json"},
	Remedy:       "Answer bad token requests with application/json and {\"error\": …} (RFC 6749 §5.2).",
}, evidence.TokenErrorsKind, func(e evidence.Redemptions) Verdict {
	var t tally
	for _, r := range e.Redemptions {
		switch {
		case busy(r.Token.Status):
			t.unsure(r.Name + ": the token endpoint " + giveUp(r.Token.Status))
		case r.Token.Error() == "":
			t.breaks(r.Name+": "+r.Token.Describe(), r.Token.Exchange)
		case r.Token.Header.MediaType() != "application/json":
			t.breaks(fmt.Sprintf("%s: Content-Type %q", r.Name, r.Token.Header.Get("Content-Type")), r.Token.Exchange)
		default:
			t.holds(r.Token.Exchange)
		}
	}
	return t.verdict("a JSON object with error, as application/json", "every error was JSON", "no bad request was made")
})

// TokenErrorStatus verifies the status of token errors.
var TokenErrorStatus = New(Meta{
	ID:           "token.error-status",
	Title:        "Token errors have status 400, or 401 for a failed client authentication",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.2-status-and-json"},
	Remedy:       "Answer 400, and 401 only with error=invalid_client (RFC 6749 §5.2).",
}, evidence.TokenErrorsKind, func(e evidence.Redemptions) Verdict {
	var t tally
	for _, r := range e.Redemptions {
		switch {
		case busy(r.Token.Status):
			t.unsure(r.Name + ": the token endpoint " + giveUp(r.Token.Status))
		case r.Token.Status == 400 || r.Token.Status == 401 && r.Token.Error() == "invalid_client":
			t.holds(r.Token.Exchange)
		default:
			t.breaks(r.Name+": "+r.Token.Describe(), r.Token.Exchange)
		}
	}
	return t.verdict("status 400, or 401 with invalid_client", "every error had its status", "no bad request was made")
})

// InvalidGrant verifies the error for codes and refresh tokens that were never issued.
var InvalidGrant = New(Meta{
	ID:           "token.invalid-grant",
	Title:        "Unknown codes and refresh tokens are answered with invalid_grant",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.2-invalid-grant"},
	Remedy:       "Answer error=invalid_grant when the code or the refresh token is unknown, expired, used or another client's.",
}, evidence.TokenErrorsKind, func(e evidence.Redemptions) Verdict {
	judged := e.Only(evidence.UnknownCode)
	for _, r := range e.Only(evidence.UnknownRefresh).Redemptions {
		// A server, or a client, without refresh tokens need not look at one.
		if !slices.Contains([]string{"unsupported_grant_type", "unauthorized_client"}, r.Token.Error()) {
			judged.Redemptions = append(judged.Redemptions, r)
		}
	}
	return answeredWith("a refusal", "invalid_grant")(judged)
})

// UnsupportedGrantType verifies the error for a grant type that nobody knows.
var UnsupportedGrantType = New(Meta{
	ID:           "token.unsupported-grant-type",
	Title:        "An unknown grant type is answered with unsupported_grant_type",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.2-unsupported-grant-type"},
	Remedy:       "Answer error=unsupported_grant_type.",
}, evidence.TokenErrorsKind, func(e evidence.Redemptions) Verdict {
	return answeredWith("a refusal", "unsupported_grant_type")(e.Only(evidence.UnknownGrantType))
})

// GrantTypeRequired verifies that a token request without grant_type is refused.
var GrantTypeRequired = New(Meta{
	ID:           "token.grant-type-required",
	Title:        "A token request without grant_type is answered with invalid_request",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.2-unsupported-grant-type"},
	Remedy:       "Answer error=invalid_request when grant_type is missing.",
}, evidence.GrantTypeMissingKind, answeredWith("a refusal", "invalid_request", "unsupported_grant_type"))

// CodeSingleUse verifies that a code works once.
var CodeSingleUse = New(Meta{
	ID:           "token.code-single-use",
	Title:        "An authorization code is accepted once",
	Level:        ShallNot,
	Requirements: []string{"rfc6749-4.1.2-code-single-use"},
	Remedy:       "Delete or mark the code in the same transaction that redeems it.",
}, evidence.CodeReplayKind, func(e evidence.CodeReplay) Verdict {
	switch {
	case !e.First.Issued():
		return CannotJudge("the first redemption of the code failed: "+e.First.Describe(), e.First.Exchange)
	case e.Second.Issued():
		return Broken("400 invalid_grant on the second redemption", e.Second.Describe(), e.First.Exchange, e.Second.Exchange)
	case e.Later != nil && e.Later.Issued():
		return Broken("400 invalid_grant a second later too", e.Later.Describe(), e.First.Exchange, e.Second.Exchange, e.Later.Exchange)
	case giveUp(e.Second.Status) != "":
		return CannotJudge("the second redemption was "+giveUp(e.Second.Status), e.Second.Exchange)
	case e.Later != nil && giveUp(e.Later.Status) != "":
		return CannotJudge("the redemption a second later was "+giveUp(e.Later.Status), e.Later.Exchange)
	}
	return Holds("the second redemption was answered with "+e.Second.Describe(), e.First.Exchange, e.Second.Exchange)
})

// ReplayRevokesTokens verifies that a replayed code takes its tokens with it.
var ReplayRevokesTokens = New(Meta{
	ID:           "token.replay-revokes-tokens",
	Title:        "Replaying a code revokes the tokens that it brought",
	Level:        Should,
	Requirements: []string{"rfc6749-4.1.2-replay-revokes-tokens"},
	Remedy:       "Remember the tokens of a code, and revoke them when the code comes again.",
}, evidence.CodeReplayKind, func(e evidence.CodeReplay) Verdict {
	proof := []string{e.First.Exchange, e.Second.Exchange, e.Before.Exchange, e.After.Exchange}
	switch {
	case !e.First.Issued():
		return CannotJudge("the first redemption of the code failed: "+e.First.Describe(), e.First.Exchange)
	case !e.Before.Data():
		return CannotJudge(fmt.Sprintf("the access token could not read anything before the replay either (status %d)", e.Before.Status), e.Before.Exchange)
	case giveUp(e.Second.Status) != "":
		return CannotJudge("the second redemption was "+giveUp(e.Second.Status), e.Second.Exchange)
	case e.After.Data():
		return Broken("401 for the access token after the replay", fmt.Sprintf("%d with data", e.After.Status), proof...)
	case e.Refresh != nil && e.Refresh.Issued():
		return Broken("a refusal of the refresh token after the replay", e.Refresh.Describe(), append(proof, e.Refresh.Exchange)...)
	case giveUp(e.After.Status) != "":
		return CannotJudge("the read after the replay was "+giveUp(e.After.Status), e.After.Exchange)
	case e.Refresh != nil && giveUp(e.Refresh.Status) != "":
		return CannotJudge("the refresh after the replay was "+giveUp(e.Refresh.Status), e.Refresh.Exchange)
	}
	return Holds(fmt.Sprintf("the access token was answered with %d after the replay", e.After.Status), proof...)
})

// CodeBoundToClient verifies that a code of one client is useless to another.
var CodeBoundToClient = New(Meta{
	ID:           "token.code-bound-to-client",
	Title:        "A code issued to one client is useless to another",
	Level:        Shall,
	Requirements: []string{"rfc6749-4.1.2-code-bound-to-client"},
	Applies:      "the target file has two clients",
	Remedy:       "Keep the client with the code, and compare it with the authenticated client.",
}, evidence.CodeOtherClientKind, neverIssued("a refusal"))

// RedirectURIRepeat verifies that the token request must repeat the redirect URI.
var RedirectURIRepeat = New(Meta{
	ID:           "token.redirect-uri-repeat",
	Title:        "The token request repeats the redirect URI of the authorization request",
	Level:        Shall,
	Requirements: []string{"rfc6749-4.1.3-redirect-uri-repeat"},
	Remedy:       "Keep the redirect URI with the code, and compare it with redirect_uri of the token request.",
}, evidence.CodeRedirectURIKind, neverIssued("a refusal"))

// PostOnly verifies that the token endpoint does not redeem codes by GET.
var PostOnly = New(Meta{
	ID:           "token.post-only",
	Title:        "The token endpoint works by POST only",
	Level:        Should,
	Requirements: []string{"rfc6749-3.2-post-only"},
	Remedy:       "Answer 405 to GET at the token endpoint.",
}, evidence.TokenGetKind, neverIssued("405 or 400 and no token"))

// ConfidentialAuthenticates verifies that a confidential client cannot redeem a code unauthenticated.
var ConfidentialAuthenticates = New(Meta{
	ID:           "token.confidential-authenticates",
	Title:        "A confidential client must authenticate to redeem a code",
	Level:        Shall,
	Requirements: []string{"rfc6749-3.2.1-confidential-must-authenticate"},
	Applies:      "the target file has a confidential client",
	Remedy:       "Look up how the client authenticates by its registration, never by what the request brings.",
}, evidence.ConfidentialSilentKind, neverIssued("401 or 400 invalid_client"))

// NoPasswordGrant verifies that the resource owner password grant is off.
var NoPasswordGrant = New(Meta{
	ID:           "token.no-password-grant",
	Title:        "The password grant is switched off",
	Level:        ShallNot,
	Requirements: []string{"rfc9700-2.4-no-password-grant"},
	Remedy:       "Answer unsupported_grant_type to grant_type=password.",
}, evidence.PasswordGrantKind, neverIssued("unsupported_grant_type or unauthorized_client"))

func hasScheme(challenges []string, scheme string) bool {
	for _, c := range challenges {
		for part := range strings.SplitSeq(c, ",") { // one field may hold several challenges, RFC 9110 §11.6.1
			if first, _, _ := strings.Cut(strings.TrimSpace(part), " "); strings.EqualFold(first, scheme) {
				return true
			}
		}
	}
	return false
}
