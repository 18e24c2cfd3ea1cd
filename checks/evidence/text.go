package evidence

import "unicode/utf8"

// Text returns s with each byte that is not part of a character replaced by U+FFFD, as JSON would write it: so
// that evidence, and what is said of it, is the same before and after it was written down.
func Text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
