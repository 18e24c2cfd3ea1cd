package target_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"testing"

	"github.com/go-jose/go-jose/v4"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

func TestGeneratedKeysSign(t *testing.T) {
	g := NewWithT(t)
	private, err := target.GenerateKeys()
	g.Expect(err).NotTo(HaveOccurred())
	public, err := target.PublicKeys(private)
	g.Expect(err).NotTo(HaveOccurred())
	var published jose.JSONWebKeySet
	g.Expect(json.Unmarshal(public, &published)).To(Succeed())
	g.Expect(published.Keys).To(HaveLen(2))

	for _, alg := range []string{"ES384", "RS384"} {
		key, err := target.Client{Key: target.NewSecret(string(private)), Alg: alg}.SigningKey()
		g.Expect(err).NotTo(HaveOccurred())
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: key}, nil)
		g.Expect(err).NotTo(HaveOccurred())
		signed, err := signer.Sign([]byte("x"))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(published.Key(key.KeyID)).To(HaveLen(1))
		g.Expect(published.Key(key.KeyID)[0].IsPublic()).To(BeTrue())
		g.Expect(signed.Verify(published.Key(key.KeyID)[0])).To(Equal([]byte("x")))
	}
	for _, member := range []string{`"d"`, `"p"`, `"q"`, `"dp"`, `"dq"`, `"qi"`} {
		g.Expect(string(public)).NotTo(ContainSubstring(member))
	}
	_, err = target.PublicKeys(public)
	g.Expect(err).To(MatchError("holds no private key for signing; a client assertion needs the private part"))
}

func TestSigningKey(t *testing.T) {
	asPEM := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	other, _ := jose.JSONWebKey{Key: p384, KeyID: "k", Algorithm: "ES512"}.MarshalJSON()

	for name, row := range map[string]struct {
		client target.Client
		want   string
	}{
		"P-256":       {target.Client{Key: target.NewSecret(asPEM(p256))}, "holds an EC key on P-256; ES384 needs P-384"},
		"Ed25519":     {target.Client{Key: target.NewSecret(asPEM(ed))}, "holds a key that is neither EC (ES384) nor RSA (RS384)"},
		"wrong alg":   {target.Client{Key: target.NewSecret(asPEM(p384)), Alg: "RS384"}, "holds a key for ES384, but alg is RS384"},
		"other alg":   {target.Client{Key: target.NewSecret(string(other))}, `holds a key for "ES512"; SMART signs with ES384 or RS384`},
		"encrypted":   {target.Client{Key: target.NewSecret("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")}, "is an encrypted PEM key; decrypt it with openssl pkey"},
		"certificate": {target.Client{Key: target.NewSecret("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}, `is a PEM "CERTIFICATE"; expected a PRIVATE KEY`},
		"broken PEM":  {target.Client{Key: target.NewSecret("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}, "is a PEM key that cannot be read"},
		"no JWK":      {target.Client{Key: target.NewSecret(`{"kty": "EC"}`)}, "holds no JWK that can be read"},
		"empty set":   {target.Client{Key: target.NewSecret(`{"keys": []}`)}, "holds no JWK that can be read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := row.client.SigningKey()
			NewWithT(t).Expect(err).To(MatchError(row.want))
		})
	}

	g := NewWithT(t)
	key, err := target.Client{Key: target.NewSecret(asPEM(p384)), KID: "mine"}.SigningKey()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(key.KeyID).To(Equal("mine"))
	g.Expect(key.Algorithm).To(Equal("ES384"))
	key, err = target.Client{Key: target.NewSecret(asPEM(p384))}.SigningKey()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(key.KeyID).To(HaveLen(43), "the thumbprint")
}
