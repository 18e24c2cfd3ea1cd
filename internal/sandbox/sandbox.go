// Package sandbox starts the reference EHR together with clients whose keys it knows, and describes each
// of its tenants as a target.
package sandbox

import (
	"context"
	"fmt"

	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Sandbox is a running reference EHR.
type Sandbox struct {
	*ehr.Server
	keys target.Secret // private JWKS of the asymmetric clients
}

// Start serves the reference EHR on a free loopback port until Close.
func Start(ctx context.Context) (*Sandbox, error) {
	private, err := target.GenerateKeys()
	if err != nil {
		return nil, err
	}
	public, err := target.PublicKeys(private)
	if err != nil {
		return nil, fmt.Errorf("the new client key %w", err)
	}
	server, err := ehr.Start(ctx, ehr.Options{Addr: "127.0.0.1:0", Clients: ehr.DemoClients(public)})
	if err != nil {
		return nil, err
	}
	return &Sandbox{Server: server, keys: target.NewSecret(string(private))}, nil
}

// Target describes the tenant with that fault, or the one without any for "".
func (s *Sandbox) Target(fault string) target.Config {
	app := func(id string) target.Client {
		return target.Client{ID: id, Redirect: ehr.DemoRedirectURI, Launch: ehr.DemoLaunchURI}
	}
	symmetric, asymmetric := app(ehr.DemoSymmetricID), app(ehr.DemoAsymmetricID)
	symmetric.Secret, asymmetric.Key = target.NewSecret(ehr.DemoSecret()), s.keys
	name := "Reference EHR"
	if fault != "" {
		name += " with the fault " + fault
	}
	return target.Config{
		Name: name, FHIR: s.Base(fault), TLS: target.TLS{CA: s.CAPEM(), CAFile: "of the reference EHR"},
		Users: map[target.UserRole]target.User{
			target.Patient: {
				Username: ehr.PatientUsername, Password: target.NewSecret(ehr.PatientPassword), Patient: fhir.PatientAmy,
			},
			target.Clinician: {
				Username: ehr.ClinicianUsername, Password: target.NewSecret(ehr.ClinicianPassword), Patient: "carla-ruiz",
			},
		},
		Clients: map[target.ClientKind]target.Client{
			target.Public: app(ehr.DemoPublicID), target.Symmetric: symmetric, target.Asymmetric: asymmetric,
			target.Backend:  {ID: ehr.DemoBackendID, Key: s.keys, Scopes: []string{"system/Observation.rs"}},
			target.Expiring: {ID: ehr.DemoExpiringID, Redirect: ehr.DemoRedirectURI},
		},
		Launches: target.Launches{
			Portal: s.Portal(fault),
			App: map[target.ClientKind]string{
				target.Public: "Growth Chart (public)", target.Symmetric: "Growth Chart (symmetric)",
				target.Asymmetric: "Growth Chart (asymmetric)",
			},
		},
		Scopes: map[target.UserRole][]string{target.Patient: scopes("patient/"), target.Clinician: scopes("user/")},
		Data: target.Data{
			OtherPatient:    fhir.PatientBen,
			VisiblePatients: []string{fhir.PatientAmy, fhir.PatientBen}, ForbiddenRecord: "Patient/" + fhir.RestrictedPatient,
			SiblingBase: s.Sibling(fault), Writable: true,
		},
	}.WithDefaults()
}

// scopes are what launches ask for: enough to read what their context names.
func scopes(context string) []string {
	return []string{
		"openid", "fhirUser", "offline_access", context + "Patient.rs", context + "Encounter.rs", context + "Observation.rs",
	}
}
