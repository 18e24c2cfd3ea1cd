package fhir_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// weight is a body weight of a patient, with more members in JSON.
func weight(patient, category string, more ...string) string {
	members := append([]string{
		`"resourceType": "Observation"`, `"status": "final"`,
		`"code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}`,
		fmt.Sprintf(`"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": %q}]}]`, category),
		fmt.Sprintf(`"subject": {"reference": %q}`, patient),
		`"valueQuantity": {"value": 71.50, "unit": "kg"}`,
	}, more...)
	return "{" + strings.Join(members, ", ") + "}"
}

func TestCreate(t *testing.T) {
	amys := weight("Patient/amy-shaw", "vital-signs")
	for name, row := range map[string]struct {
		access fhir.Access
		target string
		body   string
		status int
	}{
		"v2":                             {amyLaunch("patient/Observation.c"), "Observation", amys, 201},
		"v1":                             {amyLaunch("patient/Observation.write"), "Observation", amys, 201},
		"absolute reference":             {amyLaunch("patient/Observation.c"), "Observation", weight(base+"/Patient/amy-shaw", "vital-signs"), 201},
		"clinician for any patient":      {amyLaunch("user/Observation.c"), "Observation", weight("Patient/ben-ode", "vital-signs"), 201},
		"granular, matching":             {amyLaunch("patient/Observation.c?category=vital-signs"), "Observation", amys, 201},
		"granular, other category":       {amyLaunch("patient/Observation.c?category=laboratory"), "Observation", amys, 403},
		"read scope":                     {amyLaunch("patient/Observation.rs"), "Observation", amys, 403},
		"update scope":                   {amyLaunch("patient/Observation.u"), "Observation", amys, 403},
		"other type":                     {amyLaunch("patient/Condition.c"), "Observation", amys, 403},
		"other patient":                  {amyLaunch("patient/Observation.c"), "Observation", weight("Patient/ben-ode", "vital-signs"), 403},
		"another patient record":         {amyLaunch("patient/Patient.cruds"), "Patient", `{"resourceType": "Patient"}`, 403},
		"practitioner by a patient":      {amyLaunch("patient/*.cruds"), "Practitioner", `{"resourceType": "Practitioner"}`, 403},
		"practitioner by a system":       {fhir.Access{Scopes: "system/*.c"}, "Practitioner", `{"resourceType": "Practitioner"}`, 201},
		"unknown type":                   {fhir.Access{Scopes: "system/*.c"}, "Procedure", `{"resourceType": "Procedure"}`, 404},
		"body of another type":           {amyLaunch("patient/*.c"), "Condition", amys, 400},
		"reference to nothing":           {amyLaunch("patient/*.c"), "Observation", weight("Patient/amy-shaw", "vital-signs", `"encounter": {"reference": "Encounter/none"}`), 422},
		"subject that is no patient":     {amyLaunch("patient/*.c"), "Observation", weight("Organization/harbour-clinic", "vital-signs"), 422},
		"reference into itself":          {amyLaunch("patient/*.c"), "Observation", weight("Patient/amy-shaw", "vital-signs", `"contained": [{"resourceType": "Device", "id": "d"}], "device": {"reference": "#d"}`), 201},
		"no object":                      {amyLaunch("patient/*.c"), "Observation", `[]`, 400},
		"null":                           {amyLaunch("patient/*.c"), "Observation", `null`, 400},
		"truncated":                      {amyLaunch("patient/*.c"), "Observation", `{"resourceType": "Observation"`, 400},
		"two objects":                    {amyLaunch("patient/*.c"), "Observation", amys + amys, 400},
		"larger than a resource may be":  {amyLaunch("patient/*.c"), "Observation", weight("Patient/amy-shaw", "vital-signs", `"note": [{"text": "`+strings.Repeat("a", 40<<10)+`"}]`), 413},
		"larger than a request may be":   {amyLaunch("patient/*.c"), "Observation", strings.Repeat(" ", 2<<20), 413},
		"nested deeper than JSON may be": {amyLaunch("patient/*.c"), "Observation", strings.Repeat(`{"a":`, 20000), 400},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(newEHR(noFault, row.access).send(http.MethodPost, row.target, row.body).Code).To(Equal(row.status))
		})
	}
}

func TestCreatedResource(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/Observation.cr"))
	a := e.send(http.MethodPost, "Observation", weight(base+"/Patient/amy-shaw", "vital-signs", `"id": "mine"`, `"meta": {"versionId": "9", "tag": [{"code": "t"}]}`))
	g.Expect(a.Code).To(Equal(http.StatusCreated))
	location := a.Header().Get("Location")
	g.Expect(location).To(HavePrefix(base + "/Observation/"))
	g.Expect(location).NotTo(HaveSuffix("/mine"))
	g.Expect(a.Header().Get("ETag")).To(Equal(`W/"1"`))
	g.Expect(a.Header().Get("Last-Modified")).To(Equal("Sat, 01 Feb 2025 12:00:00 GMT"))

	read := e.get(strings.TrimPrefix(location, base))
	g.Expect(read.Code).To(Equal(http.StatusOK))
	g.Expect(read.Body.String()).To(Equal(a.Body.String()))
	g.Expect(read.Body.String()).To(ContainSubstring(`71.50`), "decimals keep their precision")
	g.Expect(read.body["subject"]).To(HaveKeyWithValue("reference", "Patient/amy-shaw"))
	g.Expect(read.body["meta"]).To(Equal(map[string]any{
		"versionId": "1", "lastUpdated": "2025-02-01T12:00:00Z", "tag": []any{map[string]any{"code": "t"}},
	}))

	minimal := e.send(http.MethodPost, "Observation", weight("Patient/amy-shaw", "vital-signs"), "Prefer: return=minimal")
	g.Expect(minimal.Code).To(Equal(http.StatusCreated))
	g.Expect(minimal.Body.Len()).To(BeZero())
}

func TestUpdate(t *testing.T) {
	const glucose = "Observation/amy-shaw-glucose"
	id := `"id": "amy-shaw-glucose"`
	amys := weight("Patient/amy-shaw", "laboratory", id)
	for name, row := range map[string]struct {
		scopes, target, body, ifMatch string
		status                        int
	}{
		"v2":                              {"patient/Observation.u", glucose, amys, "", 200},
		"v1":                              {"patient/Observation.write", glucose, amys, "", 200},
		"right version":                   {"patient/Observation.u", glucose, amys, `W/"1"`, 200},
		"wrong version":                   {"patient/Observation.u", glucose, amys, `W/"2"`, 412},
		"create scope":                    {"patient/Observation.c", glucose, amys, "", 403},
		"read scope":                      {"patient/Observation.read", glucose, amys, "", 403},
		"moved to another patient":        {"patient/Observation.u", glucose, weight("Patient/ben-ode", "laboratory", id), "", 403},
		"taken from another patient":      {"patient/Observation.u", "Observation/ben-ode-glucose", weight("Patient/amy-shaw", "laboratory", `"id": "ben-ode-glucose"`), "", 404},
		"does not exist":                  {"patient/Observation.u", "Observation/none", weight("Patient/amy-shaw", "laboratory", `"id": "none"`), "", 201},
		"does not exist, other patient":   {"patient/Observation.u", "Observation/none", weight("Patient/ben-ode", "laboratory", `"id": "none"`), "", 403},
		"does not exist, no letter u":     {"patient/Observation.c", "Observation/none", weight("Patient/amy-shaw", "laboratory", `"id": "none"`), "", 403},
		"does not exist, at a version":    {"patient/Observation.u", "Observation/none", weight("Patient/amy-shaw", "laboratory", `"id": "none"`), `W/"1"`, 412},
		"no id":                           {"patient/Observation.u", "Observation/no_id", weight("Patient/amy-shaw", "laboratory", `"id": "no_id"`), "", 400},
		"other id in the body":            {"patient/Observation.u", glucose, weight("Patient/amy-shaw", "laboratory", `"id": "other"`), "", 400},
		"granular":                        {"patient/Observation.u?category=laboratory", glucose, amys, "", 200},
		"granular, into another category": {"patient/Observation.u?category=laboratory", glucose, weight("Patient/amy-shaw", "vital-signs", id), "", 403},
		"granular, from another category": {"patient/Observation.u?category=vital-signs", glucose, weight("Patient/amy-shaw", "vital-signs", id), "", 404},
		"linked practitioner":             {"patient/*.cruds", "Practitioner/mei-lin", `{"resourceType": "Practitioner", "id": "mei-lin"}`, "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			e := newEHR(noFault, amyLaunch(row.scopes))
			a := e.send(http.MethodPut, row.target, row.body, "If-Match: "+row.ifMatch)
			g.Expect(a.Code).To(Equal(row.status))
			e.access = fhir.Access{Scopes: "system/*.r"}
			held := e.get(row.target)
			if row.status == 200 {
				g.Expect(held.Header().Get("ETag")).To(Equal(`W/"2"`))
			} else if held.Code == 200 {
				g.Expect(held.Header().Get("ETag")).To(Equal(`W/"1"`), "a refused update changed the record")
			}
		})
	}
}

func TestDelete(t *testing.T) {
	for name, row := range map[string]struct {
		scopes, target string
		status         int
	}{
		"v2":              {"patient/Observation.d", "Observation/amy-shaw-glucose", 204},
		"v1":              {"patient/Observation.write", "Observation/amy-shaw-glucose", 204},
		"update scope":    {"patient/Observation.cru", "Observation/amy-shaw-glucose", 403},
		"other patient":   {"patient/Observation.d", "Observation/ben-ode-glucose", 404},
		"does not exist":  {"patient/Observation.d", "Observation/none", 404},
		"referred to":     {"patient/*.d", "Encounter/amy-shaw-checkup", 409},
		"the whole type":  {"patient/*.cruds", "Observation", 405},
		"the whole store": {"patient/*.cruds", "", 405},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			e := newEHR(noFault, amyLaunch(row.scopes))
			a := e.send(http.MethodDelete, row.target, "")
			g.Expect(a.Code).To(Equal(row.status))
			if row.status == 405 {
				g.Expect(a.Header().Get("Allow")).To(ContainSubstring("POST"))
				return
			}
			e.access = fhir.Access{Scopes: "system/*.r"}
			gone := row.status == 204 || name == "does not exist"
			g.Expect(e.get(row.target).Code == 404).To(Equal(gone))
		})
	}
}

// A base takes writes until it is full, and again once something was deleted.
func TestStoreIsBounded(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/Observation.cd"))
	body := weight("Patient/amy-shaw", "vital-signs")
	created := 0
	for ; created <= 2000; created++ {
		if code := e.send(http.MethodPost, "Observation", body).Code; code != http.StatusCreated {
			g.Expect(code).To(Equal(http.StatusInsufficientStorage))
			break
		}
	}
	g.Expect(created).To(And(BeNumerically(">", 100), BeNumerically("<", 1000)))
	g.Expect(e.send(http.MethodDelete, "Observation/amy-shaw-glucose", "").Code).To(Equal(http.StatusNoContent))
	g.Expect(e.send(http.MethodPost, "Observation", body).Code).To(Equal(http.StatusCreated))
}

func TestWritesTakeJSONOnly(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/Observation.c"))
	g.Expect(e.send(http.MethodPost, "Observation", "<Observation/>", "Content-Type: application/fhir+xml").Code).To(Equal(http.StatusUnsupportedMediaType))
	g.Expect(e.send(http.MethodPatch, "Observation/amy-shaw-glucose", "[]").Code).To(Equal(http.StatusMethodNotAllowed))
}
