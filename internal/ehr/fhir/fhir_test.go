package fhir_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

const base = "https://ehr.example/fhir"

// goodToken is the access token of the tests. Whatever begins like it without being it is unknown.
const goodToken = "0123456789abcdef-the-rest-of-the-token"

var noFault faults.Fault

// ehr is a FHIR base that knows goodToken.
type ehr struct {
	handler http.Handler
	access  fhir.Access
	revoked bool // goodToken is no longer good
}

func newEHR(fault faults.Fault, access fhir.Access) *ehr {
	e := &ehr{access: access}
	e.handler = fhir.New(fhir.Options{
		Base:  base,
		Fault: fault,
		Now:   func() time.Time { return time.Date(2025, 2, 1, 12, 0, 0, 0, time.UTC) },
		Access: func(_ *http.Request, token string) (fhir.Access, error) {
			if token != goodToken || e.revoked {
				return fhir.Access{}, errors.New("unknown")
			}
			return e.access, nil
		},
	})
	return e
}

// amyLaunch is the access of an app launched for Amy.
func amyLaunch(scopes string) fhir.Access {
	return fhir.Access{ClientID: "app", Scopes: scopes, Patient: fhir.PatientAmy, User: "Practitioner/" + fhir.PractitionerLin}
}

// answer is a response with its JSON body, if it had one.
type answer struct {
	*httptest.ResponseRecorder
	body map[string]any
}

// send sends a request with goodToken. headers come as "Name: value" and win; "Authorization:" sends none.
func (e *ehr) send(method, target, body string, headers ...string) answer {
	r := httptest.NewRequest(method, "/"+strings.TrimPrefix(target, "/"), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+goodToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ":")
		r.Header.Del(name)
		if value = strings.TrimSpace(value); value != "" {
			r.Header.Set(name, value)
		}
	}
	a := answer{ResponseRecorder: httptest.NewRecorder()}
	e.handler.ServeHTTP(a.ResponseRecorder, r)
	_ = json.Unmarshal(a.Body.Bytes(), &a.body) // not every answer has a body
	return a
}

func (e *ehr) get(target string, headers ...string) answer {
	return e.send(http.MethodGet, target, "", headers...)
}

func (a answer) challenge() string { return a.Header().Get("WWW-Authenticate") }

// resources returns the references of a Bundle's entries with that search mode, or of all without one.
func (a answer) resources(mode string) []string {
	var found []string
	entries, _ := a.body["entry"].([]any)
	for _, entry := range entries {
		e, _ := entry.(map[string]any)
		r, _ := e["resource"].(map[string]any)
		s, _ := e["search"].(map[string]any)
		if mode == "" || s["mode"] == mode {
			found = append(found, r["resourceType"].(string)+"/"+r["id"].(string))
		}
	}
	return found
}

func TestSummaries(t *testing.T) {
	g := NewWithT(t)
	g.Expect(len(fhir.Patients())).To(BeNumerically(">=", 6))
	g.Expect(fhir.Patients()).To(ContainElement(fhir.Summary{ID: fhir.PatientAmy, Name: "Amy Shaw", BirthDate: "1987-02-20", Gender: "female"}))
	g.Expect(fhir.Practitioners()).To(ContainElement(fhir.Summary{ID: fhir.PractitionerLin, Name: "Mei Lin"}))
	for _, p := range fhir.Patients() {
		encounters := fhir.Encounters(p.ID)
		g.Expect(encounters).To(HaveLen(2), p.ID)
		for _, encounter := range encounters {
			g.Expect(encounter.Name).NotTo(BeEmpty())
			g.Expect(encounter.Date).To(MatchRegexp(`^\d{4}-\d\d-\d\d$`))
		}
	}
	g.Expect(fhir.Encounters("nobody")).To(BeEmpty())
}

// Every reference of the synthetic records leads to a record, under the id that it names.
func TestSyntheticRecordsReferToEachOther(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, fhir.Access{Scopes: "system/*.rs"})
	everything := e.get("Patient/$everything")
	g.Expect(everything.Code).To(Equal(http.StatusOK))
	all := everything.resources("")
	for _, kind := range []string{"Patient", "Practitioner", "Organization", "RelatedPerson", "Encounter", "Condition", "Observation", "MedicationRequest"} {
		g.Expect(all).To(ContainElement(HavePrefix(kind + "/")))
	}
	for _, reference := range referencesOf(everything.body) {
		g.Expect(all).To(ContainElement(reference))
	}
	for _, reference := range all {
		g.Expect(e.get(reference).Code).To(Equal(http.StatusOK), reference)
	}
}

func referencesOf(value any) []string {
	var found []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			found = append(found, referencesOf(item)...)
		}
	case map[string]any:
		for member, inner := range v {
			if s, ok := inner.(string); ok && member == "reference" {
				found = append(found, s)
			}
			found = append(found, referencesOf(inner)...)
		}
	}
	return found
}

// A tenant's writes stay in that tenant.
func TestBasesShareNothing(t *testing.T) {
	g := NewWithT(t)
	access := fhir.Access{Scopes: "system/*.cruds"}
	one, other := newEHR(noFault, access), newEHR(noFault, access)
	g.Expect(one.send(http.MethodDelete, "Observation/amy-shaw-glucose", "").Code).To(Equal(http.StatusNoContent))
	g.Expect(one.get("Observation/amy-shaw-glucose").Code).To(Equal(http.StatusNotFound))
	g.Expect(other.get("Observation/amy-shaw-glucose").Code).To(Equal(http.StatusOK))
}

// Readers and writers at once neither race nor see half of a transaction.
func TestConcurrentUse(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, fhir.Access{Scopes: "system/*.cruds"})
	pair := bundle("transaction",
		entryWith("POST", "Observation", weight("Patient/amy-shaw", "vital-signs")),
		entryWith("POST", "Observation", weight("Patient/amy-shaw", "vital-signs")))
	before := len(e.get("Observation?patient=amy-shaw&code=29463-7").resources("match"))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { e.send(http.MethodPost, "", pair) })
		group.Go(func() {
			seen := len(e.get("Observation?patient=amy-shaw&code=29463-7").resources("match"))
			if (seen-before)%2 != 0 {
				t.Errorf("a search saw half of a transaction: %d observations beside %d", seen-before, before)
			}
		})
		group.Go(func() { e.get("Practitioner?_revinclude=Patient:general-practitioner") })
	}
	group.Wait()
	g.Expect(e.get("Observation?patient=amy-shaw&code=29463-7").resources("match")).To(HaveLen(before + 16))
}
