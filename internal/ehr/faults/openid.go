package faults

// Defects of the ID token; more are in openid_tokens.go. Defects of the OpenID documents are in
// openid_discovery.go.
var (
	IDTokenMissing        = Fault{"id-token-missing", "grants openid and returns no ID token", []string{"openid.id-token"}}
	IDTokenUnknownKey     = Fault{"id-token-unknown-key", "signs ID tokens with a key that it does not publish", []string{"openid.id-token-signature"}}
	IDTokenUnsigned       = Fault{"id-token-unsigned", "issues ID tokens with alg none", []string{"openid.id-token-signature", "openid.id-token-algorithm"}}
	IDTokenIssuerOther    = Fault{"id-token-issuer-other", "names the FHIR base as issuer of ID tokens", []string{"openid.id-token-issuer"}}
	IDTokenAudienceOther  = Fault{"id-token-audience-other", "names the FHIR base as audience of ID tokens", []string{"openid.id-token-audience"}}
	IDTokenExpired        = Fault{"id-token-expired", "issues ID tokens that have expired already", []string{"openid.id-token-times"}}
	IDTokenTimesStrings   = Fault{"id-token-times-strings", "sends exp and iat as strings", []string{"openid.id-token-times"}}
	IDTokenNonceMissing   = Fault{"id-token-nonce-missing", "leaves nonce out of ID tokens", []string{"openid.id-token-nonce"}}
	IDTokenSubjectMissing = Fault{"id-token-subject-missing", "leaves sub out of ID tokens", []string{"openid.id-token-subject"}}
	FHIRUserMissing       = Fault{"fhiruser-missing", "grants fhirUser and leaves the claim out", []string{"openid.fhir-user"}}
	FHIRUserWrongType     = Fault{"fhiruser-wrong-type", "names an Organization as fhirUser", []string{"openid.fhir-user-type"}}
	FHIRUserUnreadable    = Fault{"fhiruser-unreadable", "names a fhirUser that its FHIR server does not know", []string{"openid.fhir-user-readable"}}
)

var openID = []Fault{
	IDTokenMissing, IDTokenUnknownKey, IDTokenUnsigned, IDTokenIssuerOther, IDTokenAudienceOther,
	IDTokenExpired, IDTokenTimesStrings, IDTokenNonceMissing, IDTokenSubjectMissing, FHIRUserMissing,
	FHIRUserWrongType, FHIRUserUnreadable,
}
