package checks

import "slices"

// Adjustments are what a profile changes of the judgement. The zero value changes nothing. They are plain
// data with a JSON form, so that recorded evidence can be judged by them again.
type Adjustments struct {
	// Levels take the place of the levels of checks, by their ids.
	Levels map[string]Adjustment `json:"levels,omitempty"`
	// Required are the ids of checks that have to come to a verdict: a skip leaves them undecided.
	Required []string `json:"required,omitempty"`
	// AllSets are the capability sets that have to be satisfied, AnySets groups of which one has to be.
	AllSets []string   `json:"all_sets,omitempty"`
	AnySets [][]string `json:"any_sets,omitempty"`
}

// Adjustment is the level that a profile gives to a check, and where that is written. A requirement that
// the specification only implies counts as written once a profile names its level.
type Adjustment struct {
	Level  Level  `json:"level"`
	Cite   string `json:"cite"`
	Reason string `json:"reason,omitempty"`
}

// Adjusted says, in a finding, that its level is that of a profile.
type Adjusted struct {
	From   Level  `json:"from"` // the level of the check itself
	Cite   string `json:"cite"`
	Reason string `json:"reason,omitempty"`
}

// Sets returns the capability sets that a server with these capabilities has to satisfy. Of a group of
// which one is enough these are the sets that it lists in full or, when it lists none in full, all of the
// group.
func (a Adjustments) Sets(listed []string) []string {
	out := slices.Clone(a.AllSets)
	for _, group := range a.AnySets {
		inFull := slices.DeleteFunc(slices.Clone(group), func(name string) bool {
			set, ok := SetNamed(name)
			return !ok || len(set.Lacks(listed)) > 0
		})
		if len(inFull) == 0 {
			inFull = group
		}
		out = append(out, inFull...)
	}
	return unique(out)
}

// demand turns a skip into a verdict that could not be reached, where a profile requires one: what a
// programme requires is not shown by leaving it out.
func demand(required bool, v Verdict) Verdict {
	if v.outcome == skipped && required {
		return CannotJudge("the profile requires this, and it was skipped: "+v.message, v.evidence...)
	}
	return v
}

// requires reports whether a check has to come to a verdict.
func (a Adjustments) requires(check string) bool { return slices.Contains(a.Required, check) }

// requiresUnseen is requires for a check whose evidence was not gathered, so that nothing is known of the
// capabilities that are listed.
func (a Adjustments) requiresUnseen(check string) bool {
	return a.requires(check) || slices.ContainsFunc(a.Sets(nil), func(name string) bool {
		set, ok := SetNamed(name)
		return ok && set.Check == check
	})
}
