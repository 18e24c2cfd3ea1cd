package main

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

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

// TestExpectationsEndByTheDayOfTheRun runs where the day is another than that of UTC, and judges elsewhere.
func TestExpectationsEndByTheDayOfTheRun(t *testing.T) {
	g := NewWithT(t)
	now := time.Now().UTC()
	zone := "Etc/GMT-14" // it is fourteen hours ahead, despite its name
	if now.Hour() < 11 {
		zone = "Etc/GMT+12"
	}
	there, err := time.LoadLocation(zone)
	if err != nil {
		t.Skip("there are no time zones here:", err)
	}
	until := min(now.Format(time.DateOnly), now.In(there).Format(time.DateOnly))
	dir := t.TempDir()
	known := filepath.Join(dir, "known.yaml")
	g.Expect(os.WriteFile(known, fmt.Appendf(nil, "- {check: discovery.json, status: fail, reason: being mended, until: %s}\n", until), 0o600)).To(Succeed())
	file := targetFile(t, startServer(t, sends("text/html", []byte("hello"))))
	bundle := filepath.Join(dir, "evidence.zip")
	run := runs(t, map[string]string{"TZ": zone}, "run", "-c", file, "--check", "discovery.json", "--expectations", known, "--evidence", bundle)
	judged := runs(t, map[string]string{"TZ": "UTC"}, "judge", bundle)
	g.Expect(run.finding("discovery.json").Status).To(Equal(checks.Failed))
	g.Expect(judged.finding("discovery.json").Expectation).To(Equal(run.finding("discovery.json").Expectation))
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

// TestReportsWithoutEvidence has a run whose evidence cannot be kept write its reports all the same.
func TestReportsWithoutEvidence(t *testing.T) {
	g := NewWithT(t)
	file := targetFile(t, startServer(t, sends("application/json", []byte(minimal))))
	p := runs(t, nil, "run", "-c", file, "--check", "discovery.json", "--evidence", t.TempDir())
	g.Expect(p.finding("discovery.json").Status).To(Equal(checks.Passed))
	g.Expect(p.errors.String()).To(ContainSubstring("cannot write --evidence"))
	g.Expect(p.code()).To(Equal(2))
}
