package tlsprobe

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

const (
	// maxChain is how many certificates of a presented chain are looked at.
	maxChain = 10
	// maxNames is how many names of a certificate are kept. All of them are verified.
	maxNames = 100
)

// anyTLS is a client configuration that finishes a handshake with everything that crypto/tls knows. It
// verifies nothing: the certificate is evidence here, and no secret is ever sent.
func anyTLS(serverName string) *tls.Config {
	c := &tls.Config{ServerName: serverName, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		c.CipherSuites = append(c.CipherSuites, s.ID)
	}
	return c
}

// presented returns the DER certificates that the server presents in a whole handshake, and whether an OCSP
// response came with them.
func (p *Prober) presented(ctx context.Context, a Address) (chain [][]byte, stapled bool, err error) {
	raw, release, err := p.connect(ctx, a)
	if err != nil {
		return nil, false, err
	}
	defer release()
	conn := tls.Client(raw, anyTLS(a.serverName()))
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, false, fmt.Errorf("handshake with %s to read its certificate: %w", a, err)
	}
	state := conn.ConnectionState()
	for _, c := range state.PeerCertificates {
		chain = append(chain, c.Raw)
	}
	return chain, len(state.OCSPResponse) > 0, nil
}

// inspect verifies the chain and describes it in h.
func (p *Prober) inspect(h *evidence.TLSHost, name string, chain [][]byte) {
	certificates, err := parse(chain)
	if err != nil {
		h.CertificateError = err.Error()
		return
	}
	for _, c := range certificates {
		h.Certificates = append(h.Certificates, describe(c))
	}
	h.Verified = p.options.Now().UTC().Truncate(time.Second)
	leaf, rest := certificates[0], x509.NewCertPool()
	for _, c := range certificates[1:] {
		rest.AddCert(c)
	}
	if err := leaf.VerifyHostname(name); err != nil {
		h.NameError = plain(err)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: p.options.Roots, Intermediates: rest, CurrentTime: h.Verified,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	var noRoots x509.SystemRootsError
	switch {
	case errors.As(err, &noRoots):
		h.TrustError = plain(err) + "; install ca-certificates or name a CA file"
	case err != nil:
		h.ChainError = plain(err)
	}
}

func parse(chain [][]byte) ([]*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, errors.New("the server presented no certificate")
	}
	var certificates []*x509.Certificate
	for i, der := range chain[:min(len(chain), maxChain)] {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate %d of the chain: %s", i+1, plain(err))
		}
		certificates = append(certificates, c)
	}
	return certificates, nil
}

// plain drops the package name that crypto/x509 puts before its errors.
func plain(err error) string { return strings.TrimPrefix(err.Error(), "x509: ") }

func describe(c *x509.Certificate) evidence.Certificate {
	out := evidence.Certificate{
		Subject: short(c.Subject.String()), Issuer: short(c.Issuer.String()), Names: c.DNSNames,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		Signature: c.SignatureAlgorithm.String(), SelfSigned: selfSigned(c), MustStaple: mustStaple(c),
	}
	for _, ip := range c.IPAddresses {
		out.Names = append(out.Names, ip.String())
	}
	out.Names = out.Names[:min(len(out.Names), maxNames)]
	out.Key, out.KeyBits = key(c)
	return out
}

// short cuts what a certificate may make as long as it likes.
func short(name string) string {
	const most = 200
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}

// selfSigned reports whether the certificate says that it is its own issuer. The signature is not
// verified: crypto/x509 refuses the SHA-1 of an old root, where it does not matter.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) &&
		(len(c.AuthorityKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, c.SubjectKeyId))
}

// tlsFeature is the extension of RFC 7633, and statusRequest the feature that asks for OCSP.
var tlsFeature = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}

const statusRequest = 5

func mustStaple(c *x509.Certificate) bool {
	for _, extension := range c.Extensions {
		var features []int
		if !extension.Id.Equal(tlsFeature) {
			continue
		}
		if _, err := asn1.Unmarshal(extension.Value, &features); err == nil && slices.Contains(features, statusRequest) {
			return true
		}
	}
	return false
}

func key(c *x509.Certificate) (algorithm string, bits int) {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return "RSA", k.N.BitLen()
	case *ecdsa.PublicKey:
		return "ECDSA", k.Curve.Params().BitSize
	case ed25519.PublicKey:
		return "Ed25519", 256
	default:
		return c.PublicKeyAlgorithm.String(), 0
	}
}
