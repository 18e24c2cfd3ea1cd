package reporters

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// WithCapabilitySets returns the results with how the target stands to each capability set, by the findings
// and by the evidence records of the run. claimed are the names of the sets that the target file claims;
// those that the profile requires are added. Without a profile, a run that has not read the capabilities says
// nothing of any set. It is a pure function, so that recorded evidence gives the same again.
func (r Results) WithCapabilitySets(records []evidence.Record, claimed []string) Results {
	r.CapabilitySets = nil
	seen, known, launched := capabilitiesSeen(records)
	if r.Profile != nil {
		claimed = slices.Concat(claimed, r.Profile.Adjustments.Sets(seen.Listed))
	}
	if !known && r.Profile == nil {
		return r
	}
	for _, set := range checks.Sets() {
		one := CapabilitySet{Name: set.Name, Claimed: slices.Contains(claimed, set.Name), Broken: r.failed(set.Checks(seen.Listed))}
		if known {
			one.Lacks = set.Lacks(seen.Listed)
		}
		satisfied, shown, message := set.Shown(seen)
		switch {
		case len(one.Lacks)+len(one.Broken) > 0:
			one.Status = NotSatisfied
		case !known:
			one.Status, one.Reason = NotShown, "the run has not read the capabilities of the server"
		case !launched:
			one.Status, one.Reason = NotShown, "all of it is listed, and the run has not looked at its launches"
		case shown && satisfied:
			one.Status = Satisfied
		case shown:
			one.Status, one.Reason = NotSatisfied, message
		default:
			one.Status, one.Reason = NotShown, message
		}
		r.CapabilitySets = append(r.CapabilitySets, one)
	}
	return r
}

// capabilitiesSeen returns what the records show of the capabilities of the server: those that it lists, and
// its launches. known is false when no record has the list, launched when none has the launches.
func capabilitiesSeen(records []evidence.Record) (seen evidence.ClaimedCapabilities, known, launched bool) {
	for _, record := range records {
		switch record.Kind {
		case evidence.ClaimedKind.Name():
			if claimed, err := evidence.As[evidence.ClaimedCapabilities](record.Value); err == nil {
				return claimed, true, true
			}
		case evidence.DiscoveryKind.Name():
			if d, err := evidence.As[evidence.Discovery](record.Value); err == nil {
				seen.Listed, known = checks.ListedCapabilities(d)
			}
		}
	}
	return seen, known, false
}

// failed returns those of the checks that failed.
func (r Results) failed(ids []string) []string {
	var failed []string
	for _, f := range r.Findings {
		if f.Status == checks.Failed && slices.Contains(ids, f.Check) && !slices.Contains(failed, f.Check) {
			failed = append(failed, f.Check)
		}
	}
	return failed
}

// inWords says in a clause how the target stands to the set.
func (s CapabilitySet) inWords() string {
	text := strings.ReplaceAll(string(s.Status), "-", " ")
	var why []string
	if len(s.Lacks) > 0 {
		why = append(why, "lacks "+strings.Join(s.Lacks, ", "))
	}
	if len(s.Broken) > 0 {
		why = append(why, "failed "+strings.Join(s.Broken, ", "))
	}
	if s.Reason != "" {
		why = append(why, s.Reason)
	}
	if len(why) > 0 {
		text += ": " + strings.Join(why, "; ")
	}
	if s.Claimed {
		text += " (claimed)"
	}
	return text
}

// adjustedInWords says in a sentence what a profile made of the level of a finding, or "".
func adjustedInWords(f checks.Finding) string {
	a := f.Adjusted
	switch {
	case a == nil:
		return ""
	case a.Reason != "":
		return fmt.Sprintf("%s instead of %s, because %s; see %s", f.Level, a.From, a.Reason, a.Cite)
	default:
		return fmt.Sprintf("%s instead of %s; see %s", f.Level, a.From, a.Cite)
	}
}
