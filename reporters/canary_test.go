package reporters_test

import (
	"bytes"
	"os"
	"testing"

	. "github.com/onsi/gomega"
)

// TestNothingButTheRecordIsWritten runs every writer in an environment full of things that must stay
// on the machine. Redaction is the recorder's job; a reporter's is to add nothing of its own.
func TestNothingButTheRecordIsWritten(t *testing.T) {
	g := NewWithT(t)
	for _, name := range []string{"SMARTCHECK_PASSWORD", "HOSTNAME", "USER", "GITHUB_TOKEN", "HTTP_PROXY"} {
		t.Setenv(name, "canary-"+name)
	}
	home := t.TempDir()
	directory, err := os.Getwd()
	g.Expect(err).NotTo(HaveOccurred())
	host, err := os.Hostname()
	g.Expect(err).NotTo(HaveOccurred())
	t.Setenv("HOME", home)

	for name, write := range writers {
		var out bytes.Buffer
		g.Expect(write(&out, sample())).To(Succeed())
		for _, secret := range []string{"canary-", home, directory, "hostname", "nobody.points-here"} {
			g.Expect(out.String()).NotTo(ContainSubstring(secret), name)
		}
		if len(host) > 3 { // shorter names occur in ordinary words
			g.Expect(out.String()).NotTo(ContainSubstring(host), name)
		}
	}
}

// TestWritersAreDeterministic writes the same record twice; maps must not show through.
func TestWritersAreDeterministic(t *testing.T) {
	g := NewWithT(t)
	for name, write := range writers {
		var first bytes.Buffer
		g.Expect(write(&first, sample())).To(Succeed())
		for range 20 {
			var again bytes.Buffer
			g.Expect(write(&again, sample())).To(Succeed())
			g.Expect(again.String()).To(Equal(first.String()), name)
		}
	}
}
