package checks_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func TestAProfileAdjustsLevels(t *testing.T) {
	for _, row := range []struct {
		name        string
		own         checks.Level
		requirement string
		level       checks.Level
		want        checks.Status
	}{
		{"a raised SHOULD fails", checks.Should, "346", checks.Shall, checks.Failed},
		{"a raised MAY warns", checks.May, "346", checks.Should, checks.Warned},
		{"a lowered SHALL warns", checks.Shall, "59", checks.Should, checks.Warned},
		{"a SHALL that is none any more is noted", checks.Shall, "59", checks.May, checks.Noted},
		{"an implied SHALL fails once it is written down", checks.Shall, "54", checks.Shall, checks.Failed},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			c := check(row.own, row.requirement)
			record := evidence.Record{Value: false}
			before := c.Judge(record, checks.Options{Version: checks.V2_2_0})
			g.Expect(before.Status).NotTo(Equal(row.want))
			g.Expect(before.Adjusted).To(BeNil())

			after := c.Judge(record, checks.Options{Version: checks.V2_2_0, Adjustments: again(t, checks.Adjustments{
				Levels: map[string]checks.Adjustment{c.ID: {Level: row.level, Cite: "clause 7", Reason: "so"}},
			})})
			g.Expect(after.Status).To(Equal(row.want))
			g.Expect(after.Level).To(Equal(row.level))
			g.Expect(after.Adjusted).To(Equal(&checks.Adjusted{From: row.own, Cite: "clause 7", Reason: "so"}))
			g.Expect(after.Message).NotTo(ContainSubstring("implied"))
		})
	}
}

// again returns adjustments as they are after being kept in a results.json.
func again(t *testing.T, a checks.Adjustments) checks.Adjustments {
	t.Helper()
	raw, err := json.Marshal(a)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var out checks.Adjustments
	NewWithT(t).Expect(json.Unmarshal(raw, &out)).To(Succeed())
	NewWithT(t).Expect(out).To(Equal(a))
	return out
}

func TestARequiredCheckIsNotSkipped(t *testing.T) {
	kind := evidence.NewKind[bool]("token.test")
	c := checks.New(checks.Meta{ID: "token.test", Level: checks.Shall, Requirements: []string{"74"}, Versions: []checks.Version{checks.V2_2_0}}, kind,
		func(bool) checks.Verdict { return checks.Skip("the server does not claim it") })
	required := again(t, checks.Adjustments{Required: []string{"token.test"}})
	for _, row := range []struct {
		name    string
		record  evidence.Record
		options checks.Options
		want    checks.Status
		reason  string
	}{
		{"optional", evidence.Record{Value: true}, checks.Options{Version: checks.V2_2_0}, checks.Skipped, "the server does not claim it"},
		{"required", evidence.Record{Value: true}, checks.Options{Version: checks.V2_2_0, Adjustments: required}, checks.Undecided, "the profile requires this, and it was skipped: the server does not claim it"},
		{"required, without evidence", evidence.Record{Skip: "no client"}, checks.Options{Version: checks.V2_2_0, Adjustments: required}, checks.Undecided, "the profile requires this, and it was skipped: no client"},
		{"of another version", evidence.Record{Value: true}, checks.Options{Version: checks.V1_0_0, Adjustments: required}, checks.Skipped, "does not apply to SMART App Launch 1.0.0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := c.Judge(row.record, row.options)
			NewWithT(t).Expect(f.Status).To(Equal(row.want))
			NewWithT(t).Expect(f.Reason).To(Equal(row.reason))
		})
	}
}

var (
	standalone = []string{"launch-standalone", "client-public", "context-standalone-patient", "permission-patient"}
	fromEHR    = []string{"launch-ehr", "client-public", "context-ehr-patient", "permission-patient"}
)

func TestMandatorySets(t *testing.T) {
	either := checks.Adjustments{AnySets: [][]string{{"patient-access-standalone", "patient-access-ehr"}}}
	for _, row := range []struct {
		name   string
		a      checks.Adjustments
		listed []string
		want   []string
	}{
		{"none", checks.Adjustments{}, standalone, nil},
		{"all", checks.Adjustments{AllSets: []string{"clinician-access-ehr", "patient-access-ehr"}}, nil, []string{"clinician-access-ehr", "patient-access-ehr"}},
		{"the one of two that is listed", either, fromEHR, []string{"patient-access-ehr"}},
		{"both of two", either, append(append([]string{}, standalone...), fromEHR...), []string{"patient-access-standalone", "patient-access-ehr"}},
		{"neither of two", either, []string{"launch-ehr"}, []string{"patient-access-standalone", "patient-access-ehr"}},
		{"one that is mandatory anyway", checks.Adjustments{AllSets: []string{"patient-access-ehr"}, AnySets: either.AnySets}, fromEHR, []string{"patient-access-ehr"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(again(t, row.a).Sets(row.listed)).To(Equal(row.want))
		})
	}
}

// TestAMandatorySetIsJudgedWithoutAClaim holds that a profile claims its sets, whatever the target file says.
func TestAMandatorySetIsJudgedWithoutAClaim(t *testing.T) {
	g := NewWithT(t)
	c, _ := checks.Lookup("capabilities.set-patient-standalone")
	mandatory := checks.Adjustments{AllSets: []string{"patient-access-standalone"}}
	either := checks.Adjustments{AnySets: [][]string{{"patient-access-standalone", "patient-access-ehr"}}}
	judge := func(record evidence.Record, a checks.Adjustments) checks.Status {
		return c.Judge(record, checks.Options{Version: checks.V2_2_0, Adjustments: a}).Status
	}
	listed := func(names ...string) evidence.Record {
		return evidence.Record{Value: evidence.ClaimedCapabilities{Listed: names}}
	}
	g.Expect(judge(listed("launch-ehr"), checks.Adjustments{})).To(Equal(checks.Skipped), "nobody claims it")
	g.Expect(judge(listed("launch-ehr"), mandatory)).To(Equal(checks.Failed), "it is not listed")
	g.Expect(judge(listed(standalone...), mandatory)).To(Equal(checks.Undecided), "no launch shows it")
	g.Expect(judge(evidence.Record{Skip: "no client"}, mandatory)).To(Equal(checks.Undecided), "nothing is known")
	g.Expect(judge(evidence.Record{Skip: "no client"}, either)).To(Equal(checks.Undecided), "nothing is known")
	g.Expect(judge(listed(fromEHR...), either)).To(Equal(checks.Skipped), "the other set is enough")
	g.Expect(judge(listed("launch-ehr"), either)).To(Equal(checks.Failed), "neither set is listed")
}

// TestSetsNameChecks holds that the checks of sets exist.
func TestSetsNameChecks(t *testing.T) {
	g := NewWithT(t)
	for _, set := range checks.Sets() {
		every := append([]string{"client-public", "client-confidential-symmetric"}, set.Lacks(nil)...)
		ids := set.Checks(every)
		g.Expect(len(ids)).To(BeNumerically(">", 2), set.Name)
		for _, id := range ids {
			_, ok := checks.Lookup(id)
			g.Expect(ok).To(BeTrue(), "%s names the check %s, which does not exist", set.Name, id)
		}
	}
}
