//go:build !windows

package progress

import (
	"bufio"
	"context"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/creack/pty"
	. "github.com/onsi/gomega"
)

// terminal is a pseudo-terminal, and what a person sees on it.
type terminal struct {
	tty *os.File // the program's side

	mu    sync.Mutex
	raw   strings.Builder
	rows  [][]rune
	width int
	y, x  int
	ended sync.WaitGroup
}

func newTerminal(t *testing.T, width, height uint16) *terminal {
	t.Helper()
	g := NewWithT(t)
	ptm, tty, err := pty.Open()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(pty.Setsize(ptm, &pty.Winsize{Cols: width, Rows: height})).To(Succeed())
	term := &terminal{tty: tty, width: int(width), rows: [][]rune{nil}}
	term.ended.Go(func() { term.read(ptm) })
	t.Cleanup(func() {
		tty.Close()
		term.ended.Wait()
		ptm.Close()
	})
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	return term
}

func (t *terminal) read(ptm io.Reader) {
	in := bufio.NewReader(ptm)
	for {
		r, _, err := in.ReadRune()
		if err != nil {
			return
		}
		sequence := ""
		for r == '\x1b' || sequence != "" && !strings.ContainsRune("AJm", rune(sequence[len(sequence)-1])) {
			if r, _, err = in.ReadRune(); err != nil {
				return
			}
			sequence += string(r)
		}
		t.mu.Lock()
		if sequence != "" {
			t.raw.WriteString("\x1b" + sequence)
		} else {
			t.raw.WriteRune(r)
		}
		t.take(r, sequence)
		t.mu.Unlock()
	}
}

// take does what a terminal does with a character, or with one of the sequences that are used here.
func (t *terminal) take(r rune, sequence string) {
	switch {
	case strings.HasSuffix(sequence, "A"):
		n, _ := strconv.Atoi(strings.Trim(sequence, "[A"))
		t.y = max(0, t.y-n)
	case sequence == "[J":
		t.rows = t.rows[:t.y+1]
		t.rows[t.y] = t.rows[t.y][:min(t.x, len(t.rows[t.y]))]
	case strings.HasSuffix(sequence, "m"):
	case sequence != "":
		t.put([]rune("unknown sequence " + sequence))
	case r == '\r':
		t.x = 0
	case r == '\n':
		t.down()
	default:
		t.put([]rune{r})
	}
}

func (t *terminal) down() {
	if t.y++; t.y == len(t.rows) {
		t.rows = append(t.rows, nil)
	}
}

func (t *terminal) put(text []rune) {
	for _, r := range text {
		if t.x == t.width {
			t.x = 0
			t.down()
		}
		for len(t.rows[t.y]) <= t.x {
			t.rows[t.y] = append(t.rows[t.y], ' ')
		}
		t.rows[t.y][t.x] = r
		t.x++
	}
}

// narrow makes the terminal narrower, and wraps what does not fit, as most terminals do.
func (t *terminal) narrow(g *WithT, width int) {
	g.Expect(pty.Setsize(t.tty, &pty.Winsize{Cols: uint16(width), Rows: 24})).To(Succeed())
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := t.rows
	t.width, t.rows, t.y, t.x = width, [][]rune{nil}, 0, 0
	for i, row := range rows {
		if i > 0 {
			t.x = 0
			t.down()
		}
		t.put(row)
	}
}

// sees is the text on the terminal.
func (t *terminal) sees() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for _, row := range t.rows {
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return strings.Join(lines, "\n")
}

func (t *terminal) received() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.raw.String()
}

func TestScreenDrawsInPlace(t *testing.T) {
	g := NewWithT(t)
	term := newTerminal(t, 40, 24)
	_, err := io.WriteString(term.tty, "$ smartcheck run\n")
	g.Expect(err).NotTo(HaveOccurred())
	screen := NewScreen(term.tty)

	g.Expect(screen.Draw(nil, []string{"one", "two", "three"})).To(Succeed())
	g.Eventually(term.sees).Should(Equal("$ smartcheck run\none\ntwo\nthree\n"))
	g.Expect(screen.Draw(nil, []string{"1"})).To(Succeed())
	g.Eventually(term.sees).Should(Equal("$ smartcheck run\n1\n"))
	g.Expect(screen.Draw([]string{"sign in, please"}, screen.drawn)).To(Succeed())
	g.Eventually(term.sees).Should(Equal("$ smartcheck run\nsign in, please\n1\n"))

	term.mu.Lock()
	term.put([]rune("^C")) // as the terminal echoes it
	term.mu.Unlock()
	g.Expect(screen.Draw(nil, []string{"interrupted"})).To(Succeed())
	g.Eventually(term.sees).Should(Equal("$ smartcheck run\nsign in, please\ninterrupted\n"))

	g.Expect(screen.Clear()).To(Succeed())
	g.Eventually(term.sees).Should(Equal("$ smartcheck run\nsign in, please\n"), "nothing is left behind")
	g.Expect(term.received()).NotTo(ContainSubstring("\x1b[?"), "no mode of the terminal is changed")
}

// TestNarrowerTerminal wraps the lines that were drawn, and expects them all to be replaced.
func TestNarrowerTerminal(t *testing.T) {
	g := NewWithT(t)
	term := newTerminal(t, 40, 24)
	screen := NewScreen(term.tty)
	g.Expect(screen.Draw([]string{"stays"}, []string{strings.Repeat("a", 38), strings.Repeat("b", 25)})).To(Succeed())
	g.Eventually(term.sees).Should(HaveSuffix("b\n"))
	term.narrow(g, 15)
	g.Expect(term.sees()).To(HaveLen(len("stays") + 38 + 25 + 6))
	g.Expect(screen.Draw(nil, []string{"c"})).To(Succeed())
	g.Eventually(term.sees).Should(Equal("stays\nc\n"))
}

// TestShown shows a run until it ends, with a line for the person in between.
func TestShown(t *testing.T) {
	g := NewWithT(t)
	term := newTerminal(t, 90, 24)
	board, _ := running()
	ctx, interrupt := context.WithCancel(t.Context())
	shown := Show(ctx, term.tty, board)
	g.Eventually(term.sees).Should(ContainSubstring("1:15  3 of 7 checks done"))
	g.Expect(term.received()).To(ContainSubstring("\x1b[31m"))
	shown.Say("sign in as the patient")
	g.Eventually(term.sees).Should(MatchRegexp(`(?s)^sign in as the patient\n1:15  3 of 7.*the patient to sign in\n$`))
	interrupt()
	g.Eventually(term.sees).Should(Equal("sign in as the patient\n1:15  3 of 7 checks done, 1 running, 3 waiting; 1 failed, 1 warned\n  interrupted; waiting for the probes to end\n"))
	shown.Finish()
	g.Eventually(term.sees).Should(Equal("sign in as the patient\n"))
}

func TestColoursAreLeftOut(t *testing.T) {
	g := NewWithT(t)
	term := newTerminal(t, 90, 24)
	t.Setenv("NO_COLOR", "1")
	g.Expect(strings.Join(mustView(NewScreen(term.tty)), "")).NotTo(ContainSubstring("\x1b"))
	t.Setenv("NO_COLOR", "")
	g.Expect(strings.Join(mustView(NewScreen(term.tty)), "")).To(ContainSubstring("\x1b"))
}

func mustView(s *Screen) []string {
	board, _ := running()
	return board.state().view(s.room(), s.style)
}

// TestNoScreen writes lines, without any sequence, where nothing can be drawn again.
func TestNoScreen(t *testing.T) {
	g := NewWithT(t)
	term := newTerminal(t, 90, 24)
	t.Setenv("TERM", "dumb")
	g.Expect(NewScreen(term.tty)).To(BeNil())
	g.Expect(NewScreen(&strings.Builder{})).To(BeNil())
	file, err := os.Create(t.TempDir() + "/log")
	g.Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	g.Expect(NewScreen(file)).To(BeNil())

	var out strings.Builder
	board, _ := running()
	shown := Show(t.Context(), &out, board)
	shown.show(t.Context())
	shown.Say("sign in as the patient")
	shown.Finish()
	g.Expect(out.String()).To(Equal(board.state().line() + "\nsign in as the patient\n"))
}
