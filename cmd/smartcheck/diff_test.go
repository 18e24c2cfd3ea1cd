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

// results is the record that a run wrote.
func results(p *process) string { return filepath.Join(p.reports, "results.json") }

// ends runs the program and waits for it.
func ends(t *testing.T, args ...string) *process {
	t.Helper()
	p := command(t, nil, args...)
	p.start()
	p.wait()
	return p
}

// TestFollowAServer runs against a server that gets worse and is repaired, compares the runs, and keeps their
// history.
func TestFollowAServer(t *testing.T) {
	g := NewWithT(t)
	var worse atomic.Bool
	file := targetFile(t, startServer(t, regressing(&worse)), "name: Example EHR\n", impatient)
	again := func(more ...string) *process {
		return runs(t, nil, append([]string{"run", "-c", file, "--check", "discovery.json,discovery.pkce-s256,discovery.scopes"}, more...)...)
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

	diff := ends(t, "diff", results(first), results(second), "--format", "json")
	g.Expect(diff.code()).To(Equal(1), "%s", &diff.errors)
	var c reporters.Comparison
	g.Expect(json.Unmarshal(diff.out.Bytes(), &c)).To(Succeed())
	g.Expect(c.Verdict).To(Equal(reporters.Worse))
	g.Expect(c.Changes[0].Check).To(Equal("discovery.pkce-s256"))
	g.Expect(ends(t, "diff", results(second), results(first)).code()).To(BeZero())
	keepHistory(t, file, first, second)
}

// keepHistory adds two runs to a history, of which the second found a regression, and reads it in every form.
func keepHistory(t *testing.T, file string, first, second *process) {
	t.Helper()
	g := NewWithT(t)
	db := filepath.Join(t.TempDir(), "nightly.db")
	var jobs []*process
	for _, p := range []*process{first, second, first, second} { // nightly jobs that end at the same time
		job := command(t, nil, "history", "add", results(p), "--db", db)
		job.start()
		jobs = append(jobs, job)
	}
	printed := ""
	for _, job := range jobs {
		job.wait()
		g.Expect(job.code()).To(BeZero(), "%s", &job.errors)
		printed += job.out.String()
	}
	g.Expect(strings.Count(printed, "added: ")).To(Equal(2))
	g.Expect(strings.Count(printed, "already there: ")).To(Equal(2))
	shown := ends(t, "history", "show", "--db", db)
	g.Expect(shown.code()).To(BeZero(), "%s", &shown.errors)
	g.Expect(oneLine(shown.out.String())).To(ContainSubstring("New failures since the previous run (1) discovery.pkce-s256 PF broken since"))
	asJSON := ends(t, "history", "show", "--db", db, "--format", "json", "--check", "discovery.pkce-s256", "--target", "Example EHR")
	var document struct {
		Lines []struct {
			Checks []struct {
				Check string
				New   bool `json:"new_failure"`
			}
		}
	}
	g.Expect(json.Unmarshal(asJSON.out.Bytes(), &document)).To(Succeed())
	g.Expect(document.Lines).To(HaveLen(1))
	g.Expect(document.Lines[0].Checks).To(HaveLen(1))
	g.Expect(document.Lines[0].Checks[0].New).To(BeTrue())
	for lang, says := range map[string]string{"en": "New failures since the previous run (1)", "zh-Hant": `<html lang="zh-Hant">`} {
		page := ends(t, "history", "html", "--db", db, "-o", "-", "--lang", lang)
		g.Expect(page.code()).To(BeZero(), "%s", &page.errors)
		g.Expect(page.out.String()).To(ContainSubstring(says))
	}
	for says, args := range map[string][]string{
		"add results with: smartcheck history add":    {"show", "--db", "nowhere.db"},
		"is it a history of smartcheck?":              {"show", "--db", file},
		`it has runs against: Example EHR at http://`: {"show", "--db", db, "--target", "Other EHR"},
		`no run in the history has the check "a.b"`:   {"html", "--db", db, "--check", "a.b"},
		"--last 0 shows nothing":                      {"show", "--db", db, "--last", "0"},
		"name another file with -o":                   {"html", "--db", db, "-o", "no/such/directory.html"},
		"not JSON":                                    {"add", results(first), file, "--db", db},
		"requires at least 1 arg(s)":                  {"add"},
		`use table or json`:                           {"show", "--db", db, "--format", "xml"},
		`there is no language "de"`:                   {"html", "--db", db, "--lang", "de"},
	} {
		p := ends(t, append([]string{"history"}, args...)...)
		g.Expect(p.code()).To(Equal(2), "%v %s", args, &p.out)
		g.Expect(oneLine(p.errors.String())).To(ContainSubstring(says))
	}
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
		"baseline of no profile":  {[]string{"run", "-c", file, "--profile", "smart-2.2.0", "--fail-on", "regressions", "--baseline", record}, 2, "other profile: it was none, it is smart-2.2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			p := ends(t, tc.args...)
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
