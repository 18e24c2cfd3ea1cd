package selftest_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/selftest"
)

// skipped are the checks that the reference EHR gives nothing to judge, in the versions in which they hold:
// its backend service gets tokens that outlive the patience of a run, and its SMART configuration of 1.0.0
// holds the members of that version only, so that it names neither an issuer nor a key set, and it has no
// online access.
var skipped = map[checks.Version][]string{
	checks.V1_0_0: {
		"authorize.iss-on-error", "cors.openid-documents", "cors.userinfo", "discovery.authorization-server-metadata",
		"discovery.endpoints-agree", "discovery.siblings-agree", "openid.auth-time", "openid.configuration", "openid.features",
		"openid.id-token-algorithm", "openid.id-token-kid", "openid.issuer-form", "openid.issuer-identity", "openid.jwks",
		"openid.jwks-bare", "openid.jwks-kid", "openid.jwks-public", "openid.jwks-rs256", "openid.jwks-rsa-size",
		"openid.jwks-x5c", "openid.key-rotation", "openid.max-age", "openid.media-type", "openid.request-object",
		"openid.required-members", "openid.response-type-code", "openid.schema", "openid.signing-algorithms",
		"openid.userinfo", "openid.userinfo-anonymous", "openid.userinfo-post", "openid.userinfo-scope", "refresh.online",
		"refresh.online-ends",
	},
	checks.V2_0_0: {"backend-services.expired-token-refused"},
	checks.V2_2_0: {"backend-services.expired-token-refused"},
}

// TestEveryFaultIsCaught runs the whole matrix: every fault turns red the checks that must catch it, and
// nothing is red without a fault in any version of SMART App Launch.
func TestEveryFaultIsCaught(t *testing.T) {
	g := NewWithT(t)
	matrix, err := selftest.Run(t.Context(), faults.All(), selftest.Options{Progress: func(line string) { t.Log(line) }})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(matrix.Clean.Failed).To(BeEmpty())
	g.Expect(matrix.Clean.Versions).To(HaveLen(len(checks.Versions)))
	for _, version := range checks.Versions {
		g.Expect(matrix.Clean.Skipped[version]).To(ConsistOf(skipped[version]), "a check that judges nothing proves nothing")
	}
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
