package reporters

import "github.com/smart-conformance/smartcheck/checks"

// fact is one line of what a reader must know about a finding.
type fact struct{ name, text string }

// facts returns what was expected, what was observed and what to do, or the reason when there is no
// verdict, what a profile made of the level, and what was expected of the outcome. Facts without a text are left out.
func facts(f checks.Finding) []fact {
	all := []fact{{"expected", f.Expected}, {"observed", f.Observed}, {"reason", f.Reason}}
	if f.Expected == "" && f.Observed == "" && f.Message != f.Reason {
		all = append(all, fact{"message", f.Message})
	}
	if f.Status == checks.Failed || f.Status == checks.Warned {
		all = append(all, fact{"remedy", f.Remedy})
	}
	all = append(all, fact{"profile", adjustedInWords(f)})
	all = append(all, fact{"known", expectationInWords(f)})
	var out []fact
	for _, one := range all {
		if one.text != "" {
			out = append(out, one)
		}
	}
	return out
}
