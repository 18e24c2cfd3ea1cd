package checks

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// brandLinks are the checks of what the SMART configuration says of the bundle.
var brandLinks = []Check{
	BrandsLinked, BrandsIdentifierListed, BrandsIdentifierRequired, BrandsIdentifierSystem, BrandsPrimary,
	BrandsAffiliated, BrandsOwnEndpoint, BrandsEndpointDiscovery,
}

// overLink makes a judgement of the SMART configuration that leads to a bundle.
func overLink(judge func(m metadata, b evidence.Brands) Verdict) func(evidence.Brands) Verdict {
	return func(b evidence.Brands) Verdict {
		if b.SMART == nil {
			return Skip("needs the FHIR base whose SMART configuration names the brand bundle")
		}
		m, ok := readable(b.SMART)
		if !ok {
			return Skip("there is no SMART configuration to read (see discovery.document)")
		}
		return judge(m, b)
	}
}

// overLinked makes a judgement of a SMART configuration together with the content of its bundle.
func overLinked(judge func(m metadata, b evidence.Brands) Verdict) func(evidence.Brands) Verdict {
	return overLink(func(m metadata, b evidence.Brands) Verdict {
		if why := unreadable(b); why != "" {
			return Skip(why)
		}
		return judge(m, b)
	})
}

const (
	bundleMember     = "user_access_brand_bundle"
	identifierMember = "user_access_brand_identifier"
)

// BrandsLinked verifies that discovery leads to a bundle.
var BrandsLinked = New(Meta{
	ID:           "brands.linked",
	Title:        "The SMART configuration links a brand bundle",
	Level:        Should,
	Requirements: []string{"387", "406", "427"},
	Versions:     sinceBrands,
	Applies:      "to FHIR bases",
	Remedy:       "Name the absolute https address of the bundle in " + bundleMember + ".",
}, evidence.BrandsKind, overLink(func(m metadata, _ evidence.Brands) Verdict {
	if _, ok := absolute(m.text(bundleMember)); !ok {
		return m.broken(bundleMember+" with an absolute URL", m.state(bundleMember))
	}
	return m.holds("%s", m.state(bundleMember))
}))

// BrandsIdentifierListed verifies that discovery names the primary brand.
var BrandsIdentifierListed = New(Meta{
	ID:           "brands.identifier-listed",
	Title:        "The SMART configuration names its primary brand",
	Level:        Should,
	Requirements: []string{"388", "406", "428"},
	Versions:     sinceBrands,
	Applies:      "to servers that link a brand bundle",
	Remedy:       "Add " + identifierMember + ` with an identifier of the primary brand, such as {"system": "urn:ietf:rfc:3986", "value": "https://goodhealth.example.org"}.`,
}, evidence.BrandsKind, overLink(func(m metadata, _ evidence.Brands) Verdict {
	switch identifier := primaryIdentifier(m); {
	case !m.has(bundleMember) && !m.has(identifierMember):
		return Skip(notLinked)
	case identifier.Value == "":
		return m.broken(identifierMember+" with a value", m.state(identifierMember))
	default:
		return m.holds("%s", m.state(identifierMember))
	}
}))

// primaryIdentifier returns the identifier of the primary brand; its fields are "" where it has none.
func primaryIdentifier(m metadata) evidence.BrandIdentifier {
	identifier, _ := m.members[identifierMember].(map[string]any)
	system, _ := identifier["system"].(string)
	value, _ := identifier["value"].(string)
	return evidence.BrandIdentifier{System: system, Value: value}
}

// BrandsIdentifierRequired verifies that a bundle of several brands comes with the name of the primary one.
var BrandsIdentifierRequired = New(Meta{
	ID:           "brands.identifier-required",
	Title:        "With several brands in the bundle, the SMART configuration names the primary one",
	Level:        Shall,
	Requirements: []string{"409", "429"},
	Versions:     sinceBrands,
	Applies:      "to servers that link a bundle of several brands",
	Remedy:       "Add " + identifierMember + " with an identifier of the brand that this server belongs to.",
}, evidence.BrandsKind, overLinked(func(m metadata, b evidence.Brands) Verdict {
	switch n := len(b.Bundle.Brands); {
	case n < 2:
		return Skip(fmt.Sprintf("the bundle holds %d brands", n))
	case primaryIdentifier(m).Value == "":
		return m.broken(fmt.Sprintf("%s, since the bundle holds %d brands", identifierMember, n), m.state(identifierMember))
	default:
		return m.holds("%s, for %d brands", m.state(identifierMember), n)
	}
}))

// BrandsIdentifierSystem verifies that the identifier of the primary brand has a system.
var BrandsIdentifierSystem = New(Meta{
	ID:           "brands.identifier-system",
	Title:        "The identifier of the primary brand has a system",
	Level:        Should,
	Requirements: []string{"411", "431"},
	Versions:     sinceBrands,
	Applies:      "with " + identifierMember,
	Remedy:       "Add the system to " + identifierMember + ": urn:ietf:rfc:3986 when the value is a URL.",
}, evidence.BrandsKind, overLink(func(m metadata, _ evidence.Brands) Verdict {
	if !m.has(identifierMember) {
		return Skip("the SMART configuration has no " + identifierMember)
	}
	u, err := url.Parse(primaryIdentifier(m).System)
	if err != nil || u.Scheme == "" {
		return m.broken("a system that is a URI", m.state(identifierMember))
	}
	return m.holds("system %s", cut(u.String()))
}))

// BrandsPrimary verifies that the primary brand is in the bundle, once.
var BrandsPrimary = New(Meta{
	ID:           "brands.primary",
	Title:        "Exactly one brand of the bundle has the identifier of the primary brand",
	Level:        Shall,
	Requirements: []string{"412", "432"},
	Versions:     sinceBrands,
	Applies:      "with " + identifierMember,
	Remedy:       "Write the same system and value to " + identifierMember + " and to Organization.identifier of the primary brand, and of no other.",
}, evidence.BrandsKind, overLinked(func(m metadata, b evidence.Brands) Verdict {
	wanted := primaryIdentifier(m)
	if wanted.Value == "" {
		return Skip("the SMART configuration has no " + identifierMember + " with a value")
	}
	var matches []string
	for _, brand := range b.Bundle.Brands {
		if slices.ContainsFunc(brand.Identifiers, func(i evidence.BrandIdentifier) bool {
			return i.Value == wanted.Value && (wanted.System == "" || i.System == wanted.System)
		}) {
			matches = append(matches, brandCalled(brand))
		}
	}
	proof := append(m.exchanges(), b.Exchanges()...)
	if len(matches) == 1 {
		return Holds(matches[0]+" is the primary brand", proof...)
	}
	observed := "none has it"
	if len(matches) > 1 {
		observed = fmt.Sprintf("%d have it: %s", len(matches), few(matches))
	}
	return Broken(fmt.Sprintf("one brand with %s %s", cut(wanted.System), cut(wanted.Value)), observed, proof...)
}))

// BrandsAffiliated verifies that the linked bundle holds no strangers.
var BrandsAffiliated = New(Meta{
	ID:           "brands.affiliated",
	Title:        "The linked bundle holds only brands of this server",
	Level:        Should,
	Requirements: []string{"407", "433"},
	Versions:     sinceBrands,
	Applies:      "when the brands of the server are told (brands in the target file, or --brand)",
	Remedy:       "Link to a bundle with the brands of this server alone, instead of the list of all customers.",
}, evidence.BrandsKind, overLinked(func(m metadata, b evidence.Brands) Verdict {
	if len(b.Affiliated) == 0 {
		return Skip("it is not known which brands belong to the server; list them as brands in the target file, or with --brand")
	}
	ours := map[string]bool{}
	for _, name := range b.Affiliated {
		ours[name] = true
	}
	t := tally{evidence: b.Exchanges(), proof: b.Exchanges()}
	for _, brand := range b.Bundle.Brands {
		if ours[brand.Name] || slices.ContainsFunc(brand.Identifiers, func(i evidence.BrandIdentifier) bool { return ours[i.Value] }) {
			t.holds()
		} else {
			t.breaks(fmt.Sprintf("%s %q", brandCalled(brand), cut(brand.Name)))
		}
	}
	return t.verdict("only the brands that were told", "every brand belongs to the server", "the bundle holds no brands")
}))

// BrandsOwnEndpoint verifies that the bundle holds the endpoint from which it was found.
var BrandsOwnEndpoint = New(Meta{
	ID:           "brands.own-endpoint",
	Title:        "The linked bundle holds the endpoint of this server",
	Level:        Shall,
	Requirements: []string{"brand-own-endpoint"},
	Versions:     sinceBrands,
	Applies:      "to servers that link a brand bundle",
	Remedy:       "Add an Endpoint with the FHIR base URL as its address, and refer to it from the primary brand.",
}, evidence.BrandsKind, overLinked(func(m metadata, b evidence.Brands) Verdict {
	base := evidence.ResolveBase(b.Base, "")
	proof := append(m.exchanges(), b.Exchanges()...)
	for _, endpoint := range b.Bundle.Endpoints {
		if evidence.ResolveBase(endpoint.Address, "") == base {
			return Holds(endpointCalled(endpoint)+" is this server", proof...)
		}
	}
	return Broken("an Endpoint with the address "+base, fmt.Sprintf("none among %d endpoints", len(b.Bundle.Endpoints)), proof...)
}))

// BrandsEndpointDiscovery verifies that endpoints of this server can be discovered.
var BrandsEndpointDiscovery = New(Meta{
	ID:           "brands.endpoint-discovery",
	Title:        "Active endpoints on the host of this server have a SMART configuration",
	Level:        Should,
	Requirements: []string{"brand-endpoint-discovery"},
	Versions:     sinceBrands,
	Applies:      "to servers that link a brand bundle",
	Remedy:       "Write the FHIR base URL to Endpoint.address, exactly as it is served, and another status than active to endpoints that are gone.",
}, evidence.BrandsKind, overLinked(func(_ metadata, b evidence.Brands) Verdict {
	var t tally
	for _, c := range b.Configurations {
		switch a := c.Answer; {
		case c.Object:
			t.holds(a.Exchanges()...)
		case a.Problem != "":
			t.unsure(a.Problem)
		case unavailable(a.Status):
			t.unsure(fmt.Sprintf("%s answered %d", a.URL, a.Status))
		default:
			t.breaks(fmt.Sprintf("%s has none: %d from %s%s", cut(c.Address), a.Status, a.URL, a.Misdirected), a.Exchanges()...)
		}
	}
	return t.verdict("a SMART configuration under every address", "every address can be discovered", "no active endpoint is on the host of the FHIR base")
}))
