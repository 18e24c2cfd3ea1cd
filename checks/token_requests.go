package checks

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// TokenRequests lists the checks of bad token requests that need a judgement of their own.
var TokenRequests = []Check{CodeOnceInRace, CodeRequired, UnknownClient, ErrorCharacters, ErrorCaching, ParametersInBody}

// CodeOnceInRace verifies that one code redeemed many times at once brings tokens once.
var CodeOnceInRace = New(Meta{
	ID:           "token.code-race",
	Title:        "A code that is redeemed many times at once brings tokens once",
	Level:        ShallNot,
	Requirements: []string{"rfc6749-4.1.2-code-single-use"},
	Remedy:       "Look the code up and mark it as used in one atomic step, such as a DELETE that returns the row.",
}, evidence.CodeRaceKind, func(e evidence.Redemptions) Verdict {
	var issued, refused, others []string
	for _, r := range e.Redemptions {
		switch {
		case r.Token.Issued():
			issued = append(issued, r.Token.Exchange)
		case giveUp(r.Token.Status) != "":
			others = append(others, "the token endpoint "+giveUp(r.Token.Status))
		default:
			refused = append(refused, r.Token.Exchange)
		}
	}
	all := len(e.Redemptions)
	switch {
	case len(issued) > 1:
		return Broken("one token response at most", fmt.Sprintf("%d of %d simultaneous requests got tokens", len(issued), all), issued...)
	case len(refused) == 0: // nobody was told that the code was used
		return CannotJudge(few(others))
	}
	return Holds(fmt.Sprintf("%d of %d simultaneous requests got tokens", len(issued), all), append(issued, refused...)...)
})

// CodeRequired verifies the error for a token request without a code.
var CodeRequired = New(Meta{
	ID:           "token.code-required",
	Title:        "A token request without code is answered with invalid_request",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.2-invalid-request"},
	Remedy:       "Answer error=invalid_request when a required parameter is missing.",
}, evidence.TokenErrorsKind, func(e evidence.Redemptions) Verdict {
	return answeredWith("a refusal", "invalid_request")(e.Only(evidence.NoCode))
})

// UnknownClient verifies the error for a client that is not registered. A server that looks at the code
// first is right as well: it was not issued to this client.
var UnknownClient = New(Meta{
	ID:           "token.unknown-client",
	Title:        "An unknown client is answered with invalid_client",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.2-invalid-client"},
	Remedy:       "Answer error=invalid_client when no client is registered under client_id.",
}, evidence.TokenErrorsKind, func(e evidence.Redemptions) Verdict {
	return answeredWith("a refusal", "invalid_client", "invalid_grant")(e.Only(evidence.UnknownClient))
})

// The characters of the members of a token error (RFC 6749 §5.2).
var (
	errorText = regexp.MustCompile(`^[\x20-\x21\x23-\x5B\x5D-\x7E]*$`)
	errorURI  = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]*$`)
)

// ErrorCharacters verifies the characters of token errors.
var ErrorCharacters = New(Meta{
	ID:           "token.error-characters",
	Title:        "Token errors hold printable ASCII without quotes and backslashes",
	Level:        ShallNot,
	Requirements: []string{"rfc6749-5.2-error-characters"},
	Remedy:       "Keep quotes, backslashes, line breaks and other languages out of error and error_description, and do not repeat what the request sent.",
}, evidence.TokenErrorsKind, func(e evidence.Redemptions) Verdict {
	var t tally
	for _, r := range e.Redemptions {
		if r.Token.Error() == "" {
			continue
		}
		if name := badMember(r.Token); name != "" {
			value, _ := r.Token.Text(name)
			t.breaks(fmt.Sprintf("%s: %s %q", r.Name, name, shorten(value)), r.Token.Exchange)
			continue
		}
		t.holds(r.Token.Exchange)
	}
	return t.verdict("only %x20-21, %x23-5B and %x5D-7E", "every error was in the permitted characters", "no token error was seen")
})

// badMember returns the name of a member of a token error that holds other characters than it may, or "".
func badMember(r evidence.TokenResponse) string {
	for _, name := range []string{"error", "error_description", "error_uri"} {
		permitted := errorText
		if name == "error_uri" {
			permitted = errorURI
		}
		if value, there := r.Text(name); there && !permitted.MatchString(value) {
			return name
		}
	}
	return ""
}

// ErrorCaching records how token errors may be cached. RFC 6749 §5.1 demands no-store of what holds tokens,
// and an error holds none; its example of an error has the header all the same.
var ErrorCaching = New(Meta{
	ID:           "token.error-caching",
	Title:        "Token errors do not invite caches to keep them",
	Level:        May,
	Requirements: []string{"rfc6749-5.1-errors-not-cached"},
	Remedy:       "Send Cache-Control: no-store with token errors too.",
}, evidence.TokenErrorsKind, func(e evidence.Redemptions) Verdict {
	var seen, proof, without []string
	for _, r := range e.Redemptions {
		if r.Token.Error() == "" {
			continue
		}
		seen, proof = append(seen, r.Name), append(proof, r.Token.Exchange)
		value := strings.Join(r.Token.Header.Values("Cache-Control"), ", ")
		age, stated := maxAge(value)
		switch h := r.Token.Header; {
		case h.Has("Cache-Control", "no-store"):
		case h.Has("Cache-Control", "public"), stated && age > 0 && !h.Has("Cache-Control", "no-cache"):
			return Discouraged("Cache-Control: no-store, or no word about caching", fmt.Sprintf("%s: Cache-Control %q", r.Name, value), r.Token.Exchange)
		default:
			without = append(without, r.Name)
		}
	}
	switch {
	case len(seen) == 0:
		return Skip("no token error was seen")
	case len(without) > 0:
		return Note("no Cache-Control: no-store with the error for "+few(without), proof...)
	}
	return Holds("every token error had Cache-Control: no-store", proof...)
})

// ParametersInBody verifies that a code in the URL is not redeemed.
var ParametersInBody = New(Meta{
	ID:           "token.parameters-in-body",
	Title:        "A code that stands in the URL of the token request is not redeemed",
	Level:        May,
	Requirements: []string{"rfc6749-4.1.3-parameters-in-body"},
	Remedy:       "Read the parameters of token requests from the body alone: URLs are kept in logs.",
}, evidence.CodeInURLKind, func(e evidence.Redemptions) Verdict {
	return unwise(neverIssued("a refusal")(e))
})

// unwise turns a broken requirement, where no sentence binds the server, into a warning.
func unwise(v Verdict) Verdict {
	if v.outcome == broken {
		v.outcome = discouraged
	}
	return v
}
