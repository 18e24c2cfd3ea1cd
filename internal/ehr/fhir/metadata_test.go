package fhir_test

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

func newBase(version string) *ehr {
	return &ehr{handler: fhir.New(fhir.Options{
		Base: base, Version: version,
		OAuth:  fhir.Endpoints{Authorize: "https://ehr.example/authorize", Token: "https://ehr.example/token", Revoke: "https://ehr.example/revoke"},
		Access: func(*http.Request, string) (fhir.Access, error) { return amyLaunch("patient/*.cruds"), nil },
	})}
}

func TestMetadata(t *testing.T) {
	const old, current = "http://hl7.org/fhir/restful-security-service", "http://terminology.hl7.org/CodeSystem/restful-security-service"
	for version, want := range map[string]struct{ kind, fhirVersion, system, mediaType string }{
		"":      {"CapabilityStatement", "4.0.1", current, "application/fhir+json; charset=utf-8"},
		"R4":    {"CapabilityStatement", "4.0.1", current, "application/fhir+json; charset=utf-8"},
		"DSTU2": {"Conformance", "1.0.2", old, "application/json+fhir; charset=utf-8"},
		"STU3":  {"CapabilityStatement", "3.0.2", old, "application/fhir+json; charset=utf-8"},
		"R4B":   {"CapabilityStatement", "4.3.0", current, "application/fhir+json; charset=utf-8"},
		"R5":    {"CapabilityStatement", "5.0.0", current, "application/fhir+json; charset=utf-8"},
	} {
		t.Run(version, func(t *testing.T) {
			g := NewWithT(t)
			a := newBase(version).get("metadata", "Authorization:")
			g.Expect(a.Code).To(Equal(http.StatusOK))
			g.Expect(a.Header().Get("Content-Type")).To(Equal(want.mediaType))
			g.Expect(a.body).To(HaveKeyWithValue("resourceType", want.kind))
			g.Expect(a.body).To(HaveKeyWithValue("fhirVersion", want.fhirVersion))
			security := a.body["rest"].([]any)[0].(map[string]any)["security"]
			g.Expect(security).To(HaveKeyWithValue("service", []any{map[string]any{
				"coding": []any{map[string]any{"system": want.system, "code": "SMART-on-FHIR", "display": "SMART-on-FHIR"}}, "text": "SMART-on-FHIR",
			}}))
			g.Expect(security).To(HaveKeyWithValue("extension", []any{map[string]any{
				"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
				"extension": []any{
					map[string]any{"url": "authorize", "valueUri": "https://ehr.example/authorize"},
					map[string]any{"url": "token", "valueUri": "https://ehr.example/token"},
					map[string]any{"url": "revoke", "valueUri": "https://ehr.example/revoke"},
				},
			}}))
		})
	}
}

func TestMetadataMethods(t *testing.T) {
	g := NewWithT(t)
	e := newBase("R4")
	a := e.send(http.MethodPost, "metadata", "{}")
	g.Expect(a.Code).To(Equal(http.StatusMethodNotAllowed))
	g.Expect(a.Header().Get("Allow")).To(ContainSubstring("GET"))
	g.Expect(e.send(http.MethodHead, "metadata", "").Code).To(Equal(http.StatusOK))
}

// What metadata says of a type, the server does.
func TestMetadataIsTrue(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, everySystemScope())
	for _, item := range e.get("metadata").body["rest"].([]any)[0].(map[string]any)["resource"].([]any) {
		r := item.(map[string]any)
		kind := r["type"].(string)
		for _, p := range r["searchParam"].([]any) {
			name := p.(map[string]any)["name"].(string)
			g.Expect(e.get(kind+"?"+name+"=x", "Prefer: handling=strict").Code).To(Equal(http.StatusOK), "%s?%s", kind, name)
		}
		for member, parameter := range map[string]string{"searchInclude": "_include", "searchRevInclude": "_revinclude"} {
			values, _ := r[member].([]any)
			for _, value := range values {
				g.Expect(e.get(kind+"?"+parameter+"="+value.(string)).Code).To(Equal(http.StatusOK), "%s %s", kind, value)
			}
		}
	}
}

func TestOtherVersionsReadPatients(t *testing.T) {
	for _, version := range []string{"DSTU2", "STU3", "R4B", "R5"} {
		t.Run(version, func(t *testing.T) {
			g := NewWithT(t)
			e := newBase(version)
			a := e.get("Patient/amy-shaw")
			g.Expect(a.Code).To(Equal(http.StatusOK))
			name := a.body["name"].([]any)[0]
			if version == "DSTU2" {
				g.Expect(name).To(HaveKeyWithValue("family", []any{"Shaw"}))
				g.Expect(a.body).To(And(HaveKey("careProvider"), Not(HaveKey("generalPractitioner"))))
			} else {
				g.Expect(name).To(HaveKeyWithValue("family", "Shaw"))
				g.Expect(a.body).To(HaveKey("generalPractitioner"))
			}
			g.Expect(e.get("Patient/amy-shaw", "Authorization:").Code).To(Equal(http.StatusUnauthorized))
			g.Expect(e.get("Patient/ben-ode").Code).To(Equal(http.StatusForbidden))
			g.Expect(e.get("Observation/amy-shaw-glucose").Code).To(Equal(http.StatusNotFound))
			g.Expect(e.get("Patient").Code).To(Equal(http.StatusNotFound))
			g.Expect(e.send(http.MethodDelete, "Patient/amy-shaw", "").Code).To(Equal(http.StatusNotFound))
			g.Expect(e.send(http.MethodPost, "", bundle("batch")).Code).To(Equal(http.StatusBadRequest))
		})
	}
}

func TestJSONOnly(t *testing.T) {
	for name, row := range map[string]struct {
		target, accept string
		status         int
	}{
		"no Accept":             {"metadata", "", 200},
		"anything":              {"metadata", "*/*", 200},
		"FHIR JSON":             {"metadata", "application/fhir+json; fhirVersion=4.0", 200},
		"plain JSON":            {"metadata", "application/json", 200},
		"a browser":             {"metadata", "text/html,application/xhtml+xml,*/*;q=0.8", 200},
		"XML":                   {"metadata", "application/fhir+xml", 406},
		"JSON refused":          {"metadata", "application/json;q=0", 406},
		"_format JSON":          {"metadata?_format=application/fhir%2Bjson", "application/xml", 200},
		"_format, plus decoded": {"metadata?_format=application/fhir+json", "", 200},
		"_format XML":           {"metadata?_format=xml", "", 406},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(newBase("R4").get(row.target, "Accept: "+row.accept).Code).To(Equal(row.status))
		})
	}
}
