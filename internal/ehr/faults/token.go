package faults

// Defects of the token endpoint.
var (
	TokenResponseTextPlain   = Fault{"token-response-text-plain", "sends the token response as text/plain", []string{"token.json"}}
	AccessTokenMissing       = Fault{"access-token-missing", "leaves access_token out of the token response", []string{"token.access-token"}}
	TokenTypeMAC             = Fault{"token-type-mac", "says token_type mac", []string{"token.type-bearer"}}
	ExpiresInMissing         = Fault{"expires-in-missing", "leaves expires_in out", []string{"token.expires-in"}}
	ExpiresInString          = Fault{"expires-in-string", "sends expires_in as a string", []string{"token.expires-in"}}
	AccessTokenDayLong       = Fault{"access-token-day-long", "issues access tokens for a day", []string{"token.lifetime"}}
	ScopeOmitted             = Fault{"scope-omitted", "leaves scope out of the token response", []string{"token.scope-present"}}
	AccessTokenIllegal       = Fault{"access-token-illegal-characters", "issues access tokens with spaces and quotes", []string{"token.charset"}}
	TokenCacheable           = Fault{"token-cacheable", "sends token responses without Cache-Control", []string{"token.cache-control"}}
	TokenPragmaMissing       = Fault{"token-pragma-missing", "sends token responses without Pragma", []string{"token.pragma"}}
	TokenErrorHTML           = Fault{"token-error-html", "answers bad token requests with an HTML page", []string{"token.error-json"}}
	TokenError200            = Fault{"token-error-200", "answers bad token requests with status 200", []string{"token.error-status"}}
	BadCodeOtherError        = Fault{"bad-code-other-error", "answers an unknown code with invalid_request", []string{"token.invalid-grant"}}
	UnsupportedGrantOther    = Fault{"unsupported-grant-other-error", "answers an unknown grant type with invalid_grant", []string{"token.unsupported-grant-type"}}
	GrantTypeMissingAccepted = Fault{"grant-type-optional", "takes a missing grant_type for authorization_code", []string{"token.grant-type-required"}}
	CodeReusable             = Fault{"code-reusable", "accepts a code as often as it comes", []string{"token.code-single-use"}}
	CodeReplayKeepsTokens    = Fault{"code-replay-keeps-tokens", "refuses a replayed code but keeps what it issued for it", []string{"token.replay-revokes-tokens"}}
	CodeAnyClient            = Fault{"code-any-client", "redeems a code for whichever client brings it", []string{"token.code-bound-to-client"}}
	TokenRedirectUnchecked   = Fault{"token-redirect-uri-unchecked", "does not compare redirect_uri when it redeems a code", []string{"token.redirect-uri-repeat"}}
	TokenRedirectOptional    = Fault{"token-redirect-uri-optional", "redeems a code without redirect_uri", []string{"token.redirect-uri-repeat"}}
	TokenGetAccepted         = Fault{"token-get-accepted", "redeems a code by GET", []string{"token.post-only"}}
	ConfidentialNoSecret     = Fault{"confidential-without-secret", "redeems a confidential client's code for its client_id alone", []string{"token.confidential-authenticates"}}
	CodeForgotten            = Fault{"code-forgotten", "remembers for half a second that a code was used", []string{"token.code-single-use"}}
	CodeRace                 = Fault{"code-race", "looks a code up and marks it as used in two steps", []string{"token.code-race"}}
	CodeMissingOtherError    = Fault{"code-missing-other-error", "answers a missing code with invalid_grant", []string{"token.code-required"}}
	UnknownClientOtherError  = Fault{"unknown-client-other-error", "answers an unknown client with invalid_request", []string{"token.unknown-client"}}
	TokenErrorQuotes         = Fault{"token-error-quotes", "puts quotes into error_description", []string{"token.error-characters"}}
	TokenErrorCacheable      = Fault{"token-error-cacheable", "lets caches keep token errors for an hour", []string{"token.error-caching"}}
	TokenQueryAccepted       = Fault{"token-query-accepted", "reads the parameters of a token request from the URL too", []string{"token.parameters-in-body"}}
	CodeShort                = Fault{"code-short", "issues codes of twelve digits", []string{"token.codes-unguessable"}}
	CodeCounted              = Fault{"code-counted", "counts its codes", []string{"token.codes-unguessable"}}
	AccessTokenCounted       = Fault{"access-token-counted", "ends its access tokens, which are long, with a count", []string{"token.access-tokens-unguessable"}}
	AccessTokenUnsigned      = Fault{"access-token-unsigned", "issues access tokens that are JWTs with alg none", []string{"token.access-tokens-unguessable"}}
	RefreshTokenTime         = Fault{"refresh-token-time", "makes refresh tokens from the time", []string{"token.refresh-tokens-unguessable"}}
	AccessTokenScopes        = Fault{"access-token-scopes", "writes the granted scopes into the access token", []string{"token.size"}}
	DetailsMalformed         = Fault{"authorization-details-malformed", "writes the locations of authorization_details as one string", []string{"token.authorization-details"}}
	DetailsRefused           = Fault{"authorization-details-refused", "names a location in authorization_details that refuses the token", []string{"token.authorization-details"}}
	PublicOutlives           = Fault{"public-outlives-confidential", "issues tokens of an hour to public clients and of ten minutes to others", []string{"token.lifetime-by-client"}}
	PasswordGrant            = Fault{"password-grant", "offers the resource owner password grant", []string{"token.no-password-grant"}}
)

var token = []Fault{
	TokenResponseTextPlain, AccessTokenMissing, TokenTypeMAC, ExpiresInMissing, ExpiresInString,
	AccessTokenDayLong, ScopeOmitted, AccessTokenIllegal, TokenCacheable, TokenPragmaMissing, TokenErrorHTML,
	TokenError200, BadCodeOtherError, UnsupportedGrantOther, GrantTypeMissingAccepted, CodeReusable,
	CodeReplayKeepsTokens, CodeAnyClient, TokenRedirectUnchecked, TokenRedirectOptional, TokenGetAccepted,
	ConfidentialNoSecret, CodeForgotten, CodeRace, CodeMissingOtherError, UnknownClientOtherError,
	TokenErrorQuotes, TokenErrorCacheable, TokenQueryAccepted, CodeShort, CodeCounted,
	AccessTokenCounted, AccessTokenUnsigned, RefreshTokenTime, AccessTokenScopes, DetailsMalformed,
	DetailsRefused, PublicOutlives, PasswordGrant,
}
