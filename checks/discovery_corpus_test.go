package checks_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

var updateDiscovery = flag.Bool("update-discovery", false, "write the golden file of the discovery documents anew")

// corpusCase is one server of the corpus: saved documents that are judged together.
type corpusCase struct {
	spec  checks.Version
	files []string
}

var corpus = []corpusCase{
	{checks.V2_2_0, []string{"complete.smart-configuration", "complete.openid-configuration", "complete.jwks"}},
	{checks.V2_0_0, []string{"complete.smart-configuration", "complete.openid-configuration", "complete.jwks"}},
	{checks.V1_0_0, []string{"complete.smart-configuration", "complete.openid-configuration", "complete.jwks"}},
	{checks.V2_2_0, []string{"minimal.smart-configuration"}},
	{checks.V2_2_0, []string{"backend-only.smart-configuration"}},
	{checks.V2_0_0, []string{"backend-only.smart-configuration"}},
	{checks.V2_2_0, []string{"other-issuer.smart-configuration", "other-issuer.openid-configuration"}},
	{checks.V2_2_0, []string{"user-pool.smart-configuration"}},
	{checks.V2_2_0, []string{"old-names.smart-configuration"}},
	{checks.V1_0_0, []string{"old-names.smart-configuration"}},
	{checks.V2_2_0, []string{"broken-values.smart-configuration", "broken-values.openid-configuration", "broken.jwks"}},
	{checks.V1_0_0, []string{"broken-values.smart-configuration"}},
	{checks.V2_2_0, []string{"odd-types.smart-configuration"}},
	{checks.V1_0_0, []string{"odd-types.smart-configuration"}},
	{checks.V2_2_0, []string{"complete.smart-configuration", "complete.openid-configuration", "elliptic.jwks"}},
	{checks.V1_0_0, []string{"stu1.smart-configuration", "stu1.metadata"}},
	{checks.V1_0_0, []string{"stu1.smart-configuration", "dstu2.metadata"}},
	{checks.V1_0_0, []string{"stu1.smart-configuration", "without-uris.metadata"}},
	{checks.V2_2_0, []string{"stu1.smart-configuration"}},
	{checks.V2_2_0, []string{"twice.smart-configuration"}},
	{checks.V2_2_0, []string{"truncated.smart-configuration"}},
	{checks.V2_2_0, []string{"array.smart-configuration"}},
	{checks.V2_2_0, []string{"page.smart-configuration"}},
	{checks.V2_2_0, []string{"latin1.smart-configuration"}},
	{checks.V2_2_0, []string{"mark.smart-configuration"}},
}

func (c corpusCase) discovery(t *testing.T) evidence.Discovery {
	t.Helper()
	var d evidence.Discovery
	for _, name := range c.files {
		body, err := os.ReadFile(filepath.Join("testdata", "discovery", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		document := evidence.NewDocument(body)
		document.File = name + ".json"
		switch _, kind, _ := strings.Cut(name, "."); kind {
		case "smart-configuration":
			d.SMART = &document
		case "openid-configuration":
			d.OpenID = &document
		case "jwks":
			d.Keys = &document
		case "metadata":
			d.Capabilities = &document
		}
	}
	return d
}

func discoveryChecks() []checks.Check {
	return slices.Concat(checks.Discovery, checks.Capabilities, checks.OpenIDDiscovery, checks.CORS)
}

func judgeDiscovery(d evidence.Discovery, o checks.Options) []checks.Finding {
	var findings []checks.Finding
	for _, c := range discoveryChecks() {
		if c.In(o.Version) {
			findings = append(findings, c.Judge(evidence.Record{Kind: evidence.DiscoveryKind.Name(), Value: d}, o))
		}
	}
	return findings
}

// TestDiscoveryCorpus pins what is found in each server of the corpus, and how often each rule fires.
func TestDiscoveryCorpus(t *testing.T) {
	var out strings.Builder
	fires := map[string]int{}
	for _, c := range corpus {
		fmt.Fprintf(&out, "%s  %s\n", c.spec, strings.Join(c.files, " + "))
		for _, f := range judgeDiscovery(c.discovery(t), checks.Options{Version: c.spec}) {
			if f.Status == checks.Failed || f.Status == checks.Warned || f.Status == checks.Undecided {
				fires[f.Check]++
				fmt.Fprintf(&out, "  %-5s %s: %s\n", f.Status, f.Check, f.Message)
			}
		}
	}
	fmt.Fprintf(&out, "\nhow often each rule fires\n")
	for _, id := range slices.Sorted(maps.Keys(fires)) {
		fmt.Fprintf(&out, "  %2d %s\n", fires[id], id)
	}
	golden := filepath.Join("testdata", "discovery.golden")
	if *updateDiscovery {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(out.String()).To(Equal(string(want)), "run go test ./checks -run DiscoveryCorpus -update-discovery and read the difference")
}

// TestConformantDocumentsPass guards against false alarms: nothing fails on what the specification
// allows.
func TestConformantDocumentsPass(t *testing.T) {
	for _, i := range []int{0, 1, 2, 3, 4} {
		c := corpus[i]
		for _, f := range judgeDiscovery(c.discovery(t), checks.Options{Version: c.spec}) {
			NewWithT(t).Expect(f.Status).NotTo(Equal(checks.Failed), "%v %s: %s", c, f.Check, f.Message)
		}
	}
}

// TestDiscoveryJudgesRecordedEvidence shows that evidence gives the same findings when it is read back.
func TestDiscoveryJudgesRecordedEvidence(t *testing.T) {
	for _, c := range corpus {
		seen := c.discovery(t)
		o := checks.Options{Version: c.spec}
		for _, check := range discoveryChecks() {
			NewWithT(t).Expect(judgeRecorded(t, check, seen, o)).To(Equal(
				check.Judge(evidence.Record{Kind: check.Kind(), Value: seen}, o)), "%s of %v", check.ID, c.files)
		}
	}
}
