package target_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"go.yaml.in/yaml/v4"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// commentedKey is the # of a key in a written target file; other comments are sentences.
var commentedKey = regexp.MustCompile(`(?m)^( *)# ( *[A-Za-z_]+:(?: |$))`)

// TestWrittenFileNamesEveryKey removes the comment marks in front of keys: what was a comment must have the right
// place and form, and nothing may be missing.
func TestWrittenFileNamesEveryKey(t *testing.T) {
	for name, server := range servers {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server.FHIR, server.KeyFile = "https://server.example/fhir", "client-keys.json"
			var text bytes.Buffer
			g.Expect(target.WriteTemplate(&text, server)).To(Succeed())
			whole := commentedKey.ReplaceAllString(text.String(), "$1$2")

			var file map[string]any
			g.Expect(yaml.Unmarshal([]byte(whole), &file)).To(Succeed())
			for _, key := range target.ValueKeys(target.Keys()) {
				g.Expect(names(file, strings.Split(key.Path, "."))).To(BeTrue(), key.Path)
			}
			// An EHR launch begins at one place only; everything else goes together.
			path := filepath.Join(t.TempDir(), "smartcheck.yaml")
			g.Expect(os.WriteFile(path, []byte(whole), 0o600)).To(Succeed())
			_, err := target.Load(path, func(string) (string, bool) { return "https://value.example/", true })
			var mistakes target.Mistakes
			g.Expect(err).To(BeAssignableToTypeOf(mistakes))
			for _, mistake := range err.(target.Mistakes) {
				g.Expect(mistake.Message).To(Or(
					ContainSubstring("no such file or directory"),
					Equal("launches.url is given beside launches.portal; a launch begins at one of them"),
					HavePrefix("jwks.cert and jwks.key must be"),
					HavePrefix("tls.ca "),
				))
			}
		})
	}
}

// names reports whether a value has a key at the path, through lists of mappings too.
func names(value any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	switch v := value.(type) {
	case map[string]any:
		below, ok := v[path[0]]
		return ok && names(below, path[1:])
	case []any:
		return len(v) > 0 && names(v[0], path)
	}
	return false
}

func TestWrittenFileFollowsDiscovery(t *testing.T) {
	g := NewWithT(t)
	server := servers["standalone-public-v1"]
	server.FHIR = "https://ehr.example/fhir"
	written := func() string {
		var text bytes.Buffer
		g.Expect(target.WriteTemplate(&text, server)).To(Succeed())
		return text.String()
	}
	g.Expect(written()).To(And(
		ContainSubstring("\n  # symmetric:"), ContainSubstring("\n# launches:"), ContainSubstring("\n# registration:"),
		Not(ContainSubstring("registers clients by itself")), Not(ContainSubstring("links to a bundle"))))

	server.Capabilities = append([]string{"launch-ehr", "client-confidential-symmetric"}, server.Capabilities...)
	server.Registers, server.Brands = true, true
	g.Expect(written()).To(And(
		ContainSubstring("\n  symmetric:"), ContainSubstring("\nlaunches:"), ContainSubstring("\n# registration:"),
		ContainSubstring("# The server registers clients by itself"), ContainSubstring("# The server links to a bundle of brands.")))

	server.InitialToken = true
	g.Expect(written()).To(ContainSubstring("\nregistration:\n  token: \"${REGISTRATION_TOKEN}\""))
	g.Expect(server.Variables()).To(ContainElement("REGISTRATION_TOKEN"))
}
