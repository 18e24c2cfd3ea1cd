package ehr

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// validity is how long the authority and what it issues are good for.
const validity = 365 * 24 * time.Hour

// authority is the certificate authority of one reference EHR. It is made at start and its key never
// leaves the process.
type authority struct {
	now         time.Time
	certificate *x509.Certificate
	key         crypto.Signer

	mu  sync.Mutex
	rsa map[int]*rsa.PrivateKey // by size; one for all certificates, because making one is slow
}

// newAuthority makes a P-256 authority that is valid for a year from an hour before now.
func newAuthority(now time.Time) (*authority, error) {
	return newAuthorityUnder(nil, "smartcheck reference EHR, certificate authority", now)
}

// newAuthorityUnder makes an authority whose certificate its parent signs, or itself when it has none.
func newAuthorityUnder(parent *authority, name string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate the key of the EHR's certificate authority: %w", err)
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(validity),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLen:            1,
	}
	issuer, signer := template, crypto.Signer(key)
	if parent != nil {
		issuer, signer = parent.certificate, parent.key
		template.MaxPathLen, template.MaxPathLenZero = 0, true
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of the EHR's authority: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back the certificate of the EHR's authority: %w", err)
	}
	return &authority{now: now, certificate: certificate, key: key, rsa: map[int]*rsa.PrivateKey{}}, nil
}

// PEM returns the authority's certificate for a trust store. It is not secret.
func (a *authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// pool returns a pool that trusts the authority and nothing else.
func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// rsaKey returns the authority's RSA key of that size for certificates that need one.
func (a *authority) rsaKey(bits int) (*rsa.PrivateKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if key, ok := a.rsa[bits]; ok {
		return key, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fmt.Errorf("generate an RSA key of %d bits: %w", bits, err)
	}
	a.rsa[bits] = key
	return key, nil
}

// leaf describes a server certificate. The zero value is a good one: a fresh P-256 key, valid now, for
// every loopback name.
type leaf struct {
	names     []string                // DNS names and IP addresses; nil means loopbackNames
	notBefore time.Time               // zero means that of the authority
	notAfter  time.Time               // zero means that of the authority
	key       crypto.Signer           // nil means a fresh P-256 key
	signature x509.SignatureAlgorithm // zero means what suits the authority's key
	staple    bool                    // demands an OCSP response beside it (RFC 7633)
}

// mustStaple is the TLS feature extension with status_request.
var mustStaple = pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 0x03, 0x02, 0x01, 0x05}}

// loopbackNames are the names under which a client on this machine may reach the EHR.
var loopbackNames = []string{"localhost", "127.0.0.1", "::1"}

// issue signs a certificate and returns it with its key; the chain carries the leaf alone, because
// clients hold the authority.
func (a *authority) issue(l leaf) (tls.Certificate, error) {
	if err := l.complete(a); err != nil {
		return tls.Certificate{}, err
	}
	serial, err := serialNumber()
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: l.names[0]},
		NotBefore:             l.notBefore,
		NotAfter:              l.notAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		SignatureAlgorithm:    l.signature,
	}
	if l.staple {
		template.ExtraExtensions = append(template.ExtraExtensions, mustStaple)
	}
	for _, name := range l.names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, l.key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign a certificate for %v: %w", l.names, err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read back the certificate for %v: %w", l.names, err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: l.key, Leaf: parsed}, nil
}

// complete fills in what the zero value means.
func (l *leaf) complete(a *authority) error {
	if len(l.names) == 0 {
		l.names = loopbackNames
	}
	if l.notBefore.IsZero() {
		l.notBefore = a.certificate.NotBefore
	}
	if l.notAfter.IsZero() {
		l.notAfter = a.certificate.NotAfter
	}
	if l.key == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return fmt.Errorf("generate a key for %v: %w", l.names, err)
		}
		l.key = key
	}
	return nil
}

// serialNumber returns 127 random bits, which RFC 5280 section 4.1.2.2 has room for.
func serialNumber() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("draw a certificate serial number: %w", err)
	}
	return serial.Add(serial, big.NewInt(1)), nil
}

// strictTLS is the configuration of the good listener: TLS 1.2 and 1.3, forward-secret suites with
// authenticated encryption (RFC 9325 sections 3.1.1 and 4.2), HTTP/2 or HTTP/1.1.
func strictTLS(certificate tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}
