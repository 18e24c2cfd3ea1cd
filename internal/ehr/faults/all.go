package faults

import "slices"

// All returns every fault, area by area.
func All() []Fault {
	return slices.Concat(authorize, launch, pkce, token, tokenParameters, clientAuthSymmetric, clientAuthAsymmetric, scopes,
		scopesWork, launchContext, fhirContext, openID, openIDTokens, openIDRequests, resourceAccess,
		resourceAccessReach, resourceAccessTokens, refresh, registration, backendServices, introspection,
		revocation, discovery, capabilities, appState, taskLaunch, openIDDiscovery, cors, corsEndpoints, tls,
		tlsJourney, discoveryEdges, brands)
}

// Lookup returns the fault with that id.
func Lookup(id string) (Fault, bool) {
	for _, f := range All() {
		if f.ID == id {
			return f, true
		}
	}
	return Fault{}, false
}
