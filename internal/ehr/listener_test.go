package ehr

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/tlsprobe"
)

// greeting is a handler that says so.
var greeting = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })

func openWeak(t *testing.T, ca *authority, f faults.Fault) *url.URL {
	t.Helper()
	weak, err := listenWeak(f, ca, greeting)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := weak.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(weak.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func handshakes(t *testing.T, ca *authority, u *url.URL) evidence.TLSHost {
	t.Helper()
	address, err := tlsprobe.AddressOf(u)
	if err != nil {
		t.Fatal(err)
	}
	return tlsprobe.New(tlsprobe.Options{Roots: ca.pool()}).Host(context.Background(), address)
}

// differing lists the offers whose outcome is not that of a good port.
func differing(h evidence.TLSHost) []string {
	var names []string
	for _, o := range append(append([]evidence.TLSOffer{}, h.Versions...), h.Suites...) {
		good := o.Offered == evidence.TLS12 || o.Offered == evidence.TLS13
		if (o.Outcome == evidence.OfferAccepted) != good {
			names = append(names, o.Offered)
		}
	}
	return names
}

func TestEveryWeakPortHasItsDefectAndNoOther(t *testing.T) {
	ca, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fault       faults.Fault
		differs     []string // the offers whose outcome is not that of a good port
		name, chain string   // what is wrong with the certificate
	}{
		{fault: faults.TLS10Accepted, differs: []string{evidence.TLS10}},
		{fault: faults.TLS11Accepted, differs: []string{evidence.TLS11}},
		{fault: faults.TLS12Refused, differs: []string{evidence.TLS13, evidence.TLS12, evidence.TLS11, evidence.SuitesCBC}},
		{fault: faults.TLS13Missing, differs: []string{evidence.TLS13}},
		{fault: faults.SSLv3Accepted, differs: []string{evidence.SSL30}},
		{fault: faults.NullCipherAccepted, differs: []string{evidence.SuitesNull}},
		{fault: faults.AnonymousAccepted, differs: []string{evidence.SuitesAnonymous}},
		{fault: faults.ExportCipherAccepted, differs: []string{evidence.SuitesExport}},
		{fault: faults.RC4Accepted, differs: []string{evidence.SuitesRC4}},
		{fault: faults.DESAccepted, differs: []string{evidence.SuitesDES}},
		{fault: faults.TripleDESAccepted, differs: []string{evidence.Suites3DES}},
		{fault: faults.CertificateOtherName, name: "doesn't contain any IP SANs"},
		{fault: faults.CertificateExpired, chain: "expired"},
		{fault: faults.CertificateUntrusted, chain: "unknown authority"},
		{fault: faults.CertificateSHA1, chain: "SHA1"},
		{fault: faults.CertificateRSA1024},
		{fault: faults.PlaintextAnswered},
		{fault: faults.StrictTransportMissing},
		{fault: faults.StrictTransportRetracted},
	} {
		t.Run(c.fault.ID, func(t *testing.T) {
			g := NewWithT(t)
			h := handshakes(t, ca, openWeak(t, ca, c.fault))
			g.Expect(h.Error).To(BeEmpty())
			g.Expect(differing(h)).To(ConsistOf(c.differs), "%+v %+v", h.Versions, h.Suites)
			g.Expect(h.CertificateError).To(BeEmpty())
			g.Expect(h.NameError).To(similarTo(c.name))
			g.Expect(h.ChainError).To(similarTo(c.chain))
		})
	}
}

// similarTo matches a message that contains part, or no message when part is empty.
func similarTo(part string) OmegaMatcher {
	if part == "" {
		return BeEmpty()
	}
	return ContainSubstring(part)
}

func TestTheCertificateOfAWeakPortIsDescribed(t *testing.T) {
	g := NewWithT(t)
	ca, err := newAuthority(time.Now())
	g.Expect(err).NotTo(HaveOccurred())

	short := handshakes(t, ca, openWeak(t, ca, faults.CertificateRSA1024)).Certificates[0]
	g.Expect(short.Key).To(Equal("RSA"))
	g.Expect(short.KeyBits).To(Equal(1024))

	sha1 := handshakes(t, ca, openWeak(t, ca, faults.CertificateSHA1)).Certificates[0]
	g.Expect(sha1.Signature).To(Equal("ECDSA-SHA1"))
	g.Expect(sha1.SelfSigned).To(BeFalse())
}

func TestEveryWeakPortServesItsTenant(t *testing.T) {
	ca, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fault  faults.Fault
		scheme string
		hsts   string
	}{
		{faults.TLS10Accepted, "https", strictTransportSecurity},
		{faults.TLS12Refused, "https", strictTransportSecurity},
		{faults.NullCipherAccepted, "https", strictTransportSecurity},
		{faults.PlaintextAnswered, "https", strictTransportSecurity},
		{faults.PlaintextAnswered, "http", strictTransportSecurity},
		{faults.PlaintextAdvertised, "http", strictTransportSecurity},
		{faults.StrictTransportMissing, "https", ""},
		{faults.StrictTransportRetracted, "https", "max-age=0"},
	} {
		t.Run(c.fault.ID+" over "+c.scheme, func(t *testing.T) {
			g := NewWithT(t)
			u := openWeak(t, ca, c.fault)
			u.Scheme = c.scheme
			response, err := tlsprobe.New(tlsprobe.Options{}).Client().Get(u.String())
			g.Expect(err).NotTo(HaveOccurred())
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(body)).To(Equal("hello"))
			g.Expect(response.Header.Get("Strict-Transport-Security")).To(Equal(c.hsts))
		})
	}
}

func TestAGoodPortRefusesPlainHTTP(t *testing.T) {
	g := NewWithT(t)
	ca, err := newAuthority(time.Now())
	g.Expect(err).NotTo(HaveOccurred())
	u := openWeak(t, ca, faults.TLS13Missing)
	u.Scheme = "http"
	response, err := http.Get(u.String())
	g.Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close()
	g.Expect(response.StatusCode).To(Equal(http.StatusBadRequest))
}

func TestAFaultOfAnotherAreaHasNoPort(t *testing.T) {
	g := NewWithT(t)
	ca, err := newAuthority(time.Now())
	g.Expect(err).NotTo(HaveOccurred())
	_, err = listenWeak(faults.StateDropped, ca, greeting)
	g.Expect(err).To(MatchError(ContainSubstring("state-dropped")))
}

func TestEveryTransportFaultHasAPort(t *testing.T) {
	g := NewWithT(t)
	for _, f := range faults.All() {
		first, _ := checks.Lookup(f.Checks[0])
		if first.Kind() == evidence.TransportKind.Name() && f.ID != faults.RedirectDowngrades.ID { // a defect of a page
			g.Expect(weaknesses).To(HaveKey(f.ID))
		}
	}
}

// OpenSSL reads the forged flights as a peer that was not written with them in mind: it must come as
// far as ServerHelloDone in each that its build still knows.
func TestOpenSSLReadsTheForgedFlights(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	ca, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fault  faults.Fault
		cipher string
	}{
		{faults.NullCipherAccepted, "NULL-SHA256"},
		{faults.AnonymousAccepted, "ADH-AES128-SHA"},
	} {
		t.Run(c.fault.ID, func(t *testing.T) {
			g := NewWithT(t)
			u := openWeak(t, ca, c.fault)
			out, _ := exec.Command(openssl, "s_client", "-connect", u.Host, "-tls1_2", "-msg", "-legacy_server_connect",
				"-cipher", c.cipher+":@SECLEVEL=0").CombinedOutput()
			g.Expect(string(out)).To(ContainSubstring("ServerHelloDone"))
			g.Expect(string(out)).To(ContainSubstring("ClientKeyExchange"))
		})
	}
}

func TestClosingAPortEndsConnectionsThatSayNothing(t *testing.T) {
	g := NewWithT(t)
	ca, err := newAuthority(time.Now())
	g.Expect(err).NotTo(HaveOccurred())
	weak, err := listenWeak(faults.PlaintextAnswered, ca, greeting)
	g.Expect(err).NotTo(HaveOccurred())
	u, err := url.Parse(weak.BaseURL)
	g.Expect(err).NotTo(HaveOccurred())
	silent, err := tls.Dial("tcp", u.Host, &tls.Config{RootCAs: ca.pool(), ServerName: "127.0.0.1"})
	g.Expect(err).NotTo(HaveOccurred())
	defer silent.Close()
	g.Expect(weak.Close()).To(Succeed())
	silent.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, err = io.Copy(&bytes.Buffer{}, silent)
	g.Expect(err).To(Or(BeNil(), Not(MatchError(ContainSubstring("timeout")))))
}
