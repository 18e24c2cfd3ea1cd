package checks

import "slices"

// All returns every check, area by area.
func All() []Check {
	return slices.Concat(Authorize, Codes, AuthorizeParameters, AuthorizeLaunch, Consent, State, Pages, Forgery, Launch, PKCE,
		Token, TokenErrors, TokenRequests, TokenGuess, TokenDetails, TokenParameters, ClientAuthSymmetric,
		ClientAuthAsymmetric, ClientAuthAsymmetricHosted, Scopes, ScopesGranted, ScopesWork, LaunchContext,
		FHIRContext, OpenID, OpenIDTokens, OpenIDRequests, OpenIDUserInfo, ResourceAccess,
		ResourceAccessTokens, ResourceAccessReach, Refresh, RefreshLimits, Registration,
		RegistrationRefusals, RegistrationManagement, BackendServices, BackendServicesAccess, Introspection,
		IntrospectionLimits, Revocation, TLS, TLSJourney, Discovery, DiscoveryEdges, DiscoveryPlaces,
		Capabilities, CapabilitiesShown, AppState, TaskLaunch, OpenIDDiscovery, CORS, CORSEndpoints,
		CORSBrowser, Brands)
}

// Lookup returns the check with that id.
func Lookup(id string) (Check, bool) {
	all := All()
	i := slices.IndexFunc(all, func(c Check) bool { return c.ID == id })
	if i < 0 {
		return Check{}, false
	}
	return all[i], true
}
