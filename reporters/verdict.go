package reporters

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
)

// Verdict is what a whole run says about its target.
type Verdict string

// The verdicts.
const (
	Conformant    Verdict = "conformant"
	NonConformant Verdict = "non-conformant"
	NotJudged     Verdict = "not judged" // the target, or part of it, could not be judged
)

// Verdict concludes from the findings. A failure outweighs everything: a server that breaks one
// requirement is non-conformant whatever else could not be judged. Without a failure, one check that
// could not be judged leaves the target not judged, and so does a run in which no check came to a
// verdict: nothing found is not the same as nothing wrong. In a strict run a warning is a failure.
// A finding that is as an expectations file says decides nothing; one that is otherwise is a failure,
// unless it could not be judged.
func (r Results) Verdict() Verdict {
	judgedOtherwise := slices.ContainsFunc(r.Findings, func(f checks.Finding) bool {
		return f.Surprising() && f.Status != checks.Undecided
	})
	switch {
	case r.unexcused(checks.Failed) > 0, r.Strict && r.unexcused(checks.Warned) > 0, judgedOtherwise:
		return NonConformant
	case r.unexcused(checks.Undecided) > 0, r.Summary.Judged() == 0:
		return NotJudged
	default:
		return Conformant
	}
}

// ExitCode is the exit code of a command that ends with these results: that of the verdict. strict makes
// warnings count even if the run was not strict.
func ExitCode(r Results, strict bool) int {
	r.Strict = r.Strict || strict
	switch r.Verdict() {
	case Conformant:
		return CodeConformant
	case NonConformant:
		return CodeNonConformant
	default:
		return CodeNotJudged
	}
}

// because explains the verdict in one clause, such as "2 of 96 checks failed".
func (r Results) because() string {
	s := r.Summary
	switch {
	case s.Total() == 0:
		return "no check was executed"
	case s.Judged() == 0 && s.Error == 0:
		return fmt.Sprintf("no check was executed, %d skipped", s.Skip)
	}
	var parts []string
	for _, part := range []struct {
		count int
		text  string
	}{
		{s.Fail, "failed"}, {s.Error, "could not be judged"}, {s.Warn, plural(s.Warn, "warning")},
		{s.Pass, "passed"}, {s.Info, "noted"}, {s.Skip, "skipped"},
	} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.count, part.text))
		}
	}
	as, otherwise := r.expected()
	if as > 0 {
		parts = append(parts, fmt.Sprintf("%d as expected", as))
	}
	if otherwise > 0 {
		parts = append(parts, fmt.Sprintf("%d other than expected", otherwise))
	}
	if n := len(r.Unused); n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s not used", n, plural(n, "expectation")))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
