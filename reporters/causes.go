package reporters

import (
	"slices"

	"github.com/smart-conformance/smartcheck/checks"
)

// byCause groups findings that could not be judged by the reason that they give, in the order in which the
// reasons first appear: one missing page can keep a hundred checks from a verdict.
func byCause(findings []checks.Finding) [][]checks.Finding {
	var groups [][]checks.Finding
	index := map[string]int{}
	for _, f := range findings {
		at, known := index[f.Reason]
		if !known {
			at = len(groups)
			index[f.Reason] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], f)
	}
	return groups
}

// idsOf returns the ids of the checks, each in one line of bounded length.
func idsOf(findings []checks.Finding) []string {
	ids := make([]string, len(findings))
	for i, f := range findings {
		ids[i] = oneLine(f.Check)
	}
	return ids
}

// evidenceOf returns the exchanges that the findings point to, each once.
func evidenceOf(findings []checks.Finding) []string {
	var all []string
	for _, f := range findings {
		for _, id := range f.Evidence {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all
}
