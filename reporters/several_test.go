package reporters_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/joshdk/go-junit"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/reporters"
)

func TestJUnitOfSeveralTargets(t *testing.T) {
	g := NewWithT(t)
	first, second := sample(), sample()
	second.Target.FHIR = "https://other.example/fhir?<&>"
	var out bytes.Buffer
	g.Expect(reporters.WriteJUnitAll(&out, []reporters.Results{first, second})).To(Succeed())

	schema, err := loadXSD("testdata/junit.xsd")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(schema.validate(out.Bytes())).To(Succeed())
	suites, err := junit.Ingest(out.Bytes())
	g.Expect(err).NotTo(HaveOccurred())
	one, err := junit.Ingest(asJUnit(t, first))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(suites).To(HaveLen(2 * len(one)))
	g.Expect(suites[len(one)].Name).To(Equal(one[0].Name + " (https://other.example/fhir?<&>)"))
	g.Expect(suites[len(one)].Tests[0].Name).To(Equal(one[0].Tests[0].Name))
}

func TestJSONOfSeveralTargets(t *testing.T) {
	g := NewWithT(t)
	for _, n := range []int{0, 2} {
		var out bytes.Buffer
		g.Expect(reporters.WriteJSONAll(&out, make([]reporters.Results, n))).To(Succeed())
		var all []map[string]any
		g.Expect(json.Unmarshal(out.Bytes(), &all)).To(Succeed())
		g.Expect(all).To(HaveLen(n))
	}
	var single, alone bytes.Buffer
	g.Expect(reporters.WriteJSONAll(&single, []reporters.Results{sample()})).To(Succeed())
	g.Expect(reporters.WriteJSON(&alone, sample())).To(Succeed())
	g.Expect(single.String()).To(Equal(alone.String()))
}
