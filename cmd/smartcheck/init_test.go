package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

const smartConfiguration = `{
	"authorization_endpoint": "https://ehr.example/authorize", "token_endpoint": "https://ehr.example/token",
	"grant_types_supported": ["authorization_code"], "code_challenge_methods_supported": ["S256"],
	"capabilities": ["launch-standalone", "client-public", "client-confidential-asymmetric", "permission-patient", "permission-v2"]
}`

// initialise runs smartcheck init with the arguments and returns what it printed and its exit code.
func initialise(t *testing.T, args ...string) (string, error, int) {
	t.Helper()
	cmd := newInit()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	var exit exitError
	if errors.As(err, &exit) {
		return out.String(), err, exit.code
	}
	return out.String(), err, 0
}

func TestInitWritesAFileThatLoads(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/fhir/.well-known/smart-configuration" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(smartConfiguration))
	}))
	defer server.Close()
	dir := t.TempDir()
	t.Chdir(dir)
	g.Expect(os.Mkdir("config", 0o755)).To(Succeed())

	out, err, _ := initialise(t, server.URL+"/fhir/", "-o", "config/target file.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(HavePrefix("Wrote config/target file.yaml\nWrote client-keys.json (private: keep it out of version control) and client-keys.public.json\n"))
	g.Expect(out).To(ContainSubstring("redirect URI   https://app.example.org/callback"))
	g.Expect(out).To(HaveSuffix(`Then set these variables and run:

  export PATIENT_USERNAME=
  export PATIENT_PASSWORD=
  export PUBLIC_CLIENT_ID=
  export ASYMMETRIC_CLIENT_ID=
  smartcheck run -c 'config/target file.yaml'
`))
	c, err := target.Load(filepath.Join("config", "target file.yaml"), func(string) (string, bool) { return "x", true })
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.FHIR).To(Equal(server.URL + "/fhir"))
	g.Expect(c.Clients).To(HaveLen(2))
	key, err := c.Clients[target.Asymmetric].SigningKey()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(ContainSubstring(key.KeyID))
	private, err := os.ReadFile("client-keys.json")
	g.Expect(err).NotTo(HaveOccurred())

	_, err, code := initialise(t, server.URL+"/fhir", "-o", "config/target file.yaml")
	g.Expect(err).To(MatchError("config/target file.yaml exists; give --force to replace it, or -o FILE to write another"))
	g.Expect(code).To(Equal(2))
	out, err, _ = initialise(t, server.URL+"/fhir", "-o", "config/target file.yaml", "--force")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(ContainSubstring("Kept the private keys in client-keys.json; their public keys are in client-keys.public.json"))
	g.Expect(os.ReadFile("client-keys.json")).To(Equal(private))
}

func TestInitExitCodes(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	for name, row := range map[string]struct {
		args []string
		want string
		code int
	}{
		"no URL":            {nil, "init needs one FHIR base URL", 2},
		"two URLs":          {[]string{"https://a.example", "https://b.example"}, "init needs one FHIR base URL", 2},
		"no scheme":         {[]string{"ehr.example/fhir"}, "is no FHIR base URL", 2},
		"no authority file": {[]string{server.URL, "--ca", "none.pem"}, "certificate file none.pem: no such file or directory", 2},
		"no FHIR server":    {[]string{server.URL}, "answered 404 Not Found", 3},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			t.Chdir(t.TempDir())
			_, err, code := initialise(t, row.args...)
			g.Expect(err).To(MatchError(ContainSubstring(row.want)))
			g.Expect(code).To(Equal(row.code))
			g.Expect(os.ReadDir(".")).To(BeEmpty(), "nothing is written")
		})
	}
}
