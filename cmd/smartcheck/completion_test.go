package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/spf13/cobra"
)

// TestCompletions asks the hidden command that every shell asks.
func TestCompletions(t *testing.T) {
	for _, tc := range []struct {
		typed []string
		want  string // a line of the answer
	}{
		{[]string{"run", "--check", "token.code-s"}, "token.code-single-use\tAn authorization code is accepted once"},
		{[]string{"demo", "--suite", "tok"}, "token"},
		{[]string{"run", "--level", "SHALL"}, "SHALL NOT"},
		{[]string{"run", "--format", ""}, "markdown\tjob pages and pull requests"},
		{[]string{"discover", "--format", ""}, "junit"},
		{[]string{"checks", "--format", ""}, "json"},
		{[]string{"demo", "--spec", ""}, "2.2.0"},
		{[]string{"demo", "--fault", "code-re"}, "code-reusable\t"},
		{[]string{"selftest", "--fault", "code-re"}, "code-reusable\t"},
		{[]string{"report", "--lang", ""}, "zh-Hant"},
		{[]string{"login", "--user", ""}, "clinician"},
		{[]string{"checks", "--area", ""}, "token"},
		{[]string{"discover", "--kind", ""}, "jwks"},
		{[]string{"explain", "token.code-s"}, "token.code-single-use\t"},
	} {
		t.Run(strings.Join(tc.typed, " "), func(t *testing.T) {
			g := NewWithT(t)
			var out bytes.Buffer
			root := newRoot()
			root.SetOut(&out)
			root.SetErr(&out)
			root.SetArgs(append([]string{cobra.ShellCompRequestCmd}, tc.typed...))
			g.Expect(root.Execute()).To(Succeed())
			lines := strings.Split(out.String(), "\n")
			g.Expect(lines).To(ContainElement(HavePrefix(tc.want)), out.String())
			g.Expect(lines).To(ContainElement(":4"), "no file names")
		})
	}
}

// TestManualPages writes the pages twice, and expects one for each subcommand, the same each time.
func TestManualPages(t *testing.T) {
	g := NewWithT(t)
	t.Setenv("SOURCE_DATE_EPOCH", "1773480413")
	var written [2]map[string]string
	for i := range written {
		directory := filepath.Join(t.TempDir(), "man")
		root := newRoot()
		root.SetArgs([]string{"man", directory})
		g.Expect(root.Execute()).To(Succeed())
		written[i] = map[string]string{}
		pages, err := os.ReadDir(directory)
		g.Expect(err).NotTo(HaveOccurred())
		for _, page := range pages {
			text, err := os.ReadFile(filepath.Join(directory, page.Name()))
			g.Expect(err).NotTo(HaveOccurred())
			written[i][page.Name()] = string(text)
		}
	}
	g.Expect(written[0]).To(Equal(written[1]))
	for _, cmd := range newRoot().Commands() {
		if cmd.IsAvailableCommand() {
			g.Expect(written[0]).To(HaveKey("smartcheck-" + cmd.Name() + ".1"))
		}
	}
	g.Expect(written[0]["smartcheck-run.1"]).To(And(ContainSubstring(`"Mar 2026"`), ContainSubstring("--label-filter")))
}
