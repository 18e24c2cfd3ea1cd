package target_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

func TestKeyFiles(t *testing.T) {
	g := NewWithT(t)
	name := filepath.Join(t.TempDir(), "keys.json")
	jwks, public, created, err := target.KeyFiles(name, false)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(created).To(BeTrue())
	g.Expect(os.ReadFile(public)).To(Equal(jwks))
	info, err := os.Stat(name)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o600)))
	private, err := os.ReadFile(name)
	g.Expect(err).NotTo(HaveOccurred())

	for _, force := range []bool{false, true} {
		again, _, created, err := target.KeyFiles(name, force)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(created).To(BeFalse())
		g.Expect(again).To(Equal(jwks))
		g.Expect(os.ReadFile(name)).To(Equal(private), "registered keys are kept")
	}

	g.Expect(os.WriteFile(public, []byte("mine"), 0o600)).To(Succeed())
	_, _, _, err = target.KeyFiles(name, false)
	g.Expect(err).To(MatchError(ContainSubstring("holds something else than the public keys of " + name)))
	_, _, _, err = target.KeyFiles(name, true)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.ReadFile(public)).To(Equal(jwks))

	g.Expect(os.WriteFile(name, []byte("{}"), 0o600)).To(Succeed())
	_, _, _, err = target.KeyFiles(name, true)
	g.Expect(err).To(MatchError("key file " + name + " holds no JWK that can be read; move it away, or name another with --keys"))
}
