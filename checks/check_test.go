package checks_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

var trueKind = evidence.NewKind[bool]("test.true")

// check returns a check of that level and requirement that holds for true evidence.
func check(level checks.Level, requirement string) checks.Check {
	return checks.New(checks.Meta{ID: "test.true", Level: level, Requirements: []string{requirement}}, trueKind,
		func(ok bool) checks.Verdict {
			if ok {
				return checks.Holds("true")
			}
			return checks.Broken("true", "false", "test#1")
		})
}

// TestStatusOfABreach holds how level, strictness and the catalogue turn a broken requirement into a
// status.
func TestStatusOfABreach(t *testing.T) {
	for name, row := range map[string]struct {
		level       checks.Level
		requirement string
		strict      bool
		status      checks.Status
	}{
		"a SHALL with a verb":                     {checks.Shall, "59", false, checks.Failed},
		"a SHALL NOT with a verb":                 {checks.ShallNot, "15", false, checks.Failed},
		"an implied SHALL":                        {checks.Shall, "54", false, checks.Warned},
		"an implied SHALL under --strict":         {checks.Shall, "54", true, checks.Failed},
		"an implied SHALL that the server claims": {checks.Shall, "352", false, checks.Failed},
		"an implied SHALL that puts data at risk": {checks.Shall, "136", false, checks.Failed},
		"a SHOULD":                          {checks.Should, "76", false, checks.Warned},
		"a SHOULD under --strict":           {checks.Should, "76", true, checks.Failed},
		"a SHOULD NOT":                      {checks.ShouldNot, "rfc9700-2.1.2-no-implicit", false, checks.Warned},
		"a MAY is recorded and never fails": {checks.May, "79", true, checks.Noted},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			f := check(row.level, row.requirement).Judge(evidence.Record{Value: false}, checks.Options{Version: checks.V2_2_0, Strict: row.strict})
			g.Expect(f.Status).To(Equal(row.status))
			g.Expect(f.Expected).To(Equal("true"))
			g.Expect(f.Observed).To(Equal("false"))
			g.Expect(f.Evidence).To(Equal([]string{"test#1"}))
		})
	}
}

func TestRecordsWithoutAValue(t *testing.T) {
	g := NewWithT(t)
	c := check(checks.Shall, "59")
	o := checks.Options{Version: checks.V2_2_0}
	skipped := c.Judge(evidence.Record{Skip: "no user"}, o)
	g.Expect(skipped.Status).To(Equal(checks.Skipped))
	g.Expect(skipped.Reason).To(Equal("no user"))
	undecided := c.Judge(evidence.Record{Error: "the server timed out"}, o)
	g.Expect(undecided.Status).To(Equal(checks.Undecided))
	g.Expect(undecided.Reason).To(Equal("the server timed out"))
	foreign := c.Judge(evidence.Record{Value: "a string"}, o)
	g.Expect(foreign.Status).To(Equal(checks.Undecided), "evidence of another type is no verdict")
	old := checks.New(checks.Meta{ID: "test.old", Level: checks.Shall, Versions: []checks.Version{checks.V1_0_0}}, trueKind,
		func(bool) checks.Verdict { return checks.Broken("", "") }).Judge(evidence.Record{Value: true}, o)
	g.Expect(old.Status).To(Equal(checks.Skipped))
}
