package ehr

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestTheAuthorityIssuesForEveryLoopbackName(t *testing.T) {
	g := NewWithT(t)
	now := time.Now()
	ca, err := newAuthority(now)
	g.Expect(err).NotTo(HaveOccurred())

	trusted := x509.NewCertPool()
	g.Expect(trusted.AppendCertsFromPEM(ca.PEM())).To(BeTrue())
	certificate, err := ca.issue(leaf{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
		_, err := certificate.Leaf.Verify(x509.VerifyOptions{Roots: trusted, DNSName: name, CurrentTime: now})
		g.Expect(err).NotTo(HaveOccurred(), name)
	}
	_, err = certificate.Leaf.Verify(x509.VerifyOptions{Roots: trusted, DNSName: "ehr.example", CurrentTime: now})
	g.Expect(err).To(HaveOccurred())
}

func TestTheStrictListenerSpeaksHTTP2OverModernTLSOnly(t *testing.T) {
	g := NewWithT(t)
	ca, err := newAuthority(time.Now())
	g.Expect(err).NotTo(HaveOccurred())
	certificate, err := ca.issue(leaf{})
	g.Expect(err).NotTo(HaveOccurred())

	for version, accepted := range map[uint16]bool{
		tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true,
	} {
		server, client := net.Pipe()
		served := make(chan error, 1)
		go func() {
			defer server.Close()
			served <- tls.Server(server, strictTLS(certificate)).Handshake()
		}()
		conn := tls.Client(client, &tls.Config{
			RootCAs: ca.pool(), ServerName: "localhost", NextProtos: []string{"h2"},
			MinVersion: version, MaxVersion: version,
		})
		err := conn.Handshake()
		g.Expect(err == nil).To(Equal(accepted), "%s: %v", tls.VersionName(version), err)
		if accepted {
			g.Expect(conn.ConnectionState().NegotiatedProtocol).To(Equal("h2"))
		}
		client.Close()
		g.Expect((<-served) == nil).To(Equal(accepted))
	}
}
