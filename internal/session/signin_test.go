package session_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/signedin"
	"github.com/smart-conformance/smartcheck/internal/target"
)

var amyStandalone = evidence.Launch{User: "patient", Mode: "standalone", Client: "public"}

// nightly is the clinic for a run without a password, with a saved session.
func (c *clinic) nightly(t *testing.T) target.Config {
	cfg := c.target()
	cfg.Users[target.Patient] = target.User{Username: "amy"}
	cfg.Login.Session = target.SavedSession{
		File: filepath.Join(t.TempDir(), "session.age"), Passphrase: target.NewSecret("a passphrase of the environment"),
	}
	return cfg
}

// TestSignedInPerson signs in by hand once, runs on without a password, and another day uses what was
// saved, until the server forgets it.
func TestSignedInPerson(t *testing.T) {
	g := NewWithT(t)
	c := newClinic(t)
	c.byItself = true
	cfg := c.nightly(t)

	manual := open(t, cfg)
	manual.Hand = true
	for range 2 {
		grant, err := manual.FreshGrant(t.Context(), manual.Scope("test"), session.Request{Launch: amyStandalone})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(grant.Evidence.Worked()).To(BeTrue(), grant.Evidence.Describe())
	}
	signIns, _ := c.count()
	g.Expect(signIns).To(Equal(1))
	raw, err := os.ReadFile(cfg.Login.Session.File)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(raw)).NotTo(ContainSubstring("canary"))

	c.byItself = false // nobody is there at night
	night := open(t, cfg)
	together, err := night.AuthorizeTogether(t.Context(), night.Scope("test"), []session.Request{
		{Launch: amyStandalone}, {Launch: amyStandalone},
	})
	g.Expect(err).NotTo(HaveOccurred())
	for _, a := range together {
		g.Expect(a.Evidence.Outcome).To(Equal(evidence.GotCode), a.Evidence.Describe())
	}
	for _, r := range []session.Request{{Launch: amyStandalone}, {Launch: amyStandalone, Fresh: true}} {
		a, err := night.Authorize(t.Context(), night.Scope("test"), r)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(a.Evidence.Outcome).To(Equal(evidence.GotCode), a.Evidence.Describe())
	}
	signIns, _ = c.count()
	g.Expect(signIns).To(Equal(1), "nobody signed in again")

	c.forget()
	refused, err := open(t, cfg).Authorize(t.Context(), night.Scope("test"), session.Request{Launch: amyStandalone})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(refused.Evidence.Outcome).To(Equal(evidence.GotNowhere))
	g.Expect(refused.Evidence.Trouble).To(And(
		ContainSubstring("the server no longer accepts the session of the patient"),
		ContainSubstring(cfg.Login.Session.File),
		ContainSubstring("renew it with: smartcheck login --user patient --manual"),
	))
}

// TestSavedSessionThatCannotBeUsed says of each why, and how to make another.
func TestSavedSessionThatCannotBeUsed(t *testing.T) {
	for name, test := range map[string]struct {
		state func(fhir string) *signedin.State
		says  string
	}{
		"none": {func(string) *signedin.State { return nil }, "there is no such file"},
		"of another server": {func(string) *signedin.State {
			return &signedin.State{FHIR: "https://other.example/fhir"}
		}, "is of another server, https://other.example/fhir"},
		"of another user": {func(fhir string) *signedin.State {
			return &signedin.State{FHIR: fhir, Users: map[string]signedin.User{"clinician": {}}}
		}, "has none of the patient"},
		"expired": {func(fhir string) *signedin.State {
			return &signedin.State{FHIR: fhir, Users: map[string]signedin.User{"patient": {}}}
		}, "expired on"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			c := newClinic(t)
			cfg := c.nightly(t)
			if state := test.state(cfg.FHIR); state != nil {
				g.Expect(state.Save(cfg.Login.Session.File, cfg.Login.Session.Passphrase.Reveal())).To(Succeed())
			}
			s := open(t, cfg)
			_, err := s.Authorize(t.Context(), s.Scope("test"), session.Request{Launch: amyStandalone})
			g.Expect(err).To(MatchError(And(
				ContainSubstring(test.says), ContainSubstring("renew it with: smartcheck login --user patient --manual"))))
		})
	}
}

// TestPasswordOutlivesSavedSession signs in with the password when there is one.
func TestPasswordOutlivesSavedSession(t *testing.T) {
	g := NewWithT(t)
	c := newClinic(t)
	cfg := c.nightly(t)
	cfg.Users = c.target().Users
	s := open(t, cfg)
	started := time.Now()
	a, err := s.Authorize(t.Context(), s.Scope("test"), session.Request{Launch: amyStandalone})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(a.Evidence.Outcome).To(Equal(evidence.GotCode), fmt.Sprint(a.Evidence.Describe(), time.Since(started)))
}
