package reporters_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

func TestSARIFFitsItsSchema(t *testing.T) {
	g := NewWithT(t)
	schema := published(t, map[string][]byte{"sarif.json": testdata(t, "sarif-schema-2.1.0.json")}, "sarif.json", jsonschema.Draft4)
	for name, r := range everyResults() {
		g.Expect(schema.Validate(parsed(t, written(t, "results.sarif", r)))).To(Succeed(), name)
	}
	g.Expect(schema.Validate(broken(t, written(t, "results.sarif", sample()), func(log map[string]any) {
		log["runs"].([]any)[0].(map[string]any)["results"].([]any)[0].(map[string]any)["level"] = "high"
	}))).NotTo(Succeed())
}

// sarifLog is what the tests look at.
type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct{ ID, HelpURI string }
			}
		}
		Invocations []struct {
			ExecutionSuccessful            bool
			ExitCode                       int
			ToolConfigurationNotifications []struct{ Message struct{ Text string } }
		}
		Results     []sarifResult
		WebRequests []struct {
			Target     string
			Properties struct{ Exchange string }
		}
		WebResponses []struct {
			StatusCode         int
			NoResponseReceived bool
		}
	}
}

type sarifResult struct {
	RuleID, Kind, Level string
	RuleIndex           int
	Message             struct{ Text string }
	Locations           []struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI string }
			Region           struct{ StartLine int }
		}
		LogicalLocations []struct{ FullyQualifiedName string }
	}
	PartialFingerprints map[string]string
	Suppressions        []struct{ Kind, Justification string }
	WebRequest          *struct{ Index int }
}

func readSARIF(t *testing.T, r reporters.Results) sarifLog {
	t.Helper()
	var log sarifLog
	NewWithT(t).Expect(json.Unmarshal(written(t, "results.sarif", r), &log)).To(Succeed())
	return log
}

func (l sarifLog) of(check string) *sarifResult {
	for _, result := range l.Runs[0].Results {
		if result.RuleID == check {
			return &result
		}
	}
	return nil
}

// TestSARIFHoldsWhatToActOn holds the mapping of statuses.
func TestSARIFHoldsWhatToActOn(t *testing.T) {
	strict := sample()
	strict.Strict = true
	for _, row := range []struct {
		results    reporters.Results
		check      string
		kind       string // "" when it is no result
		level      string
		suppressed bool
	}{
		{sample(), "token.code-single-use", "fail", "error", false},
		{sample(), "token.pragma", "fail", "warning", false},
		{strict, "token.pragma", "fail", "error", false},
		{sample(), "authorize.state-echoed", "open", "none", false},
		{sample(), "token.access-token", "", "", false},
		{sample(), "authorize.post", "", "", false},
		{sample(), "discovery.caching", "", "", false},
		{expectedly(), "token.code-single-use", "fail", "error", true},
		{expectedly(), "authorize.state-echoed", "open", "none", true},
		{expectedly(), "token.access-token", "fail", "error", false},
		{expectedly(), "token.pragma", "fail", "error", false},
	} {
		g := NewWithT(t)
		log := readSARIF(t, row.results)
		got := log.of(row.check)
		if row.kind == "" {
			g.Expect(got).To(BeNil(), row.check)
			continue
		}
		g.Expect(got).NotTo(BeNil(), row.check)
		g.Expect([]string{got.Kind, got.Level}).To(Equal([]string{row.kind, row.level}), row.check)
		g.Expect(got.Suppressions).NotTo(BeNil(), "an absent list would say that nobody knows")
		g.Expect(len(got.Suppressions)).To(Equal(map[bool]int{true: 1}[row.suppressed]), row.check)
		g.Expect(log.Runs[0].Tool.Driver.Rules[got.RuleIndex].ID).To(Equal(row.check))
	}
}

// TestSARIFHoldsItsProof follows a result to the exchange that proves it, and looks at the invocation.
func TestSARIFHoldsItsProof(t *testing.T) {
	g := NewWithT(t)
	run := readSARIF(t, expectedly()).Runs[0]
	at := readSARIF(t, expectedly()).of("token.code-single-use").WebRequest.Index
	g.Expect(run.WebRequests[at].Properties.Exchange).To(Equal("token.code-replay#10"))
	g.Expect(run.WebRequests[at].Target).To(Equal("https://ehr.example/token"))
	g.Expect(run.WebResponses[at].StatusCode).To(Equal(200))
	at = readSARIF(t, expectedly()).of("authorize.state-echoed").WebRequest.Index
	g.Expect(run.WebResponses[at].NoResponseReceived).To(BeTrue())
	g.Expect(run.Tool.Driver.Rules).To(HaveLen(len(sample().Findings)))
	g.Expect(run.Invocations[0].ExitCode).To(Equal(1))
	g.Expect(run.Invocations[0].ExecutionSuccessful).To(BeTrue())
	g.Expect(run.Invocations[0].ToolConfigurationNotifications[0].Message.Text).To(ContainSubstring("tls.version"))

	unjudged := readSARIF(t, reporters.NewResults(reporters.Run{}, nil, nil)).Runs[0]
	g.Expect(unjudged.Invocations[0].ExitCode).To(Equal(3))
	g.Expect(unjudged.Invocations[0].ExecutionSuccessful).To(BeFalse())
}

// TestSARIFIsTakenByGitHub holds what GitHub documents for code scanning beyond the schema: every result in a
// file of the repository, by a relative address, and the same fingerprint in the next run.
func TestSARIFIsTakenByGitHub(t *testing.T) {
	g := NewWithT(t)
	later := sample()
	later.Started, later.Finished = later.Started.Add(time.Hour), later.Finished.Add(time.Hour)
	first, second := readSARIF(t, sample()).Runs[0].Results, readSARIF(t, later).Runs[0].Results
	seen := map[string]bool{}
	for i, result := range first {
		g.Expect(result.Locations).To(HaveLen(1))
		location := result.Locations[0]
		g.Expect(location.PhysicalLocation.ArtifactLocation.URI).To(Equal("smartcheck.yaml"))
		g.Expect(location.PhysicalLocation.Region.StartLine).To(Equal(1))
		g.Expect(location.LogicalLocations[0].FullyQualifiedName).To(Equal("https://ehr.example/fhir"))
		g.Expect(result.PartialFingerprints).To(Equal(second[i].PartialFingerprints))
		g.Expect(seen).NotTo(HaveKey(result.PartialFingerprints["primaryLocationLineHash"]))
		seen[result.PartialFingerprints["primaryLocationLineHash"]] = true
	}
}

// TestSARIFIsBounded writes far more than GitHub takes: 10 MB of gzip and 25 000 results of a run.
func TestSARIFIsBounded(t *testing.T) {
	g := NewWithT(t)
	var findings []checks.Finding
	var exchanges []evidence.Exchange
	for i := range 5100 {
		id := fmt.Sprintf("token.sample#%d", i)
		body := make([]byte, 5<<10)
		for j := range body {
			body[j] = byte('!' + (i*7919+j*j*31+j)%90)
		}
		findings = append(findings, checks.Finding{
			Check: fmt.Sprintf("token.c%d", i), Area: "token", Status: checks.Failed, Level: checks.Shall, Title: "t",
			Observed: string(body), Message: "m", Evidence: []string{id},
		})
		exchanges = append(exchanges, evidence.Exchange{ID: id, Response: &evidence.Response{Status: 200, Body: string(body)}})
	}
	raw := written(t, "results.sarif", reporters.NewResults(run(), findings, exchanges))
	var small bytes.Buffer
	zip := gzip.NewWriter(&small)
	zip.Write(raw)
	g.Expect(zip.Close()).To(Succeed())
	g.Expect(small.Len()).To(BeNumerically("<", 10_000_000))
	g.Expect(strings.Count(string(raw), `"ruleId"`)).To(Equal(5000))
	g.Expect(string(raw)).To(ContainSubstring("only the first 5000 results"))
}

// TestSARIFHasNoLinkOfTheServer: SARIF reads [text](destination) in a message as a link, and {0} as a placeholder.
func TestSARIFHasNoLinkOfTheServer(t *testing.T) {
	g := NewWithT(t)
	r := hostile()
	for i := range r.Findings {
		r.Findings[i].Observed = "[click](javascript:alert(1)) {0} " + r.Findings[i].Observed
	}
	for _, result := range readSARIF(t, r).Runs[0].Results {
		g.Expect(result.Message.Text).NotTo(ContainSubstring("]("))
		g.Expect(result.Message.Text).To(ContainSubstring("[click] (javascript:alert(1)) {{0}}"))
	}
}
