package fhir_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

func everySystemScope() fhir.Access { return fhir.Access{Scopes: "system/*.rs"} }

func TestSearch(t *testing.T) {
	const amysLabs = "Observation/amy-shaw-glucose Observation/amy-shaw-hba1c Observation/amy-shaw-hemoglobin"
	for name, row := range map[string]struct {
		access fhir.Access
		target string
		found  string // the references of the matches, or the status when it is an error
	}{
		"launch patient's own record":       {amyLaunch("patient/Patient.rs"), "Patient", "Patient/amy-shaw"},
		"other patient by id":               {amyLaunch("patient/Patient.rs"), "Patient?_id=ben-ode", ""},
		"other patient by name":             {amyLaunch("patient/Patient.rs"), "Patient?name=ben", ""},
		"without a patient":                 {amyLaunch("patient/Observation.rs"), "Observation?category=laboratory", amysLabs},
		"by patient":                        {amyLaunch("patient/Observation.rs"), "Observation?patient=amy-shaw&category=" + lab, amysLabs},
		"by subject":                        {amyLaunch("patient/Observation.rs"), "Observation?subject=Patient/amy-shaw&category=laboratory", amysLabs},
		"by absolute subject":               {amyLaunch("patient/Observation.rs"), "Observation?subject=" + base + "/Patient/amy-shaw&category=laboratory", amysLabs},
		"by subject with its type":          {amyLaunch("patient/Observation.rs"), "Observation?subject:Patient=amy-shaw&category=laboratory", amysLabs},
		"by another patient":                {amyLaunch("patient/Observation.rs"), "Observation?patient=ben-ode", ""},
		"v1 read searches":                  {amyLaunch("patient/Observation.read"), "Observation?category=laboratory", amysLabs},
		"read letter alone":                 {amyLaunch("patient/Observation.r"), "Observation", "403"},
		"other type":                        {amyLaunch("patient/Observation.rs"), "Condition", "403"},
		"granular":                          {amyLaunch("patient/Observation.rs?category=" + lab), "Observation", amysLabs},
		"granular, other category asked":    {amyLaunch("patient/Observation.rs?category=" + lab), "Observation?category=vital-signs", ""},
		"linked practitioners":              {amyLaunch("patient/Practitioner.rs"), "Practitioner", "Practitioner/mei-lin"},
		"clinician, any patient":            {amyLaunch("user/Observation.rs"), "Observation?patient=ben-ode&code=2345-7", "Observation/ben-ode-glucose"},
		"code with system":                  {everySystemScope(), "Observation?code=http://loinc.org|2345-7&patient=ben-ode", "Observation/ben-ode-glucose"},
		"code with another system":          {everySystemScope(), "Observation?code=http://snomed.info/sct|2345-7&patient=ben-ode", ""},
		"code without a system":             {everySystemScope(), "Observation?code=|2345-7&patient=ben-ode", ""},
		"one of several ids":                {everySystemScope(), "Patient?_id=ben-ode,amy-shaw", "Patient/amy-shaw Patient/ben-ode"},
		"both of two values":                {everySystemScope(), "Observation?category=laboratory&category=vital-signs", ""},
		"identifier":                        {everySystemScope(), "Patient?identifier=https://ehr.example/mrn|MRN-10002", "Patient/ben-ode"},
		"name without regard to case":       {everySystemScope(), "Patient?name=SHA", "Patient/amy-shaw"},
		"gender":                            {everySystemScope(), "Patient?gender=other", "Patient/farid-haddad"},
		"birth date":                        {everySystemScope(), "Patient?birthdate=1987-02-20", "Patient/amy-shaw"},
		"no birth date":                     {everySystemScope(), "Patient?birthdate=", ""},
		"born from a month on":              {everySystemScope(), "Patient?birthdate=ge2012-07", "Patient/carla-ruiz"},
		"born after a month":                {everySystemScope(), "Patient?birthdate=gt2012-07", ""},
		"born until a year":                 {everySystemScope(), "Patient?birthdate=le1951", "Patient/david-kim Patient/grace-o-neil"},
		"born in another year":              {everySystemScope(), "Patient?birthdate=ne2012&gender=female", "Patient/amy-shaw Patient/eva-novakova"},
		"unknown date prefix":               {everySystemScope(), "Patient?birthdate=ap2012", ""},
		"birth year and older":              {everySystemScope(), "Patient?birthdate=lt1951", "Patient/grace-o-neil"},
		"general practitioner":              {everySystemScope(), "Patient?general-practitioner=Practitioner/chidi-okafor&gender=male", "Patient/ben-ode Patient/david-kim"},
		"status, lenient about the unknown": {everySystemScope(), "Encounter?patient=amy-shaw&status=in-progress&colour=red", "Encounter/amy-shaw-followup"},
		"unknown modifier":                  {everySystemScope(), "Observation?code:in=x", "400"},
		"negative count":                    {everySystemScope(), "Patient?_count=-1", "400"},
		"include of another type":           {everySystemScope(), "Patient?_include=Observation:subject", "400"},
		"unknown type":                      {everySystemScope(), "Procedure", "404"},
		"all types":                         {everySystemScope(), "?_id=amy-shaw", "404"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			path, query, _ := strings.Cut(row.target, "?")
			e := newEHR(noFault, row.access)
			a := e.get(path + "?" + strings.NewReplacer("|", "%7C").Replace(query))
			if a.Code != http.StatusOK {
				g.Expect(strconv.Itoa(a.Code)).To(Equal(row.found))
				return
			}
			g.Expect(strings.Join(a.resources("match"), " ")).To(Equal(row.found))
			posted := e.send(http.MethodPost, path+"/_search", query, "Content-Type: application/x-www-form-urlencoded")
			g.Expect(posted.Code).To(Equal(http.StatusOK))
			g.Expect(posted.resources("match")).To(Equal(a.resources("match")), "search by POST")
		})
	}
}

func TestStrictHandlingRefusesUnknownParameters(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, everySystemScope())
	g.Expect(e.get("Patient?colour=red", "Prefer: handling=strict").Code).To(Equal(http.StatusBadRequest))
	g.Expect(e.get("Patient?_sort=name", "Prefer: handling=strict").Code).To(Equal(http.StatusBadRequest))
	a := e.get("Patient?colour=red&_format=json&_sort=name&gender=male", "Prefer: handling=lenient")
	g.Expect(a.Code).To(Equal(http.StatusOK))
	g.Expect(linkOf(a, "self")).To(Equal(base + "/Patient?gender=male"))
}

func linkOf(a answer, relation string) string {
	links, _ := a.body["link"].([]any)
	for _, l := range links {
		if link := l.(map[string]any); link["relation"] == relation {
			return link["url"].(string)
		}
	}
	return ""
}

// Following next links visits every match once.
func TestPaging(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, everySystemScope())
	var found []string
	pages := 0
	for target := "Patient?_count=3"; target != ""; pages++ {
		a := e.get(target)
		g.Expect(a.body).To(HaveKeyWithValue("total", BeNumerically("==", len(fhir.Patients()))))
		found = append(found, a.resources("match")...)
		target = strings.TrimPrefix(linkOf(a, "next"), base)
	}
	g.Expect(pages).To(Equal(3))
	var all []string
	for _, p := range fhir.Patients() {
		all = append(all, "Patient/"+p.ID)
	}
	g.Expect(found).To(Equal(all))
	count := e.get("Patient?_count=0")
	g.Expect(count.resources("")).To(BeEmpty())
	g.Expect(linkOf(count, "next")).To(BeEmpty())
}

func TestIncludes(t *testing.T) {
	for name, row := range map[string]struct {
		access   fhir.Access
		target   string
		included string
	}{
		"a reference":                      {everySystemScope(), "Encounter?_id=amy-shaw-checkup&_include=Encounter:subject", "Patient/amy-shaw"},
		"several":                          {everySystemScope(), "Encounter?_id=amy-shaw-checkup&_include=Encounter:subject&_include=Encounter:participant", "Patient/amy-shaw Practitioner/mei-lin"},
		"a reference to another type":      {everySystemScope(), "Encounter?_id=amy-shaw-checkup&_include=Encounter:subject:Group", ""},
		"what refers":                      {everySystemScope(), "Patient?_id=amy-shaw&_revinclude=MedicationRequest:patient", "MedicationRequest/amy-shaw-medication"},
		"a type out of scope":              {amyLaunch("patient/Encounter.rs"), "Encounter?_id=amy-shaw-checkup&_include=Encounter:subject", ""},
		"a type that may only be searched": {amyLaunch("patient/Encounter.rs patient/Patient.s"), "Encounter?_id=amy-shaw-checkup&_include=Encounter:subject", ""},
		"what refers, out of scope":        {amyLaunch("patient/Patient.rs"), "Patient?_revinclude=Observation:patient", ""},
		"what refers, granular":            {amyLaunch("patient/Patient.rs patient/Observation.rs?category=laboratory"), "Patient?_revinclude=Observation:patient", "Observation/amy-shaw-glucose Observation/amy-shaw-hba1c Observation/amy-shaw-hemoglobin"},
		"other patients by a shared link":  {amyLaunch("patient/*.rs"), "Practitioner?_id=mei-lin&_revinclude=Patient:general-practitioner", "Patient/amy-shaw"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a := newEHR(noFault, row.access).get(row.target)
			g.Expect(a.Code).To(Equal(http.StatusOK))
			g.Expect(a.resources("match")).To(HaveLen(1))
			g.Expect(strings.Join(a.resources("include"), " ")).To(Equal(row.included))
		})
	}
}

func TestSearchByPostRefusesOtherBodies(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, everySystemScope())
	g.Expect(e.send(http.MethodPost, "Patient/_search", `{}`).Code).To(Equal(http.StatusUnsupportedMediaType))
	form := url.Values{"_id": {strings.Repeat("a", 20000)}}.Encode()
	g.Expect(e.send(http.MethodPost, "Patient/_search", form, "Content-Type: application/x-www-form-urlencoded").Code).To(Equal(http.StatusRequestEntityTooLarge))
	g.Expect(e.get("Patient?" + form).Code).To(Equal(http.StatusRequestURITooLong))
}
