package fhir_test

import (
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// versionsIn returns the versions that a history lists.
func (a answer) versionsIn() []string {
	var found []string
	entries, _ := a.body["entry"].([]any)
	for _, e := range entries {
		meta := e.(map[string]any)["resource"].(map[string]any)["meta"].(map[string]any)
		found = append(found, meta["versionId"].(string))
	}
	return found
}

func TestHistory(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/Observation.ru?category=laboratory"))
	const glucose = "Observation/amy-shaw-glucose"
	changed := weight("Patient/amy-shaw", "laboratory", `"id": "amy-shaw-glucose"`)
	g.Expect(e.send(http.MethodPut, glucose, changed).Code).To(Equal(http.StatusOK))
	a := e.get(glucose + "/_history")
	g.Expect(a.body).To(HaveKeyWithValue("type", "history"))
	g.Expect(a.versionsIn()).To(Equal([]string{"2", "1"}))
	g.Expect(e.get(glucose + "/_history/1").body["meta"]).To(HaveKeyWithValue("versionId", "1"))
	g.Expect(e.get(glucose + "/_history/3").Code).To(Equal(http.StatusNotFound))
	for range 30 {
		e.send(http.MethodPut, glucose, changed)
	}
	g.Expect(e.get(glucose + "/_history").versionsIn()).To(HaveLen(21))

	g.Expect(e.get("Observation/amy-shaw-heart-rate/_history").Code).To(Equal(http.StatusNotFound), "outside of the granular scope")
	g.Expect(e.get("Patient/amy-shaw/_history").Code).To(Equal(http.StatusForbidden), "no scope of Patient")
	e.access = amyLaunch("patient/*.s")
	g.Expect(e.get(glucose+"/_history").Code).To(Equal(http.StatusForbidden), "the letter s does not read")
	e.access = fhir.Access{Scopes: "system/*.rd"}
	e.send(http.MethodDelete, glucose, "")
	g.Expect(e.get(glucose + "/_history").Code).To(Equal(http.StatusNotFound))
}

// A version that has left the scope is not shown, although the current one is within it.
func TestHistoryHoldsEveryVersionToTheScope(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/Observation.ru"))
	e.send(http.MethodPut, "Observation/amy-shaw-heart-rate", weight("Patient/amy-shaw", "laboratory", `"id": "amy-shaw-heart-rate"`))
	e.access = amyLaunch("patient/Observation.r?category=laboratory")
	g.Expect(e.get("Observation/amy-shaw-heart-rate/_history").versionsIn()).To(Equal([]string{"2"}))
	g.Expect(e.get("Observation/amy-shaw-heart-rate/_history/1").Code).To(Equal(http.StatusNotFound))
}

func TestCompartmentsAndChains(t *testing.T) {
	clinician := fhir.Access{Scopes: "user/*.rs", User: "Practitioner/" + fhir.PractitionerLin}
	for name, row := range map[string]struct {
		access fhir.Access
		target string
		found  string // the references of the matches, or the status when it is an error
	}{
		"compartment":                        {amyLaunch("patient/*.rs"), "Patient/amy-shaw/Observation?code=2345-7", "Observation/amy-shaw-glucose"},
		"compartment of another patient":     {amyLaunch("patient/*.rs"), "Patient/ben-ode/Observation?code=2345-7", ""},
		"compartment, other type":            {amyLaunch("patient/Patient.rs"), "Patient/amy-shaw/Observation", "403"},
		"compartment, type without patients": {amyLaunch("patient/*.rs"), "Patient/amy-shaw/Practitioner", "404"},
		"compartment for a clinician":        {clinician, "Patient/ben-ode/Condition?code=82272006", "Condition/ben-ode-diagnosis"},
		"chain":                              {clinician, "Observation?patient.name=ben&code=2345-7", "Observation/ben-ode-glucose"},
		"chain with a type":                  {clinician, "Observation?subject:Patient.name=ben&code=2345-7", "Observation/ben-ode-glucose"},
		"chain without a type":               {clinician, "Condition?asserter.name=okafor&code=44054006", "Condition/ben-ode-problem Condition/eva-novakova-problem"},
		"chain in a chain":                   {clinician, "Observation?encounter.participant.name=okafor&patient=ben-ode&code=2345-7", "Observation/ben-ode-glucose"},
		"chain to another patient":           {amyLaunch("patient/*.rs"), "Observation?patient.name=ben&code=2345-7", ""},
		"chain over another patient":         {amyLaunch("patient/*.rs"), "Observation?focus.name=ben", ""},
		"chain over a type out of scope":     {amyLaunch("patient/Observation.rs"), "Observation?performer.name=lin", ""},
		"chain of an unknown parameter":      {clinician, "Observation?patient.colour=red", "400"},
		"chain behind no reference":          {clinician, "Observation?code.name=red", "400"},
		"chain in a scope":                   {amyLaunch("patient/Observation.rs?patient.name=amy"), "Observation", ""},
		"restricted record":                  {clinician, "Observation?patient=" + fhir.RestrictedPatient, ""},
		"restricted record, by a system":     {everySystemScope(), "Observation?code=2345-7&patient=" + fhir.RestrictedPatient, "Observation/" + fhir.RestrictedPatient + "-glucose"},
		"restricted record, by its GP":       {fhir.Access{Scopes: "user/*.rs", User: "Practitioner/chidi-okafor"}, "Patient?_id=" + fhir.RestrictedPatient, "Patient/" + fhir.RestrictedPatient},
	} {
		t.Run(name, func(t *testing.T) {
			a := newEHR(noFault, row.access).get(row.target)
			seen := strings.Join(a.resources("match"), " ")
			if a.Code != http.StatusOK {
				seen = http.StatusText(a.Code)
				row.found = map[string]string{"400": "Bad Request", "403": "Forbidden", "404": "Not Found"}[row.found]
			}
			NewWithT(t).Expect(seen).To(Equal(row.found))
		})
	}
}
