package reporters_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

var servers = []reporters.BuildServer{reporters.GitHubActions, reporters.GitLabCI}

// TestBuildLogs compares the logs with their golden files.
func TestBuildLogs(t *testing.T) {
	for _, server := range servers {
		t.Run(string(server), func(t *testing.T) {
			g := NewWithT(t)
			var out bytes.Buffer
			g.Expect(reporters.WriteBuildLog(&out, sample(), server)).To(Succeed())
			golden := filepath.Join("testdata", "log-"+string(server)+".txt")
			if *update {
				g.Expect(os.WriteFile(golden, out.Bytes(), 0o644)).To(Succeed())
			}
			want, err := os.ReadFile(golden)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(out.String()).To(Equal(string(want)))
		})
	}
}

func TestNoBuildServer(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect(reporters.WriteBuildLog(&out, sample(), reporters.ServerOf(func(string) string { return "" }))).To(Succeed())
	g.Expect(out.String()).To(BeEmpty())
	for name, server := range map[string]reporters.BuildServer{"GITHUB_ACTIONS": reporters.GitHubActions, "GITLAB_CI": reporters.GitLabCI} {
		g.Expect(reporters.ServerOf(func(asked string) string {
			return map[bool]string{true: "true"}[asked == name]
		})).To(Equal(server))
	}
}

// injections are what a server could send to give a build server a command.
var injections = []string{
	"\n::set-env name=PATH::/tmp", "\r\n::stop-commands::x", "::add-mask::a", "  ::error::gotcha", ":::error::gotcha",
	"##[set-env name=PATH]/tmp", "a ##[add-mask]e", "%0A::add-path::/tmp", "%25", "x,file=/etc/passwd::y",
	"##vso[task.setvariable variable=a]b", "##teamcity[buildStatus status='SUCCESS']",
	"\x1b[0Ksection_start:1:evil\r\x1b[0K", "\u2028::error::gotcha", "\u0085::error::gotcha", "\u00a0\u3000::error::gotcha",
	strings.Repeat("w ", 41) + "::stop-commands::x", strings.Repeat("long", 200) + "::stop-commands::x",
}

// TestServerTextGivesNoCommands reads everything that reaches a log the way the runner of GitHub Actions does,
// and expects the commands of an innocent run and no others.
func TestServerTextGivesNoCommands(t *testing.T) {
	for _, injection := range injections {
		t.Run(injection, func(t *testing.T) {
			g := NewWithT(t)
			innocent, evil := injected("innocent"), injected(injection)
			for width := 60; width < 90; width++ { // so that every part of it begins a line at some width
				var out bytes.Buffer
				g.Expect(reporters.WriteConsole(&out, evil, reporters.ConsoleOptions{Width: width, Verbose: true})).To(Succeed())
				g.Expect(commands(out.String())).To(BeEmpty(), out.String())
			}
			var want, got bytes.Buffer
			g.Expect(reporters.WriteBuildLog(&want, innocent, reporters.GitHubActions)).To(Succeed())
			g.Expect(reporters.WriteBuildLog(&got, evil, reporters.GitHubActions)).To(Succeed())
			g.Expect(commands(got.String())).To(Equal(commands(want.String())), got.String())
			g.Expect(commands(want.String())).To(ContainElements("group", "endgroup", "error title", "warning title"))

			got.Reset()
			g.Expect(reporters.WriteBuildLog(&got, evil, reporters.GitLabCI)).To(Succeed())
			g.Expect(commands(got.String())).To(BeEmpty())
			g.Expect(strings.Count(got.String(), "\x1b")).To(Equal(4*len(areasOf(evil))), "only the marks of our own sections")
			g.Expect(strings.Count(got.String(), "\r")).To(Equal(2 * len(areasOf(evil))))
		})
	}
}

// injected is sample with a text in everything that a server, or a results.json, may have a say in.
func injected(text string) reporters.Results {
	r := sample()
	r.Target.Name, r.Tool.Version = text, text
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Check, f.Title, f.Message, f.Remedy = text, text, text, text
		switch f.Status {
		case checks.Failed, checks.Warned:
			f.Expected, f.Observed = text, text
		case checks.Undecided, checks.Skipped:
			f.Reason = text
		}
	}
	return r
}

func areasOf(r reporters.Results) []string {
	var areas []string
	for _, f := range r.Findings {
		if !slices.Contains(areas, f.Area) {
			areas = append(areas, f.Area)
		}
	}
	return areas
}

var (
	first  = regexp.MustCompile(`##\w*\[[^\]]*\]`)                          // also of Azure Pipelines and TeamCity
	second = regexp.MustCompile(`^[\s\p{Z}\x{85}]*::([^:]*(?::[^:]+)*?)::`) // up to the next two colons
)

// commands returns the names of the commands of a log, with the names of their properties. Lines end where .NET
// ends them.
func commands(log string) []string {
	var found []string
	for _, line := range regexp.MustCompile(`\r\n|\n|\r`).Split(log, -1) {
		if m := second.FindStringSubmatch(line); m != nil {
			name, properties, _ := strings.Cut(m[1], " ")
			for _, property := range strings.Split(properties, ",") {
				if key, _, has := strings.Cut(property, "="); has {
					name += " " + key
				}
			}
			found = append(found, name)
		} else if m := first.FindString(line); m != "" {
			found = append(found, m)
		}
	}
	return found
}
