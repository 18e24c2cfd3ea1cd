// Package columns lays out text for a terminal, measured in columns: wide characters take two. It does
// not look at the locale, so that the same text looks the same everywhere.
package columns

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

var terminal = &runewidth.Condition{StrictEmojiNeutral: true}

// Of returns how many columns s takes.
func Of(s string) int { return terminal.StringWidth(s) }

// Pad adds spaces on the right up to width columns.
func Pad(s string, width int) string { return terminal.FillRight(s, width) }

// Truncate shortens s to width columns, the last of them an ellipsis.
func Truncate(s string, width int) string { return terminal.Truncate(s, width, "…") }

// Wrap breaks text into lines of at most width columns, between words where it can and inside a word
// that is longer than a line. It returns at least one line.
func Wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		if used > 0 && used+1+Of(word) <= width {
			line += " " + word
			used += 1 + Of(word)
			continue
		}
		if used > 0 {
			lines = append(lines, line)
		}
		full, rest := chop(word, width)
		lines = append(lines, full...)
		line, used = rest, Of(rest)
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// chop cuts a word into full lines and a rest that is shorter than a line.
func chop(word string, width int) (full []string, rest string) {
	for Of(word) > width {
		head := terminal.Truncate(word, width, "")
		if head == "" { // one character is wider than a line
			head = string([]rune(word)[:1])
		}
		full = append(full, head)
		word = word[len(head):]
	}
	return full, word
}
