package session

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// recorded is a Recorder export with these steps, for a user and a moment.
func recorded(moment target.Moment, steps ...string) target.Recording {
	content := `{"title": "x", "timeout": 2000, "steps": [` + strings.Join(steps, ",\n") + `]}`
	return target.Recording{File: string(moment) + ".json", Moment: moment, Content: []byte(content)}
}

// referenceWith opens a session against the reference EHR with recordings.
func referenceWith(t *testing.T, change func(*target.Config)) *Session {
	t.Helper()
	server, err := sandbox.Start(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	cfg := server.Target("")
	change(&cfg)
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestRecordingsByMoment plays each recording at its moment: the picker, and consent given or denied.
func TestRecordingsByMoment(t *testing.T) {
	g := NewWithT(t)
	press := func(selector string) string { return `{"type": "click", "selectors": [["` + selector + `"]]}` }
	s := referenceWith(t, func(c *target.Config) {
		c.Login.Recordings = target.Recordings{
			recorded(target.MomentPatientPicker, press("#patient-${patient}"), press("aria/Continue")),
			recorded(target.MomentConsent, press("text/Allow")), recorded(target.MomentDeny, press("button[value=deny]")),
		}
	})
	launch := evidence.Launch{User: "clinician", Mode: string(target.Standalone), Client: "public"}
	for _, row := range []struct {
		request Request
		outcome evidence.Outcome
		plays   []string
	}{
		{Request{Launch: launch, Fresh: true}, evidence.GotCode, []string{"patient-picker.json", "consent.json"}},
		{Request{Launch: launch, Fresh: true, Deny: true}, evidence.GotError, []string{"patient-picker.json", "deny.json"}},
	} {
		a, err := s.Authorize(t.Context(), s.Scope("test"), row.request)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(a.Evidence.Outcome).To(Equal(row.outcome), a.Evidence.Trouble)
		all := strings.Join(a.Evidence.Decisions, "\n")
		for _, plays := range row.plays {
			g.Expect(all).To(ContainSubstring("played " + plays))
		}
	}
}

// TestRecordingOfThePortal launches from the portal by a recording that says where it begins, and that
// leaves the sign-in to the driver.
func TestRecordingOfThePortal(t *testing.T) {
	g := NewWithT(t)
	var portal string
	s := referenceWith(t, func(c *target.Config) {
		portal = c.Launches.Portal
		c.Launches = target.Launches{Recording: recorded(target.MomentPortal, `{"type": "navigate", "url": "`+portal+`"}`,
			`{"type": "click", "selectors": [["a[href$='/portal/patients/${patient}']"]]}`,
			`{"type": "click", "selectors": [["text/Growth Chart (public)"]]}`)}
	})
	g.Expect(s.launchStart(target.Clinician)).To(Equal(portal))
	a, err := s.Authorize(t.Context(), s.Scope("test"), Request{Fresh: true,
		Launch: evidence.Launch{User: "clinician", Mode: string(target.EHR), Client: "public"}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(a.EHRLaunch).NotTo(BeNil(), "%s\n%s", a.Evidence.Trouble, strings.Join(a.Evidence.Decisions, "\n"))
	g.Expect(a.EHRLaunch.Launch).To(HaveLen(1))
	g.Expect(a.Evidence.Outcome).To(Equal(evidence.GotCode), a.Evidence.Trouble)
}
