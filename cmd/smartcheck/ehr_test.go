package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// served runs smartcheck ehr until the test ends and returns what it announced, once that is complete.
func served(t *testing.T, args ...string) (announcement string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	cmd := newEHR()
	cmd.SetOut(in)
	cmd.SetArgs(args)
	cmd.SetContext(ctx)
	ended := make(chan error, 1)
	go func() {
		err := cmd.Execute()
		_ = in.Close()
		ended <- err
	}()
	var said strings.Builder
	for buffer := make([]byte, 4096); !strings.Contains(said.String(), "Ctrl-C"); {
		n, err := out.Read(buffer)
		if err != nil {
			t.Fatalf("smartcheck ehr ended early: %v\n%s", <-ended, said.String())
		}
		said.Write(buffer[:n])
	}
	t.Cleanup(cancel)
	return said.String(), func() error { cancel(); return <-ended }
}

func TestEHRServesUntilItIsStopped(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "target", "smartcheck.yaml")
	g.Expect(os.Mkdir(filepath.Dir(file), 0o755)).To(Succeed())
	said, stop := served(t, "--target-out", file, "--ca-out", filepath.Join(dir, "ca.pem"))
	base := regexp.MustCompile(`https://127\.0\.0\.1:\d+/fhir\b`).FindString(said)
	g.Expect(base).NotTo(BeEmpty(), said)
	for _, want := range []string{"/portal", "/faults/FAULT/fhir", ehr.PatientPassword, ehr.ClinicianUsername, ehr.DemoSecret(), ehr.DemoBackendID} {
		g.Expect(said).To(ContainSubstring(want))
	}

	environment := map[string]string{
		"PATIENT_PASSWORD": ehr.PatientPassword, "CLINICIAN_PASSWORD": ehr.ClinicianPassword, "CLIENT_SECRET": ehr.DemoSecret(),
	}
	config, err := target.Load(file, func(name string) (string, bool) { v, ok := environment[name]; return v, ok })
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(config.FHIR).To(Equal(base))
	g.Expect(config.Clients).To(HaveLen(5))

	roots := x509.NewCertPool()
	g.Expect(roots.AppendCertsFromPEM(config.TLS.CA)).To(BeTrue())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	response, err := client.Get(base + "/.well-known/smart-configuration")
	g.Expect(err).NotTo(HaveOccurred())
	_ = response.Body.Close()
	g.Expect(response.StatusCode).To(Equal(http.StatusOK))

	g.Expect(stop()).To(Succeed())
	_, err = client.Get(base + "/metadata")
	g.Expect(err).To(HaveOccurred())
}

func TestEHRWithoutFiles(t *testing.T) {
	g := NewWithT(t)
	said, stop := served(t)
	g.Expect(said).To(And(ContainSubstring("give --keys FILE"), Not(ContainSubstring("smartcheck run")), Not(ContainSubstring(ehr.DemoBackendID))))
	g.Expect(stop()).To(Succeed())
}

func TestEHRRefusesMistakes(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing", "file")
	for want, args := range map[string][]string{
		"ehr takes no argument":   {"now"},
		"is not on loopback":      {"--addr", "0.0.0.0:0"},
		"write host:port":         {"--addr", "8443"},
		"cannot write " + missing: {"--ca-out", missing},
	} {
		t.Run(want, func(t *testing.T) {
			g := NewWithT(t)
			cmd := newEHR()
			cmd.SetArgs(args)
			cmd.SetOut(io.Discard)
			cmd.SilenceUsage, cmd.SilenceErrors = true, true
			err := cmd.Execute()
			g.Expect(err).To(MatchError(ContainSubstring(want)))
			var exit exitError
			g.Expect(err).To(BeAssignableToTypeOf(exit))
			g.Expect(err.(exitError).code).To(Equal(2))
		})
	}
}
