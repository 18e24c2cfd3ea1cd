package discovery_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/discovery"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/reporters"
)

// nationwide is the bundle of a publisher with n practices, each part of one of a hundred networks, and
// with an endpoint of its own. Every practice lacks what edit takes from it.
func nationwide(n int, edit func(practice map[string]any)) []byte {
	type m = map[string]any
	entries := make([]m, 0, 2*n)
	add := func(resource m) {
		entries = append(entries, m{"fullUrl": fmt.Sprintf("https://vendor.example/%s/%s", resource["resourceType"], resource["id"]), "resource": resource})
	}
	for i := range n {
		website := fmt.Sprintf("https://practice-%d.example.org", i)
		reference := m{"reference": fmt.Sprintf("Endpoint/e%d", i)}
		practice := m{
			"resourceType": "Organization", "id": fmt.Sprintf("o%d", i), "active": true, "name": fmt.Sprintf("Practice %d", i),
			"identifier": []m{{"system": "urn:ietf:rfc:3986", "value": website}},
			"telecom":    []m{{"system": "url", "value": website}},
			"address":    []m{{"line": []string{"1 Main Street"}, "city": "Springfield", "state": "IL", "postalCode": "62701"}},
			"endpoint":   []m{reference},
			"extension": []m{{"url": "http://hl7.org/fhir/StructureDefinition/organization-portal", "extension": []m{
				{"url": "portalName", "valueString": "Patient Portal"}, {"url": "portalUrl", "valueUrl": website + "/portal"},
				{"url": "portalEndpoint", "valueReference": reference},
			}}},
		}
		if i >= 100 {
			practice["partOf"] = m{"reference": fmt.Sprintf("Organization/o%d", i%100)}
		}
		edit(practice)
		add(practice)
		add(m{
			"resourceType": "Endpoint", "id": fmt.Sprintf("e%d", i), "status": "active", "address": website + "/fhir/r4",
			"extension":      []m{{"url": "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version", "valueCode": "4.0.1"}},
			"connectionType": m{"system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "hl7-fhir-rest"},
			"contact":        []m{{"system": "url", "value": "https://vendor.example/developers"}},
			"payloadType":    []m{{"coding": []m{{"system": "http://terminology.hl7.org/CodeSystem/endpoint-payload-type", "code": "none"}}}},
		})
	}
	raw, _ := json.Marshal(m{"resourceType": "Bundle", "type": "collection", "timestamp": "2025-09-01T08:00:00Z", "entry": entries})
	return raw
}

const (
	practices = 20_000
	bound     = time.Minute // it takes two seconds on a machine that does nothing else
)

var brandOptions = discovery.Options{Judging: checks.Options{Version: checks.V2_2_0}, Timeout: time.Minute, AtOnce: 1}

// TestLargeBundleIsServed shows that the bundle of a national publisher, which is longer than other
// documents may be, is read and judged in seconds, and that its text is kept nowhere.
func TestLargeBundleIsServed(t *testing.T) {
	g := NewWithT(t)
	bundle := nationwide(practices, func(map[string]any) {})
	g.Expect(len(bundle)).To(BeNumerically(">", 2*record.MaxBody))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/brands.json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "*")
		w.Header().Set("ETag", `W/"1"`)
		if r.Header.Get("If-None-Match") == `W/"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(bundle)
	}))
	t.Cleanup(server.Close)
	started := time.Now()
	results, err := discovery.Brands(t.Context(), []string{server.URL + "/brands.json"}, nil, brandOptions)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(time.Since(started)).To(BeNumerically("<", bound))
	g.Expect(reporters.ExitCode(results[0], true)).To(BeZero(), "%+v", red(results[0]))
	written, err := json.Marshal(results)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(written)).To(BeNumerically("<", 200<<10))
}

// TestLargeBundleOfDefects shows that a defect of every entry takes no longer, and is told in a few words.
func TestLargeBundleOfDefects(t *testing.T) {
	g := NewWithT(t)
	bundle := nationwide(practices, func(practice map[string]any) {
		delete(practice, "name")
		delete(practice, "telecom")
		practice["endpoint"] = []map[string]any{{"reference": "Endpoint/gone-" + practice["id"].(string)}}
	})
	started := time.Now()
	result, err := discovery.JudgeSavedBrands("brands.json", bytes.NewReader(bundle), brandOptions)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(time.Since(started)).To(BeNumerically("<", bound))
	found := red(result)
	g.Expect(found).To(HaveKeyWithValue("brands.name", ContainSubstring("and 19996 more")))
	g.Expect(found).To(HaveKeyWithValue("brands.website", ContainSubstring("and 19996 more")))
	g.Expect(found).To(HaveKeyWithValue("brands.references", ContainSubstring("and 19996 more")))
	for check, message := range found {
		g.Expect(len(message)).To(BeNumerically("<", 1500), check)
	}
}

// TestTooLargeBundle shows that reading has a bound, and that what is behind it is no verdict.
func TestTooLargeBundle(t *testing.T) {
	g := NewWithT(t)
	result, err := discovery.JudgeSavedBrands("endless", bytes.NewReader(make([]byte, evidence.MaxBrandBundle+1)), brandOptions)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(reporters.ExitCode(result, false)).To(Equal(3))
}

// red returns the messages of what is wrong, by check.
func red(r reporters.Results) map[string]string {
	out := map[string]string{}
	for _, f := range r.Findings {
		if f.Status == checks.Failed || f.Status == checks.Warned || f.Status == checks.Undecided {
			out[f.Check] = f.Message + f.Reason
		}
	}
	return out
}
