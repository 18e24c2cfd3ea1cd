package checks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Token lists the checks of the token response.
var Token = []Check{
	TokenJSON, AccessTokenPresent, TokenTypeBearer, ExpiresIn, TokenLifetime, ScopePresent, TokenCharset,
	TokenCacheControl, TokenPragma,
}

// eachToken judges the token response of every launch. judge returns what is wrong with one, or "".
func eachToken(expected string, judge func(evidence.TokenResponse) string) func(evidence.Grants) Verdict {
	return func(e evidence.Grants) Verdict {
		var t tally
		for _, g := range e.Grants {
			switch {
			case g.Token == nil || g.Token.Error() != "":
			case !g.Token.Issued() && g.Token.Status >= 400: // the launch failed, which its own check says
			default:
				if problem := judge(*g.Token); problem != "" {
					t.breaks(g.Launch.String()+": "+problem, g.Token.Exchange)
					continue
				}
				t.holds(g.Token.Exchange)
			}
		}
		return t.verdict(expected, "every token response was right", "no launch got a token response")
	}
}

// TokenJSON verifies that token responses are JSON objects.
var TokenJSON = New(Meta{
	ID:           "token.json",
	Title:        "The token response is a JSON object served as application/json",
	Level:        Shall,
	Requirements: []string{"73", "84"},
	Remedy:       "Send the token response as application/json.",
}, evidence.GrantsKind, eachToken("a JSON object served as application/json", func(r evidence.TokenResponse) string {
	switch {
	case r.Members == nil:
		return "the body is not a JSON object"
	case r.Header.MediaType() != "application/json":
		return fmt.Sprintf("Content-Type %q", r.Header.Get("Content-Type"))
	}
	return ""
}))

// AccessTokenPresent verifies that a redeemed code yields an access token.
var AccessTokenPresent = New(Meta{
	ID:           "token.access-token",
	Title:        "The token response carries an access token",
	Level:        Shall,
	Requirements: []string{"73", "74"},
	Remedy:       "Put a non-empty string access_token into the token response.",
}, evidence.GrantsKind, eachToken("200 with a non-empty string access_token", func(r evidence.TokenResponse) string {
	if r.Issued() && r.Status == 200 {
		return ""
	}
	return r.Describe()
}))

// TokenTypeBearer verifies the token type.
var TokenTypeBearer = New(Meta{
	ID:           "token.type-bearer",
	Title:        "The token type is Bearer",
	Level:        Shall,
	Requirements: []string{"75"},
	Remedy:       "Send \"token_type\": \"Bearer\".",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	v := eachToken("token_type Bearer", func(r evidence.TokenResponse) string {
		if kind, _ := r.Text("token_type"); !strings.EqualFold(kind, "Bearer") {
			return fmt.Sprintf("token_type %q", kind)
		}
		return ""
	})(e)
	if v.outcome != holds {
		return v
	}
	for _, g := range e.Grants {
		if g.Token == nil || !g.Token.Issued() {
			continue
		}
		if kind, _ := g.Token.Text("token_type"); kind != "Bearer" {
			return Discouraged("the spelling Bearer, which strict clients compare", "token_type "+kind, g.Token.Exchange)
		}
	}
	return v
})

// ExpiresIn verifies that the token response states its lifetime.
var ExpiresIn = New(Meta{
	ID:           "token.expires-in",
	Title:        "The token response states its lifetime in seconds",
	Level:        Should,
	Requirements: []string{"76"},
	Remedy:       "Send expires_in as a positive JSON integer.",
}, evidence.GrantsKind, eachToken("expires_in as a positive JSON integer", func(r evidence.TokenResponse) string {
	raw, ok := r.Members["expires_in"]
	if !ok {
		return "no expires_in"
	}
	var seconds int64
	if err := json.Unmarshal(raw, &seconds); err != nil || seconds <= 0 {
		return "expires_in " + string(raw)
	}
	return ""
}))

// longestLifetime is the lifetime of an access token that SMART App Launch recommends at most, in seconds.
const longestLifetime = 3600

// TokenLifetime verifies that access tokens last at most an hour.
var TokenLifetime = New(Meta{
	ID:           "token.lifetime",
	Title:        "Access tokens last at most one hour",
	Level:        Should,
	Requirements: []string{"91"},
	Applies:      "the token response states a lifetime",
	Remedy:       "Issue short access tokens, and refresh tokens for longer work.",
}, evidence.GrantsKind, eachToken("expires_in of 3600 or less", func(r evidence.TokenResponse) string {
	var seconds float64
	if json.Unmarshal(r.Members["expires_in"], &seconds) != nil || seconds <= longestLifetime {
		return ""
	}
	return fmt.Sprintf("expires_in %.0f", seconds)
}))

// ScopePresent verifies that the token response lists what was granted.
var ScopePresent = New(Meta{
	ID:           "token.scope-present",
	Title:        "The token response lists the granted scopes",
	Level:        Shall,
	Requirements: []string{"78"},
	Remedy:       "Send scope with the granted scopes, also when they equal the requested ones.",
}, evidence.GrantsKind, eachToken("scope as a non-empty string", func(r evidence.TokenResponse) string {
	if s, ok := r.Text("scope"); !ok || s == "" {
		return fmt.Sprintf("scope %s", orAbsent(r.Members["scope"]))
	}
	return ""
}))

func orAbsent(raw json.RawMessage) string {
	if raw == nil {
		return "is absent"
	}
	return shorten(string(raw))
}

// TokenCharset verifies the characters of access tokens.
var TokenCharset = New(Meta{
	ID:           "token.charset",
	Title:        "Access tokens use only characters that a Bearer header permits",
	Level:        Shall,
	Requirements: []string{"85"},
	Remedy:       "Encode access tokens in base64url or as a JWT; RFC 6750 §2.1 permits b64token only.",
}, evidence.GrantsKind, eachToken("an access token that matches b64token of RFC 6750 §2.1", func(r evidence.TokenResponse) string {
	if r.AccessToken != nil && !r.AccessToken.B64Token {
		return "an access token with other characters"
	}
	return ""
}))

// TokenCacheControl verifies that token responses forbid caching.
var TokenCacheControl = New(Meta{
	ID:           "token.cache-control",
	Title:        "Token responses forbid caching through Cache-Control",
	Level:        Shall,
	Requirements: []string{"86", "rfc6749-5.1-no-store-every-token"},
	Remedy:       "Send Cache-Control: no-store with every token response.",
}, evidence.GrantsKind, eachToken("Cache-Control: no-store", func(r evidence.TokenResponse) string {
	if r.Header.Has("Cache-Control", "no-store") {
		return ""
	}
	return fmt.Sprintf("Cache-Control %q", strings.Join(r.Header.Values("Cache-Control"), ", "))
}))

// TokenPragma verifies that token responses forbid caching for old caches.
var TokenPragma = New(Meta{
	ID:           "token.pragma",
	Title:        "Token responses send Pragma: no-cache",
	Level:        Shall,
	Requirements: []string{"87"},
	Remedy:       "Send Pragma: no-cache with every token response.",
}, evidence.GrantsKind, eachToken("Pragma: no-cache", func(r evidence.TokenResponse) string {
	if r.Header.Has("Pragma", "no-cache") {
		return ""
	}
	return fmt.Sprintf("Pragma %q", strings.Join(r.Header.Values("Pragma"), ", "))
}))
