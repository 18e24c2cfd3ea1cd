package ehr

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// at follows members and places of arrays, and says in a few words what is there. The address of the
// tenant is written as ~.
func (l *lab) at(value any, path ...any) string {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			members, _ := value.(map[string]any)
			value = members[step]
		case int:
			items, _ := value.([]any)
			if value = nil; step < len(items) {
				value = items[step]
			}
		}
	}
	return strings.ReplaceAll(fmt.Sprint(value), l.s.root(l.fault), "~")
}

func (l *lab) brands(header ...string) answered {
	return l.send(http.MethodGet, l.s.root(l.fault)+brandsPath, nil, header...)
}

// entry returns a resource of the bundle.
func (l *lab) entry(id string) any {
	entries, _ := l.brands().body["entry"].([]any)
	for _, e := range entries {
		resource := e.(map[string]any)["resource"].(map[string]any)
		if resource["id"] == id {
			return resource
		}
	}
	return nil
}

// configured returns a demonstration step that shows a member of the SMART configuration.
func configured(path ...any) func(*lab) string {
	return func(l *lab) string {
		return l.at(l.send(http.MethodGet, l.s.Base(l.fault)+smartPath, nil).body, path...)
	}
}

// published returns a demonstration step that shows something of a resource of the bundle.
func printed(id string, path ...any) func(*lab) string {
	return func(l *lab) string { return l.at(l.entry(id), path...) }
}

// bundled returns a demonstration step that shows something of the bundle itself.
func bundled(path ...any) func(*lab) string {
	return func(l *lab) string { return l.at(l.brands().body, path...) }
}

func brandStatus(l *lab) string { return fmt.Sprint(l.brands().status) }

func brandHeader(name string) func(*lab) string {
	return func(l *lab) string { return l.brands().header.Get(name) }
}

// entryCount counts the entries of the bundle.
func entryCount(l *lab) string {
	entries, _ := l.brands().body["entry"].([]any)
	return fmt.Sprint(len(entries))
}

var brandDemonstrations = []demonstration{
	{faults.BrandsUnlinked, configured("user_access_brand_bundle"), "~/brands", "<nil>"},
	{faults.BrandsLinkRelative, configured("user_access_brand_bundle"), "~/brands", "/brands"},
	{faults.BrandsIdentifierUnlisted, configured("user_access_brand_identifier", "value"), "https://northhealth.example.org", "<nil>"},
	{faults.BrandsIdentifierBare, configured("user_access_brand_identifier", "system"), "urn:ietf:rfc:3986", "<nil>"},
	{faults.BrandsPrimaryUnknown, configured("user_access_brand_identifier", "value"), "https://northhealth.example.org", "https://www.northhealth.example.org"},
	{faults.BrandsPrimaryTwice, printed("lakeside-clinic", "identifier", 1, "value"), "<nil>", "https://northhealth.example.org"},
	{faults.BrandsAllCustomers, printed("south-health", "name"), "<nil>", "South Health"},
	{faults.BrandsOwnEndpointOld, printed("north-r4", "address"), "~/fhir", "https://old.ehr.example/fhir"},
	{faults.BrandsEndpointGone, printed("north-dstu2", "address"), "~/fhir-dstu2", "~/fhir-dstu1"},
	{faults.BrandsNeedToken, brandStatus, "200", "401"},
	{faults.BrandsMissing, brandStatus, "200", "404"},
	{faults.BrandsSignInPage, brandHeader("Content-Type"), "application/fhir+json", "text/html; charset=utf-8"},
	{faults.BrandsSearchset, bundled("type"), "collection", "searchset"},
	{faults.BrandsMetaBare, bundled("meta", "lastUpdated"), brandBundleChanged, "<nil>"},
	{faults.BrandsTimestampMissing, bundled("timestamp"), brandBundleChanged, "<nil>"},
	{faults.BrandsTimestampDate, bundled("timestamp"), brandBundleChanged, "2025-09-01"},
	{faults.BrandsTimestampFuture, bundled("timestamp"), brandBundleChanged, "2125-09-01T08:00:00Z"},
	{faults.BrandsTimestampStale, bundled("timestamp"), brandBundleChanged, "2024-01-15T08:00:00Z"},
	{faults.BrandsEntryUpdatedSome, printed("north-r4", "meta", "lastUpdated"), brandsChanged, "<nil>"},
	{faults.BrandsEntryTwice, entryCount, "9", "10"},
	{faults.BrandsEndpointOrphaned, printed("north-test", "id"), "<nil>", "north-test"},
	{faults.BrandsEndpointDangling, printed("north-stu3", "id"), "north-stu3", "<nil>"},
	{faults.BrandsParentDangling, printed("lakeside-clinic", "partOf", "reference"), "Organization/north-health", "Organization/lakes-region"},
	{faults.BrandsPortalEndpointsOnly, printed("north-health", "endpoint", 1, "reference"), "Endpoint/north-dstu2", "<nil>"},
	{faults.BrandsThreeLevels, printed("hill-street-practice", "partOf", "reference"), "Organization/north-health", "Organization/lakeside-clinic"},
	{faults.BrandsParentCircle, printed("north-health", "partOf", "reference"), "<nil>", "Organization/lakeside-clinic"},
	{faults.BrandsNameMissing, printed("lakeside-clinic", "name"), "Lakeside Clinic", "<nil>"},
	{faults.BrandsWebsiteMissing, printed("hill-street-practice", "telecom", 0, "system"), "url", "<nil>"},
	{faults.BrandsTelecomTwice, printed("lakeside-clinic", "telecom", 1, "system"), "<nil>", "phone"},
	{faults.BrandsWebsitePath, printed("lakeside-clinic", "identifier", 0, "value"), "https://lakeside.example.org", "https://www.lakeside.example.org/home"},
	{faults.BrandsCategoryMisspelt, printed("north-laboratory", "type", 0, "coding", 0, "code"), "laboratory", "lab"},
	{faults.BrandsDetailsOutdated, printed("north-health", "extension", 0, "extension", 3, "url"), "<nil>", "brandLogoUseAgreement"},
	{faults.BrandsPortalURLString, printed("north-health", "extension", 1, "extension", 2, "valueUrl"), "~/portal", "<nil>"},
	{faults.BrandsPortalNameTwice, printed("north-health", "extension", 1, "extension", 9, "url"), "<nil>", "portalName"},
	{faults.BrandsLogoRelative, printed("north-health", "extension", 0, "extension", 0, "valueUrl"), "~/assets/brand.svg", "/assets/brand.svg"},
	{faults.BrandsLogoSmall, printed("north-health", "extension", 0, "extension", 0, "valueUrl"), "~/assets/brand.svg", "~/assets/banner.png"},
	{faults.BrandsLogoMissing, func(l *lab) string {
		address := l.at(l.entry("north-health"), "extension", 0, "extension", 0, "valueUrl")
		return fmt.Sprint(l.send(http.MethodGet, strings.Replace(address, "~", l.s.root(l.fault), 1), nil).status)
	}, "200", "404"},
	{faults.BrandsAddressBare, printed("north-r5", "address"), "~/fhir-r5", "ehr.northhealth.example.org/fhir-r5"},
	{faults.BrandsVersionName, printed("north-r4", "extension", 0, "valueCode"), "4.0.1", "R4"},
	{faults.BrandsVersionMissing, printed("north-r4b", "extension", 0, "valueCode"), "4.3.0", "<nil>"},
	{faults.BrandsConnectionOutdated, printed("north-stu3", "connectionType", "system"),
		"http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "http://hl7.org/fhir/endpoint-connection-type"},
	{faults.BrandsContactEmail, printed("north-r4", "contact", 0, "system"), "url", "email"},
	{faults.BrandsAbsentUnsupported, printed("hill-street-practice", "telecom", 0, "_value", "extension", 0, "valueCode"), "asked-declined", "unsupported"},
	{faults.BrandsAbsentFilled, printed("hill-street-practice", "telecom", 0, "value"), "<nil>", "https://hillstreet.example.org"},
	{faults.BrandsCORSClosed, brandHeader("Access-Control-Allow-Origin"), "*", ""},
	{faults.BrandsCORSEntriesClosed, func(l *lab) string {
		return l.send(http.MethodGet, l.s.root(l.fault)+brandsPath+"/Endpoint/north-r4", nil).header.Get("Access-Control-Allow-Origin")
	}, "*", ""},
	{faults.BrandsPreflightUnknown, func(l *lab) string {
		return fmt.Sprint(l.send(http.MethodOptions, l.s.root(l.fault)+brandsPath, nil).status)
	}, "204", "405"},
	{faults.BrandsETagMissing, func(l *lab) string { return fmt.Sprint(l.brands().header.Get("ETag") != "") }, "true", "false"},
	{faults.BrandsETagStrong, func(l *lab) string { return l.brands().header.Get("ETag")[:1] }, "W", `"`},
	{faults.BrandsIfNoneMatchIgnored, func(l *lab) string {
		return fmt.Sprint(l.brands("If-None-Match", l.brands().header.Get("ETag")).status)
	}, "304", "200"},
}
