package reporters_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/mattn/go-runewidth"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// graphics are the only escape sequences that the console report may hold.
var graphics = regexp.MustCompile("\x1b\\[[0-9;]+m")

func TestConsoleCannotBeSteered(t *testing.T) {
	for _, color := range []bool{false, true} {
		for _, verbose := range []bool{false, true} {
			t.Run(fmt.Sprintf("color %v verbose %v", color, verbose), func(t *testing.T) {
				got := asConsole(t, hostile(), reporters.ConsoleOptions{Color: color, Verbose: verbose})
				if color {
					got = graphics.ReplaceAllString(got, "")
				}
				for i, r := range got {
					if r != '\n' && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar) {
						t.Fatalf("byte %d is %U, after %q", i, r, got[max(0, i-40):i])
					}
				}
			})
		}
	}
}

func TestConsoleKeepsTheWidth(t *testing.T) {
	wide := sample()
	wide.Findings[4].Observed = strings.Repeat("漢字かな", 60) + " " + strings.Repeat("x", 300)
	for _, width := range []int{60, 80, 100, 160} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			for name, r := range map[string]reporters.Results{"wide": wide, "hostile": hostile()} {
				for text := range strings.Lines(asConsole(t, r, reporters.ConsoleOptions{Width: width, Verbose: true})) {
					text = strings.TrimSuffix(text, "\n")
					if runewidth.StringWidth(text) > width {
						t.Errorf("%s: %d columns: %q", name, runewidth.StringWidth(text), text)
					}
				}
			}
		})
	}
}

func TestConsoleTellsWhyNothingWasJudged(t *testing.T) {
	g := NewWithT(t)
	g.Expect(asConsole(t, reporters.NewResults(run(), nil, nil), reporters.ConsoleOptions{})).
		To(HaveSuffix("not judged: no check was executed\n"))
	skipped := reporters.NewResults(run(), []checks.Finding{
		{Check: "a.b", Area: "a", Status: checks.Skipped, Reason: "no client is configured", Message: "no client is configured"},
		{Check: "a.c", Area: "a", Status: checks.Skipped, Reason: "no client is configured", Message: "no client is configured"},
	}, nil)
	g.Expect(asConsole(t, skipped, reporters.ConsoleOptions{})).To(And(
		ContainSubstring("SKIP  2 × no client is configured\n"),
		HaveSuffix("not judged: no check was executed, 2 skipped\n")))
}

func TestTerminalIsPlainForAFile(t *testing.T) {
	g := NewWithT(t)
	file, err := os.CreateTemp(t.TempDir(), "out")
	g.Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	g.Expect(reporters.Terminal(file)).To(Equal(reporters.ConsoleOptions{}))
	g.Expect(reporters.Terminal(&bytes.Buffer{})).To(Equal(reporters.ConsoleOptions{}))
}

func asConsole(t *testing.T, r reporters.Results, o reporters.ConsoleOptions) string {
	t.Helper()
	var out bytes.Buffer
	NewWithT(t).Expect(reporters.WriteConsole(&out, r, o)).To(Succeed())
	return out.String()
}
