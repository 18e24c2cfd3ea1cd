package profile_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/profile"
)

// TestBuiltInProfiles holds what every built-in profile has to: it is read without a mistake, its id is that
// of its file, every line cites an address, and every line selects checks.
func TestBuiltInProfiles(t *testing.T) {
	g := NewWithT(t)
	files, err := os.ReadDir("builtin")
	g.Expect(err).NotTo(HaveOccurred())
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file.Name(), ".yaml"))
	}
	g.Expect(profile.Names()).To(ConsistOf(names), "every file is listed, and nothing else")
	for _, name := range profile.Names() {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p, err := profile.Load(name)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(p.ID).To(Equal(name))
			d := p.Detail()
			cites := []string{p.Source}
			for _, l := range append(d.Lines, d.Without...) {
				g.Expect(l.Selects).NotTo(BeEmpty(), l.What)
				cites = append(cites, l.Cite)
			}
			for _, s := range p.Sets {
				cites = append(cites, s.Cite)
			}
			for _, u := range p.Uncovered {
				cites = append(cites, u.Cite)
			}
			for _, cite := range cites {
				g.Expect(cite).To(ContainSubstring("https://"))
			}
			selected, err := p.Select(checks.All())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(selected).NotTo(BeEmpty())
			for _, id := range p.Adjustments().Required {
				g.Expect(d.Selected).To(ContainElement(id), "it is required and not selected")
			}
		})
	}
}

// TestTheSpecificationIsWhole holds that the profile of a version leaves out no check of it.
func TestTheSpecificationIsWhole(t *testing.T) {
	g := NewWithT(t)
	p, err := profile.Load("smart-2.2.0")
	g.Expect(err).NotTo(HaveOccurred())
	selected := p.Detail().Selected
	for _, c := range checks.All() {
		g.Expect(slices.Contains(selected, c.ID)).To(Equal(c.In(checks.V2_2_0)), c.ID)
	}
}

// hospital is a profile that a user could write.
const hospital = `
id: hospital
title: Rules of a hospital
source: https://hospital.example/rules
versions: [2.2.0, 2.0.0]
sets:
  - {any: [patient-access-ehr, clinician-access-ehr], cite: rule 1}
checks:
  - {area: revocation, level: SHALL, cite: rule 2}
  - {requirement: 346, cite: rule 3}
  - {check: authorize.no-third-party-content, level: SHALL, cite: rule 4}
  - {check: tls.min-version, level: SHOULD, reason: it has an old proxy, cite: rule 5}
  - {check: authorize.post, required: true, cite: rule 6}
without:
  - {check: revocation.wrong-hint, reason: it has no hints, cite: rule 7}
`

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "profile.yaml")
	NewWithT(t).Expect(os.WriteFile(path, []byte(text), 0o600)).To(Succeed())
	return path
}

func TestAProfileOfAUser(t *testing.T) {
	g := NewWithT(t)
	p, err := profile.Load(written(t, hospital))
	g.Expect(err).NotTo(HaveOccurred())

	selected, err := p.Select(checks.All())
	g.Expect(err).NotTo(HaveOccurred())
	var ids []string
	for _, c := range selected {
		ids = append(ids, c.ID)
	}
	g.Expect(ids).To(ContainElements("revocation.access-token", "capabilities.sets", "authorize.no-third-party-content", "tls.min-version", "authorize.post"))
	g.Expect(ids).To(ContainElements("capabilities.set-patient-ehr", "capabilities.set-clinician-ehr"), "mandatory sets are judged")
	g.Expect(ids).NotTo(ContainElement("revocation.wrong-hint"))
	g.Expect(ids).NotTo(ContainElement("token.json"))

	a := p.Adjustments()
	g.Expect(a.Levels["revocation.access-token"]).To(Equal(checks.Adjustment{Level: checks.Shall, Cite: "rule 2"}))
	g.Expect(a.Levels["authorize.no-third-party-content"].Level).To(Equal(checks.ShallNot), "what is not to be stays so")
	g.Expect(a.Levels["tls.min-version"]).To(Equal(checks.Adjustment{Level: checks.Should, Cite: "rule 5", Reason: "it has an old proxy"}))
	g.Expect(a.Levels).NotTo(HaveKey("revocation.owner-only"), "it is SHALL anyway")
	g.Expect(a.Levels).NotTo(HaveKey("revocation.wrong-hint"), "it is left out")
	g.Expect(a.Required).To(Equal([]string{"authorize.post"}))
	g.Expect(a.AnySets).To(Equal([][]string{{"patient-access-ehr", "clinician-access-ehr"}}))

	record := p.Record()
	g.Expect([]string{record.ID, record.Title, record.Source}).To(Equal([]string{"hospital", "Rules of a hospital", "https://hospital.example/rules"}))
	g.Expect(record.Adjustments).To(Equal(a))
}

// TestTheExampleOfTheGuide loads the profile that the how-to guide shows.
func TestTheExampleOfTheGuide(t *testing.T) {
	g := NewWithT(t)
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", "write-a-profile.md"))
	g.Expect(err).NotTo(HaveOccurred())
	_, rest, found := strings.Cut(string(guide), "```yaml\n")
	g.Expect(found).To(BeTrue())
	example, _, _ := strings.Cut(rest, "```")
	p, err := profile.Load(written(t, example))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.ID).To(Equal("hospital"))
}

// TestBadProfiles holds that a mistake is told with its line, and with what was probably meant.
func TestBadProfiles(t *testing.T) {
	edited := func(from, to string) string {
		if !strings.Contains(hospital, from) {
			t.Fatalf("the profile does not hold %q", from)
		}
		return strings.Replace(hospital, from, to, 1)
	}
	for name, row := range map[string]struct{ text, mistake string }{
		"empty":                     {"", "no documents"},
		"no YAML":                   {"[", "not one YAML mapping"},
		"a list":                    {"- check: token.json", "expected an object"},
		"unknown key":               {edited("title:", "titel:"), "line 3: unknown key 'titel'"},
		"unknown key in a line":     {edited("level: SHALL, cite: rule 4}", "\n      because: x, cite: rule 4}"), "line 12: unknown key 'because'"},
		"no source":                 {edited("source: https://hospital.example/rules\n", ""), "the member source is missing"},
		"no address":                {edited("https://hospital", "file://hospital"), "line 4: /source: expected text of the form"},
		"unknown version":           {edited("2.0.0", "2.1.0"), "line 5: /versions/1: expected one of"},
		"unknown check":             {edited("tls.min-version", "tls.min-versoin"), `line 12: there is no check "tls.min-versoin"; the nearest is "tls.min-version"`},
		"unknown area":              {edited("area: revocation", "area: revokation"), `line 9: there is no area "revokation"; the nearest is "revocation"`},
		"unknown requirement":       {edited("346", "rfc6749-3.1-repeated-parms"), `the nearest is "rfc6749-3.1-repeated-params"`},
		"unknown number":            {edited("346", "99999"), `line 10: there is no requirement "99999"; smartcheck requirements lists them`},
		"requirement without check": {edited("346", "27"), "no check judges the requirement 27; name it under uncovered"},
		"unknown set":               {edited("[patient-access-ehr", "[patient-acces-ehr"), `line 7: there is no capability set "patient-acces-ehr"; the nearest is "patient-access-ehr"`},
		"unknown level":             {edited("level: SHOULD,", "level: MUST,"), `line 12: /checks/3/level: expected one of`},
		"no cite":                   {edited("346, cite: rule 3", "346"), "line 10: /checks/1: the member cite is missing"},
		"no reason to leave out":    {edited("reason: it has no hints, ", ""), "line 15: /without/0: the member reason is missing"},
		"lower without a reason":    {edited("reason: it has an old proxy, ", ""), "line 12: tls.min-version is SHALL, and SHOULD is lower; say why with reason:"},
		"two levels":                {edited("  - {check: authorize.post", "  - {check: revocation.access-token, level: SHOULD, cite: rule 8}\n  - {check: authorize.post"), "line 13: revocation.access-token has the level SHOULD here and SHALL on line 9"},
		"twice":                     {edited("  - {check: authorize.post", "  - {check: tls.min-version, cite: rule 8}\n  - {check: authorize.post"), "line 13: check tls.min-version stands on line 12 already"},
		"named and left out":        {edited("revocation.wrong-hint", "tls.min-version"), "check tls.min-version stands on line 12 already"},
		"named, and its area out":   {edited("check: revocation.wrong-hint", "area: tls"), "line 12: tls.min-version is named here and left out below"},
		"two selectors":             {edited("{area: revocation", "{area: revocation, check: token.json"), "line 9: names more than one of check, area and requirement"},
		"an area that is required":  {edited("{area: revocation", "{area: revocation, required: true"), "line 9: required: true goes with one check"},
		"all and any":               {edited("{any: ", "{all: [patient-access-ehr], any: "), "line 7: has both all and any"},
		"no selector":               {edited("requirement: 346, ", ""), "line 10: names nothing; write check:, area: or requirement:"},
		"no sets":                   {edited("any: [patient-access-ehr, clinician-access-ehr], ", ""), "line 7: names no capability sets"},
		"a built-in id":             {edited("id: hospital", "id: onc-g10"), "the id onc-g10 is that of a built-in profile"},
		"a check of another version": {edited("tls.min-version, level: SHOULD, reason: it has an old proxy", "discovery.schema-stu1"),
			"line 12: discovery.schema-stu1 holds in SMART App Launch 1.0.0, and the profile adopts 2.2.0, 2.0.0"},
		"nothing selected": {`{id: a, title: a, source: https://a.example, versions: [1.0.0], checks: [{area: brands, cite: a}]}`,
			"the profile selects no check that holds in SMART App Launch 1.0.0"},
		"too long": {strings.Repeat("#\n", 1<<20), "longer than 1024 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := profile.Load(written(t, row.text))
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(row.mistake)))
		})
	}
	for name, row := range map[string]struct{ name, mistake string }{
		"a slip":     {"onc-g1", `there is no profile "onc-g1"; the nearest is "onc-g10"`},
		"a version":  {"smart-2.1.0", `there is no profile "smart-2.1.0"; the nearest is "smart-2.2.0"`},
		"a stranger": {"xyzzy", `there is no profile "xyzzy"; there are smart-2.2.0, patient-access-standalone`},
		"no file":    {"./absent.yaml", "absent.yaml: no such file or directory; name a file, or one of"},
		"directory":  {t.TempDir(), "is a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := profile.Load(row.name)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(row.mistake)))
		})
	}
}
