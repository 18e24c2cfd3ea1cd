package faults

// Defects of cross-origin access at the endpoints, beyond what discovery shows.
var (
	CORSFHIRAnswersBare       = Fault{"cors-fhir-answers-bare", "lets the gateway answer preflights and sends no CORS header with what the FHIR server answers", []string{"cors.fhir-read", "cors.fhir-errors", "cors.browser-app"}}
	CORSFHIRErrorsBare        = Fault{"cors-fhir-errors-bare", "refuses FHIR requests before it adds its CORS headers", []string{"cors.fhir-errors", "cors.browser-errors"}}
	CORSTokenErrorsBare       = Fault{"cors-token-errors-bare", "adds CORS headers to token responses and not to token errors", []string{"cors.token-errors", "cors.browser-errors"}}
	CORSTokenTwice            = Fault{"cors-token-twice", "allows the origin at the token endpoint and in the proxy before it", []string{"cors.token-errors", "cors.browser-app"}}
	CORSWritesClosed          = Fault{"cors-writes-closed", "lets pages read FHIR resources and offers updates that no page can send", []string{"cors.fhir-writes"}}
	CORSUserInfoClosed        = Fault{"cors-userinfo-closed", "demands an access token for preflights of the UserInfo endpoint", []string{"cors.userinfo"}}
	CORSKeysClosed            = Fault{"cors-keys-closed", "publishes its keys without a CORS header", []string{"cors.openid-documents"}}
	CORSRevocationHalf        = Fault{"cors-revocation-half", "lets preflights of revocation pass and hides the answers", []string{"cors.client-endpoints"}}
	CORSUserInfoCredentials   = Fault{"cors-userinfo-credentials", "copies any origin and allows credentials at the UserInfo endpoint", []string{"cors.credentials-endpoints"}}
	CORSWildcardCredentials   = Fault{"cors-wildcard-credentials", "allows every origin with credentials at the FHIR server", []string{"cors.wildcard-credentials"}}
	CORSVaryMissing           = Fault{"cors-vary-missing", "copies the origin into the SMART configuration and lets caches keep it for anybody", []string{"cors.vary"}}
	CORSPreflightKeptForYears = Fault{"cors-preflight-kept", "tells browsers to keep preflights for a year", []string{"cors.max-age"}}
	CORSNothingExposed        = Fault{"cors-nothing-exposed", "exposes no header field of its FHIR answers", []string{"cors.exposed-headers"}}
)

var corsEndpoints = []Fault{
	CORSFHIRAnswersBare, CORSFHIRErrorsBare, CORSTokenErrorsBare, CORSTokenTwice, CORSWritesClosed, CORSUserInfoClosed,
	CORSKeysClosed, CORSRevocationHalf, CORSUserInfoCredentials, CORSWildcardCredentials, CORSVaryMissing,
	CORSPreflightKeptForYears, CORSNothingExposed,
}
