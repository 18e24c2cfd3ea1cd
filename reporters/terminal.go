package reporters

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Terminal returns the options that fit w: the width of the terminal and colours when w is one,
// plain text otherwise, when NO_COLOR is set to anything (https://no-color.org) and when TERM is dumb.
func Terminal(w io.Writer) ConsoleOptions {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return ConsoleOptions{}
	}
	o := ConsoleOptions{Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		o.Width = min(width, 160)
	}
	return o
}
