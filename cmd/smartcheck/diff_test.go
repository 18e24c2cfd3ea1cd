package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/reporters"
)

// regressing serves a SMART configuration that is broken once worse is set.
func regressing(worse *atomic.Bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		document := minimal
		if worse.Load() {
			document = strings.Replace(minimal, `"S256"`, `"plain"`, 1)
		}
		sends("application/json", []byte(document))(w, r)
	}
}

// TestFollowAServer runs against a server that gets worse and is repaired, compares the runs, and keeps their
// history.
func TestFollowAServer(t *testing.T) {
	g := NewWithT(t)
	var worse atomic.Bool
	file := targetFile(t, startServer(t, regressing(&worse)), "name: Example EHR\n", impatient)
	results := func(p *process) string { return filepath.Join(p.reports, "results.json") }
	again := func(more ...string) *process {
		return runs(t, nil, append([]string{"run", "-c", file, "--check", "discovery.json,discovery.pkce-s256,discovery.scopes"}, more...)...)
	}
	program := func(args ...string) *process {
		p := command(t, nil, args...)
		p.start()
		p.wait()
		return p
	}

	first := again()
	g.Expect(first.code()).To(BeZero(), "%s%s", &first.out, &first.errors)
	g.Expect(again("--fail-on", "should").code()).To(Equal(1), "discovery.scopes warns")
	unchanged := again("--fail-on", "regressions", "--baseline", results(first))
	g.Expect(unchanged.code()).To(BeZero(), "%s%s", &unchanged.out, &unchanged.errors)
	g.Expect(unchanged.out.String()).To(ContainSubstring("no regressions"))
	g.Expect(unchanged.finding("discovery.scopes").Status).To(BeEquivalentTo("warn"), "--fail-on changes no finding")

	worse.Store(true)
	second := again("--fail-on", "regressions", "--baseline", results(first), "--format", "json")
	g.Expect(second.code()).To(Equal(1), "%s%s", &second.out, &second.errors)
	g.Expect(second.errors.String()).To(ContainSubstring("Regressions (1)"), "standard output is for the machine")
	g.Expect(json.Valid(second.out.Bytes())).To(BeTrue())
	g.Expect(again("--fail-on", "regressions", "--baseline", results(second)).code()).To(BeZero(), "it fails, and is no worse")

	diff := program("diff", results(first), results(second), "--format", "json")
	g.Expect(diff.code()).To(Equal(1), "%s", &diff.errors)
	var c reporters.Comparison
	g.Expect(json.Unmarshal(diff.out.Bytes(), &c)).To(Succeed())
	g.Expect(c.Verdict).To(Equal(reporters.Worse))
	g.Expect(c.Changes[0].Check).To(Equal("discovery.pkce-s256"))
	g.Expect(program("diff", results(second), results(first)).code()).To(BeZero())
}

// TestDiffWrongUsage gives diff and the flags of a run what they cannot work with.
func TestDiffWrongUsage(t *testing.T) {
	base := startServer(t, sends("application/json", []byte(minimal)))
	file := targetFile(t, base, impatient)
	good := runs(t, nil, "run", "-c", file, "--check", "discovery.json")
	record := filepath.Join(good.reports, "results.json")
	other := filepath.Join(t.TempDir(), "other.json")
	text, err := os.ReadFile(record)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	text = []byte(strings.Replace(string(text), `"spec": "2.2.0"`, `"spec": "2.0.0"`, 1))
	NewWithT(t).Expect(os.WriteFile(other, text, 0o600)).To(Succeed())
	for name, tc := range map[string]struct {
		args []string
		code int
		says string
	}{
		"one file":                {[]string{"diff", record}, 2, "accepts 2 arg(s), received 1"},
		"standard input twice":    {[]string{"diff", "-", "-"}, 2, "only one of OLD and NEW can be standard input"},
		"no such file":            {[]string{"diff", record, "nowhere.json"}, 2, "nowhere.json: no such file"},
		"no record":               {[]string{"diff", file, record}, 2, "not JSON"},
		"no such format":          {[]string{"diff", record, record, "--format", "xml"}, 2, "formats are table, json and markdown"},
		"not comparable":          {[]string{"diff", other, record}, 3, "other version of SMART App Launch: it was 2.0.0, it is 2.2.0"},
		"not comparable, anyway":  {[]string{"diff", other, record, "--anyway"}, 0, "other version of SMART App Launch"},
		"unknown threshold":       {[]string{"run", "-c", file, "--fail-on", "may"}, 2, `--fail-on "may" is not known: use shall, should, regressions`},
		"regressions of what":     {[]string{"run", "-c", file, "--fail-on", "regressions"}, 2, "needs --baseline"},
		"baseline is missing":     {[]string{"run", "-c", file, "--baseline", "nowhere.json"}, 2, "nowhere.json: no such file"},
		"baseline of other rules": {[]string{"run", "-c", file, "--fail-on", "regressions", "--baseline", other}, 2, "cannot be compared with this run: other version of SMART App Launch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			p := command(t, nil, tc.args...)
			p.start()
			p.wait()
			g.Expect(p.code()).To(Equal(tc.code), "%s%s", &p.out, &p.errors)
			g.Expect(oneLine(p.out.String() + p.errors.String())).To(ContainSubstring(tc.says))
		})
	}
	p := command(t, nil, "diff", "-", record)
	p.Stdin = strings.NewReader(strings.Replace(string(text), `"spec": "2.0.0"`, `"spec": "2.2.0"`, 1))
	p.start()
	p.wait()
	NewWithT(t).Expect(p.code()).To(BeZero(), "%s", &p.errors)
}
