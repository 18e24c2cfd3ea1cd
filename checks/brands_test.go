package checks_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// saved judges a saved bundle of these entries.
func saved(c checks.Check, brands []evidence.Brand, endpoints ...evidence.BrandEndpoint) checks.Finding {
	value := evidence.Brands{
		Read: time.Date(2025, 9, 2, 0, 0, 0, 0, time.UTC), Answer: &evidence.Document{File: "brands.json"},
		Bundle: evidence.BrandBundle{
			ResourceType: "Bundle", Type: "collection", Timestamp: "2025-09-01T00:00:00Z", Brands: brands, Endpoints: endpoints,
		},
	}
	return c.Judge(evidence.Record{Kind: c.Kind(), Value: value}, checks.Options{Version: checks.V2_2_0})
}

func brand(id string, edit ...func(*evidence.Brand)) evidence.Brand {
	b := evidence.Brand{BrandEntry: evidence.BrandEntry{ID: id, FullURL: "https://a.example/Organization/" + id, Name: id}}
	for _, e := range edit {
		e(&b)
	}
	return b
}

func partOf(id string) func(*evidence.Brand) {
	return func(b *evidence.Brand) { b.PartOf = "Organization/" + id }
}

func withEndpoint(reference string) func(*evidence.Brand) {
	return func(b *evidence.Brand) { b.Endpoints = append(b.Endpoints, reference) }
}

func endpoint(base, id string) evidence.BrandEndpoint {
	return evidence.BrandEndpoint{BrandEntry: evidence.BrandEntry{ID: id, FullURL: base + "/Endpoint/" + id}}
}

// TestBrandReferences shows how references are resolved: relative ones against the address of the brand.
func TestBrandReferences(t *testing.T) {
	for _, row := range []struct {
		reference string
		status    checks.Status
	}{
		{"Endpoint/e", checks.Passed},
		{"Endpoint/e/_history/3", checks.Passed},
		{"https://a.example/Endpoint/e", checks.Passed},
		{"https://b.example/Endpoint/e", checks.Failed},
		{"Endpoint/other", checks.Failed},
		{"", checks.Failed},
	} {
		f := saved(checks.BrandsReferences, []evidence.Brand{brand("o", withEndpoint(row.reference))}, endpoint("https://a.example", "e"))
		NewWithT(t).Expect(f.Status).To(Equal(row.status), "%q: %s", row.reference, f.Message)
	}
	// Two publishers in one bundle use the same id: each brand means the endpoint of its own.
	f := saved(checks.BrandsEndpointsBranded, []evidence.Brand{brand("o", withEndpoint("Endpoint/e"))},
		endpoint("https://a.example", "e"), endpoint("https://b.example", "e"))
	NewWithT(t).Expect(f.Observed).To(Equal("no brand refers to Endpoint/e"))
}

func TestBrandHierarchies(t *testing.T) {
	access := withEndpoint("Endpoint/e")
	for _, row := range []struct {
		name   string
		brands []evidence.Brand
		status checks.Status
	}{
		{"flat", []evidence.Brand{brand("a", access)}, checks.Skipped},
		{"two levels", []evidence.Brand{brand("a", access), brand("b", partOf("a"))}, checks.Passed},
		{"three levels, access at the top alone", []evidence.Brand{brand("a", access), brand("b", partOf("a")), brand("c", partOf("b"))}, checks.Failed},
		{"three levels, access in the middle", []evidence.Brand{brand("a"), brand("b", partOf("a"), access), brand("c", partOf("b"))}, checks.Warned},
		{"part of itself", []evidence.Brand{brand("a", access, partOf("a"))}, checks.Failed},
		{"a circle of three", []evidence.Brand{brand("a", partOf("c")), brand("b", partOf("a")), brand("c", partOf("b"))}, checks.Failed},
	} {
		f := saved(checks.BrandsHierarchy, row.brands)
		NewWithT(t).Expect(f.Status).To(Equal(row.status), "%s: %s", row.name, f.Message)
	}
}

func TestWebsiteIdentifiers(t *testing.T) {
	for value, status := range map[string]checks.Status{
		"https://childrenshospital.org":          checks.Passed,
		"https://patients.childrenshospital.org": checks.Passed,
		"https://childrenshospital.org/":         checks.Warned,
		"https://www.childrenshospital.org":      checks.Warned,
		"http://childrenshospital.org":           checks.Warned,
		"childrenshospital.org":                  checks.Warned,
		"urn:uuid:5d3a":                          checks.Warned,
	} {
		f := saved(checks.BrandsWebsiteIdentifier, []evidence.Brand{brand("a", func(b *evidence.Brand) {
			b.Identifiers = []evidence.BrandIdentifier{{System: "http://hl7.org/fhir/sid/us-npi", Value: "1"}, {System: "urn:ietf:rfc:3986", Value: value}}
		})})
		NewWithT(t).Expect(f.Status).To(Equal(status), "%s: %s", value, f.Message)
	}
}

// TestAbsentBrandData shows that what a brand did not supply is not missed where a reason is given.
func TestAbsentBrandData(t *testing.T) {
	absent := func(element string) func(*evidence.Brand) {
		return func(b *evidence.Brand) {
			b.Name = ""
			b.Telecoms, b.Absent = 1, []evidence.AbsentData{{Element: element, Reason: "asked-declined"}}
		}
	}
	for element, want := range map[string]string{
		"name": "pass fail", "telecom": "fail pass", "telecom.value": "fail pass", "telecommunication": "fail fail",
	} {
		brands := []evidence.Brand{brand("a", absent(element))}
		got := fmt.Sprint(saved(checks.BrandsName, brands).Status, " ", saved(checks.BrandsWebsite, brands).Status)
		NewWithT(t).Expect(got).To(Equal(want), element)
	}
}

// TestBrandsOfOldRecords shows that evidence can be judged without what later versions add.
func TestBrandsOfOldRecords(t *testing.T) {
	for _, c := range checks.Brands {
		f := c.Judge(evidence.Record{Kind: c.Kind(), Value: evidence.Brands{}}, checks.Options{Version: checks.V2_2_0})
		NewWithT(t).Expect(f.Status).To(Equal(checks.Skipped), "%s: %s", f.Check, f.Message)
		f = c.Judge(evidence.Record{Kind: c.Kind(), Value: evidence.Brands{}}, checks.Options{Version: checks.V2_0_0})
		NewWithT(t).Expect(f.Reason).To(ContainSubstring("does not apply"), f.Check)
	}
}
