package engine_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/engine"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// TestEvidenceCanBeJudgedAgain gathers evidence of a server with a defect, writes it down as JSON, reads
// it back, and gets the same findings without a server.
func TestEvidenceCanBeJudgedAgain(t *testing.T) {
	g := NewWithT(t)
	server, err := sandbox.Start(t.Context(), "")
	g.Expect(err).NotTo(HaveOccurred())
	defer server.Close()
	s, err := session.New(server.Target("id-token-nonce-missing"))
	g.Expect(err).NotTo(HaveOccurred())
	defer s.Close()
	s.Only = []evidence.Launch{{User: "patient", Mode: "standalone", Client: "public"}, {User: "clinician", Mode: "ehr", Client: "asymmetric"}}
	options := checks.Options{Version: checks.V2_2_0}
	run := engine.New(s, options)
	findings := run.Findings(t.Context(), checks.All())
	run.Wait()

	written, err := json.Marshal(run.Records())
	g.Expect(err).NotTo(HaveOccurred())
	var read []struct {
		evidence.Record
		Value json.RawMessage `json:"value"`
	}
	g.Expect(json.Unmarshal(written, &read)).To(Succeed())
	byKind := map[string]evidence.Record{}
	for _, r := range read {
		r.Record.Value = r.Value
		byKind[r.Kind] = r.Record
	}
	failed := 0
	for i, c := range checks.All() {
		for range 10 { // what iterates over a map is equal once by chance
			g.Expect(c.Judge(byKind[c.Kind()], options)).To(Equal(findings[i]), c.ID)
		}
		if findings[i].Status == checks.Failed {
			failed++
		}
	}
	g.Expect(failed).To(Equal(1), "the defect is found both times")
}
