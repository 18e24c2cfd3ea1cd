package suites_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/suites"
)

// TestTheProgramOfThePage compiles the program of docs/how-to/write-a-check.md and runs it against the reference EHR,
// whose tokens live for longer than the rule of the page allows.
func TestTheProgramOfThePage(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	program := compiled(t, dir)

	server, err := sandbox.Start(t.Context(), "")
	g.Expect(err).NotTo(HaveOccurred())
	defer server.Close()
	cfg := server.Target("")
	user, client := cfg.Users[suites.Patient], cfg.Clients[suites.Public]
	g.Expect(os.WriteFile(filepath.Join(dir, "ca.pem"), cfg.TLS.CA, 0o600)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "smartcheck.yaml"), []byte(fmt.Sprintf(`version: 1
fhir: %s
tls: {ca: ca.pem}
users:
  patient: {username: %s, password: "${PATIENT_PASSWORD}"}
clients:
  public: {id: %s, redirect: %q}
`, cfg.FHIR, user.Username, client.ID, client.Redirect)), 0o600)).To(Succeed())

	run := exec.CommandContext(t.Context(), program, "-test.v", "-ginkgo.label-filter", "area:hospital", "-ginkgo.no-color")
	run.Dir, run.Env = dir, append(os.Environ(), "PATIENT_PASSWORD="+user.Password.Reveal())
	out, err := run.CombinedOutput()
	g.Expect(err).To(BeAssignableToTypeOf(&exec.ExitError{}), string(out))
	g.Expect(string(out)).To(And(
		ContainSubstring("hospital.token-lifetime"), ContainSubstring("an expires_in of 600 at most"),
		ContainSubstring("0 Passed | 1 Failed")))
}

// compiled takes the program out of the page and compiles it as if it were a package of this module.
func compiled(t *testing.T, dir string) string {
	t.Helper()
	g := NewWithT(t)
	page, err := os.ReadFile("../docs/how-to/write-a-check.md")
	g.Expect(err).NotTo(HaveOccurred())
	var source strings.Builder
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(page, -1) {
		source.Write(block[1])
	}
	file := filepath.Join(dir, "smart_test.go")
	g.Expect(os.WriteFile(file, []byte(source.String()), 0o600)).To(Succeed())
	there, err := filepath.Abs("hospital/smart_test.go")
	g.Expect(err).NotTo(HaveOccurred())
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{there: file}})
	g.Expect(err).NotTo(HaveOccurred())
	replace := filepath.Join(dir, "overlay.json")
	g.Expect(os.WriteFile(replace, overlay, 0o600)).To(Succeed())
	program := filepath.Join(dir, "smart.test")
	// vet would want to enter the folder, which is not there.
	out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", replace, "-o", program, "./hospital").CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(out))
	return program
}
