package reporters

import (
	"cmp"
	"maps"
	"slices"

	"github.com/smart-conformance/smartcheck/checks"
)

// DiffSchemaID identifies the format of a Comparison, which its schema describes. Fields may be added,
// never renamed.
const DiffSchemaID = "https://raw.githubusercontent.com/smart-conformance/smartcheck/main/schemas/diff.schema.json"

// Comparison is what changed between two runs.
type Comparison struct {
	Schema  string            `json:"schema"` // DiffSchemaID
	Verdict ComparisonVerdict `json:"verdict"`
	Old     ComparedRun       `json:"old"`
	New     ComparedRun       `json:"new"`
	// Differences are those of the two runs themselves. One that prevents makes it unknown whether a change is
	// one of the server.
	Differences []Difference `json:"differences"`
	// Anyway says that the verdict disregards differences that prevent.
	Anyway bool `json:"anyway,omitempty"`
	// Changes are in the order of ChangeKinds, and of their check ids. What is the same is only counted.
	Changes []Change           `json:"changes"`
	Counts  map[ChangeKind]int `json:"counts"` // of every kind, those without a change too
	// Compared counts the checks that came to a verdict in both runs.
	Compared int `json:"compared"`
	// Unexpected are the findings of the new run that are other than an expectations file says, and those
	// whose expectation is over, changed or not.
	Unexpected []checks.Finding `json:"unexpected,omitempty"`
}

// ComparisonVerdict says whether the server got worse.
type ComparisonVerdict string

// The values of ComparisonVerdict.
const (
	Worse    ComparisonVerdict = "regressions"
	NotWorse ComparisonVerdict = "no-regressions"
	// Unknown means that the runs cannot be compared, or that the new one did not judge what the old one had.
	Unknown ComparisonVerdict = "not-judged"
)

// ComparedRun is one of two runs that are compared.
type ComparedRun struct {
	Target  Target   `json:"target"`
	Tool    Tool     `json:"tool"`
	Started string   `json:"started"`
	Strict  bool     `json:"strict,omitempty"`
	Profile *Profile `json:"profile,omitempty"`
	Verdict Verdict  `json:"verdict"`
	Summary Summary  `json:"summary"`
}

// Change is how a check stands in the new run against the old one.
type Change struct {
	Check string          `json:"check"`
	Kind  ChangeKind      `json:"kind"`
	Old   *checks.Finding `json:"old,omitempty"` // nil when the check is new
	New   *checks.Finding `json:"new,omitempty"` // nil when the check is gone
}

// ChangeKind says what a change means.
type ChangeKind string

// The kinds of changes.
const (
	Regression ChangeKind = "regression" // broken, and the old run, which ran the check too, did not find it as broken
	Lost       ChangeKind = "lost"       // had a verdict and has none
	Tolerated  ChangeKind = "excused"    // would be a regression or lost, but is as an expectations file says
	Fixed      ChangeKind = "fixed"      // was broken and holds
	Improved   ChangeKind = "improved"   // failed and only warns
	Gained     ChangeKind = "judged"     // had no verdict and holds
	Added      ChangeKind = "new"        // the old run did not have the check
	Gone       ChangeKind = "gone"       // the new run does not have the check
	Altered    ChangeKind = "changed"    // no better and no worse, but with another status or message
	Same       ChangeKind = "same"
)

// ChangeKinds are all kinds, what needs somebody first.
var ChangeKinds = []ChangeKind{Regression, Lost, Tolerated, Fixed, Improved, Gained, Added, Gone, Altered, Same}

// transitions say what it means that a check went from one status to another.
var transitions = map[checks.Status]map[checks.Status]ChangeKind{
	checks.Passed: {
		checks.Passed: Same, checks.Noted: Altered, checks.Warned: Regression, checks.Failed: Regression,
		checks.Skipped: Lost, checks.Undecided: Lost,
	},
	checks.Noted: {
		checks.Passed: Altered, checks.Noted: Same, checks.Warned: Regression, checks.Failed: Regression,
		checks.Skipped: Lost, checks.Undecided: Lost,
	},
	checks.Warned: {
		checks.Passed: Fixed, checks.Noted: Fixed, checks.Warned: Same, checks.Failed: Regression,
		checks.Skipped: Lost, checks.Undecided: Lost,
	},
	checks.Failed: {
		checks.Passed: Fixed, checks.Noted: Fixed, checks.Warned: Improved, checks.Failed: Same,
		checks.Skipped: Lost, checks.Undecided: Lost,
	},
	checks.Skipped: {
		checks.Passed: Gained, checks.Noted: Gained, checks.Warned: Regression, checks.Failed: Regression,
		checks.Skipped: Same, checks.Undecided: Altered,
	},
	checks.Undecided: {
		checks.Passed: Gained, checks.Noted: Gained, checks.Warned: Regression, checks.Failed: Regression,
		checks.Skipped: Altered, checks.Undecided: Same,
	},
}

// Compare tells what changed from an old run to a new one. With anyway the verdict disregards that the runs
// are of different targets, or were judged by different rules.
func Compare(old, latest Results, anyway bool) Comparison {
	before, now := ByCheck(old.Findings), ByCheck(latest.Findings)
	c := Comparison{
		Schema: DiffSchemaID, Old: comparedRun(old), New: comparedRun(latest), Anyway: anyway,
		Differences: differencesOf(old, latest), Changes: []Change{}, Counts: map[ChangeKind]int{},
	}
	for _, kind := range ChangeKinds {
		c.Counts[kind] = 0
	}
	origins := [2]string{old.Target.origin(), latest.Target.origin()}
	ids := maps.Clone(before)
	maps.Copy(ids, now)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		change := Change{Check: id, Old: findingOf(before, id), New: findingOf(now, id)}
		change.Kind = change.kind(func(old, latest string) bool {
			return withoutOrigin(old, origins[0]) == withoutOrigin(latest, origins[1])
		})
		c.Counts[change.Kind]++
		if change.Kind != Same {
			c.Changes = append(c.Changes, change)
		}
		if hasVerdict(change.Old) && hasVerdict(change.New) {
			c.Compared++
		}
		if f := change.New; f != nil && (f.Surprising() || f.Expectation != nil && f.Expectation.Outcome == checks.Expired) {
			c.Unexpected = append(c.Unexpected, *f)
		}
	}
	slices.SortStableFunc(c.Changes, func(a, b Change) int {
		return cmp.Compare(slices.Index(ChangeKinds, a.Kind), slices.Index(ChangeKinds, b.Kind))
	})
	c.Verdict = c.verdict()
	return c
}

func comparedRun(r Results) ComparedRun {
	return ComparedRun{
		Target: r.Target, Tool: r.Tool, Started: r.Started.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Strict: r.Strict, Profile: r.Profile, Verdict: r.Verdict(), Summary: r.Summary,
	}
}

// worstFirst orders statuses by what they say against a server.
var worstFirst = []checks.Status{checks.Failed, checks.Warned, checks.Undecided, checks.Noted, checks.Passed, checks.Skipped}

// ByCheck returns findings by the ids of their checks; of several findings of one check, the worst.
func ByCheck(findings []checks.Finding) map[string]checks.Finding {
	out := map[string]checks.Finding{}
	for _, f := range findings {
		other, twice := out[f.Check]
		if !twice || slices.Index(worstFirst, f.Status) < slices.Index(worstFirst, other.Status) {
			out[f.Check] = f
		}
	}
	return out
}

func findingOf(all map[string]checks.Finding, id string) *checks.Finding {
	f, ok := all[id]
	if !ok {
		return nil
	}
	return &f
}

// hasVerdict reports whether the check came to a verdict.
func hasVerdict(f *checks.Finding) bool {
	return f != nil && f.Status != checks.Skipped && f.Status != checks.Undecided
}

// kind says what the change means; alike compares a message of the old run with one of the new.
func (c Change) kind(alike func(old, latest string) bool) ChangeKind {
	switch {
	case c.Old == nil:
		return Added
	case c.New == nil:
		return Gone
	}
	kind := transitions[c.Old.Status][c.New.Status]
	switch {
	case (kind == Regression || kind == Lost) && c.New.Excused():
		return Tolerated
	case kind == Same && !(alike(c.Old.Message, c.New.Message) && alike(c.Old.Reason, c.New.Reason)):
		return Altered
	}
	return kind
}

// Comparable reports whether a change between the two runs is one of the server.
func (c Comparison) Comparable() bool {
	return !slices.ContainsFunc(c.Differences, func(d Difference) bool { return d.Prevents })
}

func (c Comparison) verdict() ComparisonVerdict {
	switch {
	case !c.Comparable() && !c.Anyway:
		return Unknown
	case c.Counts[Regression] > 0:
		return Worse
	case c.Counts[Lost] > 0, c.Compared == 0:
		return Unknown
	default:
		return NotWorse
	}
}

// ExitCode is the exit code of a command that ends with this comparison: 0 nothing got worse, 1 something
// did, 3 it could not be told.
func (c Comparison) ExitCode() int {
	switch c.Verdict {
	case NotWorse:
		return CodeConformant
	case Worse:
		return CodeNonConformant
	default:
		return CodeNotJudged
	}
}

// RegressionCode is the exit code of a run that only a regression breaks: that of its comparison, and 3
// too when part of the run could not be judged or no check came to a verdict.
func RegressionCode(latest Results, c Comparison) int {
	code := c.ExitCode()
	if code == CodeConformant && (latest.unexcused(checks.Undecided) > 0 || latest.Summary.Judged() == 0) {
		return CodeNotJudged
	}
	return code
}
