package ehr

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/probe"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/tlsprobe"
)

// unhappyTransport probes an endpoint below base and returns the transport checks that do not pass.
func unhappyTransport(t *testing.T, ca *authority, base string) map[string]checks.Finding {
	t.Helper()
	seen, err := probe.TLS(context.Background(), []string{base + "/token"}, probe.TLSOptions{
		Prober: tlsprobe.New(tlsprobe.Options{Roots: ca.pool()}), Recorder: record.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
	unhappy := map[string]checks.Finding{}
	for _, c := range checks.TLS {
		f := c.Judge(evidence.Record{Kind: c.Kind(), Value: seen}, checks.Options{Version: checks.V2_2_0})
		if f.Status != checks.Passed && f.Status != checks.Skipped {
			unhappy[c.ID] = f
		}
	}
	return unhappy
}

func TestTheGoodPortPassesEveryTransportCheck(t *testing.T) {
	g := NewWithT(t)
	ca, err := newAuthority(time.Now())
	g.Expect(err).NotTo(HaveOccurred())
	certificate, err := ca.issue(leaf{})
	g.Expect(err).NotTo(HaveOccurred())
	port, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	server := &http.Server{Handler: strictTransport(greeting), TLSConfig: strictTLS(certificate), ErrorLog: log.New(io.Discard, "", 0)}
	defer server.Close()
	go server.ServeTLS(port, "", "")

	g.Expect(unhappyTransport(t, ca, "https://"+port.Addr().String())).To(BeEmpty())
}

func TestEveryTransportFaultTurnsItsChecksRedAndNoOther(t *testing.T) {
	ca, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	// Nobody trusts a signature with SHA-1, so the chain of such a certificate does not verify either.
	also := map[string][]string{faults.CertificateSHA1.ID: {"tls.certificate-chain"}}
	for _, f := range faults.All() {
		if _, ok := weaknesses[f.ID]; !ok {
			continue
		}
		t.Run(f.ID, func(t *testing.T) {
			g := NewWithT(t)
			var red []string
			found := unhappyTransport(t, ca, openWeak(t, ca, f).String())
			for id, finding := range found {
				g.Expect(finding.Status).To(Or(Equal(checks.Failed), Equal(checks.Warned)), "%s: %s", id, finding.Message)
				red = append(red, id)
			}
			expected := also[f.ID]
			for _, id := range f.Checks {
				if c, _ := checks.Lookup(id); c.Kind() == evidence.TransportKind.Name() {
					expected = append(expected, id)
					t.Log(found[id].Observed)
				}
			}
			g.Expect(red).To(ConsistOf(expected), "%+v", found)
		})
	}
}
