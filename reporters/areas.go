package reporters

import "github.com/smart-conformance/smartcheck/checks"

// areaFindings are the findings of one area.
type areaFindings struct {
	area     string
	findings []checks.Finding
	summary  Summary
}

// byArea groups the findings, areas in the order in which they first appear.
func (r Results) byArea() []areaFindings {
	var groups []areaFindings
	index := map[string]int{}
	for _, f := range r.Findings {
		at, known := index[f.Area]
		if !known {
			at = len(groups)
			index[f.Area] = at
			groups = append(groups, areaFindings{area: f.Area})
		}
		groups[at].findings = append(groups[at].findings, f)
	}
	for i := range groups {
		groups[i].summary = Summarize(groups[i].findings)
	}
	return groups
}

// withStatus returns the findings of that status.
func (r Results) withStatus(status checks.Status) []checks.Finding {
	var out []checks.Finding
	for _, f := range r.Findings {
		if f.Status == status {
			out = append(out, f)
		}
	}
	return out
}

// skips counts the skipped findings by reason, in the order in which the reasons first appear.
func (r Results) skips() []skipped {
	var out []skipped
	index := map[string]int{}
	for _, f := range r.withStatus(checks.Skipped) {
		at, known := index[f.Reason]
		if !known {
			at = len(out)
			index[f.Reason] = at
			out = append(out, skipped{reason: f.Reason})
		}
		out[at].count++
	}
	return out
}

type skipped struct {
	reason string
	count  int
}

// statuses lists the statuses in the order in which reports show them, with their column titles.
var statuses = []checks.Status{
	checks.Passed, checks.Failed, checks.Warned, checks.Noted, checks.Skipped, checks.Undecided,
}
