package target_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// tlsFiles writes a certificate and its key into the folder.
func tlsFiles(t *testing.T, dir string) {
	t.Helper()
	g := NewWithT(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	g.Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	g.Expect(err).NotTo(HaveOccurred())
	private, err := x509.MarshalPKCS8PrivateKey(key)
	g.Expect(err).NotTo(HaveOccurred())
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		g.Expect(os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600)).To(Succeed())
	}
}

func TestLoadReadsJWKS(t *testing.T) {
	g := NewWithT(t)
	path := write(t, `
version: 1
fhir: https://ehr.example/fhir
jwks:
  {listen: "127.0.0.1:8444", url: https://suite.example:8444/jwks.json, cert: cert.pem, key: key.pem, maxAge: 2s, client: {id: hosted}}
`)
	tlsFiles(t, filepath.Dir(path))
	c, err := target.Load(path, lookup)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = c.JWKS.Certificate()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.JWKS.MaxAge).To(Equal(2 * time.Second))
	g.Expect(c.JWKS.Client).To(Equal(target.HostedClient{ID: "hosted", Scopes: []string{"system/Observation.rs"}}))
	g.Expect(c.Validate()).To(Succeed())
}

func TestMistakesInJWKS(t *testing.T) {
	for name, row := range map[string]struct {
		section string
		want    []string
	}{
		"no client": {`{listen: "127.0.0.1:0", url: https://suite.example/jwks}`, []string{
			"smartcheck.yaml:3:1: jwks.cert and jwks.key must be a certificate and its private key, in PEM files",
			`smartcheck.yaml:3:1: jwks lacks "client": the backend service that is registered with the url`,
		}},
		"plain http": {`{url: http://suite.example/jwks, client: {id: x}, listen: somewhere, maxAge: 2m}`, []string{
			"smartcheck.yaml:3:1: jwks.cert and jwks.key must be a certificate and its private key, in PEM files",
			"smartcheck.yaml:3:13: jwks.url is no https URL, and keys are fetched over TLS only",
			"smartcheck.yaml:3:65: jwks.listen is not host:port, such as 127.0.0.1:8444 or 0.0.0.0:8444",
			"smartcheck.yaml:3:84: jwks.maxAge is longer than 1m0s, and a run waits for it twice",
		}},
		"a key in the file": {`{url: https://suite.example/jwks, client: {id: x}, listen: "127.0.0.1:0", key: "-----BEGIN PRIVATE KEY-----"}`, []string{
			"smartcheck.yaml:3:1: jwks.cert and jwks.key must be a certificate and its private key, in PEM files",
			"smartcheck.yaml:3:86: jwks.key is a private key written in the file; write ${JWKS_TLS_KEY} or the name of a key file instead",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(complaints(t, "version: 1\nfhir: https://ehr.example/fhir\njwks: "+row.section+"\n")).To(Equal(row.want))
		})
	}
}
