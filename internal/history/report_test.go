package history

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	. "github.com/onsi/gomega"
	"golang.org/x/net/html"

	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/reporters"
	"github.com/smart-conformance/smartcheck/schemas"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is the history of two targets.
func sample(t *testing.T) []Line {
	t.Helper()
	db := created(t, filepath.Join(t.TempDir(), "history.db"))
	outcomes := map[string]string{
		"token.broken": "PFFFFFFFFFFF", "token.flaps": "PPFPFPFPFFPP", "token.fixed": "PPPFFFFFFFFP", "token.new": "PPPPPPPPeePF",
		"token.warns": "WWWWWWWWWWWW", "token.quiet": "PPIPPPPPPPsP", "token.added": "·········PPP", "token.past": "FFPPPPPPPPPP",
	}
	words := map[rune]string{}
	for status, letter := range letters {
		words[[]rune(letter)[0]] = string(status)
	}
	var runs []reporters.Results
	for n := range 12 {
		var found []string
		for check, letters := range outcomes {
			if word := words[[]rune(letters)[n]]; word != "" {
				found = append(found, check+" "+word)
			}
		}
		runs = append(runs, night(n, found...))
	}
	other := night(3, "token.quiet pass")
	other.Target.Name, other.Target.FHIR = "Another EHR", "https://other.example/fhir"
	_, err := db.Add(t.Context(), append(runs, other))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	lines, err := db.Lines(t.Context(), Filter{})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return lines
}

var writers = map[string]func(io.Writer, []Line) error{
	"history.txt": func(w io.Writer, lines []Line) error { return WriteTable(w, lines, 5, false) },
	"history.json": func(w io.Writer, lines []Line) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", " ")
		return encoder.Encode(DocumentOf(lines, 5))
	},
	"history.html": func(w io.Writer, lines []Line) error { return WriteHTML(w, lines, locale.English) },
}

func TestGolden(t *testing.T) {
	lines := sample(t)
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var got bytes.Buffer
			g.Expect(write(&got, lines)).To(Succeed())
			file := filepath.Join("testdata", name)
			if *update {
				g.Expect(os.WriteFile(file, got.Bytes(), 0o644)).To(Succeed())
			}
			want, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(got.String()).To(Equal(string(want)), "run with -update when this is meant")
		})
	}
}

func TestTableOfOneCheck(t *testing.T) {
	g := NewWithT(t)
	l, c := nightly("Px·e")
	c.ID, c.Title = "token.a", "Holds"
	l.Checks = []Check{c}
	var out bytes.Buffer
	g.Expect(WriteTable(&out, []Line{l}, 3, true)).To(Succeed())
	g.Expect(out.String()).To(HaveSuffix(`Holds
  2026-03-02 02:00 fail, as expected x
  2026-03-03 02:00 · ·
  2026-03-04 02:00 error e
broken since 2026-03-02
`))
}

func TestDocumentFitsItsSchema(t *testing.T) {
	g := NewWithT(t)
	raw, err := json.Marshal(DocumentOf(sample(t), 5))
	g.Expect(err).NotTo(HaveOccurred())
	var document map[string]any
	g.Expect(json.Unmarshal(raw, &document)).To(Succeed())
	g.Expect(schemas.Validate("history.schema.json", document)).To(BeEmpty())
	checks := document["lines"].([]any)[0].(map[string]any)["checks"].([]any)
	delete(checks[0].(map[string]any), "flapping")
	g.Expect(schemas.Validate("history.schema.json", document)).NotTo(BeEmpty())
}

const hostileText = "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'><b onclick=x>\x1b[2J\u202egnp.exe {{.}} javascript:alert(3)"

// TestHostileHistory lets everything that a record may hold try to break out.
func TestHostileHistory(t *testing.T) {
	g := NewWithT(t)
	l, c := nightly("PFPFPF")
	c.ID, c.Title, c.Level, c.Area = hostileText, hostileText, hostileText, hostileText
	for i := range c.Outcomes {
		c.Outcomes[i].Message = hostileText
	}
	for i := range l.Runs {
		l.Runs[i].Tool = reporters.Tool{Name: hostileText, Version: hostileText}
		l.Runs[i].Verdict = hostileText
	}
	l.Name, l.FHIR, l.Target, l.Profile, l.Checks = hostileText, "javascript:"+hostileText, hostileText, hostileText, []Check{c}

	var table bytes.Buffer
	g.Expect(WriteTable(&table, []Line{l}, 5, false)).To(Succeed())
	g.Expect(WriteTable(&table, []Line{l}, 5, true)).To(Succeed())
	for _, r := range table.String() {
		g.Expect(r == '\n' || unicode.IsPrint(r)).To(BeTrue(), "the table holds %U", r)
	}

	var page bytes.Buffer
	g.Expect(WriteHTML(&page, []Line{l, l}, locale.TraditionalChinese)).To(Succeed())
	g.Expect(page.String()).To(ContainSubstring("alert(1)"), "it is told")
	g.Expect(page.String()).NotTo(ContainSubstring("\u202e"))
	document, err := html.Parse(&page)
	g.Expect(err).NotTo(HaveOccurred())
	for n := range document.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		g.Expect(n.Data).NotTo(BeElementOf("script", "img", "b", "iframe", "link", "object", "base", "form"))
		for _, a := range n.Attr {
			g.Expect(a.Key).NotTo(Or(HavePrefix("on"), BeElementOf("src", "style", "srcset", "xlink:href")), "%s", n.Data)
			if a.Key == "href" {
				g.Expect(a.Val).To(MatchRegexp(`^#line-\d+$`))
			}
		}
	}
}

// TestPageIsBounded makes a page of more than it shows.
func TestPageIsBounded(t *testing.T) {
	g := NewWithT(t)
	l, c := nightly(strings.Repeat("PF", 300))
	for i := range 300 {
		c.ID = fmt.Sprintf("token.c%d", i)
		l.Checks = append(l.Checks, c)
	}
	var page bytes.Buffer
	g.Expect(WriteHTML(&page, []Line{l}, locale.English)).To(Succeed())
	g.Expect(page.String()).To(ContainSubstring("200 earlier runs are in the history and not shown."))
	g.Expect(page.String()).To(ContainSubstring("100 more are in the history."))
	lines := make([]Line, 203)
	for i := range lines {
		lines[i], _ = nightly("P")
	}
	g.Expect(WriteHTML(&page, lines, locale.English)).To(Succeed())
	g.Expect(page.String()).To(ContainSubstring("3 more targets are in the history"))
}

// TestPictureHasTheNumbersOfTheTable follows one curve.
func TestPictureHasTheNumbersOfTheTable(t *testing.T) {
	g := NewWithT(t)
	c := chartOf(sample(t)[0].Runs)
	g.Expect(c.Curves[0].Status).To(BeEquivalentTo("fail"))
	g.Expect(c.Curves[0].Last).To(Equal(2))
	g.Expect(c.Curves[0].Dots).To(HaveLen(12))
	g.Expect(c.Curves[0].Dots[0].Y).To(Equal(c.Grid[1].Y), "one failure in the first run")
	g.Expect(c.Curves[2].Dots[8].Title).To(Equal("2026-03-09 02:00 error 1"))
}
