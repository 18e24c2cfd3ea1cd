package tlsprobe

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// seenHello is a ClientHello as crypto/tls parses it, which shares no code with the one that wrote it,
// and as it was on the wire.
type seenHello struct {
	info *tls.ClientHelloInfo
	wire []byte
}

// helloServer accepts connections, notes the ClientHello of each and ends the handshake.
func helloServer(t *testing.T) (Address, <-chan seenHello) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan seenHello, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			var wire bytes.Buffer
			var info *tls.ClientHelloInfo
			tls.Server(teeConn{conn, &wire}, &tls.Config{
				GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
					info = hello
					return nil, errors.New("seen enough")
				},
			}).Handshake()
			seen <- seenHello{info, wire.Bytes()}
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	return Address{Host: host, Port: port}, seen
}

type teeConn struct {
	net.Conn
	copy io.Writer
}

func (c teeConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.copy.Write(p[:n])
	return n, err
}

func TestAHelloOffersWhatItClaimsAndNothingElse(t *testing.T) {
	address, seen := helloServer(t)
	prober := New(Options{})
	legacy := map[string]uint16{
		evidence.SSL30: versionSSL30, evidence.TLS10: tls.VersionTLS10, evidence.TLS11: tls.VersionTLS11,
	}
	for _, o := range append(versionOffers(), suiteOffers()...) {
		t.Run(o.name, func(t *testing.T) {
			g := NewWithT(t)
			prober.offer(context.Background(), address, o)
			hello := <-seen
			g.Expect(hello.info).NotTo(BeNil(), "crypto/tls could not parse the hello")

			suites := hello.info.CipherSuites
			if o.version == versionSSL30 {
				g.Expect(suites[len(suites)-1]).To(BeEquivalentTo(emptyRenegotiationInfoSCSV))
				suites = suites[:len(suites)-1]
				g.Expect(hello.info.Extensions).To(BeEmpty())
			} else {
				g.Expect(hello.info.SupportedProtos).To(Equal([]string{"h2", "http/1.1"}))
			}
			g.Expect(suites).To(Equal(ids(o.suites)))

			onTheWire := uint16(hello.wire[9])<<8 | uint16(hello.wire[10])
			want, old := legacy[o.name]
			if !old {
				want = tls.VersionTLS12
			}
			g.Expect(onTheWire).To(Equal(want), "client_version")
			if o.version == tls.VersionTLS13 {
				g.Expect(hello.info.SupportedVersions).To(Equal([]uint16{tls.VersionTLS13}))
			} else {
				g.Expect(hello.info.Extensions).NotTo(ContainElement(BeEquivalentTo(extensionSupportedVersions)))
			}
		})
	}
}

func TestAHelloNamesAHostAndNeverAnAddress(t *testing.T) {
	g := NewWithT(t)
	address, seen := helloServer(t)
	prober := New(Options{})
	prober.offer(context.Background(), address, versionOffers()[1])
	g.Expect((<-seen).info.ServerName).To(BeEmpty())

	address.Host = "localhost"
	prober.offer(context.Background(), address, versionOffers()[1])
	g.Expect((<-seen).info.ServerName).To(Equal("localhost"))
}

func TestNoSuiteIsInTwoGroups(t *testing.T) {
	g := NewWithT(t)
	seen := map[uint16]string{}
	for _, s := range append(everything(), tls13...) {
		g.Expect(seen).NotTo(HaveKey(s.id), s.name)
		seen[s.id] = s.name
	}
}

func TestSuiteNamesAreThoseOfTheRegistry(t *testing.T) {
	g := NewWithT(t)
	for _, s := range append(everything(), tls13...) {
		known := tls.CipherSuiteName(s.id)
		if known[:2] != "0x" {
			g.Expect(s.name).To(Equal(known))
		}
	}
	g.Expect(suiteName(0xfefe)).To(Equal("suite 0xfefe"))
}

// OpenSSL knows more names than crypto/tls, and spells them as the registry does.
func TestSuiteNamesAreThoseOfOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	g := NewWithT(t)
	out, err := exec.Command(openssl, "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	g.Expect(err).NotTo(HaveOccurred())
	names := map[uint16]string{}
	for _, m := range regexp.MustCompile(`0x([0-9A-F]{2}),0x([0-9A-F]{2}) - (\S+)`).FindAllStringSubmatch(string(out), -1) {
		id, err := strconv.ParseUint(m[1]+m[2], 16, 16)
		g.Expect(err).NotTo(HaveOccurred())
		names[uint16(id)] = m[3]
	}
	g.Expect(len(names)).To(BeNumerically(">", 50))
	compared := 0
	for _, s := range everything() {
		if name, known := names[s.id]; known {
			g.Expect(s.name).To(Equal(name))
			compared++
		}
	}
	g.Expect(compared).To(BeNumerically(">", 40))
}
