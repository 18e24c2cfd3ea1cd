package reporters

import (
	"fmt"
	"strings"
)

// The exit codes of every command.
const (
	CodeConformant    = 0
	CodeNonConformant = 1
	CodeMisused       = 2
	CodeNotJudged     = 3
)

// A Meaning says what the exit code of a command means.
type Meaning struct {
	Code    int
	Verdict Verdict // or "" where there is none
	Means   string  // in a few words
	When    string  // after a run, in Markdown
}

// ExitCodes are the meanings of all exit codes, in their order.
func ExitCodes() []Meaning {
	return []Meaning{
		{CodeConformant, Conformant, "conformant", "at least one check came to a verdict, none failed, and none ended in `error`"},
		{CodeNonConformant, NonConformant, "non-conformant", "at least one check failed, whatever else could not be judged"},
		{CodeMisused, "", "wrong usage or configuration", "a flag, the target file or another file that is read cannot be used; nothing is said about the server"},
		{CodeNotJudged, NotJudged, "the target could not be judged", "no check failed, but one ended in `error`, or no check came to a verdict at all"},
	}
}

// ExitCodesInShort lists what the exit codes mean, in one sentence without its full stop.
func ExitCodesInShort() string {
	var all []string
	for _, each := range ExitCodes() {
		all = append(all, fmt.Sprintf("%d %s", each.Code, each.Means))
	}
	return strings.Join(all, ", ")
}
