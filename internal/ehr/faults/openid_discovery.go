package faults

// Defects of the OpenID configuration and of the key set.
var (
	OpenIDConfigurationMissing = Fault{"openid-configuration-missing", "serves no OpenID configuration", []string{"openid.configuration"}}
	OpenIDMediaType            = Fault{"openid-media-type", "serves the OpenID configuration as text/plain", []string{"openid.media-type"}}
	OpenIDBooleanString        = Fault{"openid-boolean-string", "writes request_parameter_supported as a string", []string{"openid.schema", "openid.features"}}
	OpenIDMembersMissing       = Fault{"openid-members-missing", "leaves subject_types_supported out of the OpenID configuration", []string{"openid.required-members"}}
	OpenIDCodeUnlisted         = Fault{"openid-code-unlisted", "lists only id_token in the OpenID configuration", []string{"openid.response-type-code"}}
	OpenIDRS256Unlisted        = Fault{"openid-rs256-unlisted", "lists only ES384 for ID tokens", []string{"openid.signing-algorithms"}}
	OpenIDIssuerSlash          = Fault{"openid-issuer-slash", "ends the issuer with a slash in the OpenID configuration only", []string{"openid.issuer-identity"}}
	IssuerQuery                = Fault{"issuer-query", "puts the tenant into the query of the issuer", []string{"openid.issuer-form"}}
	KeySetMissing              = Fault{"key-set-missing", "answers 404 at jwks_uri", []string{"openid.jwks"}}
	KeySetEmpty                = Fault{"key-set-empty", "serves an empty key set", []string{"openid.jwks"}}
	KeySetPrivate              = Fault{"key-set-private", "publishes private members of a retired key", []string{"openid.jwks-public"}}
	KeySetSymmetric            = Fault{"key-set-symmetric", "publishes a shared secret in its key set", []string{"openid.jwks-public"}}
	KeySetCertificateOnly      = Fault{"key-set-certificate-only", "publishes a key as certificate, without n and e", []string{"openid.jwks-bare"}}
	KeySetShortRSA             = Fault{"key-set-short-rsa", "publishes an RSA key of 1024 bits", []string{"openid.jwks-rsa-size"}}
	KeySetSameIDs              = Fault{"key-set-same-ids", "gives two keys the same id", []string{"openid.jwks-kid"}}
	KeySetWithoutRSA           = Fault{"key-set-without-rsa", "publishes an EC key only", []string{"openid.jwks-rs256"}}
	KeySetForeignCertificate   = Fault{"key-set-foreign-certificate", "publishes the certificate of another key with its key", []string{"openid.jwks-x5c"}}
)

var openIDDiscovery = []Fault{
	OpenIDConfigurationMissing, OpenIDMediaType, OpenIDBooleanString, OpenIDMembersMissing,
	OpenIDCodeUnlisted, OpenIDRS256Unlisted, OpenIDIssuerSlash, IssuerQuery, KeySetMissing,
	KeySetEmpty, KeySetPrivate, KeySetSymmetric, KeySetCertificateOnly, KeySetShortRSA, KeySetSameIDs,
	KeySetWithoutRSA, KeySetForeignCertificate,
}
