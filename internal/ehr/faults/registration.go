package faults

// Defects of dynamic client registration.
var (
	RegistrationStatus200    = Fault{"registration-status-200", "answers a successful registration with 200 instead of 201", []string{"registration.created"}}
	RegistrationIDMissing    = Fault{"registration-id-missing", "returns the client id under another name", []string{"registration.client-id"}}
	RegistrationIDRepeats    = Fault{"registration-id-repeats", "derives the client id from the client's metadata", []string{"registration.unique-id"}}
	RegistrationSecretShared = Fault{"registration-secret-shared", "gives every registered client the same secret", []string{"registration.unique-secret"}}

	RegistrationEchoMissing   = Fault{"registration-echo-missing", "does not return the redirect URIs and the authentication method that it registered", []string{"registration.metadata-returned"}}
	RegistrationExpiryMissing = Fault{"registration-expiry-missing", "issues a secret without client_secret_expires_at", []string{"registration.secret-expiry"}}
	RegistrationExpiryMillis  = Fault{"registration-expiry-millis", "counts client_secret_expires_at in milliseconds", []string{"registration.secret-expiry"}}
	RegistrationCacheable     = Fault{"registration-cacheable", "sends the secret of a registered client without Cache-Control", []string{"registration.no-store"}}
	RegistrationTokenWithheld = Fault{"registration-token-withheld", "names the address of a registration, and no token for it", []string{"registration.management-offered"}}

	RegistrationNotUsable     = Fault{"registration-not-usable", "keeps the redirect URIs of registered clients for later approval", []string{"registration.launch"}}
	RegistrationKeysForgotten = Fault{"registration-keys-forgotten", "does not keep the inline key set of a registered client", []string{"registration.authenticates", "registration.inline-keys"}}

	RegistrationPlainRedirect    = Fault{"registration-plain-redirect", "registers redirect URIs of other machines without TLS", []string{"registration.redirect-uris"}}
	RegistrationScriptRedirect   = Fault{"registration-script-redirect", "registers a script as redirect URI", []string{"registration.redirect-uris"}}
	RegistrationFragmentRedirect = Fault{"registration-fragment-redirect", "registers a redirect URI with a fragment", []string{"registration.redirect-fragment"}}
	RegistrationRedirectOptional = Fault{"registration-redirect-optional", "registers an app without any redirect URI", []string{"registration.redirect-required"}}

	RegistrationErrorText           = Fault{"registration-error-text", "refuses registrations in plain text", []string{"registration.error-response"}}
	RegistrationErrorOther          = Fault{"registration-error-other", "refuses every registration with invalid_request", []string{"registration.error-codes"}}
	RegistrationBothKeySets         = Fault{"registration-both-key-sets", "registers a jwks and a jwks_uri for one client", []string{"registration.one-key-set"}}
	RegistrationInconsistent        = Fault{"registration-inconsistent", "registers the response type token for the authorization code grant", []string{"registration.consistent"}}
	RegistrationUnknownRefused      = Fault{"registration-unknown-refused", "refuses metadata that it does not know", []string{"registration.unknown-metadata"}}
	RegistrationStatementUnverified = Fault{"registration-statement-unverified", "takes over what an unsigned software statement says", []string{"registration.software-statement"}}
	InitialTokenUnchecked           = Fault{"initial-token-unchecked", "demands an initial access token and takes any", []string{"registration.initial-token"}}

	RegistrationReadForgets       = Fault{"registration-read-forgets", "leaves the redirect URIs out when a client reads its registration", []string{"registration.read"}}
	RegistrationUpdateIgnored     = Fault{"registration-update-ignored", "confirms an update and keeps the registration as it was", []string{"registration.update"}}
	RegistrationUpdateAugments    = Fault{"registration-update-augments", "adds an update to what was registered before", []string{"registration.update"}}
	RegistrationSecretChosen      = Fault{"registration-secret-chosen", "lets a client choose its secret in an update", []string{"registration.update-secret"}}
	RegistrationTokenUnchecked    = Fault{"registration-token-unchecked", "lets anybody manage a registration", []string{"registration.management-token"}}
	RegistrationTokenAnyClient    = Fault{"registration-token-any-client", "lets a client manage the registration of another", []string{"registration.management-token"}}
	RegistrationDelete200         = Fault{"registration-delete-200", "answers a deletion with 200 and a body", []string{"registration.delete"}}
	RegistrationDeleteKeepsClient = Fault{"registration-delete-keeps-client", "confirms a deletion and keeps the client", []string{"registration.deleted"}}
	RegistrationDeletedNotFound   = Fault{"registration-deleted-not-found", "answers 404 for a registration that was deleted", []string{"registration.deleted-read"}}
	RegistrationDeleteKeepsTokens = Fault{"registration-delete-keeps-tokens", "leaves the tokens of a deleted client valid", []string{"registration.deleted-tokens"}}
)

var registration = []Fault{
	RegistrationStatus200, RegistrationIDMissing, RegistrationIDRepeats, RegistrationSecretShared, RegistrationEchoMissing,
	RegistrationExpiryMissing, RegistrationExpiryMillis, RegistrationCacheable, RegistrationTokenWithheld,
	RegistrationNotUsable, RegistrationKeysForgotten, RegistrationPlainRedirect, RegistrationScriptRedirect,
	RegistrationFragmentRedirect, RegistrationRedirectOptional, RegistrationErrorText, RegistrationErrorOther,
	RegistrationBothKeySets, RegistrationInconsistent, RegistrationUnknownRefused, RegistrationStatementUnverified,
	InitialTokenUnchecked, RegistrationReadForgets, RegistrationUpdateIgnored, RegistrationUpdateAugments,
	RegistrationSecretChosen, RegistrationTokenUnchecked, RegistrationTokenAnyClient, RegistrationDelete200,
	RegistrationDeleteKeepsClient, RegistrationDeletedNotFound, RegistrationDeleteKeepsTokens,
}
