package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// TestMain removes the program that tests have built.
func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// built is the directory of the program, when a test has built it.
var built string

// program builds smartcheck once. Ginkgo runs one suite in a process, so that each run needs its own.
var program = sync.OnceValues(func() (string, error) {
	var err error
	if built, err = os.MkdirTemp("", "smartcheck-test-"); err != nil {
		return "", err
	}
	path := filepath.Join(built, "smartcheck")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return path, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// patience bounds a run of the program in a test, on a busy machine too. Nothing that a server does may make it last
// that long.
const patience = 5 * time.Minute

// process is one run of the program in a directory of its own.
type process struct {
	*exec.Cmd
	t           *testing.T
	out, errors bytes.Buffer
	reports     string
	started     time.Time
}

// command prepares the program. Reports go to a directory of the test.
func command(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	p := &process{t: t, Cmd: exec.CommandContext(ctx, path, args...), reports: filepath.Join(t.TempDir(), "reports")}
	p.Dir, p.Stdout, p.Stderr = t.TempDir(), &p.out, &p.errors
	p.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { // what is written must not depend on where the tests run
		return strings.HasPrefix(variable, "GITHUB_ACTIONS=") || strings.HasPrefix(variable, "GITLAB_CI=")
	})
	for name, value := range env {
		p.Env = append(p.Env, name+"="+value)
	}
	return p
}

// runs runs the suites of the program and waits.
func runs(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	p := command(t, env, args...)
	p.Args = append(p.Args, "--reports", p.reports)
	p.start()
	p.wait()
	return p
}

func (p *process) start() {
	p.t.Helper()
	p.started = time.Now()
	if err := p.Start(); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits for the end, and holds the program to what every end has in common.
func (p *process) wait() {
	p.t.Helper()
	_ = p.Wait() // the exit code is judged by the test
	g := NewWithT(p.t)
	g.Expect(time.Since(p.started)).To(BeNumerically("<", patience), "the program hangs\n%s", &p.errors)
	g.Expect(p.code()).To(BeElementOf(0, 1, 2, 3), "%s", &p.errors)
	g.Expect(p.errors.String()).NotTo(ContainSubstring("goroutine "), "it panicked")
	g.Expect(p.out.String()).NotTo(ContainSubstring("goroutine "), "it panicked")
}

func (p *process) code() int { return p.ProcessState.ExitCode() }

// results reads the reports, of which none may be missing.
func (p *process) results() reporters.Results {
	p.t.Helper()
	g := NewWithT(p.t)
	g.Expect(filepath.Join(p.reports, "junit.xml")).To(BeARegularFile(), "%s", &p.errors)
	g.Expect(filepath.Join(p.reports, "summary.md")).To(BeARegularFile())
	file, err := os.Open(filepath.Join(p.reports, "results.json"))
	g.Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	results, err := reporters.Read(file)
	g.Expect(err).NotTo(HaveOccurred())
	return results
}

// finding returns the finding of a check.
func (p *process) finding(check string) checks.Finding {
	p.t.Helper()
	for _, f := range p.results().Findings {
		if f.Check == check {
			return f
		}
	}
	p.t.Fatalf("%s was not judged", check)
	return checks.Finding{}
}

// app is the part of a target file that lets a patient launch a public client.
const app = `
users:
  patient: {username: amy, password: "${PATIENT_PASSWORD}", patient: amy}
clients:
  public: {id: app, redirect: "https://app.example.org/callback"}
`

// impatient makes a run give up on a server early.
const impatient = "timeouts: {request: 1s, page: 2s, journey: 3s}\n"

// environment is what a target file with app refers to.
var environment = map[string]string{"PATIENT_PASSWORD": "canary-of-the-patient"}

func with(name, value string) map[string]string {
	env := maps.Clone(environment)
	env[name] = value
	return env
}

// targetFile writes a target file for base with more lines.
func targetFile(t *testing.T, base string, more ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "smartcheck.yaml")
	text := "version: 1\nfhir: \"" + base + "\"\n" + strings.Join(more, "")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
