package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/profile"
	"github.com/smart-conformance/smartcheck/reporters"
)

// TestAProfileRaisesALevel shows a defect that the specification warns of and a programme forbids.
func TestAProfileRaisesALevel(t *testing.T) {
	g := NewWithT(t)
	demo := func(args ...string) *process {
		return runs(t, nil, append([]string{"demo", "--fault", "permission-v1-unlisted", "--check", "capabilities.permission-v1"}, args...)...)
	}
	own := demo()
	g.Expect(own.finding("capabilities.permission-v1").Status).To(Equal(checks.Warned))
	g.Expect(own.code()).To(BeZero(), "%s", &own.out)
	g.Expect(own.results().Profile).To(BeNil())

	raised := demo("--profile", "onc-g10")
	f := raised.finding("capabilities.permission-v1")
	g.Expect(f.Status).To(Equal(checks.Failed))
	g.Expect(f.Level).To(Equal(checks.Shall))
	g.Expect(f.Adjusted.From).To(Equal(checks.Should))
	g.Expect(raised.code()).To(Equal(1), "%s", &raised.out)

	r := raised.results()
	g.Expect(r.Target.Spec).To(Equal(checks.V2_2_0), "the profile adopts it")
	loaded, err := profile.Load("onc-g10")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Profile).To(Equal(loaded.Record()), "the results hold what it takes to judge again")
	g.Expect(r.CapabilitySets).To(HaveLen(4))
	g.Expect(r.CapabilitySets[0]).To(And(HaveField("Claimed", true), HaveField("Status", reporters.NotShown)))
}

// TestAProfileAdoptsItsVersions judges by the first of them where the target is of another.
func TestAProfileAdoptsItsVersions(t *testing.T) {
	g := NewWithT(t)
	for name, version := range map[string]checks.Version{"isik-sicherheit": checks.V2_0_0, "isik-connect": checks.V2_2_0} {
		p := runs(t, nil, "demo", "--fault", "scopes-missing", "--check", "discovery.scopes", "--profile", name)
		g.Expect(p.finding("discovery.scopes").Status).To(Equal(checks.Failed), "the specification only recommends them")
		g.Expect(p.results().Target.Spec).To(Equal(version))
		changed := ContainSubstring("the profile isik-sicherheit adopts SMART App Launch 2.0.0; judging by it instead of 2.2.0")
		if version == checks.V2_2_0 {
			changed = Not(ContainSubstring("judging by it instead"))
		}
		g.Expect(p.errors.String()).To(changed)
	}
}

// TestAProfileClaimsItsSets judges sets that the target file does not claim, and does not let a run pass that
// cannot show them.
func TestAProfileClaimsItsSets(t *testing.T) {
	g := NewWithT(t)
	file, env := startReference(t)
	judged := runs(t, env, "run", "-c", file, "--profile", "patient-access-standalone", "--suite", "capabilities")
	g.Expect(judged.finding("capabilities.set-patient-standalone").Status).To(Equal(checks.Passed))
	g.Expect(judged.code()).To(BeZero(), "%s", &judged.out)
	sets := judged.results().CapabilitySets
	g.Expect(sets[0]).To(Equal(reporters.CapabilitySet{Name: "patient-access-standalone", Claimed: true, Status: reporters.Satisfied}))

	unshown := runs(t, env, "run", "-c", file, "--profile", "clinician-access-ehr", "--check", "capabilities.set-clinician-ehr")
	f := unshown.finding("capabilities.set-clinician-ehr")
	g.Expect(f.Status).To(Equal(checks.Undecided))
	g.Expect(f.Reason).To(ContainSubstring("the profile requires this"))
	g.Expect(unshown.code()).To(Equal(3), "%s", &unshown.out)
}

// TestProfilesThatCannotBeUsed ends before anything is run.
func TestProfilesThatCannotBeUsed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "mine.yaml")
	NewWithT(t).Expect(os.WriteFile(empty, []byte("id: mine\n"), 0o600)).To(Succeed())
	for name, row := range map[string]struct {
		args []string
		says string
	}{
		"unknown":           {[]string{"demo", "--profile", "onc-g1"}, `--profile: there is no profile "onc-g1"; the nearest is "onc-g10"`},
		"broken":            {[]string{"demo", "--profile", empty}, "the member checks is missing"},
		"another version":   {[]string{"demo", "--profile", "onc-g10", "--spec", "1.0.0"}, "--spec 1.0.0: the profile onc-g10 adopts SMART App Launch [2.0.0 2.2.0]"},
		"nothing in common": {[]string{"demo", "--profile", "isik-sicherheit", "--suite", "brands"}, "the selection leaves no check to run"},
		"show, unknown":     {[]string{"profiles", "show", "tw-pass"}, `the nearest is "tw-pas"`},
		"show, nothing":     {[]string{"profiles", "show"}, "smartcheck profiles show takes one profile, a name that smartcheck profiles lists or a file, got 0"},
		"checks, unknown":   {[]string{"checks", "--profile", "tw-pass"}, `--profile: there is no profile "tw-pass"; the nearest is "tw-pas"`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p := command(t, nil, row.args...)
			p.start()
			p.wait()
			g.Expect(p.code()).To(Equal(2))
			g.Expect(p.errors.String()).To(ContainSubstring(row.says))
		})
	}
}

func TestProfilesAreListed(t *testing.T) {
	g := NewWithT(t)
	read := func(out any, args ...string) {
		p := command(t, nil, args...)
		p.start()
		p.wait()
		g.Expect(p.code()).To(BeZero(), "%s", &p.errors)
		g.Expect(json.Unmarshal(p.out.Bytes(), out)).To(Succeed())
	}
	var list []profile.Outline
	read(&list, "profiles", "--format", "json")
	g.Expect(list).To(HaveLen(len(profile.Names())))

	var detail map[string]any
	read(&detail, "profiles", "show", "tw-pas", "--format", "json")
	g.Expect(detail).To(HaveKeyWithValue("id", "tw-pas"))
	g.Expect(detail["lines"]).To(ContainElement(And(
		HaveKeyWithValue("what", "check introspection.response"), HaveKeyWithValue("required", true),
		HaveKeyWithValue("cite", ContainSubstring("scopes.md")), HaveKeyWithValue("selects", ContainElement("introspection.response")),
	)))

	var selected []map[string]any
	read(&selected, "checks", "--profile", "isik-connect", "--area", "discovery", "--format", "json")
	g.Expect(selected).To(ContainElement(And(HaveKeyWithValue("id", "discovery.scopes"), HaveKeyWithValue("level", "SHALL"))), "by its levels")
	g.Expect(selected).NotTo(ContainElement(HaveKeyWithValue("id", "discovery.head")), "only its checks")
	g.Expect(selected).NotTo(ContainElement(HaveKeyWithValue("id", "token.json")), "only of the area")

	p := command(t, nil, "profiles", "show", "onc-g10")
	p.start()
	p.wait()
	g.Expect(p.out.String()).To(And(
		ContainSubstring("the capability sets patient-access-standalone, clinician-access-ehr"),
		ContainSubstring("not judged: An app loses its access within one hour"),
	))
}
