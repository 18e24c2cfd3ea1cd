package fhir_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

func bundle(kind string, entries ...string) string {
	return fmt.Sprintf(`{"resourceType": "Bundle", "type": %q, "entry": [%s]}`, kind, strings.Join(entries, ", "))
}

func entry(method, url string) string {
	return fmt.Sprintf(`{"request": {"method": %q, "url": %q}}`, method, url)
}

func entryWith(method, url, resource string) string {
	return fmt.Sprintf(`{"resource": %s, "request": {"method": %q, "url": %q}}`, resource, method, url)
}

// statuses returns the status of each response entry.
func (a answer) statuses() []string {
	var found []string
	entries, _ := a.body["entry"].([]any)
	for _, e := range entries {
		response := e.(map[string]any)["response"].(map[string]any)
		found = append(found, strings.Fields(response["status"].(string))[0])
	}
	return found
}

func TestBatchAuthorizesEachEntry(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/Patient.r patient/Observation.cs"))
	a := e.send(http.MethodPost, "", bundle("batch",
		entry("GET", "Patient/amy-shaw"),
		entry("GET", "Patient/ben-ode"),
		entry("GET", "Condition/amy-shaw-problem"),
		entry("GET", "Observation?category=laboratory&patient=ben-ode"),
		entryWith("POST", "Observation", weight("Patient/amy-shaw", "vital-signs")),
		entryWith("POST", "Observation", weight("Patient/ben-ode", "vital-signs")),
		entry("DELETE", "Observation/amy-shaw-glucose"),
		entry("GET", "/Patient/amy-shaw"),
	))
	g.Expect(a.Code).To(Equal(http.StatusOK))
	g.Expect(a.body).To(HaveKeyWithValue("type", "batch-response"))
	g.Expect(a.statuses()).To(Equal([]string{"200", "403", "403", "200", "201", "403", "403", "200"}))
	g.Expect(a.Body.String()).NotTo(ContainSubstring("Ben Ode"))
}

func TestBatchNeedsAToken(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/*.rs"))
	body := bundle("batch", entry("GET", "Patient/amy-shaw"))
	g.Expect(e.send(http.MethodPost, "", body, "Authorization:").Code).To(Equal(401))
	g.Expect(e.send(http.MethodPost, "", body, "Authorization: Bearer nonsense").Code).To(Equal(401))
}

const newEncounter = `{"fullUrl": "urn:uuid:1b671a64-40d5-491e-99b0-da01ff1f3341", "resource": {"resourceType": "Encounter",
	"status": "planned", "class": {"code": "AMB"}, "subject": {"reference": "Patient/amy-shaw"}}, "request": {"method": "POST", "url": "Encounter"}}`

// An entry may refer to one that comes after it, by its urn:uuid, and a GET sees what the others did.
func TestTransaction(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/*.cruds"))
	a := e.send(http.MethodPost, "", bundle("transaction",
		entry("GET", "Observation/amy-shaw-glucose"),
		entryWith("PUT", "Observation/amy-shaw-glucose", weight("Patient/amy-shaw", "laboratory", `"id": "amy-shaw-glucose"`)),
		entryWith("POST", "Observation", weight("Patient/amy-shaw", "vital-signs", `"encounter": {"reference": "urn:uuid:1b671a64-40d5-491e-99b0-da01ff1f3341"}`)),
		entry("DELETE", "Observation/amy-shaw-heart-rate"),
		newEncounter,
	))
	g.Expect(a.Code).To(Equal(http.StatusOK))
	g.Expect(a.body).To(HaveKeyWithValue("type", "transaction-response"))
	g.Expect(a.statuses()).To(Equal([]string{"200", "200", "201", "204", "201"}))
	entries := a.body["entry"].([]any)
	read := entries[0].(map[string]any)["resource"].(map[string]any)
	g.Expect(read["meta"]).To(HaveKeyWithValue("versionId", "2"))
	location := entries[4].(map[string]any)["response"].(map[string]any)["location"].(string)
	observation := entries[2].(map[string]any)["resource"].(map[string]any)
	g.Expect(observation["encounter"]).To(HaveKeyWithValue("reference", strings.TrimPrefix(location, base+"/")))
	g.Expect(e.get(strings.TrimPrefix(location, base)).Code).To(Equal(http.StatusOK))
	g.Expect(e.get("Observation/amy-shaw-heart-rate").Code).To(Equal(http.StatusNotFound))
}

// One refused entry refuses the transaction, and nothing of it stays.
func TestTransactionIsAllOrNothing(t *testing.T) {
	for name, row := range map[string]struct {
		scopes, entry string
		status        int
	}{
		"scope":              {"patient/Observation.d", newEncounter, 403},
		"other patient":      {"patient/*.cruds", entry("GET", "Patient/ben-ode"), 403},
		"unresolved urn":     {"patient/*.cruds", entryWith("POST", "Observation", weight("Patient/amy-shaw", "vital-signs", `"encounter": {"reference": "urn:uuid:none"}`)), 422},
		"conditional create": {"patient/*.cruds", strings.Replace(newEncounter, `"url":`, `"ifNoneExist": "a=b", "url":`, 1), 400},
		"unknown method":     {"patient/*.cruds", entry("PATCH", "Patient/amy-shaw"), 400},
		"absolute URL":       {"patient/*.cruds", entry("GET", "https://other.example/Patient/amy-shaw"), 400},
		"token in the URL":   {"patient/*.cruds", entry("GET", "Patient/amy-shaw?access_token=x"), 400},
		"bundle in a bundle": {"patient/*.cruds", entryWith("POST", "/", bundle("batch")), 405},
		"no request":         {"patient/*.cruds", `{}`, 400},
		"no object":          {"patient/*.cruds", `7`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			e := newEHR(noFault, amyLaunch(row.scopes))
			a := e.send(http.MethodPost, "", bundle("transaction", entry("DELETE", "Observation/amy-shaw-glucose"), row.entry))
			g.Expect(a.Code).To(Equal(row.status))
			g.Expect(a.body["issue"].([]any)[0]).To(HaveKeyWithValue("diagnostics", HavePrefix("Entry 1: ")))
			e.access = fhir.Access{Scopes: "system/*.r"}
			g.Expect(e.get("Observation/amy-shaw-glucose").Code).To(Equal(http.StatusOK))
		})
	}
}

func TestBundlesThatAreRefused(t *testing.T) {
	for name, row := range map[string]struct {
		body   string
		status int
	}{
		"another type of bundle": {bundle("collection"), 400},
		"no bundle":              {`{"resourceType": "Patient", "type": "batch"}`, 400},
		"too many entries":       {bundle("batch", strings.Split(strings.Repeat("{} ", 51)[:152], " ")...), 413},
		"nothing":                {"", 415},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(newEHR(noFault, amyLaunch("patient/*.cruds")).send(http.MethodPost, "", row.body).Code).To(Equal(row.status))
		})
	}
}
