package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// withRecording adds a recording of the login, of these steps, to a target file.
func withRecording(t *testing.T, file, content string) string {
	t.Helper()
	g := NewWithT(t)
	g.Expect(os.WriteFile(filepath.Join(filepath.Dir(file), "login.json"), []byte(content), 0o600)).To(Succeed())
	text, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(file, append(text, "\nlogin: {recording: login.json}\n"...), 0o600)).To(Succeed())
	return file
}

func steps(all ...string) string {
	return "{\"title\": \"Sign in\", \"steps\": [\n" + strings.Join(all, ",\n") + "\n]}"
}

const (
	fillUser     = `{"type": "change", "value": "${username}", "selectors": [["aria/Username"], ["[name=username]"]]}`
	fillPassword = `{"type": "change", "value": "${password}", "selectors": [["input[type=password]"]]}`
	pressSignIn  = `{"type": "click", "selectors": [["button[type=submit]"], ["form button"]]}`
)

// TestLogin signs in at the reference EHR, with the automatic driver and with a recording.
func TestLogin(t *testing.T) {
	for name, recorded := range map[string]string{"": "", "recorded": steps(fillUser, fillPassword, pressSignIn)} {
		t.Run("driver "+name, func(t *testing.T) {
			g := NewWithT(t)
			file, env := startReference(t)
			if recorded != "" {
				withRecording(t, file, recorded)
			}
			p := runs(t, env, "login", "-c", file, "--user", "patient")
			g.Expect(p.code()).To(Equal(0), "%s%s", &p.out, &p.errors)
			g.Expect(p.out.String()).To(ContainSubstring("reached  a code at the redirect URI"))
			g.Expect(strings.Contains(p.out.String(), "did      played ")).To(Equal(recorded != ""), "%s", &p.out)
			pictures, err := filepath.Glob(filepath.Join(p.reports, "login", "patient", "*.jpg"))
			g.Expect(err).NotTo(HaveOccurred())
			wanted := 2 // the sign-in and the consent page
			if recorded != "" {
				wanted++ // the step before the page holds the password
			}
			g.Expect(len(pictures)).To(BeNumerically(">=", wanted), "%v", pictures)
			g.Expect(p.out.String() + p.errors.String()).NotTo(ContainSubstring(env["PATIENT_PASSWORD"]))
		})
	}
}

// TestLoginSaysWhatIsWrong meets recordings that cannot be played, and users that are not there.
func TestLoginSaysWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		recording string
		user      string
		code      int
		says      []string
	}{
		"a step that finds nothing": {steps(fillUser, `{"type": "click", "selectors": [["#next"]]}`), "patient", 3,
			[]string{"login.json:3: step 2 (click #next) finds nothing", "which has text", "the last picture is"}},
		"another site": {steps(`{"type": "navigate", "url": "https://other.example/login"}`, `{"type": "click", "selectors": [["#login"]]}`), "patient", 3,
			[]string{"the recording is for another site, other.example (line 2)"}},
		"another server's array": {`[{"match": "https://other.example/authorize*", "tasks": [{"task": "x", "commands": [["click", "id", "x"]]}]}]`, "patient", 3,
			[]string{"is for another site", "begins at none of https://other.example/authorize*"}},
		"not JSON":         {"puppeteer", "patient", 2, []string{"login.json:1:1: is not JSON"}},
		"an unknown step":  {steps(`{"type": "swipe"}`), "patient", 2, []string{`login.json:2:1: step 1 is of the type "swipe"`}},
		"a password in it": {steps(strings.Replace(fillPassword, "${password}", "hunter22", 1)), "patient", 2, []string{"writes a literal value into a field for a secret"}},
		"no such user":     {steps(fillUser), "clinician", 2, []string{"the target file has no users.clinician"}},
		"no user at all":   {steps(fillUser), "nurse", 2, []string{`--user "nurse" is no user; users are patient and clinician`}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			file, env := startReference(t)
			p := runs(t, env, "login", "-c", withRecording(t, file, tc.recording), "--user", tc.user)
			g.Expect(p.code()).To(Equal(tc.code), "%s%s", &p.out, &p.errors)
			for _, says := range tc.says {
				g.Expect(p.errors.String()).To(ContainSubstring(says))
			}
			g.Expect(p.errors.String()).NotTo(ContainSubstring("hunter22"))
		})
	}
}

// TestRunWithARecordingThatDoesNotFit judges what needs no login.
func TestRunWithARecordingThatDoesNotFit(t *testing.T) {
	g := NewWithT(t)
	file, env := startReference(t)
	p := runs(t, env, "run", "-c", withRecording(t, file, steps(fillUser, `{"type": "click", "selectors": [["#next"]]}`)),
		"--label-filter", "check:discovery.json || check:launch.patient-standalone-public")
	g.Expect(p.code()).To(Equal(3), "%s%s", &p.out, &p.errors)
	g.Expect(string(p.finding("discovery.json").Status)).To(Equal("pass"))
	g.Expect(p.finding("launch.patient-standalone-public").Reason).To(ContainSubstring("step 2 (click #next) finds nothing"))
}
