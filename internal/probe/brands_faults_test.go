package probe_test

import (
	"net/http"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/probe"
	"github.com/smart-conformance/smartcheck/internal/record"
)

func brands(t *testing.T, client *http.Client, base string, either bool) evidence.Brands {
	scope := record.New().Scope(evidence.BrandsKind.Name(), client)
	return probe.ReadBrands(t.Context(), scope, probe.BrandsOptions{Base: base, Either: either, Affiliated: ehr.Brands, Parallel: 4})
}

func judgeBrands(seen evidence.Brands) map[string]checks.Finding {
	found := map[string]checks.Finding{}
	for _, c := range checks.Brands {
		found[c.ID] = c.Judge(evidence.Record{Kind: c.Kind(), Value: seen}, checks.Options{Version: checks.V2_2_0})
	}
	return found
}

// TestReferenceBrandsAreConformant shows that nothing is red without a fault, that every check comes to a
// verdict from a FHIR base, and which ones need it.
func TestReferenceBrandsAreConformant(t *testing.T) {
	g := NewWithT(t)
	server, client := startEHR(t)
	for id, f := range judgeBrands(brands(t, client, server.Base(""), false)) {
		g.Expect(string(f.Status)).To(BeElementOf("pass", "info"), "%s: %s%s", id, f.Message, f.Reason)
	}
	var skipped []string
	alone := brands(t, client, server.Base("")[:len(server.Base(""))-len("/fhir")]+"/brands", true)
	for id, f := range judgeBrands(alone) {
		g.Expect(string(f.Status)).To(BeElementOf("pass", "info", "skip"), "%s: %s%s", id, f.Message, f.Reason)
		if f.Status == checks.Skipped {
			skipped = append(skipped, id)
		}
	}
	g.Expect(skipped).To(ConsistOf("brands.linked", "brands.identifier-listed", "brands.identifier-required",
		"brands.identifier-system", "brands.primary", "brands.affiliated", "brands.own-endpoint", "brands.endpoint-discovery"))
}

// TestBrandFaultsAreCaught shows that every check catches each of its faults, and that no other turns red.
func TestBrandFaultsAreCaught(t *testing.T) {
	server, client := startEHR(t)
	for _, fault := range faults.All() {
		if !slices.ContainsFunc(checks.Brands, func(c checks.Check) bool { return slices.Contains(fault.Checks, c.ID) }) {
			continue
		}
		t.Run(fault.ID, func(t *testing.T) {
			var red []string
			for id, f := range judgeBrands(brands(t, client, server.Base(fault.ID), false)) {
				if f.Status == checks.Failed || f.Status == checks.Warned || f.Status == checks.Undecided {
					red = append(red, id)
					t.Log(f.Status, id, f.Message, f.Reason)
				}
			}
			NewWithT(t).Expect(red).To(ConsistOf(fault.Checks))
		})
	}
}
