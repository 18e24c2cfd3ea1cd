package probe

import (
	"encoding/json"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestExactly(t *testing.T) {
	for granted, exact := range map[string]bool{
		"patient/Observation.r":                       true,
		"launch/patient openid patient/Observation.r": true,
		"patient/Observation.rs":                      false,
		"patient/Observation.r patient/*.s":           false,
		"patient/Condition.r":                         false,
		"":                                            false,
	} {
		NewWithT(t).Expect(exactly(granted, "r", "Observation")).To(Equal(exact), granted)
	}
	NewWithT(t).Expect(exactly("launch/patient offline_access", "", "Observation")).To(BeTrue())
}

func TestIDIn(t *testing.T) {
	for location, id := range map[string]string{
		"https://ehr.example/fhir/Observation/7":            "7",
		"https://ehr.example/fhir/Observation/7/_history/1": "7",
		"Observation/7":                      "7",
		"https://ehr.example/fhir/Patient/7": "",
		"https://ehr.example/Observation":    "",
		"":                                   "",
	} {
		NewWithT(t).Expect(idIn(location, "Observation")).To(Equal(id), location)
	}
}

func TestReferencesIn(t *testing.T) {
	var r map[string]any
	err := json.Unmarshal([]byte(`{"subject":{"reference":"Patient/1"},"contained":[{"x":{"reference":"Device/1"}}],
		"performer":[{"reference":"Practitioner/2"},{"reference":"#contained"},{"reference":"https://other.example/Practitioner/3"},
		{"reference":"urn:uuid:1"},{"reference":"Practitioner/2"},{"reference":"Practitioner?identifier=1/2"},{"reference":7}]}`), &r)
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(referencesIn(r)).To(Equal([]string{"Patient/1", "Practitioner/2"}))
	g.Expect(firstOfEach([]string{"A/1", "A/2", "B/1"})).To(Equal([]string{"A/1", "B/1"}))
}

func TestEntriesOf(t *testing.T) {
	var bundle map[string]any
	err := json.Unmarshal([]byte(`{"resourceType":"Bundle","entry":[null,{"response":{"status":"200 OK"},"resource":{"resourceType":"Patient","id":"2"}},
		{"response":{"status":"403"}},{"response":{"status":404}}]}`), &bundle)
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	entries := entriesOf(bundle)
	g.Expect(entries).To(HaveLen(4))
	g.Expect(entries[1].Patients).To(Equal([]string{"2"}))
	g.Expect([]int{entries[0].Status, entries[1].Status, entries[2].Status, entries[3].Status}).To(Equal([]int{0, 200, 403, 0}))
}

func TestLifetimeOf(t *testing.T) {
	for raw, lifetime := range map[string]time.Duration{`5`: 5 * time.Second, `"5"`: 5 * time.Second, `0`: 0, `-1`: 0, `"soon"`: 0, `5.5`: 0, ``: 0} {
		found, stated := lifetimeOf(map[string]json.RawMessage{"expires_in": json.RawMessage(raw)})
		g := NewWithT(t)
		g.Expect(stated).To(Equal(lifetime > 0), raw)
		if stated {
			g.Expect(found).To(Equal(lifetime))
		}
	}
}

// A path without a patient carries a query already.
func TestWithToken(t *testing.T) {
	g := NewWithT(t)
	g.Expect(withToken("Patient/1", "a/b")).To(Equal("Patient/1?access_token=a%2Fb"))
	g.Expect(withToken("Patient?_count=1", "a")).To(Equal("Patient?_count=1&access_token=a"))
}
