package tlsprobe

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

var quiet = log.New(io.Discard, "", 0)

// openSSLServer starts openssl s_server with an ECDSA certificate and returns where it listens.
func openSSLServer(t *testing.T, args ...string) Address {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	args = append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", certificateFile(t), "-www"}, args...)
	server := exec.Command(openssl, args...)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = server.Stdout
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	for lines.Scan() { // "ACCEPT 127.0.0.1:45623"
		if at, found := strings.CutPrefix(lines.Text(), "ACCEPT "); found {
			go io.Copy(io.Discard, out)
			return addressOf(t, "https://"+at)
		}
	}
	t.Fatalf("openssl s_server did not say where it listens: %v", lines.Err())
	return Address{}
}

// certificateFile writes a key and a certificate for localhost, signed by itself.
func certificateFile(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "server.pem")
	content := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})...)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAgainstOpenSSL(t *testing.T) {
	for name, c := range map[string]struct {
		args     []string
		accepted []string
	}{
		"as it comes":     {nil, []string{evidence.TLS13, evidence.TLS12, evidence.SuitesCBC}},
		"TLS 1.3 only":    {[]string{"-tls1_3"}, []string{evidence.TLS13}},
		"TLS 1.1 only":    {[]string{"-tls1_1", "-cipher", "ALL:!aNULL:@SECLEVEL=0"}, []string{evidence.TLS11, evidence.SuitesCBC}},
		"TLS 1.0 only":    {[]string{"-tls1", "-cipher", "ALL:!aNULL:@SECLEVEL=0"}, []string{evidence.TLS10, evidence.SuitesCBC}},
		"NULL suites":     {[]string{"-tls1_2", "-cipher", "eNULL:!aNULL:@SECLEVEL=0"}, []string{evidence.TLS12, evidence.SuitesNull}},
		"anonymous alone": {[]string{"-tls1_2", "-cipher", "AECDH:@SECLEVEL=0"}, []string{evidence.TLS12, evidence.SuitesAnonymous}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			h := New(Options{Concurrency: 1}).Host(context.Background(), openSSLServer(t, c.args...))
			g.Expect(h.Error).To(BeEmpty())
			var accepted []string
			for _, o := range append(h.Versions, h.Suites...) {
				if o.Outcome == evidence.OfferAccepted {
					accepted = append(accepted, o.Offered)
				} else {
					g.Expect(o.Outcome).To(Equal(evidence.OfferRefused), "%+v", o)
				}
			}
			g.Expect(accepted).To(Equal(c.accepted))
		})
	}
}

func TestTheCertificateOfOpenSSLIsRead(t *testing.T) {
	g := NewWithT(t)
	a := openSSLServer(t)
	a.Host = "localhost"
	h := New(Options{Concurrency: 1, Roots: x509.NewCertPool()}).Host(context.Background(), a)
	g.Expect(h.Certificates).To(HaveLen(1))
	c := h.Certificates[0]
	g.Expect(c.Names).To(Equal([]string{"localhost"}))
	g.Expect([]any{c.Key, c.KeyBits, c.Signature, c.SelfSigned}).To(Equal([]any{"ECDSA", 256, "ECDSA-SHA256", true}))
	g.Expect(h.NameError).To(BeEmpty())
	g.Expect(h.ChainError).To(ContainSubstring("unknown authority"))
}

// A server that crypto/tls has no suite in common with shows its certificate in the clear flight.
func TestACertificateOutOfReachOfCryptoTLS(t *testing.T) {
	g := NewWithT(t)
	h := New(Options{Concurrency: 1}).Host(context.Background(), openSSLServer(t, "-tls1_2", "-cipher", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"))
	g.Expect(h.CertificateError).To(BeEmpty())
	g.Expect(h.Certificates).To(HaveLen(1))
	g.Expect(h.NameError).To(ContainSubstring("127.0.0.1"))
}
