package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows on a terminal how many of n servers are done. It returns nil when there is nothing to
// show, or nobody to see it.
func progress(w io.Writer, n int) func(done int) {
	file, ok := w.(*os.File)
	if n < 2 || !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	bar := progressbar.NewOptions(n, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("servers"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionEnableColorCodes(false))
	return func(done int) { _ = bar.Set(done) }
}
