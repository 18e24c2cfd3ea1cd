// Package nssdb writes a certificate database of Network Security Services, the format in which
// Chromium on Linux reads the roots that its user trusts ($HOME/.pki/nssdb). It writes a new database
// with nothing but the given roots and needs neither certutil nor SQLite.
package nssdb

import (
	"crypto/md5"  //nolint:gosec // the format identifies certificates by it
	"crypto/sha1" //nolint:gosec // the format identifies certificates by it
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// FileName is the name of the database inside of its directory.
const FileName = "cert9.db"

// Classes, attributes and trust values of PKCS #11 and its NSS vendor range, as they stand in
// pkcs11t.h and pkcs11n.h. A column of the database is named after the attribute in hexadecimal.
const (
	classCertificate = 0x1
	classTrust       = 0xce534353

	trustedDelegator = 0xce534352 // issues certificates that are to be trusted for this purpose
	mustVerifyTrust  = 0xce53435b // says nothing about this purpose

	attrClass           = "a0"
	attrToken           = "a1"
	attrPrivate         = "a2"
	attrLabel           = "a3"
	attrValue           = "a11"
	attrCertificateType = "a80"
	attrIssuer          = "a81"
	attrSerialNumber    = "a82"
	attrSubject         = "a101"
	attrID              = "a102"
	attrModifiable      = "a170"

	attrTrustServerAuth      = "ace536358"
	attrTrustClientAuth      = "ace536359"
	attrTrustCodeSigning     = "ace53635a"
	attrTrustEmailProtection = "ace53635b"
	attrTrustStepUpApproved  = "ace536360"
	attrCertSHA1Hash         = "ace5363b4"
	attrCertMD5Hash          = "ace5363b5"
)

// columns are the attributes of the table that NSS creates, in its order. NSS names columns in its
// queries, so every one that it may name must exist.
var columns = strings.Fields(`a0 a1 a2 a3 a10 a11 a12 a80 a81 a82 a83 a84 a85 a86 a87 a88 a89 a8a a8b a90
	a100 a101 a102 a103 a104 a105 a106 a107 a108 a109 a10a a10b a10c a110 a111 a120 a121 a122 a123 a124
	a125 a126 a127 a128 a129 a130 a131 a132 a133 a134 a160 a161 a162 a163 a164 a165 a166 a170 a180 a181
	a200 a201 a202 a210 a300 a301 a302 a400 a401 a402 a403 a404 a405 a406 a480 a481 a482 a500 a501 a502
	a503 a40000211 a40000212 a80000001 ace534351 ace534352 ace534353 ace534354 ace534355 ace534356
	ace534357 ace534358 ace534364 ace534365 ace534366 ace534367 ace534368 ace534369 ace534373 ace534374
	ace536351 ace536352 ace536353 ace536354 ace536355 ace536356 ace536357 ace536358 ace536359 ace53635a
	ace53635b ace53635c ace53635d ace53635e ace53635f ace536360 ace5363b4 ace5363b5 ad5a0db00`)

// empty is how NSS stores an attribute that has no value, which a NULL cannot say.
var empty = []byte{0xa5, 0x00, 0x5a}

// Write makes dir with a database in it that trusts the roots to issue server certificates.
func Write(dir string, roots []*x509.Certificate) error {
	var rows [][]any
	for i, root := range roots {
		certificate, trust, err := objects(root)
		if err != nil {
			return fmt.Errorf("write the trusted roots to %s: certificate %d (%s): %w", dir, i+1, root.Subject, err)
		}
		rows = append(rows, row(2*i+1, certificate), row(2*i+2, trust))
	}
	database, err := sqliteFile("nssPublic", append([]string{"id"}, columns...), rows)
	if err != nil {
		return fmt.Errorf("write the trusted roots to %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write the trusted roots: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), database, 0o600); err != nil {
		return fmt.Errorf("write the trusted roots: %w", err)
	}
	return nil
}

// objects returns the certificate and the trust object of a root.
func objects(root *x509.Certificate) (certificate, trust map[string][]byte, err error) {
	serial, err := asn1.Marshal(root.SerialNumber)
	if err != nil {
		return nil, nil, fmt.Errorf("encode the serial number: %w", err)
	}
	sha, md := sha1.Sum(root.Raw), md5.Sum(root.Raw) //nolint:gosec // not for security, see above
	certificate = map[string][]byte{
		attrClass:           word(classCertificate),
		attrToken:           {1},
		attrPrivate:         {0},
		attrLabel:           []byte("smartcheck " + root.Subject.CommonName),
		attrValue:           root.Raw,
		attrCertificateType: word(0), // X.509
		attrIssuer:          root.RawIssuer,
		attrSerialNumber:    serial,
		attrSubject:         root.RawSubject,
		attrID:              sha[:],
		attrModifiable:      {1},
	}
	trust = map[string][]byte{
		attrClass:                word(classTrust),
		attrToken:                {1},
		attrPrivate:              {0},
		attrLabel:                empty,
		attrIssuer:               root.RawIssuer,
		attrSerialNumber:         serial,
		attrModifiable:           {1},
		attrTrustServerAuth:      word(trustedDelegator),
		attrTrustClientAuth:      word(mustVerifyTrust),
		attrTrustCodeSigning:     word(mustVerifyTrust),
		attrTrustEmailProtection: word(mustVerifyTrust),
		attrTrustStepUpApproved:  {0},
		attrCertSHA1Hash:         sha[:],
		attrCertMD5Hash:          md[:],
	}
	return certificate, trust, nil
}

func row(id int, attributes map[string][]byte) []any {
	values := make([]any, 0, len(columns)+1)
	values = append(values, id)
	for _, column := range columns {
		if value, ok := attributes[column]; ok {
			values = append(values, value)
		} else {
			values = append(values, nil)
		}
	}
	return values
}

func word(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }
