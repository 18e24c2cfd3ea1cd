package main

import (
	"fmt"
	"io"

	"github.com/smart-conformance/smartcheck/internal/progress"
)

// progressOf shows on a terminal how many of n servers are done. It returns nil when there is nothing to
// show, or nobody to see it.
func progressOf(w io.Writer, n int) func(done int) {
	screen := progress.NewScreen(w)
	if n < 2 || screen == nil {
		return nil
	}
	return func(done int) {
		if done == n {
			_ = screen.Clear() // a line that cannot be drawn is no reason to end
			return
		}
		_ = screen.Line(fmt.Sprintf("%d of %d servers done", done, n))
	}
}
