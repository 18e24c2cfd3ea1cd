package target_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	. "github.com/onsi/gomega"
	"go.yaml.in/yaml/v4"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// printed returns the value as every way of printing that people use has it.
func printed(value any) []string {
	hidden := struct{ inside any }{value} // fmt reaches it by reflection and calls no method
	var out []string
	for _, v := range []any{value, hidden} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out = append(out, fmt.Sprintf(verb, v))
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
	return append(out, log.String())
}

func TestSecret(t *testing.T) {
	g := NewWithT(t)
	secret := target.NewSecret("canary")
	g.Expect(secret.Reveal()).To(Equal("canary"))
	g.Expect(secret.IsZero()).To(BeFalse())
	g.Expect(target.Secret{}.IsZero()).To(BeTrue())
	for _, text := range printed(secret) {
		g.Expect(text).NotTo(ContainSubstring("canary"))
		g.Expect(text).NotTo(ContainSubstring("63616e617279"))
	}
	asYAML, err := yaml.Dump(map[string]any{"password": secret})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(asYAML)).To(Equal("password: ${REDACTED}\n"))
}
