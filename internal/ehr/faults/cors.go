package faults

// Defects of cross-origin access.
var (
	CORSConfigurationClosed = Fault{"cors-configuration-closed", "allows only its own portal to read the SMART configuration", []string{"cors.discovery", "cors.browser-documents"}}
	CORSStatementClosed     = Fault{"cors-statement-closed", "sends no CORS header with the capability statement", []string{"cors.metadata", "cors.browser-documents"}}
	CORSTokenPreflight      = Fault{"cors-token-preflight", "does not know OPTIONS at the token endpoint", []string{"cors.token-preflight"}}
	CORSFHIRPreflight       = Fault{"cors-fhir-preflight", "demands an access token for preflights", []string{"cors.fhir-preflight", "cors.browser-app"}}
	CORSCredentials         = Fault{"cors-credentials", "copies any origin and allows credentials at the token endpoint", []string{"cors.credentials", "cors.credentials-endpoints"}}
	CORSAuthorization       = Fault{"cors-authorization", "lets any page read the authorization endpoint", []string{"cors.authorization"}}
)

var cors = []Fault{
	CORSConfigurationClosed, CORSStatementClosed, CORSTokenPreflight, CORSFHIRPreflight,
	CORSCredentials, CORSAuthorization,
}
