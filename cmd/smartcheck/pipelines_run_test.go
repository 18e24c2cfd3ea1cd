//go:build !windows

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/sandbox"
)

// pipeline is a file for pipelines as its build server runs it: what the shell gets, and which files are then
// uploaded or read.
type pipeline struct {
	script      string
	environment []string
	uploads     []string
}

// TestTemplatesRun runs the scripts of the templates with the program itself, against a server that is conformant,
// one that is not, and one that does not answer. What is uploaded afterwards has to be there, and the exit code
// has to come out.
func TestTemplatesRun(t *testing.T) {
	g := NewWithT(t)
	server, err := sandbox.Start(t.Context(), "")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	g.Expect(os.WriteFile(ca, server.CAPEM(), 0o600)).To(Succeed())
	trust := "tls: {ca: \"" + ca + "\"}\n"
	servers := map[int]string{
		0: targetFile(t, server.Base(""), trust, ""),
		1: targetFile(t, server.Base("s256-unlisted"), trust, ""),
		3: targetFile(t, "http://127.0.0.1:9/fhir", "", ""),
	}
	for name, read := range map[string]func(*testing.T) pipeline{
		"GitLab": gitlabTemplate, "Jenkins": jenkinsTemplate, "Kubernetes": kubernetesTemplate, "GitHub": githubTemplate,
	} {
		for code, file := range servers {
			t.Run(name+" "+map[int]string{0: "conformant", 1: "non-conformant", 3: "down"}[code], func(t *testing.T) {
				g := NewWithT(t)
				there := workspace(t, file)
				script := read(t)
				ended, out := script.run(t, there)
				g.Expect(ended).To(Equal(code), out)
				for _, upload := range script.uploads {
					g.Expect(filepath.Join(there, upload)).To(BeAnExistingFile(), out)
				}
			})
		}
	}
}

// workspace is a directory with a target file and a smartcheck that looks at one check, so that a run is short.
func workspace(t *testing.T, targetFile string) string {
	t.Helper()
	g := NewWithT(t)
	there := t.TempDir()
	real, err := program()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.Mkdir(filepath.Join(there, "bin"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(there, "bin", "smartcheck"), []byte(`#!/bin/sh
[ "$1" = run ] && set -- "$@" --check discovery.pkce-s256
exec "`+real+`" "$@"
`), 0o755)).To(Succeed())
	text, err := os.ReadFile(targetFile)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(there, "smartcheck.yaml"), text, 0o600)).To(Succeed())
	return there
}

func (s pipeline) run(t *testing.T, there string) (code int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", s.script)
	cmd.Dir = there
	cmd.Env = append([]string{"PATH=" + filepath.Join(there, "bin") + ":/usr/bin:/bin", "HOME=" + there}, s.environment...)
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

// gitlabTemplate runs the lines of the job one after the other, and expands variables in what is uploaded.
func gitlabTemplate(t *testing.T) pipeline {
	file := documents(t, pipelineFile(t, "docs/how-to/pipelines/gitlab-ci.yml"))[0]
	var s pipeline
	variables := map[string]string{}
	for name, value := range at(file, "variables").(map[string]any) {
		variables[name] = value.(string)
		s.environment = append(s.environment, name+"="+value.(string))
	}
	s.script = "set -eo pipefail\n"
	for _, line := range at(file, "smartcheck", "script").([]any) {
		s.script += line.(string) + "\n"
	}
	uploads := append(at(file, "smartcheck", "artifacts", "paths").([]any), at(file, "smartcheck", "artifacts", "reports", "junit"))
	for _, upload := range uploads {
		s.uploads = append(s.uploads, os.Expand(upload.(string), func(name string) string { return variables[name] }))
	}
	return s
}

var (
	jenkinsScript = regexp.MustCompile(`script: '([^']*)'`)
	jenkinsUpload = regexp.MustCompile(`(?:testResults|artifacts): '([^'*]*)`)
)

// jenkinsTemplate runs what the step sh runs. What the pipeline does with the exit code is for Jenkins to show.
func jenkinsTemplate(t *testing.T) pipeline {
	g := NewWithT(t)
	text := pipelineFile(t, "docs/how-to/pipelines/Jenkinsfile")
	scripts, uploads := jenkinsScript.FindAllStringSubmatch(text, -1), jenkinsUpload.FindAllStringSubmatch(text, -1)
	g.Expect(scripts).To(HaveLen(1))
	g.Expect(uploads).To(HaveLen(2))
	return pipeline{script: "set -xe\n" + scripts[0][1], uploads: []string{uploads[0][1], uploads[1][1]}}
}

// kubernetesTemplate runs the arguments of the container, with its volumes in the workspace.
func kubernetesTemplate(t *testing.T) pipeline {
	g := NewWithT(t)
	for _, d := range documents(t, pipelineFile(t, "docs/how-to/pipelines/kubernetes-cronjob.yaml")) {
		if d["kind"] != "CronJob" {
			continue
		}
		container := at(d, "spec", "jobTemplate", "spec", "template", "spec", "containers").([]any)[0].(map[string]any)
		g.Expect(container["command"]).To(Equal([]any{"tini", "--", "/bin/sh", "-c"}))
		script := container["args"].([]any)[0].(string)
		return pipeline{
			script:  strings.NewReplacer("/config/", "./", "/reports", "./reports").Replace(script),
			uploads: []string{"reports/latest/results.json", "reports/history.sqlite"},
		}
	}
	t.Fatal("there is no CronJob")
	return pipeline{}
}

// githubTemplate runs the script of the step, and then the one that judges its exit code.
func githubTemplate(t *testing.T) pipeline {
	g := NewWithT(t)
	action := documents(t, pipelineFile(t, ".github/actions/smartcheck/action.yml"))[0]
	path, err := filepath.Abs(filepath.Join(top, ".github/actions/smartcheck/run.sh"))
	g.Expect(err).NotTo(HaveOccurred())
	s := pipeline{environment: []string{"GITHUB_STEP_SUMMARY=summary", "GITHUB_OUTPUT=output"}}
	for name, input := range at(action, "inputs").(map[string]any) {
		value := at(input, "default").(string)
		s.environment = append(s.environment, "INPUT_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+value)
		if name == "reports" {
			s.uploads = append(s.uploads, value, filepath.Join(value, "results.sarif"), "summary")
		}
	}
	steps := at(action, "runs", "steps").([]any)
	last := steps[len(steps)-1].(map[string]any)["run"].(string)
	s.script = "set -e\nbash '" + path + "'\nCODE=$(sed -n s/^exit-code=//p output)\n" + last
	return s
}

// TestScriptsParse lets bash read every script of the workflows and of the action without running it. What the
// build server puts in is a word.
func TestScriptsParse(t *testing.T) {
	g := NewWithT(t)
	seen := 0
	for _, path := range append(glob(t, ".github/workflows/*.yml"), glob(t, ".github/actions/*/action.yml")...) {
		for _, script := range scriptsIn(documents(t, pipelineFile(t, path))[0]) {
			seen++
			g.Expect(parses(expression.ReplaceAllString(script, "word"))).To(Succeed(), "%s: %s", path, script)
		}
	}
	g.Expect(seen).To(BeNumerically(">", 8))
	g.Expect(parses("if true; then echo")).NotTo(Succeed())
}

// scriptsIn returns the values of run, at any depth.
func scriptsIn(value any) []string {
	var found []string
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if script, ok := inner.(string); ok && key == "run" {
				found = append(found, script)
			}
			found = append(found, scriptsIn(inner)...)
		}
	case []any:
		for _, inner := range value {
			found = append(found, scriptsIn(inner)...)
		}
	}
	return found
}

func parses(script string) error {
	cmd := exec.Command("bash", "-n")
	cmd.Stdin = strings.NewReader(script)
	return cmd.Run()
}
