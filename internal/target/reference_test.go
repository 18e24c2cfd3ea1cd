package target_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/schemas"
)

// TestReferenceNamesEveryKey holds the reference of the target file against its schema.
func TestReferenceNamesEveryKey(t *testing.T) {
	g := NewWithT(t)
	reference, err := os.ReadFile("../../docs/reference/target-file.md")
	g.Expect(err).NotTo(HaveOccurred())
	var schema any
	g.Expect(json.Unmarshal(schemas.File("target.schema.json"), &schema)).To(Succeed())
	keys := map[string]bool{}
	collectKeys(schema, keys)
	g.Expect(len(keys)).To(BeNumerically(">", 40))
	for key := range keys {
		named := regexp.MustCompile("`([a-z]+\\.)?" + key + "[`.]")
		g.Expect(named.Match(reference)).To(BeTrue(), "docs/reference/target-file.md does not name %s", key)
	}
}

func TestExampleOfReferenceLoads(t *testing.T) {
	g := NewWithT(t)
	reference, err := os.ReadFile("../../docs/reference/target-file.md")
	g.Expect(err).NotTo(HaveOccurred())
	example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(reference)
	g.Expect(example).To(HaveLen(2))
	g.Expect(complaints(t, string(example[1]))).To(BeEmpty())
}

func collectKeys(schema any, keys map[string]bool) {
	switch s := schema.(type) {
	case map[string]any:
		if properties, ok := s["properties"].(map[string]any); ok {
			for key := range properties {
				keys[key] = true
			}
		}
		for _, part := range s {
			collectKeys(part, keys)
		}
	case []any:
		for _, part := range s {
			collectKeys(part, keys)
		}
	}
}
