package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/bundle"
	"github.com/smart-conformance/smartcheck/reporters"
)

var now = reporters.Tool{Name: "smartcheck", Version: "2.0.0"}

// example is the bundle of a run of two checks by a smartcheck that had no others.
func example() bundle.Bundle {
	s256, _ := checks.Lookup("discovery.pkce-s256")
	plain, _ := checks.Lookup("discovery.pkce-plain")
	m := bundle.Manifest{
		Tool: reporters.Tool{Name: "smartcheck", Version: "1.0.0"}, Started: time.Unix(1700000000, 0), Finished: time.Unix(1700000042, 0),
		Target: reporters.Target{FHIR: "https://ehr.example/fhir", Spec: checks.V2_2_0, TLS: reporters.SystemRoots},
	}.Describe([]checks.Check{s256, plain})
	m.Known = m.Checks
	document := evidence.Document{URL: "https://ehr.example/fhir/.well-known/smart-configuration", Status: 200, Text: "{}"}
	return bundle.Bundle{
		Manifest:  m,
		Records:   []evidence.Record{{Kind: evidence.DiscoveryKind.Name(), Value: evidence.Discovery{Live: true, SMART: &document}}},
		Exchanges: []evidence.Exchange{{ID: "discovery.documents#1", Request: evidence.Request{Method: "GET", URL: document.URL}}},
		Pictures:  map[string][]byte{"grant-1-1.jpg": {0xff, 0xd8}},
	}
}

func written(t *testing.T, b bundle.Bundle) []byte {
	t.Helper()
	var out bytes.Buffer
	NewWithT(t).Expect(b.Write(&out)).To(Succeed())
	return out.Bytes()
}

func read(raw []byte) (bundle.Bundle, error) {
	return bundle.Read(bytes.NewReader(raw), int64(len(raw)))
}

func TestReadGivesWhatWasWritten(t *testing.T) {
	g := NewWithT(t)
	raw := written(t, example())
	g.Expect(written(t, example())).To(Equal(raw), "the same bundle gives the same bytes")
	b, err := read(raw)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(b.Exchanges).To(Equal(example().Exchanges))
	g.Expect(b.Pictures).To(Equal(example().Pictures))
	g.Expect(written(t, b)).To(Equal(raw))
}

// TestNewChecksJudgeAsFarAsTheEvidenceAllows has a smartcheck judge a bundle of one that had two checks and knew
// less.
func TestNewChecksJudgeAsFarAsTheEvidenceAllows(t *testing.T) {
	g := NewWithT(t)
	results, lacking := example().Judge(now)
	g.Expect(results.Tool).To(Equal(now))
	g.Expect(results.Findings).To(HaveLen(len(checks.All())), "the run selected everything, so what is new is judged too")
	because := map[string]string{}
	for _, l := range lacking {
		because[l.Check] = l.Why
	}
	g.Expect(because).To(HaveKeyWithValue("token.code-single-use", ContainSubstring("holds no evidence of token.code-replay")))
	g.Expect(because).NotTo(HaveKey("discovery.pkce-s256"))
	g.Expect(because).NotTo(HaveKey("discovery.issuer"), "it is new and judges evidence of the same form")
	at := slices.IndexFunc(results.Findings, func(f checks.Finding) bool { return f.Check == "token.code-single-use" })
	g.Expect(results.Findings[at].Status).To(Equal(checks.Skipped))
	g.Expect(results.Findings[at].Reason).To(Equal(because["token.code-single-use"]))

	older := example()
	older.Manifest.Shapes = map[string]string{evidence.DiscoveryKind.Name(): "another"}
	_, lacking = older.Judge(now)
	because = map[string]string{}
	for _, l := range lacking {
		because[l.Check] = l.Why
	}
	g.Expect(because).NotTo(HaveKey("discovery.pkce-s256"), "the smartcheck that made the bundle had this check")
	g.Expect(because).To(HaveKeyWithValue("discovery.issuer", ContainSubstring("gathered less about discovery.documents than this check needs")))
}

// TestASelectionStaysOne judges no more than what was selected when the run did not select everything.
func TestASelectionStaysOne(t *testing.T) {
	g := NewWithT(t)
	b := example()
	b.Manifest.Known = append(slices.Clone(b.Manifest.Checks), "token.code-single-use")
	results, lacking := b.Judge(now)
	g.Expect(results.Findings).To(HaveLen(2))
	g.Expect(lacking).To(BeEmpty())

	b.Manifest.Checks = append(slices.Clone(b.Manifest.Checks), "token.was-once")
	g.Expect(b.Gone()).To(Equal([]string{"token.was-once"}))
}

// TestEvidenceThatNoProbeGathers costs verdicts, never the run.
func TestEvidenceThatNoProbeGathers(t *testing.T) {
	for name, value := range map[string]string{
		"another type": `[1]`, "nothing": `{}`, "null": `null`, "deep": `{"smart":{"status":"x"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			b := example()
			b.Records = nil
			for _, c := range checks.All() {
				b.Records = append(b.Records, evidence.Record{Kind: c.Kind(), Value: json.RawMessage(value)})
			}
			results, _ := b.Judge(now)
			g.Expect(results.Findings).To(HaveLen(len(checks.All())))
		})
	}
}

// TestWhatWasChangedIsRefused changes one thing of an archive after the other.
func TestWhatWasChangedIsRefused(t *testing.T) {
	for name, row := range map[string]struct {
		change func(files map[string]string)
		says   string
	}{
		"evidence":           {func(f map[string]string) { f["exchanges.json"] += " " }, "its hash is another"},
		"a picture":          {func(f map[string]string) { f["pictures/grant-1-1.jpg"] = "\xff\xd9" }, "its hash is another"},
		"a file less":        {func(f map[string]string) { delete(f, "journeys.json") }, "journeys.json in the evidence bundle: file does not exist"},
		"a file more":        {func(f map[string]string) { f["../../etc/passwd"] = "" }, "which its manifest does not list"},
		"a place outside":    {func(f map[string]string) { replace(f, "journeys.json", "../journeys.json") }, "a place outside"},
		"a place on Windows": {func(f map[string]string) { replace(f, "journeys.json", `..\\journeys.json`) }, "a place outside"},
		"no manifest":        {func(f map[string]string) { delete(f, "manifest.json") }, "it has no manifest.json"},
		"another format":     {func(f map[string]string) { replace(f, "smartcheck-evidence/1", "smartcheck-evidence/2") }, `has the format "smartcheck-evidence/2"`},
		"another version":    {func(f map[string]string) { replace(f, `"spec":"2.2.0"`, `"spec":"9.9.9"`) }, "not known here"},
		"no JSON":            {func(f map[string]string) { f["manifest.json"] = "{" }, "manifest.json in the evidence bundle: unexpected end"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := read(repacked(t, written(t, example()), row.change))
			g.Expect(err).To(MatchError(ContainSubstring(row.says)))
		})
	}
}

// TestABombIsNotUnpacked bounds what a small archive may become.
func TestABombIsNotUnpacked(t *testing.T) {
	raw := repacked(t, written(t, example()), func(f map[string]string) { f["exchanges.json"] = strings.Repeat(" ", 65<<20) })
	NewWithT(t).Expect(len(raw)).To(BeNumerically("<", 1<<20))
	_, err := read(raw)
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("is too large")))
}

func replace(files map[string]string, old, new string) {
	files["manifest.json"] = strings.Replace(files["manifest.json"], old, new, 1)
}

// repacked returns an archive with other files.
func repacked(t *testing.T, archive []byte, change func(files map[string]string)) []byte {
	t.Helper()
	g := NewWithT(t)
	in, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	g.Expect(err).NotTo(HaveOccurred())
	files := map[string]string{}
	for _, f := range in.File {
		file, err := f.Open()
		g.Expect(err).NotTo(HaveOccurred())
		content, err := io.ReadAll(file)
		g.Expect(err).NotTo(HaveOccurred())
		files[f.Name] = string(content)
	}
	change(files)
	var out bytes.Buffer
	packed := zip.NewWriter(&out)
	for name, content := range files {
		file, err := packed.Create(name)
		g.Expect(err).NotTo(HaveOccurred())
		_, err = file.Write([]byte(content))
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(packed.Close()).To(Succeed())
	return out.Bytes()
}

// TestEvidenceStandsInTheFileOfItsKind refuses two files of one kind, of which a person would read either.
func TestEvidenceStandsInTheFileOfItsKind(t *testing.T) {
	g := NewWithT(t)
	content := `{"kind":"discovery.documents","skip":"nothing"}`
	sum := sha256.Sum256([]byte(content))
	_, err := read(repacked(t, written(t, example()), func(f map[string]string) {
		f["evidence/other.json"] = content
		replace(f, `"files":[`, fmt.Sprintf(`"files":[{"name":"evidence/other.json","size":%d,"sha256":"%x"},`, len(content), sum))
	}))
	g.Expect(err).To(MatchError(ContainSubstring(`evidence of "discovery.documents", which has another file`)))
}

// TestTodayIsTheDayOfTheRun where it was made, which is another than that of UTC for a part of every day.
func TestTodayIsTheDayOfTheRun(t *testing.T) {
	g := NewWithT(t)
	m := bundle.Manifest{Finished: time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC)}
	g.Expect(m.Today().Format(time.DateOnly)).To(Equal("2026-12-31"))
	m.Day = "2027-01-01"
	g.Expect(m.Today().Format(time.DateOnly)).To(Equal("2027-01-01"))
}

// TestNoBundleIsWrittenThatCannotBeRead holds Write to the bounds of Read.
func TestNoBundleIsWrittenThatCannotBeRead(t *testing.T) {
	g := NewWithT(t)
	b := example()
	b.Pictures["grant-1-2.jpg"] = make([]byte, 65<<20)
	g.Expect(b.Write(io.Discard)).To(MatchError(ContainSubstring("it has 65 MiB, and 64 are allowed")))
}
