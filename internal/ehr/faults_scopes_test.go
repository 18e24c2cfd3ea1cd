package ehr

import (
	"fmt"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// grantedScopeDemonstrations show what becomes of scopes that are asked for.
var grantedScopeDemonstrations = []demonstration{
	{faults.WildcardMisexpanded, scopesFor(amy, "patient/*.rs"), "patient/*.rs", "patient/Patient.rs patient/Observation.rs patient/Immunization.rs"},
	{faults.MalformedLettersAll, scopesFor(amy, "patient/Patient.rs patient/Observation.dus"), "patient/Patient.rs", "patient/Patient.rs patient/Observation.cruds"},
	{faults.UnknownScopeGranted, scopesFor(amy, "patient/Patient.rs __colour"), "patient/Patient.rs", "patient/Patient.rs __colour"},
	{faults.ClinicalScopesDropped, scopesFor(amy, "launch/patient patient/Patient.rs"), "launch/patient patient/Patient.rs", "launch/patient"},
	{faults.ListedScopeRefused, scopesFor(amy, "patient/*.cruds patient/*.read"), "patient/*.cruds patient/*.read", "patient/*.read"},
	{faults.ExtensionMemberPlain, response(member("department")), "absent", "string"},
}

// readWith reads a resource of a base of the tenant with a token and returns the status.
func (l *lab) readWith(base, path, token string) string {
	l.t.Helper()
	return fmt.Sprint(l.send(http.MethodGet, l.s.root(l.fault)+base+"/"+path, nil, "Authorization", "Bearer "+token).status)
}

// resourceAccessDemonstrations show what the FHIR server takes for a token, where the authorization server
// has a part in it.
var resourceAccessDemonstrations = []demonstration{
	{faults.FHIRExpiryUnchecked, func(l *lab) string {
		tenant, err := l.s.tenant(l.fault)
		if err != nil {
			return err.Error()
		}
		g := &grant{client: l.s.clients[DemoPublicID], patient: fhir.PatientAmy, created: l.s.now()}
		return l.readWith("/fhir", "Patient/amy-shaw", tenant.grants.issueAccess(g, []string{"patient/Patient.r"}, 0))
	}, "401", "200"},
	{faults.FHIRAnyIssuedToken, func(l *lab) string {
		tokens := l.redeem(DemoPublicID)
		return l.readWith("/fhir", "Patient/amy-shaw", tokens.text("refresh_token")) + " " + l.readWith("/fhir", "Patient/amy-shaw", tokens.text("id_token"))
	}, "401 401", "200 200"},
}

func TestExpiringClient(t *testing.T) {
	g := NewWithT(t)
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	g.Expect(l.redeem(DemoExpiringID).body["expires_in"]).To(BeNumerically("==", ExpiringLifetime.Seconds()))
	g.Expect(l.redeem(DemoPublicID).body["expires_in"]).To(BeNumerically("==", accessLifetime.Seconds()))
}

// A restricted record is offered to its general practitioner only.
func TestRestrictedRecord(t *testing.T) {
	g := NewWithT(t)
	g.Expect(has(fhir.Patients(), fhir.RestrictedPatient)).To(BeTrue())
	g.Expect(has(fhir.PatientsOf("Practitioner/"+fhir.PractitionerLin), fhir.RestrictedPatient)).To(BeFalse())
	g.Expect(has(fhir.PatientsOf("Practitioner/chidi-okafor"), fhir.RestrictedPatient)).To(BeTrue())
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	g.Expect(outcome(l.run(DemoPublicID, journey{user: ClinicianUsername, patient: fhir.RestrictedPatient}))).To(Equal("page 400"))
}
