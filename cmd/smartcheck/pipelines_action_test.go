//go:build !windows

package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	. "github.com/onsi/gomega"
)

// runner is a machine that runs a step of the action: folders and files as the runner of GitHub sets them, and
// programs of our own on the PATH.
type runner struct {
	g      *WithT
	home   string
	script string
}

func newRunner(t *testing.T, script string, programs map[string]string) runner {
	t.Helper()
	r := runner{NewWithT(t), t.TempDir(), script}
	for name, text := range programs {
		r.write("bin/"+name, "#!/bin/sh\n"+text)
	}
	r.g.Expect(os.MkdirAll(filepath.Join(r.home, "temp"), 0o755)).To(Succeed())
	return r
}

func (r runner) write(name, text string) {
	path := filepath.Join(r.home, name)
	r.g.Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
	r.g.Expect(os.WriteFile(path, []byte(text), 0o755)).To(Succeed())
}

func (r runner) read(name string) string {
	text, err := os.ReadFile(filepath.Join(r.home, name))
	r.g.Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// run runs the script with more variables, and returns what it printed.
func (r runner) run(variables ...string) (string, error) {
	action, err := filepath.Abs(filepath.Join(top, ".github/actions/smartcheck"))
	r.g.Expect(err).NotTo(HaveOccurred())
	cmd := exec.Command("bash", filepath.Join(action, r.script))
	cmd.Dir = r.home
	cmd.Env = append([]string{
		"PATH=" + filepath.Join(r.home, "bin") + ":/usr/bin:/bin", "GITHUB_ACTION_PATH=" + action, "RUNNER_TEMP=" + filepath.Join(r.home, "temp"),
		"GITHUB_PATH=" + filepath.Join(r.home, "path"), "GITHUB_OUTPUT=" + filepath.Join(r.home, "output"),
		"GITHUB_STEP_SUMMARY=" + filepath.Join(r.home, "summary"),
	}, variables...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestActionRuns gives the action every input, and expects them as arguments, quoted as they are.
func TestActionRuns(t *testing.T) {
	r := newRunner(t, "run.sh", map[string]string{"smartcheck": `printf '%s\n' "$@" > arguments; mkdir -p 'the reports'; echo '## a summary' > 'the reports/summary.md'; exit 1`})
	out, err := r.run("INPUT_CONFIG=a file.yaml", "INPUT_REPORTS=the reports", "INPUT_PROFILE=onc-g10", "INPUT_EXPECTATIONS=$(touch evil)",
		"INPUT_BASELINE=old.json", "INPUT_FAIL_ON=regressions", "INPUT_ARGS=--suite=token\n\n--label-filter=level: SHALL && !x\n")
	r.g.Expect(err).NotTo(HaveOccurred(), out)
	r.g.Expect(r.read("arguments")).To(Equal("run\n--config\na file.yaml\n--reports\nthe reports\n--profile\nonc-g10\n--expectations\n$(touch evil)\n" +
		"--baseline\nold.json\n--fail-on\nregressions\n--suite=token\n--label-filter=level: SHALL && !x\n"))
	r.g.Expect(r.read("output")).To(Equal("exit-code=1\n"))
	r.g.Expect(r.read("summary")).To(Equal("## a summary\n"))
	r.g.Expect(filepath.Join(r.home, "evil")).NotTo(BeAnExistingFile())
}

// TestActionWithoutReports ends before there is a report.
func TestActionWithoutReports(t *testing.T) {
	r := newRunner(t, "run.sh", map[string]string{"smartcheck": `echo "$#" > count; exit 2`})
	out, err := r.run("INPUT_CONFIG=smartcheck.yaml", "INPUT_REPORTS=reports", "INPUT_PROFILE=", "INPUT_EXPECTATIONS=", "INPUT_BASELINE=", "INPUT_FAIL_ON=", "INPUT_ARGS=")
	r.g.Expect(err).NotTo(HaveOccurred(), out)
	r.g.Expect(r.read("count")).To(Equal("5\n"), "no empty arguments")
	r.g.Expect(r.read("output")).To(Equal("exit-code=2\n"))
}

// TestActionInstallsARelease downloads an archive, and refuses one that is not what the checksums say.
func TestActionInstallsARelease(t *testing.T) {
	system := runtime.GOOS + "_" + runtime.GOARCH
	for name, spoil := range map[string]string{"as released": "", "altered since": "echo >> " + "smartcheck_1.2.3_" + system + ".tar.gz"} {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t, "install.sh", map[string]string{
				"gh":       `echo "$@" > ../asked; cp ../../release/* .; ` + spoil,
				"chromium": "exit 0",
			})
			archive := "smartcheck_1.2.3_" + system + ".tar.gz"
			r.write("packed/smartcheck", "#!/bin/sh\necho smartcheck version 1.2.3\n")
			r.write("release/placeholder", "")
			out, err := exec.Command("tar", "-czf", filepath.Join(r.home, "release", archive), "-C", filepath.Join(r.home, "packed"), "smartcheck").CombinedOutput()
			r.g.Expect(err).NotTo(HaveOccurred(), "%s", out)
			r.write("release/checksums.txt", fmt.Sprintf("%x  %s\n%[3]x  %[2]s.sbom.json\n%[3]x  another.zip\n", sha256.Sum256([]byte(r.read("release/"+archive))), archive, sha256.Sum256(nil)))

			said, err := r.run("SMARTCHECK_VERSION=v1.2.3")
			r.g.Expect(r.read("temp/asked")).To(ContainSubstring("release download v1.2.3 --repo smart-conformance/smartcheck"))
			if spoil != "" {
				r.g.Expect(err).To(HaveOccurred(), said)
				r.g.Expect(filepath.Join(r.home, "temp/smartcheck/bin/smartcheck")).NotTo(BeAnExistingFile())
				return
			}
			r.g.Expect(err).NotTo(HaveOccurred(), said)
			r.g.Expect(said).To(ContainSubstring("smartcheck version 1.2.3"))
			r.g.Expect(r.read("path")).To(Equal(filepath.Join(r.home, "temp/smartcheck/bin") + "\n"))
		})
	}
}
