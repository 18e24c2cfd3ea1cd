package evidence_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func TestParseJSONSaysWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		text    string
		problem string // a part of it
		flaws   string
	}{
		"object":        {text: `{"a":[1,true,null,"x"]}`},
		"truncated":     {text: `{"capabilities":["launch-ehr","cli`, problem: "ends in the middle of the document"},
		"cut in object": {text: `{"a":{"b":1`, problem: "ends in the middle of the document, after byte 11"},
		"comma":         {text: `{"a":1,}`, problem: "at byte 6"},
		"html":          {text: "<!doctype html>", problem: "at byte 0"},
		"two documents": {text: `{"a":1} {"b":2}`, problem: "more text after the JSON document, which ends at byte 7"},
		"empty":         {text: " \n", problem: "the text is empty"},
		"deep":          {text: strings.Repeat("[", 100_000), problem: "nested more than 64 levels deep"},
		"deep objects":  {text: strings.Repeat(`{"a":`, 100_000), problem: "nested more than 64 levels deep"},
		"mark":          {text: "\xef\xbb\xbf{}", flaws: "byte order mark"},
		"latin-1":       {text: "{\"a\":\"caf\xe9\"}", flaws: "not UTF-8 at byte 9"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			parsed := evidence.ParseJSON([]byte(tc.text))
			if tc.problem == "" {
				g.Expect(parsed.Problem).To(BeEmpty())
				g.Expect(parsed.Value).NotTo(BeNil())
			} else {
				g.Expect(parsed.Problem).To(ContainSubstring(tc.problem))
				g.Expect(parsed.Value).To(BeNil())
			}
			g.Expect(strings.Join(parsed.Flaws, ";")).To(ContainSubstring(tc.flaws))
		})
	}
}

func TestParseJSONFindsDuplicateNames(t *testing.T) {
	g := NewWithT(t)
	parsed := evidence.ParseJSON([]byte(`{"a":1,"list":[{"x":1,"x":1}],"a":2,"b":{"a":3}}`))
	g.Expect(parsed.Duplicates).To(Equal([]evidence.Duplicate{
		{Pointer: "/list/0/x"}, {Pointer: "/a", Different: true},
	}))
	g.Expect(parsed.Value.(map[string]any)["a"]).To(Equal(json.Number("2")))
}

func TestDocumentSurvivesBeingRecorded(t *testing.T) {
	g := NewWithT(t)
	for _, body := range []string{`{"a":1}`, "{\"a\":\"\xff\"}"} {
		d := evidence.NewDocument([]byte(body))
		d.File = "saved.json"
		raw, err := json.Marshal(d)
		g.Expect(err).NotTo(HaveOccurred())
		var back evidence.Document
		g.Expect(json.Unmarshal(raw, &back)).To(Succeed())
		g.Expect(string(back.Body())).To(Equal(body))
		g.Expect(back.JSON()).To(Equal(d.JSON()))
	}
}

func TestResolveBase(t *testing.T) {
	g := NewWithT(t)
	for base, want := range map[string]string{
		"https://ehr.example/fhir":     "https://ehr.example/fhir/.well-known/smart-configuration",
		"https://ehr.example/fhir/":    "https://ehr.example/fhir/.well-known/smart-configuration",
		"https://ehr.example":          "https://ehr.example/.well-known/smart-configuration",
		"https://ehr.example/fhir?x=1": "https://ehr.example/fhir/.well-known/smart-configuration",
		"https://ehr.example/a%2Fb/":   "https://ehr.example/a%2Fb/.well-known/smart-configuration",
	} {
		g.Expect(evidence.ResolveBase(base, "/.well-known/smart-configuration")).To(Equal(want))
	}
}
