package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// top is the top of the repository.
var top = filepath.Join("..", "..")

// texts returns the files that name commands of smartcheck: those for pipelines, and the documentation.
func texts(t *testing.T) map[string]string {
	t.Helper()
	g := NewWithT(t)
	all := map[string]string{}
	for _, place := range []string{"docs", ".github", ".container", ".release", "README.md", "CONTRIBUTING.md"} {
		g.Expect(filepath.WalkDir(filepath.Join(top, place), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			all[strings.TrimPrefix(filepath.ToSlash(path), "../../")] = string(text)
			return err
		})).To(Succeed())
	}
	return all
}

// TestCommandsExist looks up every subcommand, and every flag, that a text names after smartcheck.
func TestCommandsExist(t *testing.T) {
	seen := 0
	for path, text := range texts(t) {
		if path == ".github/actions/smartcheck/run.sh" {
			text = "smartcheck run " + strings.Join(longFlag.FindAllString(text, -1), " ")
		}
		for _, c := range invocations(text) {
			seen++
			for _, problem := range c.problems() {
				t.Errorf("%s: %s", path, problem)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d commands were found; is the pattern right?", seen)
	}
}

// invocation is a subcommand, and the flags that stand after it.
type invocation struct {
	subcommand string
	flags      []string
}

var (
	invoked   = regexp.MustCompile("(?m)(?:^|[\\s`\"'(/])smartcheck ([a-z]+(?: [a-z]+)?)\\b([^\\n`|;&<>]*)")
	flagName  = regexp.MustCompile(`(?:^|\s|\()(--[a-z][a-z-]*|-[a-z])\b`)
	longFlag  = regexp.MustCompile(`--[a-z][a-z-]+`)
	continued = regexp.MustCompile(`\\\n\s*`)
)

// invocations finds the commands of a text. A word that is no subcommand is taken for prose.
func invocations(text string) []invocation {
	var found []invocation
	for _, m := range invoked.FindAllStringSubmatch(continued.ReplaceAllString(text, " "), -1) {
		c := invocation{subcommand: m[1]}
		if first, second, two := strings.Cut(m[1], " "); two && (subcommand(first) == nil || !subcommand(first).HasSubCommands()) {
			c.subcommand, m[2] = first, " "+second+m[2]
		}
		for _, f := range flagName.FindAllStringSubmatch(m[2], -1) {
			c.flags = append(c.flags, f[1])
		}
		if subcommand(c.subcommand) != nil || len(c.flags) > 0 {
			found = append(found, c)
		}
	}
	return found
}

// subcommand returns the command with that name, such as run or history show, or nil.
func subcommand(name string) *cobra.Command {
	root := newRoot()
	root.InitDefaultCompletionCmd()
	cmd, rest, err := root.Find(strings.Fields(name))
	if err != nil || cmd == root || len(rest) > 0 {
		return nil
	}
	cmd.InitDefaultHelpFlag()
	return cmd
}

func (c invocation) problems() []string {
	cmd := subcommand(c.subcommand)
	if cmd == nil {
		return []string{"there is no smartcheck " + c.subcommand}
	}
	var problems []string
	for _, name := range c.flags {
		var known *pflag.Flag
		if long, ok := strings.CutPrefix(name, "--"); ok {
			known = cmd.Flags().Lookup(long)
		} else {
			known = cmd.Flags().ShorthandLookup(name[1:])
		}
		if known == nil {
			problems = append(problems, "smartcheck "+c.subcommand+" has no "+name)
		}
	}
	return problems
}

// TestUnknownCommandsAreFound holds that the test above can fail.
func TestUnknownCommandsAreFound(t *testing.T) {
	g := NewWithT(t)
	var problems []string
	for _, c := range invocations("`smartcheck run -c a.yaml --reprots x`; smartcheck rnu \\\n  --config y. The smartcheck program.") {
		problems = append(problems, c.problems()...)
	}
	g.Expect(problems).To(Equal([]string{"smartcheck run has no --reprots", "there is no smartcheck rnu"}))
}

// TestYAML reads every document of every YAML file outside of the tests.
func TestYAML(t *testing.T) {
	for path, text := range texts(t) {
		if ext := filepath.Ext(path); ext == ".yml" || ext == ".yaml" {
			NewWithT(t).Expect(documents(t, text)).NotTo(BeEmpty(), path)
		}
	}
}

// pipelineFile reads a file of the repository.
func pipelineFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, path))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(text)
}

func documents(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var one map[string]any
		switch err := decoder.Decode(&one); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, one)
	}
}

// TestWorkflows lets actionlint judge our workflows, and the action that they use. It is run as a tool of its own,
// since its dependencies are none of ours.
func TestWorkflows(t *testing.T) {
	g := NewWithT(t)
	cmd := exec.Command("go", "run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "-shellcheck=", "-pyflakes=", "-no-color")
	cmd.Args = append(cmd.Args, glob(t, ".github/workflows/*.yml")...)
	cmd.Dir = top
	out, err := cmd.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), "%s", out)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	g := NewWithT(t)
	found, err := fs.Glob(os.DirFS(top), pattern)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).NotTo(BeEmpty())
	return found
}

// TestCronJob holds what the pod needs to be let into a namespace with the restricted Pod Security Standard, and
// that its target file is one.
func TestCronJob(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join(top, "docs/how-to/pipelines/kubernetes-cronjob.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	kinds := map[string]map[string]any{}
	for _, d := range documents(t, string(text)) {
		kinds[d["kind"].(string)] = d
	}
	pod := at(kinds["CronJob"], "spec", "jobTemplate", "spec", "template", "spec").(map[string]any)
	g.Expect(at(pod, "securityContext", "runAsNonRoot")).To(BeTrue())
	g.Expect(at(pod, "securityContext", "seccompProfile", "type")).To(Equal("RuntimeDefault"))
	container := at(pod, "containers").([]any)[0].(map[string]any)
	g.Expect(at(container, "securityContext", "allowPrivilegeEscalation")).To(BeFalse())
	g.Expect(at(container, "securityContext", "readOnlyRootFilesystem")).To(BeTrue())
	g.Expect(at(container, "securityContext", "capabilities", "drop")).To(Equal([]any{"ALL"}))

	dockerfile, err := os.ReadFile(filepath.Join(top, ".container/Dockerfile"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(dockerfile)).To(ContainSubstring("USER %v:%v\n", at(pod, "securityContext", "runAsUser"), at(pod, "securityContext", "runAsGroup")))

	file := filepath.Join(t.TempDir(), "smartcheck.yaml")
	g.Expect(os.WriteFile(file, []byte(at(kinds["ConfigMap"], "data", "smartcheck.yaml").(string)), 0o600)).To(Succeed())
	secrets := at(kinds["Secret"], "stringData").(map[string]any)
	_, err = target.Load(file, func(name string) (string, bool) {
		value, ok := secrets[name].(string)
		return value, ok
	})
	g.Expect(err).NotTo(HaveOccurred())
}

// at follows keys into nested maps.
func at(value any, keys ...string) any {
	for _, key := range keys {
		value = value.(map[string]any)[key]
	}
	return value
}
