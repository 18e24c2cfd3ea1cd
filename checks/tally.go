package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// tally collects what a check saw in several places and turns it into one verdict: broken when any
// place breaks the requirement, undecided when none does but some could not be judged.
type tally struct {
	judged   int
	broken   []string
	unclear  []string
	evidence []string // of what is broken or, while nothing is, of everything
	proof    []string
}

// holds counts a place that meets the requirement.
func (t *tally) holds(evidence ...string) {
	t.judged++
	t.evidence = append(t.evidence, evidence...)
}

// breaks counts a place that does not, and says what was seen there.
func (t *tally) breaks(observed string, evidence ...string) {
	t.judged++
	t.broken = append(t.broken, observed)
	t.proof = append(t.proof, evidence...)
}

// unsure counts a place that does not allow a judgement, and says why.
func (t *tally) unsure(why string) { t.unclear = append(t.unclear, why) }

// giveUp is the reason why an answer with a status that says that the server failed, or has too much to
// do, is neither acceptance nor refusal; "" for any other status.
func giveUp(status int) string {
	if status == 429 || status >= 500 && status != 501 {
		return fmt.Sprintf("answered %d, which is a failure of the server and no refusal", status)
	}
	return ""
}

// busy reports whether a status says that the server, or one in front of it, cannot answer now.
func busy(status int) bool { return status == 429 || status >= 502 && status <= 504 }

// pageFailed says why the page on which a trip ended refuses nothing: the server failed. It is "" otherwise.
func pageFailed(a evidence.Authorization) string {
	if a.Outcome != evidence.GotPage || len(a.Pages) == 0 {
		return ""
	}
	return giveUp(a.Pages[len(a.Pages)-1].Status)
}

// verdict returns the verdict over all places. nothing says why there was nothing to judge.
func (t *tally) verdict(expected, message, nothing string) Verdict {
	switch {
	case len(t.broken) > 0:
		return Broken(expected, few(t.broken), unique(t.proof)...)
	case len(t.unclear) > 0:
		return CannotJudge(few(t.unclear))
	case t.judged == 0:
		return Skip(nothing)
	default:
		return Holds(fmt.Sprintf("%s (%d judged)", message, t.judged), unique(t.evidence)...)
	}
}

// advised turns what is broken into a warning, where the specification advises against what it allows.
func advised(v Verdict) Verdict {
	if v.outcome == broken {
		v.outcome = discouraged
	}
	return v
}

// few joins what was seen, at most four of it, the same only once.
func few(seen []string) string {
	seen = unique(seen)
	const most = 4
	if len(seen) > most {
		return fmt.Sprintf("%s; and %d more", strings.Join(seen[:most], "; "), len(seen)-most)
	}
	return strings.Join(seen, "; ")
}

// unique returns the strings of in, each once, in the order in which they first stand there.
func unique(in []string) []string {
	var out []string
	seen := make(map[string]bool, len(in)) // a brand bundle can have tens of thousands
	for _, s := range in {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
