package reporters_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

var standaloneSet = []string{"launch-standalone", "client-public", "context-standalone-patient", "permission-patient"}

func claimed(listed []string, grants ...evidence.Grant) evidence.Record {
	return evidence.Record{Kind: evidence.ClaimedKind.Name(), Value: evidence.ClaimedCapabilities{Listed: listed, Grants: grants}}
}

func discovered(listed ...string) evidence.Record {
	body, err := json.Marshal(map[string]any{"capabilities": listed})
	if err != nil {
		panic(err)
	}
	return evidence.Record{Kind: evidence.DiscoveryKind.Name(), Value: evidence.Discovery{SMART: &evidence.Document{Status: 200, Text: string(body)}}}
}

func TestCapabilitySetsOfARun(t *testing.T) {
	fails := func(ids ...string) (findings []checks.Finding) {
		for _, id := range ids {
			findings = append(findings, checks.Finding{Check: id, Status: checks.Failed})
		}
		return findings
	}
	for _, row := range []struct {
		name     string
		records  []evidence.Record
		findings []checks.Finding
		claims   []string
		profile  *reporters.Profile
		want     reporters.CapabilitySet // of patient-access-standalone
	}{
		{"not listed", []evidence.Record{discovered("launch-standalone", "client-public")}, nil, nil, nil,
			reporters.CapabilitySet{Status: reporters.NotSatisfied, Lacks: []string{"context-standalone-patient", "permission-patient"}}},
		{"listed, and nobody looked", []evidence.Record{discovered(standaloneSet...)}, nil, nil, nil,
			reporters.CapabilitySet{Status: reporters.NotShown, Reason: "all of it is listed, and the run has not looked at its launches"}},
		{"listed, and not launched", []evidence.Record{claimed(standaloneSet), discovered(standaloneSet...)}, nil, nil, nil,
			reporters.CapabilitySet{Status: reporters.NotShown, Reason: "all of it is listed, and no launch of the patient in the mode standalone was made"}},
		{"listed and broken", []evidence.Record{discovered(standaloneSet...)}, fails("launch-context.standalone-patient", "launch.patient-ehr-public", "launch.patient-standalone-public"), nil, nil,
			reporters.CapabilitySet{Status: reporters.NotSatisfied, Broken: []string{"launch-context.standalone-patient", "launch.patient-standalone-public"}}},
		{"broken for a client that is not listed", []evidence.Record{discovered(standaloneSet...)}, fails("launch.patient-standalone-symmetric"), nil, nil,
			reporters.CapabilitySet{Status: reporters.NotShown, Reason: "all of it is listed, and the run has not looked at its launches"}},
		{"claimed by the target file", []evidence.Record{discovered("launch-ehr")}, nil, []string{"patient-access-standalone"}, nil,
			reporters.CapabilitySet{Claimed: true, Status: reporters.NotSatisfied, Lacks: []string{"launch-standalone", "client-public or client-confidential-symmetric", "context-standalone-patient", "permission-patient"}}},
		{"claimed, and nothing was read", nil, nil, []string{"patient-access-standalone"}, &reporters.Profile{ID: "hospital"},
			reporters.CapabilitySet{Claimed: true, Status: reporters.NotShown, Reason: "the run has not read the capabilities of the server"}},
		{"claimed by a profile", []evidence.Record{discovered(standaloneSet...)}, nil, nil,
			&reporters.Profile{Adjustments: checks.Adjustments{AnySets: [][]string{{"patient-access-ehr", "patient-access-standalone"}}}},
			reporters.CapabilitySet{Claimed: true, Status: reporters.NotShown, Reason: "all of it is listed, and the run has not looked at its launches"}},
		{"shown", []evidence.Record{claimed(standaloneSet, shown())}, nil, nil, nil,
			reporters.CapabilitySet{Status: reporters.Satisfied}},
		{"asked for and not shown", []evidence.Record{claimed(standaloneSet, withoutPatient())}, nil, nil, nil,
			reporters.CapabilitySet{Status: reporters.NotSatisfied, Reason: "no launch showed context-standalone-patient"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r := reporters.NewResults(reporters.Run{Profile: row.profile}, row.findings, nil)
			row.want.Name = "patient-access-standalone"
			judged := r.WithCapabilitySets(row.records, row.claims)
			g.Expect(judged.CapabilitySets).To(HaveLen(4))
			g.Expect(judged.CapabilitySets[0]).To(Equal(row.want))
			g.Expect(r.WithCapabilitySets(readBack(t, row.records), row.claims)).To(Equal(judged), "recorded evidence gives the same")
		})
	}
	claims := []string{"patient-access-standalone"}
	NewWithT(t).Expect(sample().WithCapabilitySets(nil, claims).CapabilitySets).To(BeNil(), "the run says nothing of any set")
}

// shown is a launch that shows the whole set.
func shown() evidence.Grant {
	g := withoutPatient()
	g.Token.Members["patient"] = json.RawMessage(`"amy"`)
	return g
}

func withoutPatient() evidence.Grant {
	return evidence.Grant{
		Launch: evidence.Launch{User: "patient", Mode: "standalone", Client: "public"}, Scope: "launch/patient patient/Patient.rs",
		Authorization: evidence.Authorization{Outcome: evidence.GotCode, Exchanges: []string{"grant.patient#1"}},
		Token: &evidence.TokenResponse{
			Exchange: "grant.patient#2", AccessToken: &evidence.Secret{Length: 32},
			Members: map[string]json.RawMessage{"scope": json.RawMessage(`"launch/patient patient/Patient.rs"`)},
		},
	}
}

// readBack returns records as they are read from a file.
func readBack(t *testing.T, records []evidence.Record) []evidence.Record {
	t.Helper()
	var out []evidence.Record
	for _, record := range records {
		raw, err := json.Marshal(record.Value)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		record.Value = json.RawMessage(raw)
		out = append(out, record)
	}
	return out
}

// profiled is sample, judged by a profile that a user wrote.
func profiled() reporters.Results {
	r := sample()
	r.Profile = &reporters.Profile{ID: "hospital", Title: "Rules of | the <b>hospital</b>", Source: "https://hospital.example/rules", Adjustments: checks.Adjustments{
		Levels:   map[string]checks.Adjustment{"token.pragma": {Level: checks.Should, Cite: "rule 3", Reason: "the gateway drops it"}},
		Required: []string{"authorize.post"}, AllSets: []string{"patient-access-ehr"}, AnySets: [][]string{{"clinician-access-ehr", "patient-access-ehr"}},
	}}
	for i := range r.Findings {
		if r.Findings[i].Check == "token.pragma" {
			r.Findings[i].Level = checks.Should
			r.Findings[i].Adjusted = &checks.Adjusted{From: checks.Shall, Cite: "rule 3", Reason: "the gateway drops it"}
		}
	}
	return r.WithCapabilitySets([]evidence.Record{discovered("launch-ehr", "client-public", "permission-patient")}, nil)
}

func TestReportsTellOfTheProfile(t *testing.T) {
	t.Run("json", func(t *testing.T) {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(reporters.WriteJSON(&out, profiled())).To(Succeed())
		again, err := reporters.Read(&out)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(again).To(Equal(profiled()))
	})
	t.Run("console", func(t *testing.T) {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(reporters.WriteConsole(&out, profiled(), reporters.ConsoleOptions{Width: 200})).To(Succeed())
		g.Expect(out.String()).To(And(
			ContainSubstring("profile Rules of | the <b>hospital</b> (hospital)\n"),
			ContainSubstring("patient-access-ehr: not satisfied: lacks context-ehr-patient (claimed)\n"),
			ContainSubstring("profile   SHOULD instead of SHALL, because the gateway drops it; see rule 3\n"),
		))
	})
	t.Run("markdown", func(t *testing.T) {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(reporters.WriteMarkdown(&out, profiled())).To(Succeed())
		g.Expect(out.String()).To(And(
			ContainSubstring("| Profile | `Rules of ¦ the <b>hospital</b>` `hospital` |\n"),
			MatchRegexp("`patient-access-ehr`.*not.satisfied.*context-ehr-patient"),
			ContainSubstring("- profile: `SHOULD instead of SHALL, because the gateway drops it; see rule 3`\n"),
		))
	})
	t.Run("junit", func(t *testing.T) {
		NewWithT(t).Expect(in(t, "junit", profiled())).To(ContainSubstring(`<property name="profile" value="hospital">`))
	})
	t.Run("fhir-testreport", func(t *testing.T) {
		NewWithT(t).Expect(in(t, "fhir-testreport", profiled())).To(ContainSubstring("judged by SMART App Launch 2.2.0 and the profile hospital: "))
	})
	t.Run("markdown says why", func(t *testing.T) {
		g := NewWithT(t)
		r := profiled()
		r.CapabilitySets[0].Reason = "nobody | launched it"
		var out bytes.Buffer
		g.Expect(reporters.WriteMarkdown(&out, r)).To(Succeed())
		g.Expect(out.String()).To(ContainSubstring(" | `nobody ¦ launched it` |\n"))
	})
	t.Run("hostile", func(t *testing.T) {
		g := NewWithT(t)
		r := profiled()
		r.Profile.Title, r.CapabilitySets[0].Reason = hostileText, hostileText
		var out bytes.Buffer
		g.Expect(reporters.WriteConsole(&out, r, reporters.ConsoleOptions{})).To(Succeed())
		g.Expect(strings.ContainsAny(out.String(), "\x1b\x07\x00")).To(BeFalse())
	})
}

// in returns results in the format with that name.
func in(t *testing.T, format string, r reporters.Results) string {
	t.Helper()
	f, ok := reporters.FormatNamed(format)
	NewWithT(t).Expect(ok).To(BeTrue(), format)
	var out bytes.Buffer
	NewWithT(t).Expect(f.Write(&out, r, reporters.Presentation{})).To(Succeed())
	return out.String()
}

// TestEveryFormatTellsOfHostileProfiles writes a profile and capability sets of a record that somebody
// tampered with in every format, twice.
func TestEveryFormatTellsOfHostileProfiles(t *testing.T) {
	r := profiled()
	r.Profile = &reporters.Profile{ID: hostileText, Title: hostileText, Source: hostileText, Adjustments: checks.Adjustments{
		Levels:   map[string]checks.Adjustment{hostileText: {Level: checks.Shall, Cite: hostileText}},
		Required: []string{hostileText}, AllSets: []string{hostileText},
	}}
	for i := range r.CapabilitySets {
		status := r.CapabilitySets[i].Status
		poison(reflect.ValueOf(&r.CapabilitySets[i]).Elem())
		r.CapabilitySets[i].Status = status
	}
	for _, f := range reporters.Formats() {
		t.Run(f.Name, func(t *testing.T) {
			g := NewWithT(t)
			var first, again bytes.Buffer
			g.Expect(f.Write(&first, r, reporters.Presentation{})).To(Succeed())
			g.Expect(f.Write(&again, r, reporters.Presentation{})).To(Succeed())
			g.Expect(again.String()).To(Equal(first.String()))
			g.Expect(strings.ContainsAny(first.String(), "\x1b\x07\x00")).To(BeFalse(), "it steers a terminal")
		})
	}
}
