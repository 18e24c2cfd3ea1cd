package progress

import (
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/vbauerster/cupwriter"
	"golang.org/x/term"

	"github.com/smart-conformance/smartcheck/internal/columns"
)

var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// Screen draws a few lines at the end of a terminal, each time in place of those before. The cursor rests under
// them, visible, so that the terminal is usable whenever the program ends. It is not safe for concurrent use.
type Screen struct {
	console *cupwriter.Writer
	colour  bool
	drawn   []string
	width   int // when it was drawn
}

// NewScreen returns the screen of a terminal, or nil when w is none, or one that cannot move its cursor.
func NewScreen(w io.Writer) *Screen {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return &Screen{console: cupwriter.New(file, false), colour: os.Getenv("NO_COLOR") == ""}
}

// room is the size of the terminal; it may change at any time.
func (s *Screen) room() size {
	width, height, err := s.console.GetTermSize()
	if err != nil || width <= 0 || height <= 0 {
		return size{80, 24}
	}
	return size{width, height}
}

// style colours text, unless colours are not wanted (https://no-color.org).
func (s *Screen) style(code, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Draw shows lines in place of those drawn before, under the lines of above, which stay. The lines have to fit
// into the width.
func (s *Screen) Draw(above, lines []string) error {
	s.erase()
	for _, line := range above {
		s.console.WriteString(line + "\n")
	}
	for _, line := range lines {
		s.console.WriteString(line + "\n")
	}
	s.drawn = lines
	return s.console.Flush(len(lines))
}

// erase puts the cursor where the first of the drawn lines begins. The console has moved it up by their number;
// it may stand further right, after the ^C of somebody who interrupts, and in a terminal that was made narrower
// since, the lines take more rows.
func (s *Screen) erase() {
	width := s.room().width
	if rows := rowsOf(s.drawn, width) - len(s.drawn); rows > 0 && width < s.width {
		s.console.WriteString("\x1b[" + strconv.Itoa(rows) + "A")
	}
	s.console.WriteString("\r\x1b[J")
	s.width = width
}

func rowsOf(lines []string, width int) int {
	rows := 0
	for _, line := range lines {
		rows += max(1, (columns.Of(colours.ReplaceAllString(line, ""))+width-1)/width)
	}
	return rows
}

// Clear takes the drawn lines away.
func (s *Screen) Clear() error { return s.Draw(nil, nil) }

// Line draws one line, cut to the width.
func (s *Screen) Line(text string) error {
	return s.Draw(nil, []string{fit(strings.TrimSpace(text), s.room().width)})
}
