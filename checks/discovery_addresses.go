package checks

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

var discoveryAddresses = []Check{
	TokenEndpoint, AuthorizationEndpoint, AuthorizationEndpointAlways, AbsoluteURLs, AbsoluteURLsSTU1, HTTPSURLs, NoFragment,
}

// TokenEndpoint verifies that token_endpoint is listed.
var TokenEndpoint = New(Meta{
	ID:           "discovery.token-endpoint",
	Title:        "token_endpoint is listed",
	Level:        Shall,
	Requirements: []string{"385", "373", "286"},
	Remedy:       "Add token_endpoint with the absolute https address of the token endpoint.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict { return listed(m, "token_endpoint") }))

// listed judges whether a member is a non-empty string.
func listed(m metadata, name string) Verdict {
	if m.text(name) == "" {
		return m.broken(name+" with an address", m.state(name))
	}
	return m.holds("%s %s", name, shown(m.text(name)))
}

// AuthorizationEndpoint verifies that authorization_endpoint is listed by servers that launch apps.
var AuthorizationEndpoint = New(Meta{
	ID:           "discovery.authorization-endpoint",
	Title:        "authorization_endpoint is listed by a server that launches apps",
	Level:        Shall,
	Requirements: []string{"383", "373"},
	Versions:     []Version{V2_2_0},
	Applies:      "with the capability launch-ehr or launch-standalone",
	Remedy:       "Add authorization_endpoint with the absolute https address of the authorization endpoint.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	if !m.launches() && !m.has("authorization_endpoint") {
		return Skip("the server claims neither launch-ehr nor launch-standalone")
	}
	return listed(m, "authorization_endpoint")
}))

// AuthorizationEndpointAlways verifies that authorization_endpoint is listed, which STU1 and STU2 want
// of every server.
var AuthorizationEndpointAlways = New(Meta{
	ID:           "discovery.authorization-endpoint-always",
	Title:        "authorization_endpoint is listed",
	Level:        Shall,
	Requirements: []string{"stu1-authorization-endpoint", "stu2-authorization-endpoint"},
	Versions:     []Version{V1_0_0, V2_0_0},
	Remedy:       "Add authorization_endpoint with the absolute https address of the authorization endpoint.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	return listed(m, "authorization_endpoint")
}))

// AbsoluteURLs verifies that addresses are absolute URLs.
var AbsoluteURLs = New(Meta{
	ID:           "discovery.absolute-urls",
	Title:        "Every address in the SMART configuration is an absolute URL",
	Level:        Shall,
	Requirements: []string{"378"},
	Versions:     sinceSTU2,
	Remedy:       "Write each address with scheme and host, such as https://ehr.example/token.",
}, evidence.DiscoveryKind, overSMART(absoluteAddresses))

// AbsoluteURLsSTU1 verifies what STU1 only recommends.
var AbsoluteURLsSTU1 = New(Meta{
	ID:           "discovery.absolute-urls-stu1",
	Title:        "Every address in the SMART configuration is an absolute URL",
	Level:        Should,
	Requirements: []string{"stu1-absolute-uris"},
	Versions:     []Version{V1_0_0},
	Remedy:       "Write each address with scheme and host, such as https://ehr.example/token.",
}, evidence.DiscoveryKind, overSMART(absoluteAddresses))

// otherAddresses are the members beside *_endpoint that hold an address.
var otherAddresses = []string{"issuer", "jwks_uri", "user_access_brand_bundle"}

func absoluteAddresses(m metadata, _ evidence.Discovery) Verdict {
	names := m.addresses(otherAddresses...)
	var wrong []string
	for _, name := range names {
		if _, ok := absolute(m.text(name)); !ok {
			wrong = append(wrong, m.state(name))
		}
	}
	switch {
	case len(names) == 0:
		return Skip("the SMART configuration lists no address")
	case len(wrong) > 0:
		return m.broken("absolute URLs", few(wrong))
	default:
		return m.holds("%d absolute URLs", len(names))
	}
}

// HTTPSURLs verifies that addresses are https URLs.
var HTTPSURLs = New(Meta{
	ID:           "discovery.https-urls",
	Title:        "Every address in the discovery documents is an https URL",
	Level:        Shall,
	Requirements: []string{"rfc6749-1.6-tls-endpoints", "rfc8414-2-jwks-uri"},
	Remedy:       "Publish https addresses. Behind a proxy that ends TLS, configure the public address instead of deriving it from the request.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	return everyAddress(d, "https URLs", func(u *url.URL) bool { return u.Scheme == "https" })
})

// NoFragment verifies that the OAuth endpoints have no fragment.
var NoFragment = New(Meta{
	ID:           "discovery.no-fragment",
	Title:        "No address in the discovery documents has a fragment",
	Level:        ShallNot,
	Requirements: []string{"rfc6749-3.1-no-fragment"},
	Remedy:       "Publish addresses without #; a fragment never reaches the server.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	return everyAddress(d, "addresses without a fragment", func(u *url.URL) bool { return u.Fragment == "" && !strings.HasSuffix(u.String(), "#") })
})

// everyAddress judges each absolute address in the SMART and OpenID configuration, other than the
// issuer, which openid.issuer-form judges.
func everyAddress(d evidence.Discovery, expected string, right func(*url.URL) bool) Verdict {
	var wrong, proof []string
	judged := 0
	for _, doc := range []*evidence.Document{d.SMART, d.OpenID} {
		m, ok := readable(doc)
		if !ok {
			continue
		}
		for _, name := range m.addresses("jwks_uri", "user_access_brand_bundle") {
			u, isAbsolute := absolute(m.text(name))
			if !isAbsolute {
				continue
			}
			judged++
			if !right(u) {
				wrong = append(wrong, m.state(name))
				proof = append(proof, m.exchanges()...)
			}
		}
	}
	switch {
	case judged == 0:
		return Skip("no document lists an absolute address")
	case len(wrong) > 0:
		return Broken(expected, few(wrong), unique(proof)...)
	default:
		return Holds(fmt.Sprintf("%d addresses", judged))
	}
}
