package selftest_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/selftest"
)

// TestEveryFaultIsCaught runs the whole matrix: every fault turns red the checks that must catch it, and
// nothing is red without a fault in any version of SMART App Launch.
func TestEveryFaultIsCaught(t *testing.T) {
	g := NewWithT(t)
	matrix, err := selftest.Run(t.Context(), faults.All(), selftest.Options{Progress: func(line string) { t.Log(line) }})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(matrix.Clean.Failed).To(BeEmpty())
	g.Expect(matrix.Clean.Versions).To(HaveLen(len(checks.Versions)))
	g.Expect(matrix.Faults).To(HaveLen(len(faults.All())))
	for _, row := range matrix.Faults {
		g.Expect(row.Expected).NotTo(BeEmpty(), row.ID)
		g.Expect(row.Missed).To(BeEmpty(), row.ID)
		g.Expect(row.Caught).To(ConsistOf(row.Expected), row.ID)
	}
}

// TestAMissIsAMiss shows that the matrix can fail: a fault that names a check which it does not break is
// missed.
func TestAMissIsAMiss(t *testing.T) {
	g := NewWithT(t)
	harmless := faults.TokenPragmaMissing
	harmless.Checks = []string{"discovery.media-type", "no.such-check"}
	matrix, err := selftest.Run(t.Context(), []faults.Fault{harmless}, selftest.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(matrix.Faults[0].Missed).To(ConsistOf("discovery.media-type", "no.such-check"))
	g.Expect(matrix.Proven()).To(BeFalse())
}
