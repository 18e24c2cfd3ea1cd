package target_test

import (
	"os"
	"regexp"
	"testing"

	. "github.com/onsi/gomega"
)

func TestExampleOfReferenceLoads(t *testing.T) {
	g := NewWithT(t)
	reference, err := os.ReadFile("../../docs/reference/target-file.md")
	g.Expect(err).NotTo(HaveOccurred())
	example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(reference)
	g.Expect(example).To(HaveLen(2))
	g.Expect(complaints(t, string(example[1]))).To(BeEmpty())
}
