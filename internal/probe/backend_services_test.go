package probe_test

import (
	"context"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/engine"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// TestBackendServiceAlone judges a target that has a backend service and nobody who could sign in. No browser is
// needed for that.
func TestBackendServiceAlone(t *testing.T) {
	g := NewWithT(t)
	server, err := sandbox.Start(context.Background(), "")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(server.Close)
	cfg := server.Target("")
	cfg.Users, cfg.Launches, cfg.Introspection = nil, target.Launches{}, target.Introspection{}
	cfg.Clients = map[target.ClientKind]target.Client{target.Backend: cfg.Clients[target.Backend]}
	s, err := session.New(cfg)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = s.Close() })

	chosen := slices.DeleteFunc(checks.All(), func(c checks.Check) bool {
		return !slices.Contains([]string{"backend-services", "introspection", "revocation"}, c.Area())
	})
	found := map[string]checks.Status{}
	for _, f := range engine.New(s, checks.Options{Version: checks.V2_2_0}).Findings(t.Context(), chosen) {
		found[f.Check] = f.Status
		g.Expect(f.Status).To(BeElementOf(checks.Passed, checks.Noted, checks.Skipped), f.Check+": "+f.Message)
	}
	for _, id := range []string{
		"backend-services.token", "backend-services.within-registration", "backend-services.scope-enforced",
		"introspection.response", "introspection.dead-token-inactive", "introspection.bearer",
		"revocation.immediate-effect", "revocation.client-authentication", "revocation.wrong-hint",
	} {
		g.Expect(found).To(HaveKeyWithValue(id, checks.Passed))
	}
	g.Expect(s.Trips.Load()).To(BeZero())
}
