package checks

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// brandOrganizations are the checks of the profile of brands
// (https://hl7.org/fhir/smart-app-launch/STU2.2/StructureDefinition-user-access-brand.html).
var brandOrganizations = []Check{
	BrandsName, BrandsWebsite, BrandsWebsiteIdentifier, BrandsCategories, BrandsDetails, BrandsPortals,
	BrandsLogos, BrandsLogoFormat, BrandsLogoServed,
}

// overBrands makes the judgement of a rule for each brand. shortfall says what is wrong with one, or "".
func overBrands(expected, message string, shortfall func(evidence.Brand) string) func(evidence.Brands) Verdict {
	return overBundle(expected, message, "the bundle holds no brands", func(d evidence.BrandBundle, t *tally) {
		for _, brand := range d.Brands {
			if what := shortfall(brand); what != "" {
				t.breaks(brandCalled(brand) + " " + what)
			} else {
				t.holds()
			}
		}
	})
}

// excused reports whether an element, or something in it, is said to be absent.
func excused(e evidence.BrandEntry, element string) bool {
	return slices.ContainsFunc(e.Absent, func(a evidence.AbsentData) bool {
		return a.Element == element || strings.HasPrefix(a.Element, element+".")
	})
}

// BrandsName verifies that brands have names.
var BrandsName = New(Meta{
	ID:           "brands.name",
	Title:        "Every brand has a name",
	Level:        Shall,
	Requirements: []string{"brand-name"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       "Write the name that users know to Organization.name.",
}, evidence.BrandsKind, overBrands("Organization.name", "every brand has a name", func(b evidence.Brand) string {
	if strings.TrimSpace(b.Name) == "" && !excused(b.BrandEntry, "name") {
		return "has none"
	}
	return ""
}))

// BrandsWebsite verifies that brands name their public website.
var BrandsWebsite = New(Meta{
	ID:           "brands.website",
	Title:        "Every brand names one public website",
	Level:        Shall,
	Requirements: []string{"brand-website"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       `Write one telecom: {"system": "url", "value": "https://…"} with the website of the brand; or let its value be absent with the reason asked-unknown or asked-declined.`,
}, evidence.BrandsKind, overBrands("one telecom, with system url and a web address", "every brand names its website", func(b evidence.Brand) string {
	switch {
	case b.Telecoms > 1:
		return fmt.Sprintf("has %d telecoms", b.Telecoms)
	case excused(b.BrandEntry, "telecom"):
		return ""
	case len(b.Websites) == 0:
		return "has no telecom with system url"
	}
	if _, ok := absolute(b.Websites[0]); !ok {
		return fmt.Sprintf("has the website %q", cut(b.Websites[0]))
	}
	return ""
}))

// BrandsWebsiteIdentifier verifies that brands can be matched across publishers.
var BrandsWebsiteIdentifier = New(Meta{
	ID:           "brands.website-identifier",
	Title:        "Every brand has its website as an identifier",
	Level:        Should,
	Requirements: []string{"395", "422"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       `Add {"system": "urn:ietf:rfc:3986", "value": "https://goodhealth.example.org"}: https, the host without www., and no path, not even a slash.`,
}, evidence.BrandsKind, overBrands("an identifier urn:ietf:rfc:3986 with https:// and the bare host", "every brand has its website as an identifier", func(b evidence.Brand) string {
	near := ""
	for _, identifier := range b.Identifiers {
		if identifier.System != "urn:ietf:rfc:3986" {
			continue
		}
		if bareHost(identifier.Value) {
			return ""
		}
		near = fmt.Sprintf(", only %q", cut(identifier.Value))
	}
	return "has none" + near
}))

// bareHost reports whether an address is https, a host without www. and nothing else.
func bareHost(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && !strings.HasPrefix(strings.ToLower(u.Host), "www.") && "https://"+u.Host == address
}

// categorySystem is the code system of the user access category value set.
const categorySystem = "http://terminology.hl7.org/CodeSystem/organization-type"

// categories are the codes of the value set, and otherTypes those that its system has besides
// (https://hl7.org/fhir/smart-app-launch/STU2.2/ValueSet-user-access-category.html).
var (
	categories = []string{"prov", "ins", "laboratory", "imaging", "pharmacy", "health-information-network", "health-data-aggregator"}
	otherTypes = []string{"dept", "team", "govt", "edu", "reli", "crs", "cg", "bus", "other", "pay"}
)

// BrandsCategories tells by which categories brands can be found.
var BrandsCategories = New(Meta{
	ID:           "brands.categories",
	Title:        "Categories of brands are codes that exist",
	Level:        May,
	Requirements: []string{"brand-category"},
	Versions:     sinceBrands,
	Applies:      applyToBundles,
	Remedy:       "Write codes of the user access category value set to Organization.type, such as prov or laboratory of " + categorySystem + ".",
}, evidence.BrandsKind, func(b evidence.Brands) Verdict {
	if why := unreadable(b); why != "" {
		return Skip(why)
	}
	categorised := 0
	var unknown []string
	for _, brand := range b.Bundle.Brands {
		found := false
		for _, c := range brand.Categories {
			known := slices.Contains(categories, c.Code)
			if c.System == categorySystem && !known && !slices.Contains(otherTypes, c.Code) {
				unknown = append(unknown, fmt.Sprintf("%s: %q", brandCalled(brand), cut(c.Code)))
			}
			found = found || c.System == categorySystem && known
		}
		if found {
			categorised++
		}
	}
	if len(unknown) > 0 {
		return Discouraged("codes of "+categorySystem, few(unknown), b.Exchanges()...)
	}
	return Note(fmt.Sprintf("%d of %d brands have a category of the value set", categorised, len(b.Bundle.Brands)), b.Exchanges()...)
})

// detail is the definition of an element of a complex extension.
type detail struct {
	member string // that holds its value
	once   bool
}

// The definitions of the two extensions
// (https://hl7.org/fhir/extensions/5.1.0/StructureDefinition-organization-brand.html and -organization-portal.html).
var (
	brandDetails = map[string]detail{
		"brandLogo": {"valueUrl", false}, "brandLogoLicenseType": {"valueCoding", true},
		"brandLogoLicense": {"valueUrl", true}, "brandBundle": {"valueUrl", true},
	}
	portalDetails = map[string]detail{
		"portalName": {"valueString", true}, "portalDescription": {"valueMarkdown", true}, "portalUrl": {"valueUrl", true},
		"portalLogo": {"valueUrl", false}, "portalLogoLicenseType": {"valueCoding", true}, "portalLogoLicense": {"valueUrl", true},
		"portalEndpoint": {"valueReference", false},
	}
)

// BrandsDetails verifies the elements of the organization-brand extension.
var BrandsDetails = New(Meta{
	ID:           "brands.details",
	Title:        "Details of brands follow the organization-brand extension",
	Level:        Shall,
	Requirements: []string{"brand-details"},
	Versions:     sinceBrands,
	Applies:      "to brands with the organization-brand extension",
	Remedy:       "Use the elements brandLogo, brandLogoLicenseType, brandLogoLicense and brandBundle, each with the type of the definition.",
}, evidence.BrandsKind, overExtensions("no brand has the extension", brandDetails,
	func(b evidence.Brand) []evidence.BrandExtension { return b.Details }))

// BrandsPortals verifies the elements of the organization-portal extension.
var BrandsPortals = New(Meta{
	ID:           "brands.portals",
	Title:        "Portals follow the organization-portal extension",
	Level:        Shall,
	Requirements: []string{"brand-portal-details"},
	Versions:     sinceBrands,
	Applies:      "to brands with portals",
	Remedy:       "Use the elements portalName, portalDescription, portalUrl, portalLogo, portalLogoLicenseType, portalLogoLicense and portalEndpoint, each with the type of the definition.",
}, evidence.BrandsKind, overExtensions("no brand has a portal", portalDetails,
	func(b evidence.Brand) []evidence.BrandExtension { return b.Portals }))

// overExtensions makes the judgement of complex extensions by their definition.
func overExtensions(nothing string, definition map[string]detail, of func(evidence.Brand) []evidence.BrandExtension) func(evidence.Brands) Verdict {
	return overBundle("the elements of the definition, with their types", "every extension follows its definition", nothing,
		func(d evidence.BrandBundle, t *tally) {
			for _, brand := range d.Brands {
				for _, extension := range of(brand) {
					flaw := misfit(extension, definition)
					if flaw != "" {
						t.breaks(brandCalled(brand) + ": " + flaw)
					} else {
						t.holds()
					}
				}
			}
		})
}

// misfit says why an extension does not fit its definition, or "".
func misfit(extension evidence.BrandExtension, definition map[string]detail) string {
	if len(extension) == 0 {
		return "the extension has no elements"
	}
	seen := map[string]bool{}
	for _, element := range extension {
		defined, ok := definition[element.URL]
		switch {
		case !ok:
			return fmt.Sprintf("%q is no element of the extension", cut(element.URL))
		case element.Member != defined.member:
			return fmt.Sprintf("%s has %q instead of %s", element.URL, cut(element.Member), defined.member)
		case defined.once && seen[element.URL]:
			return element.URL + " stands twice"
		case linkElements[element.URL] && element.Text != "":
			if _, ok := absolute(element.Text); !ok {
				return fmt.Sprintf("%s is %q, which is no web address", element.URL, cut(element.Text))
			}
		}
		seen[element.URL] = true
	}
	return ""
}

// linkElements hold web addresses. Logos, which may be data URLs, have a check of their own.
var linkElements = map[string]bool{"brandLogoLicense": true, "brandBundle": true, "portalUrl": true, "portalLogoLicense": true}
