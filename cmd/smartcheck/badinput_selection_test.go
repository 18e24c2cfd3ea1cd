package main

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
)

// TestRunSelects runs a part of the checks and no other.
func TestRunSelects(t *testing.T) {
	file, env := startReference(t)
	for name, tc := range map[string]struct {
		args []string
		want func(checks.Check) bool
	}{
		"a suite":            {[]string{"--suite", "discovery"}, func(c checks.Check) bool { return c.Area() == "discovery" }},
		"a check":            {[]string{"--check", "tls.hsts"}, func(c checks.Check) bool { return c.ID == "tls.hsts" }},
		"a suite at a level": {[]string{"--suite", "discovery", "--level", "should"}, func(c checks.Check) bool { return c.Area() == "discovery" && c.Level == checks.Should }},
		"labels":             {[]string{"--label-filter", "area:cors && !level:SHOULD"}, func(c checks.Check) bool { return c.Area() == "cors" && c.Level != checks.Should }},
		"both":               {[]string{"--suite", "cors,tls", "--label-filter", "area:cors"}, func(c checks.Check) bool { return c.Area() == "cors" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			p := runs(t, env, append([]string{"run", "-c", file}, tc.args...)...)
			want := map[string]bool{}
			for _, c := range checks.All() {
				if tc.want(c) {
					want[c.ID] = true
				}
			}
			got := map[string]bool{}
			for _, f := range p.results().Findings {
				got[f.Check] = true
			}
			g.Expect(got).To(Equal(want))
			g.Expect(want).NotTo(BeEmpty())
			g.Expect(p.code()).To(BeZero(), "%s", &p.out)
		})
	}
}

// TestRunByOtherVersions judges the reference EHR by the versions that it is compatible with.
func TestRunByOtherVersions(t *testing.T) {
	file, env := startReference(t)
	for version, pkce := range map[string]checks.Status{"1.0.0": checks.Skipped, "2.0.0": checks.Passed} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			p := runs(t, env, "run", "-c", file, "--spec", version, "--label-filter",
				"check:launch.patient-standalone-public || check:pkce.s256 || check:token.json || area:scopes")
			g.Expect(p.code()).To(BeZero(), "%s", &p.out)
			g.Expect(p.results().Target.Spec).To(Equal(checks.Version(version)))
			g.Expect(p.finding("launch.patient-standalone-public").Status).To(Equal(checks.Passed))
			g.Expect(p.finding("token.json").Status).To(Equal(checks.Passed))
			g.Expect(p.finding("pkce.s256").Status).To(Equal(pkce))
		})
	}
}

// TestRunStrictly turns a warning into a failure.
func TestRunStrictly(t *testing.T) {
	g := NewWithT(t)
	base := startServer(t, sends("application/json", []byte(minimal)))
	lenient := runs(t, nil, "run", "-c", targetFile(t, base), "--check", "discovery.scopes")
	g.Expect(lenient.finding("discovery.scopes").Status).To(Equal(checks.Warned))
	g.Expect(lenient.code()).To(BeZero(), "%s", &lenient.out)
	strict := runs(t, nil, "run", "-c", targetFile(t, base), "--check", "discovery.scopes", "--strict")
	g.Expect(strict.finding("discovery.scopes").Status).To(Equal(checks.Failed))
	g.Expect(strict.code()).To(Equal(1), "%s", &strict.out)
}

// TestRunThatSkipsEverything is no success: nothing found is not the same as nothing wrong.
func TestRunThatSkipsEverything(t *testing.T) {
	g := NewWithT(t)
	base := startServer(t, sends("application/json", []byte(minimal)))
	p := runs(t, nil, "run", "-c", targetFile(t, base), "--suite", "launch")
	g.Expect(p.code()).To(Equal(3))
	g.Expect(p.finding("launch.patient-standalone-public").Reason).To(HavePrefix("the target file has no clients.public"))
	g.Expect(oneLine(p.out.String())).To(ContainSubstring("no check was executed"))
}
