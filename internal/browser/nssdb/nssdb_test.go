package nssdb_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser/nssdb"
)

// TestWriteIsReadBySQLite reads the database with an independent implementation of the format: one
// root, and so many that the table needs several pages.
func TestWriteIsReadBySQLite(t *testing.T) {
	sqlite, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("sqlite3 is not installed")
	}
	for _, n := range []int{1, 200} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			g := NewWithT(t)
			var roots []*x509.Certificate
			for i := range n {
				roots = append(roots, root(t, int64(i+1)))
			}
			dir := filepath.Join(t.TempDir(), "nssdb")
			g.Expect(nssdb.Write(dir, roots)).To(Succeed())

			query := func(sql string) string {
				out, err := exec.Command(sqlite, filepath.Join(dir, nssdb.FileName), sql).CombinedOutput()
				g.Expect(err).NotTo(HaveOccurred(), string(out))
				return strings.TrimSpace(string(out))
			}
			g.Expect(query("PRAGMA integrity_check")).To(Equal("ok"))
			g.Expect(query("SELECT count(*) FROM nssPublic WHERE a0 = x'00000001'")).To(Equal(fmt.Sprint(n)))
			g.Expect(query("SELECT count(*) FROM nssPublic WHERE ace536358 = x'ce534352'")).To(Equal(fmt.Sprint(n)))
			last := roots[n-1]
			g.Expect(query("SELECT lower(hex(a11)) FROM nssPublic WHERE a101 = x'" + hex.EncodeToString(last.RawSubject) + "'")).
				To(Equal(hex.EncodeToString(last.Raw)))
		})
	}
}

func TestWriteRefusesWhatDoesNotFit(t *testing.T) {
	g := NewWithT(t)
	huge := root(t, 1)
	huge.Raw = make([]byte, 70000)
	g.Expect(nssdb.Write(t.TempDir(), []*x509.Certificate{huge})).
		To(MatchError(ContainSubstring("do not fit")))
}

func root(t *testing.T, serial int64) *x509.Certificate {
	t.Helper()
	g := NewWithT(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	g.Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: fmt.Sprintf("Root %d", serial)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	g.Expect(err).NotTo(HaveOccurred())
	cert, err := x509.ParseCertificate(der)
	g.Expect(err).NotTo(HaveOccurred())
	return cert
}
