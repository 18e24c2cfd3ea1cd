package faults

// Defects of the SMART configuration and of how it is served.
var (
	ConfigurationMissing               = Fault{"configuration-missing", "serves the SMART configuration only at the root of the host", []string{"discovery.document"}}
	ConfigurationNeedsToken            = Fault{"configuration-needs-token", "demands an access token for the SMART configuration", []string{"discovery.document"}}
	ConfigurationSignInPage            = Fault{"configuration-sign-in-page", "answers the well-known address with its sign-in page", []string{"discovery.json", "discovery.media-type"}}
	ConfigurationTruncated             = Fault{"configuration-truncated", "cuts the SMART configuration off at 512 bytes", []string{"discovery.json"}}
	ConfigurationByteOrderMark         = Fault{"configuration-byte-order-mark", "writes a byte order mark before the SMART configuration", []string{"discovery.json"}}
	ConfigurationNamesTwice            = Fault{"configuration-names-twice", "appends the token endpoint of an old host to the SMART configuration", []string{"discovery.unique-names"}}
	ConfigurationFHIRMediaType         = Fault{"configuration-fhir-media-type", "serves the SMART configuration as application/fhir+json", []string{"discovery.media-type"}}
	ConfigurationNegotiated            = Fault{"configuration-negotiated", "answers 406 when Accept does not name JSON", []string{"discovery.accept-ignored"}}
	DoubleSlashCrash                   = Fault{"double-slash-crash", "crashes when the base URL is written with a slash at its end", []string{"discovery.trailing-slash"}}
	RedirectCircle                     = Fault{"redirect-circle", "redirects the well-known address to itself", []string{"discovery.redirects", "discovery.document"}}
	RedirectToHTTP                     = Fault{"redirect-to-http", "redirects the well-known address to plain http", []string{"discovery.redirects"}}
	CachedForever                      = Fault{"cached-forever", "lets the SMART configuration be cached for a year", []string{"discovery.freshness"}}
	MemberMisspelt                     = Fault{"member-misspelt", "writes jwks_url instead of jwks_uri", []string{"discovery.member-names", "discovery.jwks-uri"}}
	CapabilityNumber                   = Fault{"capability-number", "lists a number among the capabilities", []string{"discovery.schema"}}
	TokenEndpointMissing               = Fault{"token-endpoint-missing", "leaves token_endpoint out", []string{"discovery.token-endpoint"}}
	AuthorizationEndpointMissing       = Fault{"authorization-endpoint-missing", "leaves authorization_endpoint out", []string{"discovery.authorization-endpoint"}}
	EndpointRelative                   = Fault{"endpoint-relative", "writes the address of revocation relative to the host", []string{"discovery.absolute-urls"}}
	EndpointPlainHTTP                  = Fault{"endpoint-plain-http", "publishes the http address of management from behind its proxy", []string{"discovery.https-urls"}}
	EndpointFragment                   = Fault{"endpoint-fragment", "publishes an authorization endpoint inside a single-page app", []string{"discovery.no-fragment"}}
	IssuerMissing                      = Fault{"issuer-missing", "leaves issuer out although it offers single sign-on", []string{"discovery.issuer"}}
	IssuerWithoutSSO                   = Fault{"issuer-without-sso", "lists issuer and does not claim single sign-on", []string{"discovery.issuer"}}
	GrantTypesMissing                  = Fault{"grant-types-missing", "leaves grant_types_supported out", []string{"discovery.grant-types"}}
	GrantTypesWithoutCode              = Fault{"grant-types-without-code", "lists only client_credentials although it launches apps", []string{"discovery.grant-types-match"}}
	S256Unlisted                       = Fault{"s256-unlisted", "leaves code_challenge_methods_supported out", []string{"discovery.pkce-s256"}}
	PlainListed                        = Fault{"plain-listed", "lists plain beside S256", []string{"discovery.pkce-plain"}}
	CodeUnlisted                       = Fault{"code-unlisted", "lists only the response type id_token", []string{"discovery.response-type-code"}}
	ImplicitListed                     = Fault{"implicit-listed", "lists the response types of its generic authorization server, token among them", []string{"discovery.response-types-implicit"}}
	ResponseTypesMissing               = Fault{"response-types-missing", "leaves response_types_supported out", []string{"discovery.response-types"}}
	BasicUnlisted                      = Fault{"basic-unlisted", "claims symmetric clients and lists only private_key_jwt", []string{"discovery.symmetric-auth-method"}}
	PrivateKeyJWTUnlisted              = Fault{"private-key-jwt-unlisted", "claims asymmetric clients and lists only secrets", []string{"discovery.asymmetric-auth-method"}}
	AssertionAlgorithmsMissing         = Fault{"assertion-algorithms-missing", "does not say which algorithms of assertions it verifies", []string{"discovery.assertion-algorithms-listed"}}
	AssertionAlgorithmsOther           = Fault{"assertion-algorithms-other", "lists only RS256 and none for assertions", []string{"discovery.assertion-algorithms"}}
	AuthMethodInvented                 = Fault{"auth-method-invented", "lists an authentication method that nobody registered", []string{"discovery.auth-methods"}}
	ScopesMissing                      = Fault{"scopes-missing", "leaves scopes_supported out", []string{"discovery.scopes", "discovery.asymmetric-scopes"}}
	ScopeLettersDisordered             = Fault{"scope-letters-disordered", "lists patient/Observation.sr", []string{"discovery.scopes-well-formed"}}
	ScopePlainExtension                = Fault{"scope-plain-extension", "lists a scope of its own under a plain name", []string{"discovery.scope-extension-names"}}
	ManagementUnlisted                 = Fault{"management-unlisted", "leaves management_endpoint out", []string{"discovery.management-endpoint"}}
	IntrospectionUnlisted              = Fault{"introspection-unlisted", "leaves introspection_endpoint out", []string{"discovery.introspection-endpoint"}}
	RevocationUnlisted                 = Fault{"revocation-unlisted", "leaves revocation_endpoint out", []string{"discovery.revocation-endpoint"}}
	RegistrationRelative               = Fault{"registration-relative", "writes the address of registration relative to the host", []string{"discovery.registration-endpoint"}}
	AssociatedEndpointDead             = Fault{"associated-endpoint-dead", "lists an associated endpoint at which nothing answers", []string{"discovery.associated-endpoints-answer"}}
	ManagementDead                     = Fault{"management-dead", "lists a management endpoint at which there is no page", []string{"discovery.management-page"}}
	AssociatedEndpointBare             = Fault{"associated-endpoint-bare", "lists an associated endpoint without capabilities", []string{"discovery.associated-endpoints"}}
	ServerMetadataMissing              = Fault{"server-metadata-missing", "publishes no metadata of its authorization server", []string{"discovery.authorization-server-metadata", "openid.configuration"}}
	EndpointsDisagree                  = Fault{"endpoints-disagree", "names the token endpoint of another host in the OpenID configuration", []string{"discovery.endpoints-agree"}}
	AuthorizationEndpointAlwaysMissing = Fault{"authorization-endpoint-backend", "leaves authorization_endpoint out because it claims no launch", []string{"discovery.authorization-endpoint-always"}}
	EndpointRelativeSTU1               = Fault{"endpoint-relative-stu1", "writes the address of introspection relative to the host", []string{"discovery.absolute-urls-stu1"}}
	MembersWrappedSTU2                 = Fault{"members-wrapped-stu2", "writes grant_types_supported as one string", []string{"discovery.schema-stu2"}}
	MembersWrappedSTU1                 = Fault{"members-wrapped-stu1", "writes response_types_supported as one string", []string{"discovery.schema-stu1"}}
	StatementWithoutURIs               = Fault{"statement-without-uris", "leaves the OAuth addresses out of the capability statement", []string{"discovery.metadata-oauth-uris"}}
	StatementDisagrees                 = Fault{"statement-disagrees", "names another token address in the capability statement", []string{"discovery.metadata-agrees"}}
)

var discovery = []Fault{
	ConfigurationMissing, ConfigurationNeedsToken, ConfigurationSignInPage, ConfigurationTruncated,
	ConfigurationByteOrderMark, ConfigurationNamesTwice, ConfigurationFHIRMediaType,
	ConfigurationNegotiated, DoubleSlashCrash, RedirectCircle, RedirectToHTTP, CachedForever,
	MemberMisspelt, CapabilityNumber, TokenEndpointMissing, AuthorizationEndpointMissing,
	EndpointRelative, EndpointPlainHTTP, EndpointFragment, IssuerMissing, IssuerWithoutSSO,
	GrantTypesMissing, GrantTypesWithoutCode, S256Unlisted, PlainListed, CodeUnlisted, ImplicitListed,
	ResponseTypesMissing, BasicUnlisted, PrivateKeyJWTUnlisted, AssertionAlgorithmsMissing,
	AssertionAlgorithmsOther, AuthMethodInvented, ScopesMissing, ScopeLettersDisordered,
	ScopePlainExtension, ManagementUnlisted, IntrospectionUnlisted, RevocationUnlisted,
	RegistrationRelative, AssociatedEndpointBare, AssociatedEndpointDead, ManagementDead, ServerMetadataMissing, EndpointsDisagree,
	AuthorizationEndpointAlwaysMissing, EndpointRelativeSTU1, MembersWrappedSTU2, MembersWrappedSTU1,
	StatementWithoutURIs, StatementDisagrees,
}
