// Package sandbox starts the reference EHR together with clients whose keys it knows, and describes each
// of its tenants as a target.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
	"github.com/smart-conformance/smartcheck/internal/keyhost"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Sandbox is a running reference EHR.
type Sandbox struct {
	*ehr.Server
	spec      string
	keys      target.Secret // private JWKS of the asymmetric clients
	published *published
}

// Start serves the reference EHR on a free loopback port until Close. spec is the version of SMART App
// Launch that it follows; empty means 2.2.0.
func Start(ctx context.Context, spec string) (*Sandbox, error) {
	private, err := target.GenerateKeys()
	if err != nil {
		return nil, err
	}
	public, err := target.PublicKeys(private)
	if err != nil {
		return nil, fmt.Errorf("the new client key %w", err)
	}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for those who ask for client keys: %w", err)
	}
	sets := newPublished("https://" + port.Addr().String())
	clients := append(ehr.DemoClients(public), ehr.DemoHosted(sets.url("{fault}")))
	server, err := ehr.Start(ctx, ehr.Options{Addr: "127.0.0.1:0", Clients: clients, Spec: spec})
	if err != nil {
		return nil, errors.Join(err, port.Close())
	}
	certificate, err := server.Certificate()
	if err != nil {
		server.Close()
		return nil, errors.Join(err, port.Close())
	}
	sets.server = keyhost.Serve(port, certificate, sets)
	return &Sandbox{Server: server, spec: spec, keys: target.NewSecret(string(private)), published: sets}, nil
}

// Close stops the EHR and what publishes client keys beside it.
func (s *Sandbox) Close() {
	s.Server.Close()
	s.published.server.Close()
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
		Name: name, FHIR: s.Base(fault), Spec: s.spec, Intrusive: true,
		TLS:      target.TLS{CA: s.CAPEM(), CAFile: "of the reference EHR"},
		Timeouts: target.Timeouts{CodeExpiry: ehr.ExpiringLifetime + time.Second},
		Users: map[target.UserRole]target.User{
			target.Patient: {
				Username: ehr.PatientUsername, Password: target.NewSecret(ehr.PatientPassword), Patient: fhir.PatientAmy,
				Encounter: "amy-shaw-followup",
			},
			target.Clinician: {
				Username: ehr.ClinicianUsername, Password: target.NewSecret(ehr.ClinicianPassword), Patient: "carla-ruiz",
				Encounter: "carla-ruiz-followup",
			},
		},
		Clients: map[target.ClientKind]target.Client{
			target.Public: app(ehr.DemoPublicID), target.Symmetric: symmetric, target.Asymmetric: asymmetric,
			target.Backend:  {ID: ehr.DemoBackendID, Key: s.keys, Scopes: []string{"system/Observation" + s.letters()}, Beyond: []string{"system/Observation." + s.write()}},
			target.Expiring: {ID: ehr.DemoExpiringID, Redirect: ehr.DemoRedirectURI},
		},
		Launches: target.Launches{
			Portal: s.Portal(fault),
			App: map[target.ClientKind]string{
				target.Public: "Growth Chart (public)", target.Symmetric: "Growth Chart (symmetric)",
				target.Asymmetric: "Growth Chart (asymmetric)",
			},
		},
		Registration: target.DynamicRegistration{Token: target.NewSecret(ehr.DemoRegistrationToken())},
		Scopes:       map[target.UserRole][]string{target.Patient: s.scopes("patient/"), target.Clinician: s.scopes("user/")},
		Data: target.Data{
			OtherPatient:    fhir.PatientBen,
			VisiblePatients: []string{fhir.PatientAmy, fhir.PatientBen}, ForbiddenRecord: "Patient/" + fhir.RestrictedPatient,
			SiblingBase: s.Sibling(fault), Writable: true,
		},
		JWKS: target.JWKS{
			URL: s.published.url(fault), Serve: s.published.serve(fault),
			Client: target.HostedClient{ID: ehr.DemoHostedID, Scopes: []string{"system/Observation" + s.letters()}},
		},
		Introspection:  target.Introspection{Client: target.Symmetric},
		Brands:         ehr.Brands,
		CapabilitySets: []string{"patient-access-standalone", "patient-access-ehr", "clinician-access-standalone", "clinician-access-ehr"},
	}.WithDefaults()
}

// scopes are what launches ask for: enough to read what their context names.
func (s *Sandbox) scopes(context string) []string {
	all := []string{"openid", "fhirUser", "offline_access"}
	for _, resource := range []string{"Patient", "Encounter", "Observation"} {
		all = append(all, context+resource+s.letters())
	}
	return all
}

// write ends a scope that writes, in the syntax of the version.
func (s *Sandbox) write() string {
	if s.spec == "1.0.0" {
		return "write"
	}
	return "cud"
}

// letters end a scope that reads, in the syntax of the version.
func (s *Sandbox) letters() string {
	if s.spec == "1.0.0" {
		return ".read"
	}
	return ".rs"
}
