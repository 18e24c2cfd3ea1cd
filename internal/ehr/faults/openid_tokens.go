package faults

// Defects of the claims and the signature of ID tokens, of the signing keys and of the UserInfo endpoint.
var (
	IDTokenAZPOther          = Fault{"id-token-azp-other", "names another client as authorized party of ID tokens", []string{"openid.id-token-audience"}}
	IDTokenSubjectUnstable   = Fault{"id-token-subject-unstable", "names the user by another sub in every grant", []string{"openid.id-token-subject", "openid.subject-kept"}}
	IDTokenSubjectShared     = Fault{"id-token-subject-shared", "names every user by the same sub", []string{"openid.id-token-subject"}}
	IDTokenSubjectLong       = Fault{"id-token-subject-long", "writes a sub of 300 characters", []string{"openid.id-token-subject"}}
	IDTokenSubjectRefreshed  = Fault{"id-token-subject-refreshed", "names the user by another sub after a refresh", []string{"openid.subject-kept"}}
	IDTokenNonceDecoded      = Fault{"id-token-nonce-decoded", "decodes nonce once more before it puts it into the ID token", []string{"openid.nonce-exact"}}
	IDTokenAuthTimeMissing   = Fault{"id-token-auth-time-missing", "leaves auth_time out of ID tokens", []string{"openid.auth-time"}}
	IDTokenHashWhole         = Fault{"id-token-at-hash-whole", "puts the whole hash into at_hash rather than its left half", []string{"openid.id-token-hashes"}}
	IDTokenHashFunction      = Fault{"id-token-at-hash-function", "computes at_hash with SHA-512 in ID tokens signed with RS256", []string{"openid.id-token-hashes"}}
	IDTokenCodeHashOther     = Fault{"id-token-c-hash-other", "computes c_hash from the access token", []string{"openid.id-token-hashes"}}
	IDTokenAlgorithmUnlisted = Fault{"id-token-alg-unlisted", "signs ID tokens with RS512, which it does not list", []string{"openid.id-token-algorithm"}}
	IDTokenKeyUnnamed        = Fault{"id-token-kid-missing", "leaves kid out of ID tokens although it publishes two keys", []string{"openid.id-token-kid"}}
	IDTokenKeyInHeader       = Fault{"id-token-key-in-header", "puts its public key into the header of ID tokens", []string{"openid.id-token-header"}}
	IDTokenUnasked           = Fault{"id-token-unasked", "issues ID tokens without openid", []string{"openid.id-token-unasked"}}
	FHIRUserOtherBase        = Fault{"fhiruser-other-base", "names fhirUser under another FHIR base than that of the request", []string{"openid.fhir-user-form"}}
	SigningKeyVanishes       = Fault{"signing-key-vanishes", "takes a key out of the key set as soon as it signs with the next one", []string{"openid.key-rotation"}}
	SigningKeyUnannounced    = Fault{"signing-key-unannounced", "signs with the next key before it publishes it", []string{"openid.key-rotation", "openid.id-token-signature"}}

	UserInfoSubjectOther   = Fault{"userinfo-subject-other", "names the user by the username at the UserInfo endpoint", []string{"openid.userinfo"}}
	UserInfoSubjectMissing = Fault{"userinfo-subject-missing", "leaves sub out of the UserInfo response", []string{"openid.userinfo"}}
	UserInfoPostRefused    = Fault{"userinfo-post-refused", "serves the UserInfo endpoint for GET only", []string{"openid.userinfo-post"}}
	UserInfoAnonymous      = Fault{"userinfo-anonymous", "answers 200 with an empty object at the UserInfo endpoint when there is no token", []string{"openid.userinfo-anonymous"}}
	UserInfoAnyScope       = Fault{"userinfo-any-scope", "tells who the user is to tokens without openid", []string{"openid.userinfo-scope"}}
)

var openIDTokens = []Fault{
	IDTokenAZPOther, IDTokenSubjectUnstable, IDTokenSubjectShared, IDTokenSubjectLong, IDTokenSubjectRefreshed,
	IDTokenNonceDecoded, IDTokenAuthTimeMissing, IDTokenHashWhole, IDTokenHashFunction, IDTokenCodeHashOther,
	IDTokenAlgorithmUnlisted, IDTokenKeyUnnamed, IDTokenKeyInHeader, IDTokenUnasked, FHIRUserOtherBase,
	SigningKeyVanishes, SigningKeyUnannounced, UserInfoSubjectOther, UserInfoSubjectMissing, UserInfoPostRefused,
	UserInfoAnonymous, UserInfoAnyScope,
}
