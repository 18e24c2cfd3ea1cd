package reporters

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible makes text of one line out of hostile text: line ends and tabs become spaces, and whatever
// could steer a terminal, hide text or break a document is written as an escape such as \x1b.
func visible(s string) string {
	s = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(s)
	return strings.TrimSpace(escaped(s))
}

// visibleLines is visible for text of several lines: it keeps line ends, and tabs become spaces.
func visibleLines(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\t", "    ").Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(escaped(line), " ")
	}
	return strings.Join(lines, "\n")
}

func escaped(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1, size == 1 && !unicode.IsPrint(r):
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case misleading(r):
			fmt.Fprintf(&out, `\u{%x}`, r)
		default:
			out.WriteString(s[i : i+size])
		}
		i += size
	}
	return out.String()
}

// misleading reports whether r is invisible or changes how its neighbours are shown: control and
// format characters, among them those that reverse the direction of text, line and paragraph
// separators, and noncharacters, which XML forbids.
func misleading(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point)
}

// cut shortens text to about that many bytes, not inside a character, and says by how much.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > limit-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d more bytes)", s[:end], len(s)-end)
}
