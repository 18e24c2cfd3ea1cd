package evidence

import "net/url"

// DiscoveryKind is everything that reading the discovery documents of one server shows.
var DiscoveryKind = NewKind[Discovery]("discovery.documents")

// Discovery holds the discovery documents of one server: fetched from it, or saved earlier.
type Discovery struct {
	Base string `json:"base,omitempty"` // FHIR base URL as given; "" for saved documents without one
	Live bool   `json:"live"`           // the documents were fetched in this run

	// A document is nil when it was neither given nor looked for.
	SMART        *Document `json:"smart,omitempty"`        // .well-known/smart-configuration
	OpenID       *Document `json:"openid,omitempty"`       // .well-known/openid-configuration of the issuer
	OAuth        *Document `json:"oauth,omitempty"`        // .well-known/oauth-authorization-server of the issuer
	Keys         *Document `json:"keys,omitempty"`         // the JWK Set behind jwks_uri
	Capabilities *Document `json:"capabilities,omitempty"` // metadata of the FHIR base

	// Variants are further requests for the SMART configuration that must not change the answer.
	Variants []DocumentVariant `json:"variants,omitempty"`
	// CrossOrigin are the answers to requests that a browser would send on behalf of a page.
	CrossOrigin []CrossOrigin `json:"crossOrigin,omitempty"`
}

// DocumentVariant is one further request for the SMART configuration.
type DocumentVariant struct {
	Name     string   `json:"name"` // what varies, such as "Accept: text/html"
	Document Document `json:"document"`
}

// The variant of the SMART configuration that is asked for with a slash after the FHIR base.
const TrailingSlash = "trailing slash"

// ResolveBase returns the address of a document under the FHIR base: the base without its trailing
// slashes, then path.
func ResolveBase(base, path string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base + path
	}
	u.RawQuery, u.Fragment = "", ""
	bare := u.String()
	for len(bare) > 0 && bare[len(bare)-1] == '/' {
		bare = bare[:len(bare)-1]
	}
	return bare + path
}
