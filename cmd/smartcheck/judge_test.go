package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
)

// TestJudgeByTheExpectationsOfTheRun keeps what was expected, and on which day.
func TestJudgeByTheExpectationsOfTheRun(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	known := filepath.Join(dir, "known.yaml")
	g.Expect(os.WriteFile(known, []byte("- check: discovery.pkce-s256\n  status: fail\n  reason: being mended\n"), 0o600)).To(Succeed())
	file, env := startReference(t)
	bundle := filepath.Join(dir, "evidence.zip")
	run := runs(t, env, "run", "-c", file, "--check", "discovery.pkce-s256", "--expectations", known, "--evidence", bundle)
	judged := runs(t, nil, "judge", bundle)
	g.Expect(judged.finding("discovery.pkce-s256").Expectation).To(Equal(run.finding("discovery.pkce-s256").Expectation))
	g.Expect(judged.finding("discovery.pkce-s256").Expectation.Outcome).To(Equal(checks.Otherwise))
	g.Expect(judged.code()).To(Equal(run.code()))
}

// TestBundlesThatCannotBeJudged end with 2 and say what is wrong.
func TestBundlesThatCannotBeJudged(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	text := filepath.Join(dir, "text.zip")
	g.Expect(os.WriteFile(text, []byte("not a zip"), 0o600)).To(Succeed())
	empty := filepath.Join(dir, "empty.zip")
	file, err := os.Create(empty)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(zip.NewWriter(file).Close()).To(Succeed())
	g.Expect(file.Close()).To(Succeed())
	for name, says := range map[string]string{
		filepath.Join(dir, "none.zip"): "cannot read the evidence",
		text:                           "not an evidence bundle",
		empty:                          "it has no manifest.json",
	} {
		p := command(t, nil, "judge", name)
		p.start()
		p.wait()
		g.Expect(p.code()).To(Equal(2))
		g.Expect(p.errors.String()).To(ContainSubstring(says))
	}
}
