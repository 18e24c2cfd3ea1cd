package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/catalogue"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Meta describes a check to people and to reports.
type Meta struct {
	ID           string    // "area.name", kebab-case, never changed once released
	Title        string    // the statement that holds when the check passes
	Level        Level     // the strength of the strongest requirement it verifies
	Requirements []string  // ids of the catalogue, at least one
	Versions     []Version // the SMART versions in which it holds; nil means all
	Applies      string    // when it applies, for people; empty means always
	Launches     []string  // the launches it looks at, such as "patient-standalone"; nil means any
	Intrusive    bool      // its probe may lock accounts or revoke tokens of others
	Remedy       string    // what to do when it fails
}

// Area returns the part of the id before the dot.
func (m Meta) Area() string {
	area, _, _ := strings.Cut(m.ID, ".")
	return area
}

// In reports whether the check holds in version v.
func (m Meta) In(v Version) bool { return len(m.Versions) == 0 || slices.Contains(m.Versions, v) }

// Check is one judgement over one kind of evidence.
type Check struct {
	Meta
	kind  string
	shape func() string
	judge func(value any, a Adjustments) (Verdict, error)
}

// New makes a check that judges evidence of the given kind. judge must be pure: no I/O, no clock.
func New[T any](m Meta, kind evidence.Kind[T], judge func(T) Verdict) Check {
	return newAdjusted(m, kind, func(value T, _ Adjustments) Verdict { return judge(value) })
}

// newAdjusted makes a check whose judgement depends on what a profile demands.
func newAdjusted[T any](m Meta, kind evidence.Kind[T], judge func(T, Adjustments) Verdict) Check {
	return Check{Meta: m, kind: kind.Name(), shape: evidence.Shape[T], judge: func(value any, a Adjustments) (Verdict, error) {
		typed, err := evidence.As[T](value)
		if err != nil {
			return Verdict{}, fmt.Errorf("check %s: %w", m.ID, err)
		}
		return judge(typed, a), nil
	}}
}

// Kind names the evidence that the check judges.
func (c Check) Kind() string { return c.kind }

// Shape identifies the form of the evidence that the check judges: another when members were added to it.
func (c Check) Shape() string { return c.shape() }

// Options say how a broken requirement is reported.
type Options struct {
	Version Version
	Strict  bool // a broken SHOULD, and an implied SHALL, fails
	// Adjustments are those of the profile, when there is one.
	Adjustments Adjustments
}

// Judge turns a record of evidence into the finding of the check. It never panics on evidence that
// was recorded for the check's kind, and a record without a value becomes a skip or an error.
func (c Check) Judge(record evidence.Record, o Options) Finding {
	switch {
	case !c.In(o.Version):
		return c.finding(Skip(fmt.Sprintf("does not apply to SMART App Launch %s", o.Version)), o)
	case record.Skip != "":
		return c.finding(demand(o.Adjustments.requiresUnseen(c.ID), Skip(record.Skip)), o)
	case record.Error != "":
		return c.finding(CannotJudge(record.Error, record.Exchanges...), o)
	}
	verdict, err := c.judge(record.Value, o.Adjustments)
	if err != nil {
		verdict = CannotJudge(err.Error())
	}
	return c.finding(demand(o.Adjustments.requires(c.ID), verdict), o)
}

func (c Check) finding(v Verdict, o Options) Finding {
	f := Finding{
		Check: c.ID, Level: c.Level, Area: c.Area(), Title: c.Title, Remedy: c.Remedy,
		Requirements: c.Requirements, Evidence: v.evidence,
		Expected: v.expected, Observed: v.observed, Message: v.message,
	}
	if f.Evidence == nil {
		f.Evidence = []string{}
	}
	implied := c.implied()
	if a, ok := o.Adjustments.Levels[c.ID]; ok {
		f.Level, f.Adjusted = a.Level, &Adjusted{From: c.Level, Cite: a.Cite, Reason: a.Reason}
		implied = false
	}
	switch v.outcome {
	case holds:
		f.Status = Passed
	case noted:
		f.Status = Noted
	case skipped:
		f.Status, f.Reason = Skipped, v.message
	case undecided:
		f.Status, f.Reason = Undecided, v.message
	case discouraged:
		f.Status, f.Message = Warned, v.summary()
	case broken:
		f.Status, f.Message = breach(f.Level, implied, o.Strict), v.summary()
		if implied {
			f.Message += " (implied by the specification)"
		}
	}
	return f
}

func (v Verdict) summary() string {
	return fmt.Sprintf("expected %s; observed %s", v.expected, v.observed)
}

// breach is the status of a broken requirement: a SHALL fails, a SHOULD warns, and a SHALL that the
// specification only implies warns unless the catalogue says that breaking it does harm.
func breach(level Level, implied, strict bool) Status {
	switch {
	case level == May:
		return Noted
	case strict, level.Mandatory() && !implied:
		return Failed
	default:
		return Warned
	}
}

// implied reports whether every mandatory requirement of the check is one that the specification only
// implies.
func (c Check) implied() bool {
	for _, id := range c.Requirements {
		r, ok := catalogue.Lookup(id)
		if !ok || Level(r.Level).Mandatory() && !r.Implied() {
			return false // what is not in the catalogue is a rule of somebody else, who states its level
		}
	}
	return c.Level.Mandatory()
}
