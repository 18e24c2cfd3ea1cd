package suites_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
	"github.com/smart-conformance/smartcheck/reporters"
	"github.com/smart-conformance/smartcheck/suites"
)

// TestTargetTellsOfTLS holds that no report claims certificates that nobody has seen.
func TestTargetTellsOfTLS(t *testing.T) {
	for _, row := range []struct {
		fhir string
		tls  target.TLS
		want reporters.TLSTrust
	}{
		{"https://ehr.example/fhir", target.TLS{}, reporters.SystemRoots},
		{"HTTPS://ehr.example/fhir", target.TLS{}, reporters.SystemRoots},
		{"https://ehr.example/fhir", target.TLS{CA: []byte("PEM")}, reporters.NamedRoots},
		{"https://ehr.example/fhir", target.TLS{Insecure: true}, reporters.Unverified},
		{"http://ehr.example/fhir", target.TLS{}, reporters.NoTLS},
		{"http://ehr.example/fhir", target.TLS{CA: []byte("PEM")}, reporters.NoTLS},
		{"http://ehr.example/fhir", target.TLS{Insecure: true}, reporters.Unverified}, // its other endpoints may have TLS
	} {
		NewWithT(t).Expect(suites.TargetOf(suites.Config{FHIR: row.fhir, TLS: row.tls}).TLS).To(Equal(row.want), "%+v", row)
	}
}
