package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/reporters"
)

// TestExitCodesAreDefined holds every exit code that a command ends with to the ones that are documented.
func TestExitCodesAreDefined(t *testing.T) {
	g := NewWithT(t)
	var defined []int
	for _, each := range reporters.ExitCodes() {
		defined = append(defined, each.Code)
	}
	files, err := filepath.Glob("*.go")
	g.Expect(err).NotTo(HaveOccurred())
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		for _, use := range regexp.MustCompile(`(?:\bfail\(|exitError\{code: )(\d+)`).FindAllSubmatch(source, -1) {
			code, err := strconv.Atoi(string(use[1]))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(defined).To(ContainElement(code), file)
			found++
		}
	}
	g.Expect(found).To(BeNumerically(">", 100))
}
