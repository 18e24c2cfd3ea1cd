package ehr

import "slices"

// brandsPath is where the User-access Brand Bundle lives. Its entries are served alone under it, too.
const brandsPath = "/brands"

// Brands are those that belong to the EHR: their names, and the identifiers that each of them has.
var Brands = []string{
	"North Health", "Lakeside Clinic", "Hill Street Practice", "North Laboratory",
	"https://northhealth.example.org", "https://lakeside.example.org", "https://hillstreet.example.org", "https://northlab.example.org",
}

// primaryBrand identifies the brand of the EHR itself.
var primaryBrand = fhirElement{"system": "urn:ietf:rfc:3986", "value": "https://northhealth.example.org"}

// fhirElement is a FHIR element or resource.
type fhirElement = map[string]any

// brandBook is a brand bundle before it is written.
type brandBook struct {
	envelope  fhirElement // the members of the bundle besides its entries
	resources []fhirElement
}

// find returns the resource with that id.
func (b *brandBook) find(id string) fhirElement {
	return b.resources[slices.IndexFunc(b.resources, func(r fhirElement) bool { return r["id"] == id })]
}

func (b *brandBook) add(r fhirElement) { b.resources = append(b.resources, r) }

// remove takes the resource with that id out.
func (b *brandBook) remove(id string) {
	b.resources = slices.DeleteFunc(b.resources, func(r fhirElement) bool { return r["id"] == id })
}

// When the brands were changed, and the bundle with them.
const (
	brandsChanged      = "2025-08-20T09:30:00Z"
	brandBundleChanged = "2025-09-01T08:00:00Z"
)

// brandBook makes the bundle of the tenant
// (https://hl7.org/fhir/smart-app-launch/STU2.2/brands.html#fhir-profiles).
func (t *tenant) brandBook() brandBook {
	b := brandBook{envelope: fhirElement{
		"resourceType": "Bundle", "id": "brands", "type": "collection", "timestamp": brandBundleChanged,
		"meta": fhirElement{"lastUpdated": brandBundleChanged},
	}}
	north := t.brand("north-health", "North Health", "https://northhealth.example.org", "prov")
	north["alias"] = []string{"North Regional Hospitals"}
	north["address"] = []fhirElement{{"city": "Northport", "state": "MA", "postalCode": "02111"}}
	t.offer(north, "North Portal", "Records of every hospital and practice of North Health.", endpointIDs())
	north["identifier"] = append(north["identifier"].([]fhirElement), fhirElement{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"})
	lakeside := t.brand("lakeside-clinic", "Lakeside Clinic", "https://lakeside.example.org", "prov")
	hill := t.brand("hill-street-practice", "Hill Street Practice", "https://hillstreet.example.org", "prov")
	hill["telecom"] = []fhirElement{{"system": "url", "_value": absent("asked-declined")}}
	for _, affiliate := range []fhirElement{lakeside, hill} {
		affiliate["partOf"] = reference("Organization/north-health")
	}
	laboratory := t.brand("north-laboratory", "North Laboratory", "https://northlab.example.org", "laboratory")
	t.offer(laboratory, "North Lab Results", "Results of the laboratory alone.", []string{"north-r4"})
	b.resources = []fhirElement{north, lakeside, hill, laboratory}
	for _, base := range fhirBases {
		b.add(t.brandEndpoint(base))
	}
	return b
}

// The extensions of brands, portals and endpoints.
const (
	structure       = "http://hl7.org/fhir/StructureDefinition/"
	organizationTag = "http://terminology.hl7.org/CodeSystem/organization-type"
)

func (t *tenant) brand(id, name, website, category string) fhirElement {
	return fhirElement{
		"resourceType": "Organization", "id": id, "meta": fhirElement{"lastUpdated": brandsChanged},
		"active": true, "name": name,
		"identifier": []fhirElement{{"system": "urn:ietf:rfc:3986", "value": website}},
		"type":       []fhirElement{{"coding": []fhirElement{{"system": organizationTag, "code": category}}}},
		"telecom":    []fhirElement{{"system": "url", "value": website + "/welcome"}},
		"extension": []fhirElement{extension("organization-brand",
			detail("brandLogo", "valueUrl", t.root+"/assets/brand.svg"),
			detail("brandLogoLicenseType", "valueCoding", fhirElement{"system": "http://hl7.org/fhir/spdx-license", "code": "CC-BY-ND-4.0"}),
			detail("brandLogoLicense", "valueUrl", website+"/logo-license"))},
	}
}

// offer adds a portal with endpoints to a brand.
func (t *tenant) offer(brand fhirElement, name, description string, endpoints []string) {
	details := []fhirElement{
		detail("portalName", "valueString", name),
		detail("portalDescription", "valueMarkdown", description),
		detail("portalUrl", "valueUrl", t.root+"/portal"),
		detail("portalLogo", "valueUrl", t.root+"/assets/portal.png"),
	}
	var references []fhirElement
	for _, id := range endpoints {
		details = append(details, detail("portalEndpoint", "valueReference", reference("Endpoint/"+id)))
		references = append(references, reference("Endpoint/"+id))
	}
	brand["extension"] = append(brand["extension"].([]fhirElement), extension("organization-portal", details...))
	brand["endpoint"] = references
}

func extension(name string, details ...fhirElement) fhirElement {
	return fhirElement{"url": structure + name, "extension": details}
}

func detail(name, member string, value any) fhirElement {
	return fhirElement{"url": name, member: value}
}

func reference(to string) fhirElement { return fhirElement{"reference": to} }

// absent stands in the place of a primitive that a brand did not supply.
func absent(reason string) fhirElement {
	return fhirElement{"extension": []fhirElement{{"url": structure + "data-absent-reason", "valueCode": reason}}}
}

// fhirNumbers are the versions of FHIR by their names.
var fhirNumbers = map[string]string{"DSTU2": "1.0.2", "STU3": "3.0.2", "R4": "4.0.1", "R4B": "4.3.0", "R5": "5.0.0"}

// endpointIDs are the ids of the endpoints of all bases.
func endpointIDs() []string {
	var ids []string
	for _, base := range fhirBases {
		ids = append(ids, base.endpointID())
	}
	return ids
}

func (b fhirBase) endpointID() string {
	if b.path == "/fhir" {
		return "north-r4"
	}
	return "north" + b.path[len("/fhir"):]
}

func (t *tenant) brandEndpoint(b fhirBase) fhirElement {
	return fhirElement{
		"resourceType": "Endpoint", "id": b.endpointID(), "meta": fhirElement{"lastUpdated": brandsChanged},
		"extension":      []fhirElement{detail(structure+"endpoint-fhir-version", "valueCode", fhirNumbers[b.version])},
		"status":         "active",
		"connectionType": fhirElement{"system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "hl7-fhir-rest"},
		"name":           "FHIR " + b.version + " of North Health",
		"contact":        []fhirElement{{"system": "url", "value": "https://developers.northhealth.example.org"}},
		"payloadType": []fhirElement{{"coding": []fhirElement{
			{"system": "http://terminology.hl7.org/CodeSystem/endpoint-payload-type", "code": "none"}}}},
		"address": t.root + b.path,
	}
}

// linkBrands says in the SMART configuration where the bundle is and which brand is the primary one
// (https://hl7.org/fhir/smart-app-launch/STU2.2/brands.html#metadata-in-well-knownsmart-configuration).
func (t *tenant) linkBrands(d map[string]any) {
	if t.since(stu22) {
		d["user_access_brand_bundle"] = t.root + brandsPath
		d["user_access_brand_identifier"] = primaryBrand
		t.misstate(misstatementsOfBrands, d)
	}
}
