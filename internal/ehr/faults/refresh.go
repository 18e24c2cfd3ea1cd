package faults

// Defects of refreshing.
var (
	RefreshTokenWithheld    = Fault{"refresh-token-withheld", "grants offline_access to public clients and issues them no refresh token", []string{"refresh.issued"}}
	RefreshAccessTokenDead  = Fault{"refresh-access-token-dead", "refreshes with an access token that its FHIR server does not know", []string{"refresh.access-token"}}
	RefreshTokenTypeMissing = Fault{"refresh-token-type-missing", "leaves token_type out when it refreshes", []string{"refresh.token-type"}}
	RefreshExpiresInMissing = Fault{"refresh-expires-in-missing", "leaves expires_in out when it refreshes", []string{"refresh.expires-in"}}
	RefreshScopeOmitted     = Fault{"refresh-scope-omitted", "leaves scope out when it refreshes", []string{"refresh.scope-present"}}
	RefreshCacheable        = Fault{"refresh-cacheable", "lets the answer to a refresh be cached", []string{"refresh.no-store"}}
	RefreshScopeShrinks     = Fault{"refresh-scope-shrinks", "loses a scope when it refreshes", []string{"refresh.scope-same"}}
	RefreshScopeInName      = Fault{"refresh-scope-in-name", "tells all scopes when it refreshes, and issues a token for fewer", []string{"refresh.grant-same"}}
	RefreshWidens           = Fault{"refresh-widens", "refreshes for every scope that the client may have", []string{"refresh.never-widens"}}
	RefreshNarrowingInName  = Fault{"refresh-narrowing-in-name", "tells the narrower scopes of a refresh, and issues a token for all", []string{"refresh.narrowing"}}
	RefreshNarrowingSticks  = Fault{"refresh-narrowing-sticks", "forgets the scopes that one refresh left out", []string{"refresh.narrowing"}}
	RefreshAnyClient        = Fault{"refresh-any-client", "refreshes the grant of one client for another", []string{"refresh.bound-to-client"}}
	RefreshNoSecret         = Fault{"refresh-without-secret", "refreshes a confidential client's grant for its client_id alone", []string{"refresh.client-authenticates"}}
	RefreshNotRotated       = Fault{"refresh-not-rotated", "lets public clients use one refresh token for ever", []string{"refresh.rotation"}}
	RefreshOldTokenLives    = Fault{"refresh-old-token-lives", "issues a new refresh token each time and goes on accepting the old ones", []string{"refresh.rotation"}}
	RefreshReuseTolerated   = Fault{"refresh-reuse-tolerated", "refuses a refresh token that was used before, and keeps the grant", []string{"refresh.reuse-ends-grant"}}
	RefreshSuccessorDead    = Fault{"refresh-successor-dead", "returns a new refresh token that it does not store", []string{"refresh.successor"}}
	RefreshContextOther     = Fault{"refresh-context-other", "names another patient when it refreshes", []string{"refresh.context"}}
	RefreshIDTokenSubject   = Fault{"refresh-id-token-subject", "names another subject in the ID token of a refresh", []string{"refresh.id-token"}}
	RefreshIDTokenStale     = Fault{"refresh-id-token-stale", "dates the ID token of a refresh back to the grant", []string{"refresh.id-token"}}
	RefreshIDTokenAuthTime  = Fault{"refresh-id-token-auth-time", "takes a refresh for a sign-in in auth_time", []string{"refresh.id-token"}}
	RefreshIDTokenNonce     = Fault{"refresh-id-token-nonce", "repeats the nonce in the ID token of a refresh", []string{"refresh.id-token-nonce"}}
	RefreshOfflineEnds      = Fault{"refresh-offline-ends-with-session", "ends offline access when the user signs out", []string{"refresh.offline"}}
	RefreshOnlineOnce       = Fault{"refresh-online-once", "refreshes online access once", []string{"refresh.online"}}
	RefreshOnlineOutlives   = Fault{"refresh-online-outlives-session", "goes on refreshing online access when the user has signed out", []string{"refresh.online-ends"}}
)

var refresh = []Fault{
	RefreshTokenWithheld, RefreshAccessTokenDead, RefreshTokenTypeMissing, RefreshExpiresInMissing, RefreshScopeOmitted,
	RefreshCacheable, RefreshScopeShrinks, RefreshScopeInName, RefreshWidens, RefreshNarrowingInName, RefreshNarrowingSticks,
	RefreshAnyClient, RefreshNoSecret, RefreshNotRotated, RefreshOldTokenLives, RefreshReuseTolerated, RefreshSuccessorDead,
	RefreshContextOther, RefreshIDTokenSubject, RefreshIDTokenStale, RefreshIDTokenAuthTime, RefreshIDTokenNonce,
	RefreshOfflineEnds, RefreshOnlineOnce, RefreshOnlineOutlives,
}
