package ehr

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// weaknesses says what is wrong with the port of each transport fault.
var weaknesses = map[string]weakness{
	faults.TLS10Accepted.ID:            {tls: alsoAccepting(tls.VersionTLS10)},
	faults.TLS11Accepted.ID:            {tls: alsoAccepting(tls.VersionTLS11)},
	faults.TLS12Refused.ID:             {tls: upTo(tls.VersionTLS11, tls.VersionTLS11)},
	faults.TLS13Missing.ID:             {tls: upTo(tls.VersionTLS12, tls.VersionTLS12)},
	faults.SSLv3Accepted.ID:            {tls: withRSA(), forged: &forgery{version: versionSSL30, suite: rsaAES128SHA, exact: true}},
	faults.NullCipherAccepted.ID:       {tls: withRSA(), forged: &forgery{version: tls.VersionTLS12, suite: rsaNullSHA256}},
	faults.AnonymousAccepted.ID:        {tls: withRSA(), forged: &forgery{version: tls.VersionTLS12, suite: dhAnonAES128SHA, keyExchange: anonymousDH}},
	faults.ExportCipherAccepted.ID:     {tls: withRSA(), forged: &forgery{version: tls.VersionTLS10, suite: rsaExportRC4MD5, keyExchange: exportRSA}},
	faults.DESAccepted.ID:              {tls: withRSA(), forged: &forgery{version: tls.VersionTLS12, suite: rsaDESSHA}},
	faults.RC4Accepted.ID:              {tls: withRSA(tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_RC4_128_SHA)},
	faults.TripleDESAccepted.ID:        {tls: withRSA(tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)},
	faults.CertificateOtherName.ID:     {tls: certified(leaf{names: []string{"other-ehr.example"}})},
	faults.CertificateExpired.ID:       {tls: expiredCertificate},
	faults.CertificateUntrusted.ID:     {tls: untrustedCertificate},
	faults.CertificateSHA1.ID:          {tls: certified(leaf{signature: x509.ECDSAWithSHA1})},
	faults.CertificateRSA1024.ID:       {tls: shortKeyCertificate},
	faults.CertificateExpiring.ID:      {tls: lastingUntil(5 * 24 * time.Hour)},
	faults.CertificateForYears.ID:      {tls: lastingUntil(3 * 365 * 24 * time.Hour)},
	faults.CertificateMustStaple.ID:    {tls: certified(leaf{staple: true})},
	faults.IntermediateMissing.ID:      {tls: withoutIntermediate},
	faults.ChainDisordered.ID:          {tls: disorderedChain},
	faults.CompressionAccepted.ID:      {tls: withRSA(), forged: &forgery{version: tls.VersionTLS12, suite: rsaAES128SHA, compressed: true}},
	faults.RenegotiationInsecure.ID:    {tls: withRSA(), forged: &forgery{version: tls.VersionTLS12, suite: rsaAES128SHA, exact: true}},
	faults.LoginThroughHTTP.ID:         {both: true},
	faults.PlaintextAnswered.ID:        {both: true},
	faults.PlaintextAdvertised.ID:      {plain: true},
	faults.StrictTransportMissing.ID:   {withheld: true},
	faults.StrictTransportRetracted.ID: {hsts: "max-age=0"},
}

// weakSuites are CBC suites for the versions that know nothing better.
var weakSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
}

// certified is a good configuration with the certificate that l describes.
func certified(l leaf) func(*authority) (*tls.Config, error) {
	return func(ca *authority) (*tls.Config, error) {
		certificate, err := ca.issue(l)
		if err != nil {
			return nil, err
		}
		config := strictTLS(certificate)
		config.NextProtos = []string{"http/1.1"} // HTTP/2 forbids what the weak ports do
		return config, nil
	}
}

// upTo is a configuration for a range of versions.
func upTo(oldest, newest uint16) func(*authority) (*tls.Config, error) {
	return func(ca *authority) (*tls.Config, error) {
		config, err := certified(leaf{})(ca)
		if err != nil {
			return nil, err
		}
		config.MinVersion, config.MaxVersion = oldest, newest
		if newest < tls.VersionTLS12 {
			config.CipherSuites = weakSuites
		}
		return config, nil
	}
}

// alsoAccepting is a good configuration that falls back to version for clients that know no newer one.
func alsoAccepting(version uint16) func(*authority) (*tls.Config, error) {
	return func(ca *authority) (*tls.Config, error) {
		good, err := certified(leaf{})(ca)
		if err != nil {
			return nil, err
		}
		old, err := upTo(version, version)(ca)
		if err != nil {
			return nil, err
		}
		good.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if slices.Max(append([]uint16{0}, hello.SupportedVersions...)) == version {
				return old, nil
			}
			return nil, nil // the good one
		}
		return good, nil
	}
}

// withRSA is a good configuration with an RSA certificate, which old suites need, and more suites.
func withRSA(more ...uint16) func(*authority) (*tls.Config, error) {
	return func(ca *authority) (*tls.Config, error) {
		key, err := ca.rsaKey(2048)
		if err != nil {
			return nil, err
		}
		config, err := certified(leaf{key: key})(ca)
		if err != nil {
			return nil, err
		}
		config.CipherSuites = append(config.CipherSuites, more...)
		return config, nil
	}
}

func expiredCertificate(ca *authority) (*tls.Config, error) {
	return certified(leaf{notBefore: ca.now.Add(-90 * 24 * time.Hour), notAfter: ca.now.Add(-24 * time.Hour)})(ca)
}

// lastingUntil presents a certificate that was issued a year ago and is good for that much longer.
func lastingUntil(rest time.Duration) func(*authority) (*tls.Config, error) {
	return func(ca *authority) (*tls.Config, error) {
		return certified(leaf{notBefore: ca.now.Add(-validity), notAfter: ca.now.Add(rest)})(ca)
	}
}

// withoutIntermediate presents a certificate of an authority between it and the root, and not that
// authority's.
func withoutIntermediate(ca *authority) (*tls.Config, error) {
	between, err := newAuthorityUnder(ca, "smartcheck reference EHR, issuing authority", ca.now)
	if err != nil {
		return nil, err
	}
	return certified(leaf{})(between)
}

// disorderedChain presents a certificate with two more behind it, of which the first has nothing to do with
// it.
func disorderedChain(ca *authority) (*tls.Config, error) {
	old, err := newAuthorityUnder(nil, "smartcheck reference EHR, authority of last year", ca.now)
	if err != nil {
		return nil, err
	}
	config, err := certified(leaf{})(ca)
	if err != nil {
		return nil, err
	}
	chain := &config.Certificates[0].Certificate
	*chain = append(*chain, old.certificate.Raw, ca.certificate.Raw)
	return config, nil
}

// untrustedCertificate presents a certificate of an authority that was made for it alone.
func untrustedCertificate(ca *authority) (*tls.Config, error) {
	stranger, err := newAuthority(ca.now)
	if err != nil {
		return nil, err
	}
	return certified(leaf{})(stranger)
}

func shortKeyCertificate(ca *authority) (*tls.Config, error) {
	key, err := ca.rsaKey(1024)
	if err != nil {
		return nil, err
	}
	return certified(leaf{key: key})(ca)
}
