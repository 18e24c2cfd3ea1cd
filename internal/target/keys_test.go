package target_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"go.yaml.in/yaml/v4"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// TestSchemaKnowsWhatIsDecoded holds the schema to the types that a target file is decoded into, and the
// other way round: a key that one of them lacks could not be written, or would say nothing.
func TestSchemaKnowsWhatIsDecoded(t *testing.T) {
	g := NewWithT(t)
	var inSchema []string
	for _, key := range target.ValueKeys(target.Keys()) {
		inSchema = append(inSchema, anyOf(key.Path))
	}
	slices.Sort(inSchema)
	decoded := decodedKeys(reflect.TypeFor[target.Config](), "")
	slices.Sort(decoded)
	g.Expect(len(decoded)).To(BeNumerically(">", 60))
	g.Expect(slices.Compact(inSchema)).To(Equal(slices.Compact(decoded)))
}

// anyOf replaces the key of a mapping by role of user or kind of client.
func anyOf(path string) string {
	var words []string
	for _, role := range target.UserRoles {
		words = append(words, string(role))
	}
	for _, kind := range target.ClientKinds {
		words = append(words, string(kind))
	}
	for _, section := range []string{"users.", "clients.", "scopes.", "launches.app."} {
		rest, ok := strings.CutPrefix(path, section)
		word, rest, deeper := strings.Cut(rest, ".")
		if ok && slices.Contains(words, word) {
			path = section + "*"
			if deeper {
				path += "." + rest
			}
		}
	}
	return path
}

// decodedKeys returns the paths that a type is decoded from.
func decodedKeys(typ reflect.Type, path string) []string {
	switch {
	case typ == reflect.TypeFor[target.Secret]():
		return []string{path}
	case path == "launches.recording": // takes the name of a file alone
		return []string{path}
	case typ.Kind() == reflect.Map:
		return decodedKeys(typ.Elem(), path+".*")
	case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct:
		return append(decodedKeys(typ.Elem(), path), path)
	case typ.Kind() != reflect.Struct:
		return []string{path}
	}
	var all []string
	for i := range typ.NumField() {
		field := typ.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == "-" {
			continue
		}
		all = append(all, decodedKeys(field.Type, strings.TrimPrefix(path+"."+name, "."))...)
	}
	return all
}

// TestSchemaDescribesEveryKey holds the texts that the reference and written target files take from the schema.
func TestSchemaDescribesEveryKey(t *testing.T) {
	var visit func([]target.Key)
	visit = func(keys []target.Key) {
		for _, key := range keys {
			g := NewWithT(t)
			g.Expect(key.Description).NotTo(BeEmpty(), key.Path)
			g.Expect(len(key.Summary())).To(BeNumerically("<=", 100), key.Path+": what stands before the first colon or semicolon is for one line")
			g.Expect(key.Default == "" || key.Otherwise == "").To(BeTrue(), "%s has two defaults", key.Path)
			g.Expect(key.Required && key.Default+key.Otherwise != "" && !strings.HasPrefix(key.Path, "data.")).To(BeFalse(), "%s is required and has a default", key.Path)
			visit(key.Keys)
		}
	}
	visit(target.Keys())
}

// TestSchemaTellsTheDefaults holds the defaults of the schema to those that a configuration gets.
func TestSchemaTellsTheDefaults(t *testing.T) {
	g := NewWithT(t)
	config := target.Config{
		FHIR: "https://ehr.example/fhir", JWKS: target.JWKS{URL: "https://suite.example/jwks.json"},
		Clients: map[target.ClientKind]target.Client{target.Symmetric: {}, target.Backend: {}},
	}
	raw, err := yaml.Dump(config.WithDefaults())
	g.Expect(err).NotTo(HaveOccurred())
	var filled map[string]any
	g.Expect(yaml.Unmarshal(raw, &filled)).To(Succeed())
	given := map[string]bool{"fhir": true, "jwks.url": true, "version": true}
	for _, key := range target.ValueKeys(target.Keys()) {
		value, isFilled := at(filled, key.Path)
		switch {
		case key.Default == "false": // the zero value, which is not written
			g.Expect(isFilled).To(BeFalse(), key.Path)
		case key.Path == "login.recording.moment": // of a recording, which has no default of its own
		case key.Default != "":
			g.Expect(sameValue(value, key.Default)).To(BeTrue(), "%s is %s by default, not %s", key.Path, value, key.Default)
		case isFilled && !given[key.Path]:
			g.Expect(key.Otherwise).NotTo(BeEmpty(), "%s is %s by default, which its description does not say", key.Path, value)
		}
	}
}

func at(value any, path string) (string, bool) {
	for _, name := range strings.Split(path, ".") {
		mapping, _ := value.(map[string]any)
		var ok bool
		if value, ok = mapping[name]; !ok {
			return "", false
		}
	}
	return fmt.Sprint(value), true
}

// sameValue compares durations by their length and everything else by its text.
func sameValue(a, b string) bool {
	first, err1 := time.ParseDuration(a)
	second, err2 := time.ParseDuration(b)
	return a == b || err1 == nil && err2 == nil && first == second
}

// TestASecretIsNotShown holds that a secret which is written in the file, against the rule, is not repeated.
func TestASecretIsNotShown(t *testing.T) {
	g := NewWithT(t)
	path := write(t, "version: 1\nfhir: https://ehr.example/fhir\nintrospection: {token: hunter2}\n")
	_, err := target.Load(path, lookup)
	g.Expect(err).To(MatchError(ContainSubstring("introspection.token is written in the file; write ${INTROSPECTION_TOKEN} instead")))
	g.Expect(err).NotTo(MatchError(ContainSubstring("hunter2")))
}
