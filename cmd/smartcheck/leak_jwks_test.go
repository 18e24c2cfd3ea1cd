package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr"
)

// TestNoKeyIsWritten runs the checks of client assertions with a key set that the program publishes at an
// address of its target file, and looks for keys and assertions in everything that was written.
func TestNoKeyIsWritten(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "smartcheck.yaml")
	_, stop := served(t, "--target-out", file)
	p := runs(t, map[string]string{
		"PATIENT_PASSWORD": ehr.PatientPassword, "CLINICIAN_PASSWORD": ehr.ClinicianPassword, "CLIENT_SECRET": ehr.DemoSecret(),
	}, "run", "-c", file, "--suite", "client-auth-asymmetric", "--format", "json", "-v")
	g.Expect(stop()).To(Succeed())
	for _, f := range p.results().Findings {
		g.Expect(string(f.Status)).To(BeElementOf("pass", "info"), "%s: %s%s", f.Check, f.Message, f.Reason)
	}

	secrets := privateMembers(t, filepath.Join(dir, "client-keys.json"))
	certificateKey, err := os.ReadFile(filepath.Join(dir, "jwks-key.pem"))
	g.Expect(err).NotTo(HaveOccurred())
	secrets = append(secrets, strings.Split(string(certificateKey), "\n")[1])
	g.Expect(len(secrets)).To(BeNumerically(">", 3))
	written := map[string]string{"standard output": p.out.String(), "standard error": p.errors.String()}
	g.Expect(filepath.WalkDir(p.reports, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		written[entry.Name()] = string(raw)
		return err
	})).To(Succeed())
	jwt := regexp.MustCompile(`eyJ[\w-]{8,}\.eyJ[\w-]{8,}`)
	g.Expect(jwt.MatchString("client_assertion=eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJ4In0.c2ln")).To(BeTrue())
	for name, content := range written {
		g.Expect(content).NotTo(MatchRegexp(jwt.String()), name+" holds an assertion")
		g.Expect(content).NotTo(ContainSubstring("PRIVATE KEY"), name)
		for _, secret := range secrets {
			g.Expect(content).NotTo(ContainSubstring(secret), name+" holds a private key")
		}
	}
}

// privateMembers returns the private members of a file of keys.
func privateMembers(t *testing.T, name string) []string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		t.Fatal(err)
	}
	var members []string
	for _, key := range set.Keys {
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			if value, there := key[name].(string); there {
				members = append(members, value)
			}
		}
	}
	return members
}
