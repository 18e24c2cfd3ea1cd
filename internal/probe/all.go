package probe

import "slices"

// All returns every probe of the product.
func All() []Probe {
	return slices.Concat(Launch(), Authorize(), Codes(), AuthorizeParameters(), AuthorizeLaunch(), State(), Pages(), PKCE(),
		Token(), TokenParameters(), ClientAuthSymmetric(), ClientAuthAsymmetric(), Registration(), Scopes(),
		LaunchContext(), FHIRContext(), OpenID(), ResourceAccess(), Refresh(), BackendServices(),
		Introspection(), Revocation(), Transport(), Discovery(), CORS(), DiscoveryPlaces(), AppState(),
		TaskLaunch(), Capabilities(), Brands())
}
