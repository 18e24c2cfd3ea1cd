package fhir_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

const (
	lab   = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
	vital = "http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
)

func TestReadWithinScopes(t *testing.T) {
	launchedBy := func(user, scopes string) fhir.Access {
		return fhir.Access{Scopes: scopes, Patient: fhir.PatientAmy, User: user}
	}
	for name, row := range map[string]struct {
		access fhir.Access
		target string
		status int
	}{
		"v1 read":             {amyLaunch("patient/Patient.read"), "Patient/amy-shaw", 200},
		"v2 read":             {amyLaunch("patient/Patient.r"), "Patient/amy-shaw", 200},
		"wildcard":            {amyLaunch("patient/*.r"), "Condition/amy-shaw-problem", 200},
		"v1 star":             {amyLaunch("patient/*.*"), "Condition/amy-shaw-problem", 200},
		"search letter alone": {amyLaunch("patient/Patient.s"), "Patient/amy-shaw", 403},
		"v1 write alone":      {amyLaunch("patient/Patient.write"), "Patient/amy-shaw", 403},
		"other type":          {amyLaunch("patient/Observation.rs"), "Patient/amy-shaw", 403},
		"type that the server lacks, out of scope":  {amyLaunch("patient/Observation.rs"), "Procedure/1", 403},
		"type that the server lacks, within scope":  {amyLaunch("patient/*.rs"), "Procedure/1", 404},
		"no clinical scope":                         {amyLaunch("launch/patient offline_access"), "Patient/amy-shaw", 403},
		"other patient":                             {amyLaunch("patient/*.rs"), "Patient/ben-ode", 403},
		"patient who does not exist":                {amyLaunch("patient/*.rs"), "Patient/nobody", 403},
		"other patient's observation":               {amyLaunch("patient/*.rs"), "Observation/ben-ode-glucose", 404},
		"observation that does not exist":           {amyLaunch("patient/*.rs"), "Observation/nothing", 404},
		"no patient in context":                     {fhir.Access{Scopes: "patient/*.rs"}, "Patient/amy-shaw", 403},
		"related person of the patient":             {amyLaunch("patient/*.rs"), "RelatedPerson/rosa-shaw", 200},
		"linked practitioner":                       {amyLaunch("patient/Practitioner.r"), "Practitioner/mei-lin", 200},
		"practitioner who is not linked":            {amyLaunch("patient/Practitioner.r"), "Practitioner/ines-silva", 404},
		"linked organization":                       {amyLaunch("patient/*.r"), "Organization/harbour-clinic", 200},
		"clinician under a user scope":              {launchedBy("Practitioner/mei-lin", "user/Patient.r"), "Patient/ben-ode", 200},
		"clinician named by an absolute URL":        {launchedBy(base+"/Practitioner/mei-lin", "user/Patient.r"), "Patient/ben-ode", 200},
		"patient user, own record":                  {launchedBy("Patient/ben-ode", "user/Patient.r"), "Patient/ben-ode", 200},
		"patient user, other record":                {launchedBy("Patient/ben-ode", "user/Patient.r"), "Patient/amy-shaw", 403},
		"patient user, other patient's observation": {launchedBy("Patient/ben-ode", "user/*.r"), "Observation/amy-shaw-glucose", 404},
		"related person, the patient":               {launchedBy("RelatedPerson/rosa-shaw", "user/Patient.r"), "Patient/amy-shaw", 200},
		"related person, other patient":             {launchedBy("RelatedPerson/rosa-shaw", "user/Patient.r"), "Patient/ben-ode", 403},
		"user scope without a user":                 {launchedBy("", "user/Patient.r"), "Patient/amy-shaw", 403},
		"system scope":                              {fhir.Access{Scopes: "system/Patient.r"}, "Patient/ben-ode", 200},
		"own identity":                              {amyLaunch("openid fhirUser"), "Practitioner/mei-lin", 200},
		"own identity by the older scope":           {amyLaunch("openid profile"), "Practitioner/mei-lin", 200},
		"own identity without openid":               {amyLaunch("fhirUser"), "Practitioner/mei-lin", 403},
		"other identity":                            {amyLaunch("openid fhirUser"), "Practitioner/ines-silva", 403},
		"granular, matching by code":                {amyLaunch("patient/Observation.rs?category=laboratory"), "Observation/amy-shaw-glucose", 200},
		"granular, matching by system":              {amyLaunch("patient/Observation.rs?category=" + lab), "Observation/amy-shaw-glucose", 200},
		"granular, other category":                  {amyLaunch("patient/Observation.rs?category=" + lab), "Observation/amy-shaw-heart-rate", 404},
		"granular, other system":                    {amyLaunch("patient/Observation.rs?category=http://example.org|laboratory"), "Observation/amy-shaw-glucose", 404},
		"two granular scopes":                       {amyLaunch("patient/Observation.rs?category=" + lab + " patient/Observation.rs?category=" + vital), "Observation/amy-shaw-heart-rate", 200},
		"granular, unknown parameter":               {amyLaunch("patient/Observation.rs?colour=red"), "Observation/amy-shaw-glucose", 404},
		"granular, unknown common parameter":        {amyLaunch("patient/Observation.rs?_tag=x"), "Observation/amy-shaw-glucose", 404},
		"granular, parameter of results":            {amyLaunch("patient/Observation.rs?_count=9"), "Observation/amy-shaw-glucose", 404},
		"granular, by id":                           {amyLaunch("patient/Observation.rs?_id=amy-shaw-glucose"), "Observation/amy-shaw-glucose", 200},
		"granular, unknown modifier":                {amyLaunch("patient/Observation.rs?category:in=x"), "Observation/amy-shaw-glucose", 404},
		"granular beside a wide one":                {amyLaunch("patient/Observation.rs?category=" + lab + " patient/Observation.r"), "Observation/amy-shaw-heart-rate", 200},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(newEHR(noFault, row.access).get(row.target).Code).To(Equal(row.status))
		})
	}
}

func TestEverything(t *testing.T) {
	for name, row := range map[string]struct {
		access  fhir.Access
		target  string
		status  int
		has     []string
		hasNone []string // prefixes
	}{
		"all that the scopes allow": {
			amyLaunch("patient/*.rs"), "Patient/amy-shaw/$everything", 200,
			[]string{"Patient/amy-shaw", "Observation/amy-shaw-glucose", "Practitioner/mei-lin", "Organization/harbour-clinic", "RelatedPerson/rosa-shaw"},
			[]string{"Patient/ben", "Observation/ben", "Practitioner/ines"},
		},
		"only the types of the scopes": {
			amyLaunch("patient/Patient.r patient/Observation.rs?category=" + lab), "Patient/amy-shaw/$everything", 200,
			[]string{"Patient/amy-shaw", "Observation/amy-shaw-glucose"},
			[]string{"Condition/", "Observation/amy-shaw-heart-rate", "Practitioner/"},
		},
		"of every patient within reach": {
			amyLaunch("patient/*.rs"), "Patient/$everything", 200, []string{"Patient/amy-shaw"}, []string{"Patient/ben", "Condition/ben"},
		},
		"of another patient":         {amyLaunch("patient/*.rs"), "Patient/ben-ode/$everything", 403, nil, nil},
		"without a scope of Patient": {amyLaunch("patient/Observation.rs"), "Patient/amy-shaw/$everything", 403, nil, nil},
		"of nobody":                  {fhir.Access{Scopes: "system/*.rs"}, "Patient/nobody/$everything", 404, nil, nil},
		"of something else":          {amyLaunch("patient/*.rs"), "Observation/$everything", 404, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a := newEHR(noFault, row.access).get(row.target)
			g.Expect(a.Code).To(Equal(row.status))
			found := a.resources("")
			for _, reference := range row.has {
				g.Expect(found).To(ContainElement(reference))
			}
			for _, prefix := range row.hasNone {
				g.Expect(found).NotTo(ContainElement(HavePrefix(prefix)))
			}
		})
	}
}
