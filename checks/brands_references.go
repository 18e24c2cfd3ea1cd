package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// brandReferences are the checks of how brands, portals and endpoints hang together.
var brandReferences = []Check{BrandsEndpointsBranded, BrandsReferences, BrandsPortalEndpoints, BrandsHierarchy}

// directory finds the entries of a bundle by reference. Values are places in the lists of the bundle.
type directory struct {
	brands, endpoints places
}

// places are entries of one resource type by fullUrl and by Type/id.
type places struct {
	kind string
	at   map[string]int
}

func directoryOf(d evidence.BrandBundle) directory {
	out := directory{places{"Organization", map[string]int{}}, places{"Endpoint", map[string]int{}}}
	for i, b := range d.Brands {
		out.brands.add(b.BrandEntry, i)
	}
	for i, e := range d.Endpoints {
		out.endpoints.add(e.BrandEntry, i)
	}
	return out
}

func (p places) add(e evidence.BrandEntry, i int) {
	if e.FullURL != "" {
		p.at[e.FullURL] = i
	}
	if e.ID != "" {
		p.at[p.kind+"/"+e.ID] = i
	}
}

// first returns the place of the entry that references to e lead to: another one when e stands twice.
func (p places) first(e evidence.BrandEntry, i int) int {
	if at, ok := p.at[e.FullURL]; ok {
		return at
	}
	if at, ok := p.at[p.kind+"/"+e.ID]; ok {
		return at
	}
	return i
}

// find resolves a reference from an entry: an absolute one by fullUrl; a relative one against the base of
// the entry's own fullUrl first, as in https://hl7.org/fhir/R4/bundle.html#references, and else by type and
// id.
func (p places) find(from evidence.BrandEntry, reference string) (int, bool) {
	reference, _, _ = strings.Cut(reference, "/_history/")
	if base, ok := strings.CutSuffix(from.FullURL, "Organization/"+from.ID); ok {
		if i, found := p.at[base+reference]; found {
			return i, true
		}
	}
	i, found := p.at[reference]
	return i, found
}

// endpointsOf are the references of a brand to endpoints: its own, and those of its portals.
func endpointsOf(b evidence.Brand) []string { return append(portalEndpoints(b), b.Endpoints...) }

func portalEndpoints(b evidence.Brand) []string {
	var out []string
	for _, portal := range b.Portals {
		out = append(out, portal.Texts("portalEndpoint")...)
	}
	return out
}

// BrandsEndpointsBranded verifies that each endpoint has a brand.
var BrandsEndpointsBranded = New(Meta{
	ID:           "brands.endpoints-branded",
	Title:        "A brand refers to every endpoint of the bundle",
	Level:        Shall,
	Requirements: []string{"396", "417"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       "Refer to the endpoint from Organization.endpoint of its primary brand, or leave it out.",
}, evidence.BrandsKind, overBundle("a reference to every Endpoint", "every endpoint has a brand", "the bundle holds no endpoints",
	func(d evidence.BrandBundle, t *tally) {
		known := directoryOf(d).endpoints
		branded := make([]bool, len(d.Endpoints))
		for _, brand := range d.Brands {
			for _, reference := range endpointsOf(brand) {
				if i, ok := known.find(brand.BrandEntry, reference); ok {
					branded[i] = true
				}
			}
		}
		for i, endpoint := range d.Endpoints {
			if branded[known.first(endpoint.BrandEntry, i)] {
				t.holds()
			} else {
				t.breaks("no brand refers to " + endpointCalled(endpoint))
			}
		}
	}))

// BrandsReferences verifies that what brands refer to is in the bundle.
var BrandsReferences = New(Meta{
	ID:           "brands.references",
	Title:        "Endpoints and parents that brands refer to are in the bundle",
	Level:        Shall,
	Requirements: []string{"brand-references-bundled"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       `Add the resource to the bundle, and refer to it by type and id, such as {"reference": "Endpoint/goodhealth-r4"}.`,
}, evidence.BrandsKind, overBundle("an entry for every reference", "every reference leads to an entry", "no brand refers to anything",
	func(d evidence.BrandBundle, t *tally) {
		known := directoryOf(d)
		for _, brand := range d.Brands {
			judge := func(p places, element, reference string) {
				if _, ok := p.find(brand.BrandEntry, reference); ok {
					t.holds()
				} else {
					t.breaks(fmt.Sprintf("%s of %s: no %s %q is in the bundle", element, brandCalled(brand), p.kind, cut(reference)))
				}
			}
			for _, reference := range brand.Endpoints {
				judge(known.endpoints, "endpoint", reference)
			}
			for _, reference := range portalEndpoints(brand) {
				judge(known.endpoints, "portalEndpoint", reference)
			}
			if brand.PartOf != "" {
				judge(known.brands, "partOf", brand.PartOf)
			}
		}
	}))

// BrandsPortalEndpoints verifies that clients which do not know portals see their endpoints too (uab-1).
var BrandsPortalEndpoints = New(Meta{
	ID:           "brands.portal-endpoints",
	Title:        "Endpoints of portals stand in Organization.endpoint too",
	Level:        Shall,
	Requirements: []string{"brand-portal-endpoints"},
	Versions:     sinceBrands,
	Applies:      "to brands with portals",
	Remedy:       "Repeat each portalEndpoint in Organization.endpoint, with the same reference (uab-1).",
}, evidence.BrandsKind, overBundle("each portalEndpoint in Organization.endpoint", "every endpoint of a portal is one of its brand", "no portal has an endpoint",
	func(d evidence.BrandBundle, t *tally) {
		for _, brand := range d.Brands {
			own := map[string]bool{}
			for _, reference := range brand.Endpoints {
				own[reference] = true
			}
			for _, reference := range portalEndpoints(brand) {
				if own[reference] {
					t.holds()
				} else {
					t.breaks(fmt.Sprintf("%s: %s is an endpoint of its portal only", brandCalled(brand), cut(reference)))
				}
			}
		}
	}))

// BrandsHierarchy verifies that a brand without portals leads directly to one that has some.
var BrandsHierarchy = New(Meta{
	ID:           "brands.hierarchy",
	Title:        "Hierarchies of brands are at most two levels deep",
	Level:        ShallNot,
	Requirements: []string{"brand-hierarchy-depth"},
	Versions:     sinceBrands,
	Applies:      "to brands that are part of another",
	Remedy:       "Let partOf lead to the brand that provides the portal, and to no brand in between.",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	parents := parentsOf(b.Bundle)
	t := tally{evidence: b.Exchanges(), proof: b.Exchanges()}
	var deep []string
	for i, brand := range b.Bundle.Brands {
		parent := parents[i]
		if parent < 0 {
			continue
		}
		grandparent := parents[parent]
		chain := fmt.Sprintf("%s is part of %s", brandCalled(brand), brandCalled(b.Bundle.Brands[parent]))
		if grandparent >= 0 {
			chain += ", which is part of " + brandCalled(b.Bundle.Brands[grandparent])
		}
		switch {
		case parent == i, grandparent == i:
			t.breaks(chain)
		case grandparent >= 0 && !offersAccess(brand) && !offersAccess(b.Bundle.Brands[parent]):
			t.breaks(chain + ", and neither of the first two offers access")
		default:
			t.holds()
			if grandparent >= 0 {
				deep = append(deep, chain)
			}
		}
	}
	const expected = "a brand that offers access, or one link to a brand that does"
	if len(t.broken) == 0 && len(deep) > 0 {
		return Discouraged("two levels of brands", few(deep), b.Exchanges()...)
	}
	return t.verdict(expected, "no hierarchy is deeper than two levels", "no brand is part of another")
})

// parentsOf returns the place of the brand that each brand is part of, or -1.
func parentsOf(d evidence.BrandBundle) []int {
	find := directoryOf(d).brands.find
	parents := make([]int, len(d.Brands))
	for i, brand := range d.Brands {
		parents[i] = -1
		if parent, ok := find(brand.BrandEntry, brand.PartOf); ok && brand.PartOf != "" {
			parents[i] = parent
		}
	}
	return parents
}

// offersAccess reports whether users can be led from the brand itself to a portal or an endpoint.
func offersAccess(b evidence.Brand) bool {
	return len(b.Endpoints) > 0 || slices.ContainsFunc(b.Portals, func(p evidence.BrandExtension) bool { return len(p) > 0 })
}
