package target

import (
	"strings"
	"testing"
)

// FuzzLoad feeds the loader with what is no target file. Whatever it is, it either loads into something
// valid or is refused with a place in the file.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"version: 1\nfhir: https://ehr.example/fhir\n", "version: 1\nfhir: ${A}\nname: $${B}${",
		"users: {patient: {username: [a], password: x}}", "a: &a [*a, !!binary x]\n? {}\n: 1\n", "<<: 1\n\"a.b[0]\": {}\n~: 1",
		"version: 1e400\nconcurrency: -.inf\nspec: 0x7fffffffffffffffffff\nname: 2001-01-01", "clients: {backend: {id: a, key: ''}}",
		"timeouts: {request: 99999999999999999999h}", "tls: {ca: /}", "- 1\n---\n- 2", "version: 1\nfhir: 'https://['",
		"version: 1\nfhir: https://a\nscopes: {patient: [\"\\u0000\", a, a]}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "/") && (strings.Contains(text, "ca") || strings.Contains(text, "key")) {
			return // it names a file of this machine
		}
		d := &document{file: "fuzz.yaml", env: func(string) (string, bool) { return "value", true }}
		config := d.load([]byte(text), t.TempDir())
		if len(d.mistakes) == 0 {
			if err := config.Validate(); err != nil {
				t.Errorf("loads but is not valid: %v", err)
			}
		}
		for _, m := range d.mistakes {
			if m.Line < 1 || m.Column < 1 || m.Message == "" {
				t.Errorf("a mistake without place or message: %+v", m)
			}
		}
	})
}
