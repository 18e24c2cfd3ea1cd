package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/catalogue"
)

// output runs a command the way main does and returns what it printed.
func output(cmd *cobra.Command, args ...string) (string, error) {
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

func TestChecksListsEveryCheck(t *testing.T) {
	g := NewWithT(t)
	printed, err := output(newChecks(), "--format", "json")
	g.Expect(err).NotTo(HaveOccurred())
	var list []map[string]any
	g.Expect(json.Unmarshal([]byte(printed), &list)).To(Succeed())
	g.Expect(list).To(HaveLen(len(checks.All())))
	for _, c := range list {
		g.Expect(c).To(And(HaveLen(9), HaveKeyWithValue("id", Not(BeEmpty())), HaveKeyWithValue("versions", Not(BeEmpty()))))
		for _, key := range []string{"title", "level", "area", "requirements", "applies", "faults", "remedy"} {
			g.Expect(c).To(HaveKey(key))
		}
	}
	table, err := output(newChecks(), "--area", "token")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(table).To(And(HavePrefix("CHECK"), ContainSubstring("\ntoken.code-single-use  "), Not(ContainSubstring("\nauthorize."))))
}

func TestRequirementsCountsEveryRequirement(t *testing.T) {
	g := NewWithT(t)
	printed, err := output(newRequirements(), "--format", "json")
	g.Expect(err).NotTo(HaveOccurred())
	var list []struct {
		ID, Status, Reason string
		Checks             []string
	}
	g.Expect(json.Unmarshal([]byte(printed), &list)).To(Succeed())
	g.Expect(list).To(HaveLen(len(catalogue.All())))
	for _, q := range list {
		g.Expect(q.Status).To(BeElementOf("covered", "not-yet", "not-observable"), q.ID)
		g.Expect(q.Status == "covered").To(Equal(len(q.Checks) > 0), q.ID)
		g.Expect(q.Status == "covered").To(Equal(q.Reason == ""), "%s: what is not covered has a reason", q.ID)
	}
	table, err := output(newRequirements(), "--area", "token")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(table).To(And(MatchRegexp(`(?m)^token +SHALL +\d+ +\d+ +\d+$`), MatchRegexp(`(?m)^rfc6749-4.1.2-code-single-use +SHALL `)))
}

func TestExplainPrintsAPage(t *testing.T) {
	g := NewWithT(t)
	page, err := output(newExplain(), "rfc6749-4.1.2-code-single-use")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(page).To(And(HavePrefix("rfc6749-4.1.2-code-single-use"), ContainSubstring("RFC 6749 §4.1.2")))
}

func TestCatalogueCommandsRefuseMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		cmd  *cobra.Command
		args []string
		want string
	}{
		"checks, unknown format":        {newChecks(), []string{"--format", "xml"}, `--format "xml" is not known: use table or json`},
		"checks, an argument":           {newChecks(), []string{"token"}, `takes no argument, got "token"`},
		"checks, a misspelt area":       {newChecks(), []string{"--area", "tokens"}, "did you mean token?"},
		"checks, an unknown area":       {newChecks(), []string{"--area", "weather-report"}, "use one of [app-state"},
		"requirements, unknown format":  {newRequirements(), []string{"--format", "csv"}, "use table or json"},
		"requirements, a misspelt area": {newRequirements(), []string{"--area", "autorize"}, "did you mean authorize?"},
		"explain, nothing":              {newExplain(), nil, "takes one id of a check or a requirement, got 0"},
		"explain, two":                  {newExplain(), []string{"a", "b"}, "got 2"},
		"explain, a misspelt id":        {newExplain(), []string{"rfc6749-4.1.2-code-singel-use"}, "did you mean rfc6749-4.1.2-code-single-use?"},
		"explain, an unknown id":        {newExplain(), []string{"weather"}, "smartcheck checks and smartcheck requirements"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			printed, err := output(c.cmd, c.args...)
			g.Expect(err).To(MatchError(ContainSubstring(c.want)))
			var exit exitError
			g.Expect(errors.As(err, &exit)).To(BeTrue())
			g.Expect(exit.code).To(Equal(2))
			g.Expect(printed).To(BeEmpty())
		})
	}
}
