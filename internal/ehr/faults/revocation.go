package faults

// Defects of token revocation.
var (
	RevocationRefreshLives    = Fault{"revocation-refresh-lives", "answers 200 to the revocation of a refresh token and goes on refreshing", []string{"revocation.refresh-token"}}
	RevocationAccessRefused   = Fault{"revocation-access-unsupported", "revokes refresh tokens only", []string{"revocation.access-token"}}
	RevocationAccessLives     = Fault{"revocation-access-lives", "answers 200 to the revocation of an access token and lets it live", []string{"revocation.immediate-effect"}}
	RevocationNoCascade       = Fault{"revocation-no-cascade", "lets the access tokens of a revoked refresh token live", []string{"revocation.cascade"}}
	RevocationPoisonsGrant    = Fault{"revocation-poisons-grant", "blocks all later access tokens of a grant together with the revoked one, and goes on refreshing", []string{"revocation.access-token-alone"}}
	RevocationAnyClient       = Fault{"revocation-any-client", "lets a client revoke the tokens of another", []string{"revocation.owner-only"}}
	RevocationUnauthenticated = Fault{"revocation-unauthenticated", "revokes a token for whoever has it", []string{"revocation.client-authentication"}}
	RevocationHintOnly        = Fault{"revocation-hint-only", "looks for a token only where the hint says", []string{"revocation.wrong-hint"}}
	RevocationUnknownRefused  = Fault{"revocation-unknown-refused", "answers 400 when it does not know a token", []string{"revocation.unknown-token"}}
	RevocationByGet           = Fault{"revocation-by-get", "revokes tokens by GET", []string{"revocation.post-only"}}
	RevocationErrorHTML       = Fault{"revocation-error-html", "answers a bad revocation request with a page", []string{"revocation.errors"}}
)

var revocation = []Fault{
	RevocationRefreshLives, RevocationAccessRefused, RevocationAccessLives, RevocationNoCascade, RevocationPoisonsGrant,
	RevocationAnyClient, RevocationUnauthenticated, RevocationHintOnly, RevocationUnknownRefused, RevocationByGet,
	RevocationErrorHTML,
}
