package ehr

import (
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// misstatementsOfBrands are the defects of what the SMART configuration says of brands.
var misstatementsOfBrands = map[string]misstatement{
	faults.BrandsUnlinked.ID:           leavingOut("user_access_brand_bundle", "user_access_brand_identifier"),
	faults.BrandsLinkRelative.ID:       stating("user_access_brand_bundle", brandsPath),
	faults.BrandsIdentifierUnlisted.ID: leavingOut("user_access_brand_identifier"),
	faults.BrandsIdentifierBare.ID:     stating("user_access_brand_identifier", fhirElement{"value": primaryBrand["value"]}),
	faults.BrandsPrimaryUnknown.ID:     stating("user_access_brand_identifier", fhirElement{"system": "urn:ietf:rfc:3986", "value": "https://www.northhealth.example.org"}),
}

// misbranding changes what a bundle says.
type misbranding func(t *tenant, b *brandBook)

// of makes a defect that changes members of the resource with that id; nil leaves a member out.
func of(id string, members fhirElement) misbranding {
	return func(_ *tenant, b *brandBook) { overwrite(b.find(id), members) }
}

// about makes a defect that changes members of the bundle itself; nil leaves a member out.
func about(members fhirElement) misbranding {
	return func(_ *tenant, b *brandBook) { overwrite(b.envelope, members) }
}

func overwrite(e, members fhirElement) {
	for name, value := range members {
		if e[name] = value; value == nil {
			delete(e, name)
		}
	}
}

// inExtension makes a defect of an extension of the primary brand: the first one is that of the brand, the
// second that of the portal.
func inExtension(n int, change func(t *tenant, details []fhirElement) []fhirElement) misbranding {
	return func(t *tenant, b *brandBook) {
		extension := b.find("north-health")["extension"].([]fhirElement)[n]
		extension["extension"] = change(t, extension["extension"].([]fhirElement))
	}
}

// withLogo replaces the first detail of the brand, which is its logo.
func withLogo(address func(t *tenant) string) misbranding {
	return inExtension(0, func(t *tenant, details []fhirElement) []fhirElement {
		details[0] = detail("brandLogo", "valueUrl", address(t))
		return details
	})
}

// misbrandings are the defects of the content of the bundle.
var misbrandings = map[string]misbranding{
	faults.BrandsPrimaryTwice.ID: func(_ *tenant, b *brandBook) {
		lakeside := b.find("lakeside-clinic")
		lakeside["identifier"] = append(lakeside["identifier"].([]fhirElement), primaryBrand)
	},
	faults.BrandsAllCustomers.ID: func(t *tenant, b *brandBook) {
		stranger := t.brand("south-health", "South Health", "https://southhealth.example.org", "prov")
		stranger["endpoint"] = []fhirElement{reference("Endpoint/south-r4")}
		endpoint := t.brandEndpoint(fhirBases[0])
		overwrite(endpoint, fhirElement{"id": "south-r4", "address": "https://ehr.southhealth.example.org/fhir"})
		b.add(stranger)
		b.add(endpoint)
	},
	faults.BrandsOwnEndpointOld.ID: of("north-r4", fhirElement{"address": "https://old.ehr.example/fhir"}),
	faults.BrandsEndpointGone.ID: func(t *tenant, b *brandBook) {
		b.find("north-dstu2")["address"] = t.root + "/fhir-dstu1"
	},

	faults.BrandsSearchset.ID:        about(fhirElement{"type": "searchset"}),
	faults.BrandsMetaBare.ID:         about(fhirElement{"meta": fhirElement{"versionId": "7"}}),
	faults.BrandsTimestampMissing.ID: about(fhirElement{"timestamp": nil}),
	faults.BrandsTimestampDate.ID:    about(fhirElement{"timestamp": "2025-09-01"}),
	faults.BrandsTimestampFuture.ID:  about(fhirElement{"timestamp": "2125-09-01T08:00:00Z"}),
	faults.BrandsTimestampStale.ID:   about(fhirElement{"timestamp": "2024-01-15T08:00:00Z"}),
	faults.BrandsEntryUpdatedSome.ID: func(_ *tenant, b *brandBook) {
		for _, id := range endpointIDs() {
			delete(b.find(id), "meta")
		}
	},
	faults.BrandsEntryTwice.ID: func(_ *tenant, b *brandBook) { b.add(b.find("north-r4")) },

	faults.BrandsEndpointOrphaned.ID: func(t *tenant, b *brandBook) {
		endpoint := t.brandEndpoint(fhirBases[0])
		endpoint["id"] = "north-test"
		b.add(endpoint)
	},
	faults.BrandsEndpointDangling.ID: func(_ *tenant, b *brandBook) { b.remove("north-stu3") },
	faults.BrandsParentDangling.ID:   of("lakeside-clinic", fhirElement{"partOf": reference("Organization/lakes-region")}),
	faults.BrandsPortalEndpointsOnly.ID: of("north-health", fhirElement{
		"endpoint": []fhirElement{reference("Endpoint/north-r4")},
	}),
	faults.BrandsThreeLevels.ID:  of("hill-street-practice", fhirElement{"partOf": reference("Organization/lakeside-clinic")}),
	faults.BrandsParentCircle.ID: of("north-health", fhirElement{"partOf": reference("Organization/lakeside-clinic")}),

	faults.BrandsNameMissing.ID:    of("lakeside-clinic", fhirElement{"name": nil, "alias": []string{"Lakeside Clinic"}}),
	faults.BrandsWebsiteMissing.ID: of("hill-street-practice", fhirElement{"telecom": nil}),
	faults.BrandsTelecomTwice.ID: of("lakeside-clinic", fhirElement{"telecom": []fhirElement{
		{"system": "url", "value": "https://lakeside.example.org"}, {"system": "phone", "value": "+1 555 0100"},
	}}),
	faults.BrandsWebsitePath.ID: of("lakeside-clinic", fhirElement{"identifier": []fhirElement{
		{"system": "urn:ietf:rfc:3986", "value": "https://www.lakeside.example.org/home"},
	}}),
	faults.BrandsCategoryMisspelt.ID: of("north-laboratory", fhirElement{"type": []fhirElement{
		{"coding": []fhirElement{{"system": organizationTag, "code": "lab"}}},
	}}),
	faults.BrandsDetailsOutdated.ID: inExtension(0, func(t *tenant, details []fhirElement) []fhirElement {
		return append(details, detail("brandLogoUseAgreement", "valueUrl", t.root+"/assets/license"))
	}),
	faults.BrandsPortalURLString.ID: inExtension(1, func(t *tenant, details []fhirElement) []fhirElement {
		details[2] = detail("portalUrl", "valueString", t.root+"/portal")
		return details
	}),
	faults.BrandsPortalNameTwice.ID: inExtension(1, func(_ *tenant, details []fhirElement) []fhirElement {
		return append(details, detail("portalName", "valueString", "My North Health"))
	}),
	faults.BrandsLogoRelative.ID: withLogo(func(*tenant) string { return "/assets/brand.svg" }),
	faults.BrandsLogoSmall.ID:    withLogo(func(t *tenant) string { return t.root + "/assets/banner.png" }),
	faults.BrandsLogoMissing.ID:  withLogo(func(t *tenant) string { return t.root + "/assets/logo-of-last-year.svg" }),

	faults.BrandsAddressBare.ID: of("north-r5", fhirElement{"address": "ehr.northhealth.example.org/fhir-r5"}),
	faults.BrandsVersionName.ID: of("north-r4", fhirElement{
		"extension": []fhirElement{detail(structure+"endpoint-fhir-version", "valueCode", "R4")},
	}),
	faults.BrandsVersionMissing.ID: of("north-r4b", fhirElement{"extension": nil}),
	faults.BrandsConnectionOutdated.ID: of("north-stu3", fhirElement{
		"connectionType": fhirElement{"system": "http://hl7.org/fhir/endpoint-connection-type", "code": "hl7-fhir-rest"},
	}),
	faults.BrandsContactEmail.ID: of("north-r4", fhirElement{
		"contact": []fhirElement{{"system": "email", "value": "developers@northhealth.example.org"}},
	}),
	faults.BrandsAbsentUnsupported.ID: of("hill-street-practice", fhirElement{
		"telecom": []fhirElement{{"system": "url", "_value": absent("unsupported")}},
	}),
	faults.BrandsAbsentFilled.ID: of("hill-street-practice", fhirElement{
		"telecom": []fhirElement{{"system": "url", "value": "https://hillstreet.example.org", "_value": absent("asked-unknown")}},
	}),
}

// misbrand applies the defect of the tenant when it is one of the content of its bundle.
func (t *tenant) misbrand(b brandBook) brandBook {
	if change, ok := misbrandings[t.fault.ID]; ok {
		change(t, &b)
	}
	return b
}
