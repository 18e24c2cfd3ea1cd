package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// inRegistryFolder starts the reference EHR, moves into a new folder and returns the EHR's base and the file of its
// authority.
func inRegistryFolder(t *testing.T) (base, ca string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	ca = filepath.Join(dir, "ca.pem")
	said, _ := served(t, "--ca-out", ca)
	return regexp.MustCompile(`https://127\.0\.0\.1:\d+/fhir\b`).FindString(said), ca
}

// TestInitRegisters writes a target file with the ids of registered clients, keeps their secrets elsewhere, and removes
// them again.
func TestInitRegisters(t *testing.T) {
	g := NewWithT(t)
	base, ca := inRegistryFolder(t)
	out, err, _ := initialise(t, "--register", base, "--ca", ca)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(And(ContainSubstring("Registered 4 clients"), ContainSubstring("smartcheck init --unregister"), ContainSubstring("  . ./registered-clients.env\n")))
	g.Expect(out).NotTo(Or(ContainSubstring("Register these"), ContainSubstring("CLIENT_ID="), ContainSubstring("CLIENT_SECRET=")))

	var kept enrolment
	raw, err := os.ReadFile("registered-clients.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(json.Unmarshal(raw, &kept)).To(Succeed())
	g.Expect(kept.Clients).To(HaveLen(4))
	secrets, err := os.ReadFile("registered-clients.env")
	g.Expect(err).NotTo(HaveOccurred())
	file, err := os.ReadFile("smartcheck.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	for _, name := range []string{"registered-clients.json", "registered-clients.env"} {
		info, err := os.Stat(name)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(info.Mode().Perm()).To(BeEquivalentTo(0o600), name)
	}
	for _, client := range kept.Clients {
		g.Expect(string(file)).To(ContainSubstring(client.ID))
		for _, secret := range []string{client.Secret, client.Token} {
			if secret != "" {
				g.Expect(string(file) + out).NotTo(ContainSubstring(secret))
			}
		}
	}
	secret := strings.TrimSpace(strings.TrimPrefix(string(secrets), "export SYMMETRIC_CLIENT_SECRET="))
	config, err := target.Load("smartcheck.yaml", func(name string) (string, bool) {
		if name == "PORTAL_URL" {
			return base, true
		}
		return secret, true
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(config.Clients[target.Symmetric].Secret.Reveal()).To(Equal(kept.Clients[1].Secret))

	_, err, code := initialise(t, "--register", base, "--ca", ca, "--force")
	g.Expect(err).To(MatchError(ContainSubstring("remove its clients with smartcheck init --unregister")))
	g.Expect(code).To(Equal(2))

	out, err, _ = initialise(t, "--unregister")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.Count(out, ": removed\n")).To(Equal(4))
	g.Expect("registered-clients.json").NotTo(BeAnExistingFile())
	g.Expect("registered-clients.env").NotTo(BeAnExistingFile())

	g.Expect(os.WriteFile("registered-clients.json", raw, 0o600)).To(Succeed())
	out, err, _ = initialise(t, "--unregister")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.Count(out, "no longer knows it")).To(Equal(4))
}

// TestInitRegisterFails leaves neither files nor clients behind.
func TestInitRegisterFails(t *testing.T) {
	base, ca := inRegistryFolder(t)
	t.Setenv(registrationTokenVariable, "a token that is wrong")
	g := NewWithT(t)
	_, err, code := initialise(t, "--register", base, "--ca", ca)
	g.Expect(err).To(MatchError(And(ContainSubstring("no client was registered"), ContainSubstring("401 invalid_token"), ContainSubstring("REGISTRATION_TOKEN"))))
	g.Expect(code).To(Equal(3))
	g.Expect("smartcheck.yaml").NotTo(BeAnExistingFile())
	g.Expect("registered-clients.json").NotTo(BeAnExistingFile())

	for want, args := range map[string][]string{
		"give --register or --unregister":                {"--register", "--unregister", base},
		"--unregister takes no URL":                      {"--unregister", base},
		"cannot read the registered clients":             {"--unregister"},
		"is no file of smartcheck init --register":       {"--unregister", "--clients", ca},
		"init needs one FHIR base URL, such as smartche": {"--register"},
	} {
		_, err, code := initialise(t, args...)
		g.Expect(err).To(MatchError(ContainSubstring(want)))
		g.Expect(code).To(Equal(2), want)
	}
}

// TestUnregisterKeepsWhatItCannotRemove keeps a client in the file that the server has not said how to remove.
func TestUnregisterKeepsWhatItCannotRemove(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir())
	g.Expect(enrolment{FHIR: "https://ehr.example/fhir", Clients: []enrolledClient{{Kind: target.Public, ID: "app-1"}}}.write("registered-clients.json")).To(Succeed())
	out, err, code := initialise(t, "--unregister")
	g.Expect(err).To(MatchError(ContainSubstring("registered-clients.json keeps what is still registered: 1 of 1")))
	g.Expect(code).To(Equal(3))
	g.Expect(out).To(ContainSubstring("public app-1 is still registered: the server has not said how to remove it"))
	g.Expect(readEnrolment("registered-clients.json")).To(HaveField("Clients", HaveLen(1)))
}
