package evidence_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func TestReadBrandBundleOfOddTexts(t *testing.T) {
	for text, problem := range map[string]string{
		``:                         "the text is empty",
		`<!DOCTYPE html><html>`:    "markup instead of JSON",
		`[]`:                       "no JSON object",
		`{"resourceType":"Bundle"`: "ends in the middle",
		`{"entry":[{"resource":`:   "ends in the middle",
		`{"entry":[]} {}`:          "more text after the JSON document",
		`{"entry":[` + strings.Repeat(`[`, 80) + strings.Repeat(`]`, 80) + `]}`: "levels deep",
		`{"entry":[]}`: "",
		`{"entry":[7,null,"x",{},{"resource":7},{"resource":{"resourceType":"Organization","extension":7,"telecom":[7]}}]}`: "",
		`{"entry":{},"meta":7,"timestamp":{}}`: "",
	} {
		b := evidence.ReadBrandBundle([]byte(text))
		if problem == "" {
			NewWithT(t).Expect(b.Problem).To(BeEmpty(), text)
		} else {
			NewWithT(t).Expect(b.Problem).To(ContainSubstring(problem), text)
		}
	}
}

func TestReadBrandBundleFindsAbsentData(t *testing.T) {
	const reason = `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"asked-unknown"}]}`
	text := fmt.Sprintf(`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Organization","id":"a",
		"_name":%[1]s,
		"telecom":[{"system":"url","value":"https://a.example","_value":%[1]s}],
		"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/organization-portal","extension":[{"url":"portalUrl","_valueUrl":%[1]s}]}]
	}}]}`, reason)
	NewWithT(t).Expect(evidence.ReadBrandBundle([]byte(text)).Brands[0].Absent).To(Equal([]evidence.AbsentData{
		{Element: "name", Reason: "asked-unknown"},
		{Element: "organization-portal.portalUrl.valueUrl", Reason: "asked-unknown"},
		{Element: "telecom.value", Reason: "asked-unknown", Filled: true},
	}))
}

// TestBrandsAreCompact shows that what is embedded is not kept.
func TestBrandsAreCompact(t *testing.T) {
	g := NewWithT(t)
	png := "iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAYAAAB/HSuD" // 1024x1024
	text := fmt.Sprintf(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Organization","extension":[
		{"url":"http://hl7.org/fhir/StructureDefinition/organization-brand","extension":[{"url":"brandLogo","valueUrl":"data:image/png;base64,%s"}]}]}}]}`,
		png+strings.Repeat("A", 1<<20))
	b := evidence.ReadBrandBundle([]byte(text))
	raw, err := json.Marshal(b)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(raw)).To(BeNumerically("<", 1000))
	g.Expect(b.Brands[0].Details[0][0].Image).To(Equal(&evidence.BrandImage{Format: "png", Width: 1024, Height: 1024}))
}

func TestReadBrandImage(t *testing.T) {
	for raw, want := range map[string]evidence.BrandImage{
		"":                  {},
		"<html></html>":     {},
		"\x89PNG\r\n\x1a\n": {},
		"<?xml version=\"1.0\"?><!-- logo --><svg viewBox=\"0 0 1 1\"/>": {Format: "svg"},
		"GIF89a":                   {Format: "gif"},
		"\xff\xd8\xff\xe0":         {Format: "jpeg"},
		"RIFF\x00\x00\x00\x00WEBP": {Format: "webp"},
	} {
		NewWithT(t).Expect(evidence.ReadBrandImage([]byte(raw))).To(Equal(want), "%q", raw)
	}
}
