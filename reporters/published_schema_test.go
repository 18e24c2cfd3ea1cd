package reporters_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

// published compiles a schema of testdata with its formats asserted.
func published(t *testing.T, resources map[string][]byte, root string, draft *jsonschema.Draft) *jsonschema.Schema {
	t.Helper()
	g := NewWithT(t)
	compiler := jsonschema.NewCompiler()
	compiler.Draft, compiler.AssertFormat = draft, true
	for name, schema := range resources {
		g.Expect(compiler.AddResource(name, bytes.NewReader(schema))).To(Succeed())
	}
	schema, err := compiler.Compile(root)
	g.Expect(err).NotTo(HaveOccurred())
	return schema
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return raw
}

func written(t *testing.T, name string, r reporters.Results) []byte {
	t.Helper()
	var out bytes.Buffer
	NewWithT(t).Expect(writers[name](&out, r)).To(Succeed())
	return out.Bytes()
}

func parsed(t *testing.T, raw []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var document any
	NewWithT(t).Expect(decoder.Decode(&document)).To(Succeed())
	return document
}

// expectedly is sample with every kind of expectation: one that came true of a failure and of an error, one
// that did not of a pass and of a warning, and one that nothing uses.
func expectedly() reporters.Results {
	return sample().Expecting([]reporters.KnownOutcome{
		{Check: "token.code-single-use", Status: checks.Failed, Reason: "fixed in [release 4](https://evil.example)"},
		{Check: "authorize.state-echoed", Status: checks.Undecided, Reason: "the login page is slow"},
		{Check: "token.access-token", Status: checks.Failed, Reason: "was broken"},
		{Check: "token.pragma", Status: checks.Passed, Reason: "was right"},
		{Check: "tls.version", Status: checks.Failed, Reason: "did not run"},
	}, started)
}

// journeyed is sample with a journey of the browser.
func journeyed() reporters.Results {
	r := sample()
	for i := range r.Exchanges {
		if r.Exchanges[i].ID == "browser.login#1" {
			r.Exchanges[i].Journey = "browser.login@1"
		}
	}
	r.Journeys = []evidence.Journey{{
		ID: "browser.login@1", Outcome: evidence.GotNowhere, WaitedFor: "https://app.example.org/callback",
		Pages: []evidence.Page{{URL: "https://ehr.example/login", Title: "Sign in"}},
	}}
	return r
}

// everyResults are results of all sorts, by what they are.
func everyResults() map[string]reporters.Results {
	return map[string]reporters.Results{
		"sample": sample(), "hostile": hostile(), "expectations": expectedly(), "journey": journeyed(),
		"nothing": reporters.NewResults(run(), nil, nil),
	}
}

// broken changes a copy of a JSON document, so that a test can show that its oracle notices.
func broken(t *testing.T, raw []byte, change func(document map[string]any)) any {
	t.Helper()
	document := parsed(t, raw).(map[string]any)
	change(document)
	return document
}
