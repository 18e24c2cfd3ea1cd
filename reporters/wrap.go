package reporters

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// terminal measures text in columns. It does not look at the locale, so that a report is the same
// everywhere.
var terminal = &runewidth.Condition{StrictEmojiNeutral: true}

func columns(s string) int { return terminal.StringWidth(s) }

// wrap breaks text of one line into lines of at most width columns, between words where it can and
// inside a word that is longer than a line.
func wrap(text string, width int) []string {
	var lines []string
	current, used := "", 0
	for _, word := range strings.Fields(text) {
		for {
			wide := columns(word)
			gap := 0
			if used > 0 {
				gap = 1
			}
			if used+gap+wide <= width {
				current += strings.Repeat(" ", gap) + word
				used += gap + wide
				break
			}
			if used > 0 {
				lines = append(lines, current)
				current, used = "", 0
				continue
			}
			head := terminal.Truncate(word, width, "")
			if head == "" { // one character is wider than the line
				head = string([]rune(word)[:1])
			}
			lines = append(lines, head)
			word = word[len(head):]
		}
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, current)
	}
	return lines
}

// pad adds spaces on the right up to width columns.
func pad(s string, width int) string { return terminal.FillRight(s, width) }
