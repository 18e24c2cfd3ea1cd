package target

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Mistake is one thing that is wrong with a configuration.
type Mistake struct {
	File    string // empty for a configuration that was built in Go
	Line    int    // counted from 1; 0 when unknown
	Column  int
	Path    string // such as clients.public.redirect; empty for the whole
	Message string
	onKey   bool // stands at the key and not at its value
}

func (m Mistake) String() string {
	switch {
	case m.File == "":
		return m.Message
	case m.Line == 0:
		return fmt.Sprintf("%s: %s", m.File, m.Message)
	default:
		return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Message)
	}
}

// Mistakes is the error of a configuration that cannot be used: all that is wrong with it.
type Mistakes []Mistake

// maxPrinted is how many mistakes are printed; a file with more is something else than a target file.
const maxPrinted = 50

// Error returns the mistakes, one a line.
func (m Mistakes) Error() string {
	var lines []string
	for _, mistake := range m[:min(len(m), maxPrinted)] {
		lines = append(lines, mistake.String())
	}
	if more := len(m) - maxPrinted; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// sorted returns the mistakes in the order of the file, or of their paths.
func (m Mistakes) sorted() Mistakes {
	slices.SortStableFunc(m, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(m, func(a, b Mistake) bool { return a == b })
}

// nearest returns the known word that was probably meant, or "".
func nearest(word string, known []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(k))
		if d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	return best
}

// shown quotes a value for a message, cut to a length that fits on a line.
func shown(value string) string {
	const most = 60
	if runes := []rune(value); len(runes) > most {
		value = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", value)
}
