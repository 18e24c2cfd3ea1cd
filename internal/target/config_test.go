package target_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

func TestDefaults(t *testing.T) {
	g := NewWithT(t)
	c := target.Config{FHIR: "https://ehr.example:8443/fhir"}.WithDefaults()
	g.Expect(c.Version).To(Equal(1))
	g.Expect(c.Name).To(Equal("ehr.example:8443"))
	g.Expect(c.Spec).To(Equal("2.2.0"))
	g.Expect(c.Concurrency).To(Equal(4))
	g.Expect(c.SampleCodes).To(Equal(10))
	g.Expect(c.Timeouts).To(Equal(target.Timeouts{Request: 30 * time.Second, Page: 10 * time.Second, Journey: 90 * time.Second, TokenExpiry: 10 * time.Second, Revocation: 3 * time.Second}))
	g.Expect(c.Scopes[target.Patient]).To(Equal([]string{"openid", "fhirUser", "offline_access", "patient/Patient.rs", "patient/Observation.rs"}))
	g.Expect(c.Scopes[target.Clinician]).To(ContainElement("user/Observation.rs"))
	g.Expect(c.Data.Granular.Parameter).To(Equal("category"))
	g.Expect(c.WithDefaults()).To(Equal(c))

	g.Expect(target.Config{Spec: "1.0.0"}.WithDefaults().Scopes[target.Patient]).To(ContainElement("patient/Observation.read"))
}

func TestDefaultsLeaveTheOriginalAlone(t *testing.T) {
	g := NewWithT(t)
	c := target.Config{Clients: map[target.ClientKind]target.Client{target.Symmetric: {ID: "a"}}, Scopes: map[target.UserRole][]string{}}
	g.Expect(c.WithDefaults().Clients[target.Symmetric].Auth).To(Equal(target.AuthBasic))
	g.Expect(c.Clients[target.Symmetric].Auth).To(BeEmpty())
	g.Expect(c.Scopes).To(BeEmpty())
}

func TestValidate(t *testing.T) {
	keys, err := target.GenerateKeys()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	const callback = "https://app.example.org/callback"
	valid := func() target.Config {
		return target.Config{
			FHIR:  "https://ehr.example/fhir",
			Users: map[target.UserRole]target.User{target.Patient: {Username: "amy", Password: target.NewSecret("${literal}")}},
			Clients: map[target.ClientKind]target.Client{
				target.Public:     {ID: "a", Redirect: callback},
				target.Symmetric:  {ID: "b", Redirect: callback, Secret: target.NewSecret("s")},
				target.Asymmetric: {ID: "c", Redirect: callback, Key: target.NewSecret(string(keys))},
				target.Backend:    {ID: "d", Key: target.NewSecret(string(keys)), Alg: "RS384"},
			},
			Timeouts: target.Timeouts{Journey: 90*time.Second + 500*time.Millisecond},
		}
	}
	NewWithT(t).Expect(valid().Validate()).To(Succeed())

	client := func(kind target.ClientKind, c target.Client) func(*target.Config) {
		return func(config *target.Config) { config.Clients[kind] = c }
	}
	for name, row := range map[string]struct {
		change func(*target.Config)
		want   string
	}{
		"no server": {func(c *target.Config) { c.FHIR = "" },
			`the target file lacks "fhir": the FHIR base URL, exactly as the server knows it`},
		"no secret": {client(target.Symmetric, target.Client{ID: "b", Redirect: callback}),
			`clients.symmetric lacks "secret": the client secret, as ${NAME}`},
		"a secret too many": {client(target.Public, target.Client{ID: "b", Redirect: callback, Secret: target.NewSecret("s")}),
			`unknown key "secret" in clients.public; known keys are id, launch, redirect, scopes`},
		"no such kind": {client("asymetric", target.Client{ID: "b"}),
			`unknown key "asymetric" in clients; did you mean "asymmetric"?`},
		"no key": {client(target.Backend, target.Client{ID: "b", Key: target.NewSecret("client.json")}),
			"clients.backend.key is neither a JWK, a JWKS nor a PEM key"},
		"no such kid": {client(target.Backend, target.Client{ID: "b", Key: target.NewSecret(string(keys)), KID: "k1"}),
			`clients.backend.key holds no key with the kid "k1"`},
		"bad certificate": {func(c *target.Config) { c.TLS.CA = []byte("x") }, "tls.ca holds no PEM certificate"},
		"unread certificate": {func(c *target.Config) { c.TLS.CAFile = "ca.pem" },
			"tls.ca names a file that was not read; give the PEM certificates in CA, or load a target file"},
		"the base under test as its sibling": {func(c *target.Config) { c.Data.SiblingBase = "https://ehr.example/fhir/" },
			"data.siblingBase is the base under test; name another one of the same server"},
		"visible and forbidden": {func(c *target.Config) {
			c.Data.VisiblePatients, c.Data.ForbiddenRecord = []string{"1", "2"}, "Patient/2"
		},
			"data.forbiddenRecord is the record of a patient whom data.visiblePatients names; it cannot be both"},
		"a forbidden record without a type": {func(c *target.Config) { c.Data.ForbiddenRecord = "2" },
			"data.forbiddenRecord is \"2\"; expected a record such as Patient/123"},
		"negative": {func(c *target.Config) { c.Concurrency = -1; c.Timeouts.Page = -time.Second },
			"concurrency is -1; expected 1 to 64\ntimeouts.page is \"-1s\"; expected a duration such as 30s or 2m"},
	} {
		t.Run(name, func(t *testing.T) {
			c := valid()
			row.change(&c)
			NewWithT(t).Expect(c.Validate()).To(MatchError(row.want))
		})
	}
}

func TestLacks(t *testing.T) {
	g := NewWithT(t)
	c := target.Config{
		Users:   map[target.UserRole]target.User{target.Patient: {}},
		Clients: map[target.ClientKind]target.Client{target.Public: {}, target.Backend: {}},
	}
	g.Expect(c.Lacks(target.Patient, target.Standalone, target.Public)).To(BeEmpty())
	g.Expect(c.Lacks(target.Patient, target.Standalone, target.Symmetric)).To(Equal("the target file has no clients.symmetric"))
	g.Expect(c.Lacks(target.Clinician, target.Standalone, target.Public)).To(Equal("the target file has no users.clinician"))
	g.Expect(c.Lacks(target.Patient, target.Standalone, target.Backend)).To(Equal("a backend service is not launched"))
	g.Expect(c.Lacks(target.Patient, target.EHR, target.Public)).To(Equal("the target file has no launches.portal"))
	c.Launches.Portal = "https://ehr.example/portal"
	g.Expect(c.Lacks(target.Patient, target.EHR, target.Public)).To(Equal("the target file has no clients.public.launch"))
}

func TestLaunchScopes(t *testing.T) {
	g := NewWithT(t)
	c := target.Config{
		Scopes: map[target.UserRole][]string{
			target.Patient:   {"openid", "patient/Patient.rs"},
			target.Clinician: {"launch", "launch/patient", "launch/encounter", "user/Patient.rs"},
		},
		Clients: map[target.ClientKind]target.Client{target.Public: {Scopes: []string{"openid"}}},
	}
	g.Expect(c.LaunchScopes(target.Patient, target.Standalone, target.Symmetric)).To(Equal([]string{"launch/patient", "openid", "patient/Patient.rs"}))
	g.Expect(c.LaunchScopes(target.Patient, target.EHR, target.Symmetric)).To(Equal([]string{"launch", "openid", "patient/Patient.rs"}))
	g.Expect(c.LaunchScopes(target.Clinician, target.Standalone, target.Symmetric)).To(Equal([]string{"launch/patient", "launch/encounter", "user/Patient.rs"}))
	g.Expect(c.LaunchScopes(target.Clinician, target.EHR, target.Symmetric)).To(Equal([]string{"launch", "user/Patient.rs"}))
	g.Expect(c.LaunchScopes(target.Clinician, target.EHR, target.Public)).To(Equal([]string{"launch", "openid"}))
}
