package probe

import "slices"

// All returns every probe of the product.
func All() []Probe {
	return slices.Concat(Launch(), Authorize(), State(), PKCE(), Token(), ClientAuthSymmetric(),
		ClientAuthAsymmetric(), Scopes(), LaunchContext(), ResourceAccess(), Transport(), Discovery(), Brands())
}
