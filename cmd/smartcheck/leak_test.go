package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/engine"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/reporters"
	"github.com/smart-conformance/smartcheck/suites"
)

// write puts the authority's certificate beside a target file.
func (w *wiretap) write(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "ca.pem"), w.config.TLS.CA, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNoSecretIsWritten runs every check against a wiretapped EHR, once with the program and once with its
// parts, and looks for every secret that was seen on the wire in everything that was written. Both runs
// must come to the same verdicts.
func TestNoSecretIsWritten(t *testing.T) {
	g := NewWithT(t)
	w := startWiretap(t)
	file, env := w.file(t)
	p := command(t, env, "run", "-c", file, "--format", "json", "-v")
	p.Args = append(p.Args, "--reports", p.reports)
	p.start()
	findings, recorded := gather(t, w)
	p.wait()

	for _, kind := range append(secretParameters[:8:8], "launch", "private key", "client secret", "credential", "cookie") {
		if kind != "client_secret" { // the symmetric client authenticates by Basic, noted as client secret
			g.Expect(w.kinds()).To(HaveKey(kind), "the wiretap saw none; the test would prove nothing")
		}
	}
	written := map[string][]byte{"standard output": p.out.Bytes(), "standard error": p.errors.Bytes()}
	for name, content := range recorded {
		written[name] = content
	}
	g.Expect(filepath.WalkDir(p.reports, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		written[entry.Name()], err = os.ReadFile(path)
		return err
	})).To(Succeed())
	g.Expect(written).To(HaveKey("results.json"))
	for name, content := range written {
		g.Expect(w.leaks(content)).To(BeEmpty(), name)
	}

	g.Expect(statuses(p.results().Findings)).To(Equal(statuses(findings)))
}

// gather judges every check and returns the findings, and all that the run could write down: the evidence,
// every exchange and every report.
func gather(t *testing.T, w *wiretap) ([]checks.Finding, map[string][]byte) {
	t.Helper()
	g := NewWithT(t)
	s, err := session.New(w.config)
	g.Expect(err).NotTo(HaveOccurred())
	run := engine.New(s, checks.Options{Version: checks.V2_2_0})
	findings := run.Findings(t.Context(), checks.All())
	run.Wait()
	g.Expect(s.Close()).To(Succeed())

	written := map[string][]byte{}
	written["evidence"], err = json.Marshal(run.Records())
	g.Expect(err).NotTo(HaveOccurred())
	written["exchanges"], err = json.Marshal(s.Recorder.Exchanges())
	g.Expect(err).NotTo(HaveOccurred())
	journeys := map[string]evidence.Journey{}
	for _, e := range s.Recorder.Exchanges() {
		if journey, ok := s.Recorder.Journey(e.Journey); ok {
			journeys[journey.ID] = journey
		}
	}
	g.Expect(journeys).NotTo(BeEmpty())
	written["journeys"], err = json.Marshal(journeys)
	g.Expect(err).NotTo(HaveOccurred())
	results := reporters.NewResults(reporters.Run{Target: suites.TargetOf(w.config)}, findings, s.Recorder.Exchanges())
	var table bytes.Buffer
	options := reporters.Terminal(&table)
	options.Verbose = true
	g.Expect(reporters.WriteConsole(&table, results, options)).To(Succeed())
	written["table"] = table.Bytes()
	for _, f := range reporters.Formats() {
		var report bytes.Buffer
		g.Expect(f.Write(&report, results, reporters.Presentation{})).To(Succeed())
		written[f.Name] = report.Bytes()
	}
	return findings, written
}

func statuses(findings []checks.Finding) map[string]checks.Status {
	out := map[string]checks.Status{}
	for _, f := range findings {
		out[f.Check] = f.Status
	}
	return out
}

// TestLeaksAreFound shows that the search finds a secret that a report gives away, in each of its forms.
func TestLeaksAreFound(t *testing.T) {
	const secret = "tök/en+1234 of=amy"
	w := &wiretap{known: map[string]string{}}
	w.learn("access_token", secret)
	for form, body := range map[string]string{
		"in clear":     "Bearer " + secret,
		"as a query":   "https://app.example.org/?code=t%C3%B6k%2Fen%2B1234+of%3Damy",
		"as a path":    "https://app.example.org/t%C3%B6k%2Fen+1234%20of=amy",
		"in base64":    "eHg6 dMO2ay9lbisxMjM0IG9mPWFteQ==",
		"in base64url": "dMO2ay9lbisxMjM0IG9mPWFteQ.",
	} {
		t.Run(form, func(t *testing.T) {
			g := NewWithT(t)
			var report bytes.Buffer
			results := reporters.NewResults(reporters.Run{}, []checks.Finding{{Check: "token.json", Evidence: []string{"leak#1"}}},
				[]evidence.Exchange{{ID: "leak#1", Response: &evidence.Response{Status: 200, Body: body}}})
			g.Expect(reporters.WriteJSON(&report, results)).To(Succeed())
			g.Expect(w.leaks(report.Bytes())).To(ContainElement(HaveField("Form", form)))
		})
	}
	NewWithT(t).Expect(w.leaks([]byte("[access_token 0123456789ab]"))).To(BeEmpty())
}
