package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestKnownOutcomes refuses an expectations file that cannot be used, before anything is run, and says
// which and where.
func TestKnownOutcomes(t *testing.T) {
	directory := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(directory, name)
		NewWithT(t).Expect(os.WriteFile(path, []byte(content), 0o600)).To(Succeed())
		return path
	}
	for name, tc := range map[string]struct{ path, says string }{
		"absent":    {filepath.Join(directory, "absent.yaml"), "absent.yaml: no such file or directory; name another file with --expectations"},
		"directory": {directory, "is a directory"},
		"no reason": {file("silent.yaml", "- {check: token.pragma, status: warn}\n"), "silent.yaml: line 1: token.pragma has no reason"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := knownOutcomes(io.Discard, tc.path)
			g.Expect(err).To(MatchError(ContainSubstring(tc.says)))
			var exit exitError
			g.Expect(err).To(BeAssignableToTypeOf(exit))
			g.Expect(err.(exitError).code).To(Equal(2))
		})
	}
	g := NewWithT(t)
	var told bytes.Buffer
	g.Expect(knownOutcomes(&told, "")).To(BeEmpty())
	g.Expect(knownOutcomes(&told, file("known.yaml", "- {check: token.pragma, status: warn, reason: the gateway}\n"))).To(HaveLen(1))
	g.Expect(told.String()).To(BeEmpty())
	g.Expect(knownOutcomes(&told, file("typo.yaml", "- {check: token.pragam, status: warn, reason: the gateway}\n"))).To(HaveLen(1))
	g.Expect(told.String()).To(ContainSubstring(`typo.yaml expects something of "token.pragam", and there is no such check; the nearest is "token.pragma"`))
}
