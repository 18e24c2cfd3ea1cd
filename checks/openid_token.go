package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// OpenIDTokens lists the checks of the form and the signature of the ID token, and of when it is issued.
var OpenIDTokens = []Check{
	IDTokenHashes, IDTokenHeader, IDTokenAlgorithm, IDTokenKeyID, KeyRotation, IDTokenUnasked,
}

// IDTokenHashes verifies that the hashes in an ID token are right.
var IDTokenHashes = New(Meta{
	ID:           "openid.id-token-hashes",
	Title:        "at_hash and c_hash of the ID token fit the access token and the code",
	Level:        Shall,
	Requirements: []string{"oidc-core-3.1.3.6-at-hash", "oidc-core-3.3.2.11-c-hash"},
	Applies:      "an ID token has at_hash or c_hash",
	Remedy:       "Hash the token with the hash function of the alg in the header, take the left half, and write it in base64url without padding. Or leave the claim out.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		if !g.Worked() || g.Token.IDToken == nil {
			continue
		}
		for _, hash := range []struct {
			claim string
			fit   evidence.Fit
		}{{"at_hash", g.Token.IDToken.AtHash}, {"c_hash", g.Token.IDToken.CHash}} {
			switch hash.fit {
			case evidence.Matches:
				t.holds(g.Token.Exchange)
			case evidence.Differs:
				t.breaks(fmt.Sprintf("%s: another %s", g.Launch, hash.claim), g.Token.Exchange)
			}
		}
	}
	return t.verdict("the hash of what was issued", "every hash fits", "no ID token has at_hash or c_hash that can be recomputed")
})

// keyMembers are the header parameters that bring or name a key of the signer's choice.
var keyMembers = []string{"x5u", "x5c", "jku", "jwk"}

// IDTokenHeader verifies that an ID token does not bring its own key.
var IDTokenHeader = New(Meta{
	ID:           "openid.id-token-header",
	Title:        "The header of the ID token leaves the key to the key set",
	Level:        ShouldNot,
	Requirements: []string{"oidc-core-2-header-keys"},
	Applies:      openIDApplies,
	Remedy:       "Send alg and kid, and leave x5u, x5c, jku and jwk out of the header.",
}, evidence.GrantsKind, eachIDToken("none of "+strings.Join(keyMembers, ", "), func(_ evidence.Grant, t evidence.IDToken) string {
	var found []string
	for _, name := range keyMembers {
		if _, there := t.Header[name]; there {
			found = append(found, name)
		}
	}
	if len(found) > 0 {
		return "the header has " + strings.Join(found, ", ")
	}
	return ""
}))

// eachSignature judges the signature of every ID token. judge returns what is wrong with one, or "".
func eachSignature(expected, message string, judge func(evidence.SigningKeys, evidence.SignedToken) string) func(evidence.SigningKeys) Verdict {
	return func(e evidence.SigningKeys) Verdict {
		var t tally
		for _, token := range e.Tokens {
			if problem := judge(e, token); problem != "" {
				t.breaks(token.Launch.String()+": "+problem, token.Exchange)
				continue
			}
			t.holds(token.Exchange)
		}
		return t.verdict(expected, message, "no ID token was issued")
	}
}

// IDTokenAlgorithm verifies that ID tokens are signed with an algorithm that the server lists.
var IDTokenAlgorithm = New(Meta{
	ID:           "openid.id-token-algorithm",
	Title:        "The ID token is signed with an algorithm that the server lists",
	Level:        Shall,
	Requirements: []string{"oidc-discovery-3-alg-listed", "oidc-core-2-alg-none"},
	Applies:      openIDApplies,
	Remedy:       "List the algorithm in id_token_signing_alg_values_supported, or sign with one that is listed; never issue ID tokens with alg none.",
}, evidence.SigningKeysKind, eachSignature("a listed algorithm other than none", "every algorithm is listed",
	func(e evidence.SigningKeys, token evidence.SignedToken) string {
		switch {
		case token.Algorithm == "":
			return "no alg in the header"
		case strings.EqualFold(token.Algorithm, "none"):
			return "alg none"
		case len(e.Algorithms) > 0 && !slices.Contains(e.Algorithms, token.Algorithm): // openid.required-members asks for the list
			return fmt.Sprintf("alg %s, where the server lists %s", token.Algorithm, strings.Join(e.Algorithms, ", "))
		}
		return ""
	}))

// IDTokenKeyID verifies that an ID token says which of several keys signed it.
var IDTokenKeyID = New(Meta{
	ID:           "openid.id-token-kid",
	Title:        "The ID token names its key where the key set has several",
	Level:        Shall,
	Requirements: []string{"oidc-core-10.1-kid-in-jwks"},
	Applies:      openIDApplies,
	Remedy:       "Put the kid of the signing key, as the key set has it, into the header of the ID token.",
}, evidence.SigningKeysKind, func(e evidence.SigningKeys) Verdict {
	switch {
	case e.Problem != "":
		return CannotJudge("the key set could not be read: " + e.Problem)
	case len(e.Published) < 2:
		return Skip("the key set has fewer than two keys")
	}
	return eachSignature("kid in the header", "every ID token names its key",
		func(e evidence.SigningKeys, token evidence.SignedToken) string {
			if token.KeyID == "" {
				return fmt.Sprintf("no kid, where the key set has %d keys", len(e.Published))
			}
			return ""
		})(e)
})

// KeyRotation verifies that an ID token can be verified for as long as it may be in use.
var KeyRotation = New(Meta{
	ID:           "openid.key-rotation",
	Title:        "The key set holds the key of every ID token of the run",
	Level:        Should,
	Requirements: []string{"oidc-core-10.1.1-key-rotation"},
	Applies:      openIDApplies,
	Remedy:       "Publish a new key before it signs anything, and keep a retired one published for as long as what it signed may be verified.",
}, evidence.SigningKeysKind, func(e evidence.SigningKeys) Verdict {
	if e.Problem != "" {
		return CannotJudge("the key set could not be read again: " + e.Problem)
	}
	var t tally
	for _, token := range e.Tokens {
		switch {
		case token.Later == "":
			t.holds(token.Exchange)
		case token.AtOnce == "":
			t.breaks(fmt.Sprintf("%s: verified when it came, and no longer after the last launch: %s", token.Launch, token.Later), token.Exchange)
		default:
			t.breaks(token.Launch.String()+": "+token.Later, token.Exchange)
		}
	}
	return t.verdict("every signature to hold after the last launch", "every signature still holds", "no ID token was issued")
})

// IDTokenUnasked records whether an ID token comes where openid was not granted.
var IDTokenUnasked = New(Meta{
	ID:           "openid.id-token-unasked",
	Title:        "An ID token comes with openid and not without",
	Level:        May,
	Requirements: []string{"80"},
	Remedy:       "Add id_token to the token response only when openid was requested and granted.",
}, evidence.WithoutOpenIDKind, func(g evidence.Grant) Verdict {
	switch {
	case grantedPlain(g, "openid"):
		return Note("the server granted openid without being asked", g.Token.Exchange)
	case g.Token.IDToken != nil:
		return Discouraged("no id_token where openid was neither asked for nor granted",
			"an id_token for the scopes "+g.Scope, g.Token.Exchange)
	default:
		return Note("no ID token came without openid", g.Token.Exchange)
	}
})
