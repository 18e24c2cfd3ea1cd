package probe_test

import (
	"context"
	"crypto/tls"
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

// discoveryChecks are the checks that judge the evidence of this probe.
func discoveryChecks() []checks.Check {
	return slices.Concat(checks.Discovery, checks.Capabilities, checks.OpenIDDiscovery, checks.CORS)
}

func startEHR(t *testing.T) (*ehr.Server, *http.Client) {
	t.Helper()
	server, err := ehr.Start(t.Context(), ehr.Options{Clients: ehr.DemoClients(nil)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: server.CAPool()}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func discover(ctx context.Context, client *http.Client, base string) evidence.Discovery {
	scope := record.New().Scope(evidence.DiscoveryKind.Name(), client)
	return probe.Discover(ctx, scope, probe.DiscoverOptions{Base: base, Origins: []string{"https://app.example.org"}, Parallel: 4})
}

// TestReferenceEHRIsConformant shows that nothing is red without a fault, in any version, and that every
// check comes to a verdict there in some version.
func TestReferenceEHRIsConformant(t *testing.T) {
	server, client := startEHR(t)
	seen := discover(t.Context(), client, server.Base(""))
	judged := map[string]bool{}
	for _, version := range checks.Versions {
		for _, c := range discoveryChecks() {
			if !c.In(version) {
				continue
			}
			f := c.Judge(evidence.Record{Kind: c.Kind(), Value: seen}, checks.Options{Version: version})
			NewWithT(t).Expect(string(f.Status)).To(BeElementOf("pass", "info", "skip"), "%s %s: %s%s", version, f.Check, f.Message, f.Reason)
			judged[c.ID] = judged[c.ID] || f.Status != checks.Skipped
		}
	}
	for _, c := range discoveryChecks() {
		NewWithT(t).Expect(judged).To(HaveKeyWithValue(c.ID, true), "never judged")
	}
}

// TestDiscoveryFaultsAreCaught shows that every check catches each of its faults.
func TestDiscoveryFaultsAreCaught(t *testing.T) {
	server, client := startEHR(t)
	caught := map[string]bool{}
	for _, fault := range faults.All() {
		expected := slices.DeleteFunc(discoveryChecks(), func(c checks.Check) bool { return !slices.Contains(fault.Checks, c.ID) })
		if len(expected) == 0 {
			continue
		}
		t.Run(fault.ID, func(t *testing.T) {
			seen := discover(t.Context(), client, server.Base(fault.ID))
			for _, c := range expected {
				version := newest(c)
				f := c.Judge(evidence.Record{Kind: c.Kind(), Value: seen}, checks.Options{Version: version})
				NewWithT(t).Expect(string(f.Status)).To(BeElementOf("fail", "warn"), "%s %s: %s%s", version, f.Check, f.Message, f.Reason)
				caught[c.ID] = true
			}
		})
	}
	for _, c := range discoveryChecks() {
		NewWithT(t).Expect(caught).To(HaveKey(c.ID), "has no fault")
	}
}

func newest(c checks.Check) checks.Version {
	all := slices.Clone(checks.Versions)
	slices.Reverse(all)
	return all[slices.IndexFunc(all, c.In)]
}
