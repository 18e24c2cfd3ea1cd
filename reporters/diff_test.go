package reporters_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
	"github.com/smart-conformance/smartcheck/schemas"
)

// found is a run in which each check has the status that is named behind its id.
func found(outcomes ...string) reporters.Results {
	var findings []checks.Finding
	for _, outcome := range outcomes {
		id, status, _ := strings.Cut(outcome, " ")
		area, _, _ := strings.Cut(id, ".")
		f := checks.Finding{Check: id, Status: checks.Status(status), Level: checks.Shall, Area: area, Title: "Holds", Message: "seen"}
		if f.Status == checks.Skipped || f.Status == checks.Undecided {
			f.Reason = "no client"
		}
		findings = append(findings, f)
	}
	return reporters.NewResults(run(), findings, nil)
}

// TestEveryTransition is the table of docs/reference/diff-and-history.md.
func TestEveryTransition(t *testing.T) {
	order := strings.Fields("pass info warn fail skip error")
	for old, row := range map[string]string{
		"pass":  "same       changed    regression regression lost       lost",
		"info":  "changed    same       regression regression lost       lost",
		"warn":  "fixed      fixed      same       regression lost       lost",
		"fail":  "fixed      fixed      improved   same       lost       lost",
		"skip":  "judged     judged     regression regression same       changed",
		"error": "judged     judged     regression regression changed    same",
	} {
		for i, kind := range strings.Fields(row) {
			t.Run(old+" to "+order[i], func(t *testing.T) {
				g := NewWithT(t)
				c := reporters.Compare(found("a.b "+old, "a.c pass"), found("a.b "+order[i], "a.c pass"), false)
				g.Expect(c.Counts[reporters.ChangeKind(kind)]).To(BeNumerically(">=", 1), "%v", c.Counts)
				g.Expect(c.ExitCode()).To(Equal(map[string]int{"regression": 1, "lost": 3}[kind]))
				if kind == "same" {
					g.Expect(c.Changes).To(BeEmpty())
				} else {
					g.Expect(c.Changes).To(HaveLen(1))
					g.Expect(string(c.Changes[0].Kind)).To(Equal(kind))
				}
			})
		}
	}
}

// TestTheReferencePageHasTheTransitions holds the page to what the program does.
func TestTheReferencePageHasTheTransitions(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile(filepath.Join("..", "docs", "reference", "diff-and-history.md"))
	g.Expect(err).NotTo(HaveOccurred())
	order := strings.Fields("pass info warn fail skip error")
	for _, old := range order {
		row := "| **" + old + "** |"
		for _, now := range order {
			c := reporters.Compare(found("a.b "+old), found("a.b "+now), false)
			kind := reporters.Same
			if len(c.Changes) > 0 {
				kind = c.Changes[0].Kind
			}
			row += " " + string(kind) + " |"
		}
		g.Expect(string(page)).To(ContainSubstring(row))
	}
}

func TestCompare(t *testing.T) {
	expecting := func(r reporters.Results, check string, status checks.Status) reporters.Results {
		return r.Expecting([]reporters.KnownOutcome{{Check: check, Status: status, Reason: "known", Until: "2026-12-31"}}, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	}
	message := found("a.b pass")
	message.Findings[0].Message = "seen otherwise"
	moved := found("a.b pass")
	moved.Target.FHIR, moved.Findings[0].Message = "https://127.0.0.1:2/fhir", "200 from https://127.0.0.1:2/fhir"
	stayed := found("a.b pass")
	stayed.Target.FHIR, stayed.Findings[0].Message = "https://127.0.0.1:1/fhir", "200 from https://127.0.0.1:1/fhir"
	for name, tc := range map[string]struct {
		old, latest reporters.Results
		kinds       string // of the changes
		unexpected  int
		code        int
	}{
		"nothing changed":                    {found("a.b pass"), found("a.b pass"), "", 0, 0},
		"the same failures":                  {found("a.b fail", "a.c pass"), found("a.b fail", "a.c pass"), "", 0, 0},
		"another message":                    {found("a.b pass"), message, "a.b changed", 0, 0},
		"another port, so another message":   {stayed, moved, "", 0, 0},
		"a new check fails":                  {found("a.b pass"), found("a.b pass", "a.c fail"), "a.c new", 0, 0},
		"a check is gone":                    {found("a.b pass", "a.c pass"), found("a.b pass"), "a.c gone", 0, 0},
		"nothing in common":                  {found("a.b pass"), found("a.c pass"), "a.c new, a.b gone", 0, 3},
		"nothing was judged":                 {found("a.b skip"), found("a.b skip"), "", 0, 3},
		"worse outweighs lost":               {found("a.b pass", "a.c pass"), found("a.b error", "a.c fail"), "a.c regression, a.b lost", 0, 1},
		"an expected failure":                {found("a.b pass", "a.c pass"), expecting(found("a.b fail", "a.c pass"), "a.b", checks.Failed), "a.b excused", 0, 0},
		"an expected skip":                   {found("a.b pass", "a.c pass"), expecting(found("a.b skip", "a.c pass"), "a.b", checks.Skipped), "a.b excused", 0, 0},
		"worse than expected":                {found("a.b pass"), expecting(found("a.b fail"), "a.b", checks.Warned), "a.b regression", 1, 1},
		"an unexpected pass":                 {found("a.b fail"), expecting(found("a.b pass"), "a.b", checks.Failed), "a.b fixed", 1, 0},
		"an unexpected pass, twice":          {expecting(found("a.b pass"), "a.b", checks.Failed), expecting(found("a.b pass"), "a.b", checks.Failed), "", 1, 0},
		"of several findings the worst":      {found("a.b fail", "a.b pass"), found("a.b pass", "a.b fail"), "", 0, 0},
		"a failure among several is a worse": {found("a.b pass", "a.b pass"), found("a.b pass", "a.b fail"), "a.b regression", 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c := reporters.Compare(tc.old, tc.latest, false)
			var kinds []string
			for _, change := range c.Changes {
				kinds = append(kinds, change.Check+" "+string(change.Kind))
			}
			g.Expect(strings.Join(kinds, ", ")).To(Equal(tc.kinds))
			g.Expect(c.Unexpected).To(HaveLen(tc.unexpected))
			g.Expect(c.ExitCode()).To(Equal(tc.code))
		})
	}
}

// TestExpiredExpectationIsTold tells of an expectation whose last day is over, although nothing changed.
func TestExpiredExpectationIsTold(t *testing.T) {
	g := NewWithT(t)
	known := []reporters.KnownOutcome{{Check: "a.b", Status: checks.Failed, Reason: "known", Until: "2026-01-01"}}
	latest := found("a.b fail").Expecting(known, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	g.Expect(reporters.Compare(found("a.b fail"), latest, false).Unexpected).To(HaveLen(1))
}

func TestRunsThatAreNotComparable(t *testing.T) {
	with := func(change func(*reporters.Results)) reporters.Results {
		r := found("a.b fail")
		change(&r)
		return r
	}
	for name, tc := range map[string]struct {
		latest   reporters.Results
		what     string
		prevents bool
	}{
		"another target":        {with(func(r *reporters.Results) { r.Target.FHIR = "https://other.example/fhir" }), "target", true},
		"another version":       {with(func(r *reporters.Results) { r.Target.Spec = checks.V1_0_0 }), "spec", true},
		"another profile":       {with(func(r *reporters.Results) { r.Profile = &reporters.Profile{ID: "onc-g10"} }), "profile", true},
		"another strictness":    {with(func(r *reporters.Results) { r.Strict = true }), "strict", true},
		"another program":       {with(func(r *reporters.Results) { r.Tool.Version = "9" }), "tool", false},
		"certificates unheeded": {with(func(r *reporters.Results) { r.Target.TLS = reporters.Unverified }), "tls", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c := reporters.Compare(found("a.b pass"), tc.latest, false)
			g.Expect(c.Differences).To(HaveLen(1))
			g.Expect(c.Differences[0].What).To(Equal(tc.what))
			g.Expect(c.Comparable()).To(Equal(!tc.prevents))
			if tc.prevents {
				g.Expect(c.ExitCode()).To(Equal(3), "neither worse nor not worse")
			} else {
				g.Expect(c.ExitCode()).To(Equal(1))
			}
			g.Expect(reporters.Compare(found("a.b pass"), tc.latest, true).ExitCode()).To(Equal(1), "anyway")
			for _, write := range []func(io.Writer, reporters.Comparison) error{reporters.WriteComparisonMarkdown, plainConsole} {
				var out bytes.Buffer
				g.Expect(write(&out, c)).To(Succeed())
				g.Expect(out.String()).To(ContainSubstring("The runs differ"))
			}
		})
	}
	name := with(func(r *reporters.Results) { r.Target.Name = "renamed" })
	NewWithT(t).Expect(reporters.Compare(found("a.b pass"), name, false).Differences).To(BeEmpty(), "the name is no part of a target")
}

func TestIdentityOfTargets(t *testing.T) {
	for _, tc := range []struct {
		target reporters.Target
		want   string
	}{
		{reporters.Target{Name: "A", FHIR: "https://ehr.example:8443/fhir/"}, "https://ehr.example:8443/fhir"},
		{reporters.Target{Name: "A", FHIR: "https://127.0.0.1:40123/fhir"}, "A at https://127.0.0.1/fhir"},
		{reporters.Target{FHIR: "https://[::1]:40123/fhir"}, "https://[::1]/fhir"},
		{reporters.Target{FHIR: "http://localhost/fhir"}, "http://localhost/fhir"},
		{reporters.Target{FHIR: "saved.json"}, "saved.json"},
		{reporters.Target{FHIR: "%zz"}, "%zz"},
	} {
		NewWithT(t).Expect(tc.target.Identity()).To(Equal(tc.want))
	}
}

func TestRegressionCode(t *testing.T) {
	for name, tc := range map[string]struct {
		old, latest reporters.Results
		code        int
	}{
		"old failures":        {found("a.b fail", "a.c pass"), found("a.b fail", "a.c pass"), 0},
		"a new failure":       {found("a.b pass"), found("a.b fail"), 1},
		"an error in both":    {found("a.b error", "a.c pass"), found("a.b error", "a.c pass"), 3},
		"an error in a new":   {found("a.c pass"), found("a.b error", "a.c pass"), 3},
		"worse, and an error": {found("a.b error", "a.c pass"), found("a.b error", "a.c warn"), 1},
	} {
		c := reporters.Compare(tc.old, tc.latest, false)
		NewWithT(t).Expect(reporters.RegressionCode(tc.latest, c)).To(Equal(tc.code), name)
	}
}

func plainConsole(w io.Writer, c reporters.Comparison) error {
	return reporters.WriteComparisonConsole(w, c, reporters.ConsoleOptions{})
}

// comparison has a change of every kind.
func comparison() reporters.Comparison {
	old := found("a.worse pass", "a.lost pass", "a.known pass", "a.fixed fail", "a.improved fail", "a.gained skip", "a.gone info", "a.other pass", "a.same pass", "a.surprise fail")
	latest := found("a.worse fail", "a.lost error", "a.known warn", "a.fixed pass", "a.improved warn", "a.gained pass", "a.new-broken warn", "a.new pass", "a.other info", "a.same pass", "a.surprise pass")
	latest.Started = latest.Started.Add(24 * time.Hour)
	latest.Tool.Version = "0.2.0"
	for i, f := range latest.Findings {
		if f.Status == checks.Failed || f.Status == checks.Warned {
			latest.Findings[i].Expected, latest.Findings[i].Observed, latest.Findings[i].Remedy = "400 invalid_grant", "200 with a token", "Refuse it."
		}
	}
	return reporters.Compare(old, latest.Expecting([]reporters.KnownOutcome{
		{Check: "a.known", Status: checks.Warned, Reason: "the gateway; OPS-4711"},
		{Check: "a.surprise", Status: checks.Failed, Reason: "planned for release 8"},
	}, started), false)
}

var comparisonWriters = map[string]func(io.Writer, reporters.Comparison) error{
	"diff.json": reporters.WriteComparisonJSON, "diff.md": reporters.WriteComparisonMarkdown, "diff.txt": plainConsole,
	"diff-colour-verbose.txt": func(w io.Writer, c reporters.Comparison) error {
		return reporters.WriteComparisonConsole(w, c, reporters.ConsoleOptions{Color: true, Verbose: true, Width: 60})
	},
}

func TestComparisonGolden(t *testing.T) {
	for _, kind := range reporters.ChangeKinds {
		NewWithT(t).Expect(comparison().Counts[kind]).To(BeNumerically(">", 0), "the sample has a change of kind %s", kind)
	}
	for name, write := range comparisonWriters {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var got bytes.Buffer
			g.Expect(write(&got, comparison())).To(Succeed())
			file := filepath.Join("testdata", "golden", name)
			if *update {
				g.Expect(os.WriteFile(file, got.Bytes(), 0o644)).To(Succeed())
			}
			want, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(got.String()).To(Equal(string(want)), "run with -update when this is meant")
			g.Expect(write(full{}, comparison())).To(MatchError(errFull))
		})
	}
}

// TestComparisonOfHostileRuns steers no terminal, and writes no markup.
func TestComparisonOfHostileRuns(t *testing.T) {
	old, latest := found("a.b pass", "a.c pass", "a.d pass"), found("a.b fail", "a.c info", "a.e warn")
	for _, r := range []*reporters.Results{&old, &latest} {
		r.Target.FHIR, r.Target.Name, r.Tool.Version = hostileText, hostileText, hostileText
		for i := range r.Findings {
			r.Findings[i].Title, r.Findings[i].Message, r.Findings[i].Expected = hostileText, hostileText, hostileText
			r.Findings[i].Expectation = &checks.Expectation{Status: checks.Passed, Reason: hostileText, Outcome: checks.Otherwise}
		}
	}
	latest.Tool.Version += "!"
	for name, write := range comparisonWriters {
		g := NewWithT(t)
		var out bytes.Buffer
		g.Expect(write(&out, reporters.Compare(old, latest, false))).To(Succeed())
		switch name {
		case "diff.json":
			var document any
			g.Expect(json.Unmarshal(out.Bytes(), &document)).To(Succeed())
			continue
		case "diff.md":
			g.Expect(nodes(t, out.Bytes())).NotTo(HaveKey(BeElementOf("Link", "RawHTML", "HTMLBlock", "Image", "AutoLink", "FencedCodeBlock", "CodeBlock", "Emphasis")))
		}
		for _, r := range strings.ReplaceAll(graphics.ReplaceAllString(out.String(), ""), "@\u200b", "@") {
			g.Expect(r == '\n' || r != '\u200b' && unicode.IsPrint(r)).To(BeTrue(), "%s holds %U", name, r)
		}
	}
}

// nodes counts what a renderer of GitHub's dialect makes of Markdown.
func nodes(t *testing.T, source []byte) map[string]int {
	t.Helper()
	count := map[string]int{}
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	NewWithT(t).Expect(ast.Walk(parser.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			count[n.Kind().String()]++
		}
		return ast.WalkContinue, nil
	})).To(Succeed())
	return count
}

// TestComparisonFitsItsSchema validates with the published schema, and sees that it refuses something.
func TestComparisonFitsItsSchema(t *testing.T) {
	g := NewWithT(t)
	compiler := jsonschema.NewCompiler()
	compiler.Draft, compiler.AssertFormat = jsonschema.Draft2020, true
	for id, file := range map[string]string{reporters.SchemaID: "results.schema.json", reporters.DiffSchemaID: "diff.schema.json"} {
		g.Expect(compiler.AddResource(id, bytes.NewReader(schemas.File(file)))).To(Succeed())
	}
	schema, err := compiler.Compile(reporters.DiffSchemaID)
	g.Expect(err).NotTo(HaveOccurred())
	var out bytes.Buffer
	g.Expect(reporters.WriteComparisonJSON(&out, comparison())).To(Succeed())
	var document map[string]any
	g.Expect(json.Unmarshal(out.Bytes(), &document)).To(Succeed())
	g.Expect(schema.Validate(document)).To(Succeed())
	for member := range document {
		without := map[string]any{}
		for name, value := range document {
			if name != member {
				without[name] = value
			}
		}
		optional := slices.Contains([]string{"unexpected", "anyway"}, member)
		g.Expect(schema.Validate(without) == nil).To(Equal(optional), member)
	}
	document["changes"].([]any)[0].(map[string]any)["kind"] = "worse"
	g.Expect(schema.Validate(document)).NotTo(Succeed())
}
