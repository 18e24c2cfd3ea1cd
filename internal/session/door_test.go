package session_test

import (
	"slices"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// TestARefusedPasswordIsSentOnce makes several launches at once with a password that the server does not
// take, and counts how often it was sent.
func TestARefusedPasswordIsSentOnce(t *testing.T) {
	g := NewWithT(t)
	server, err := sandbox.Start(t.Context(), "")
	g.Expect(err).NotTo(HaveOccurred())
	defer server.Close()
	cfg := server.Target("")
	patient := cfg.Users[target.Patient]
	patient.Password = target.NewSecret("not the password of amy")
	cfg.Users[target.Patient] = patient
	s, err := session.New(cfg)
	g.Expect(err).NotTo(HaveOccurred())
	defer s.Close()

	launches := []string{"public", "symmetric", "asymmetric", "public", "symmetric"}
	answers := make([]session.Answer, len(launches))
	var wait sync.WaitGroup
	for i, client := range launches {
		wait.Go(func() {
			answers[i], _ = s.Authorize(t.Context(), s.Scope("door"), session.Request{
				Launch: evidence.Launch{User: "patient", Mode: "standalone", Client: client},
			})
		})
	}
	wait.Wait()
	sent := 0
	for _, a := range answers {
		g.Expect(a.Evidence.Outcome).To(Equal(evidence.GotNowhere))
		g.Expect(a.Evidence.Trouble).To(ContainSubstring("sign-in refused"))
		if slices.ContainsFunc(a.Evidence.Hops, func(h evidence.Hop) bool { return h.Method == "POST" }) {
			sent++
		}
	}
	g.Expect(sent).To(Equal(1))
}
