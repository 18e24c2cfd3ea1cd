package bundle

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Lacking is a check that a bundle holds no evidence for.
type Lacking struct {
	Check string
	Why   string
}

// Judge judges the evidence by the checks of this program, named tool, and returns the results together
// with the checks that lacked evidence, which are skipped. It reads nothing but the bundle. The same program
// that gathered the evidence gives the results of the run.
//
// The checks are those that the run selected. If it selected every check that its program had, those that
// have come since are judged too, as far as the evidence allows.
func (b Bundle) Judge(tool reporters.Tool) (reporters.Results, []Lacking) {
	m := b.Manifest
	options := checks.Options{Version: m.Target.Spec, Strict: m.Strict}
	if m.Profile != nil {
		options.Adjustments = m.Profile.Adjustments
	}
	records := map[string]evidence.Record{}
	for _, r := range b.Records {
		records[r.Kind] = r
	}
	var findings []checks.Finding
	var lacking []Lacking
	for _, c := range b.selected() {
		record, gathered := records[c.Kind()]
		if why := m.lacks(c, gathered); why != "" && c.In(m.Target.Spec) {
			lacking = append(lacking, Lacking{c.ID, why})
			record = evidence.Record{Kind: c.Kind(), Skip: why}
		}
		findings = append(findings, judged(c, record, options))
	}
	run := reporters.Run{
		Tool: tool, Target: m.Target, Started: m.Started, Finished: m.Finished, Strict: m.Strict, Profile: m.Profile,
	}
	results := reporters.NewResults(run, findings, b.Exchanges).WithJourneys(b.Journeys)
	return results.WithCapabilitySets(b.Records, m.CapabilitySets), lacking
}

// judged hands a record to a check. A bundle may hold what no probe has ever gathered: a check that breaks on
// it costs that verdict alone.
func judged(c checks.Check, record evidence.Record, o checks.Options) (f checks.Finding) {
	defer func() {
		if failure := recover(); failure != nil {
			why := fmt.Sprintf("the check %s broke on this evidence: %.300v; please report this", c.ID, failure)
			f = c.Judge(evidence.Record{Kind: c.Kind(), Error: why}, o)
		}
	}()
	return c.Judge(record, o)
}

// selected returns the checks of this program that the bundle is judged by.
func (b Bundle) selected() []checks.Check {
	m := b.Manifest
	everything := len(m.Checks) == len(m.Known)
	return slices.DeleteFunc(checks.All(), func(c checks.Check) bool {
		isNew := !slices.Contains(m.Known, c.ID)
		return !slices.Contains(m.Checks, c.ID) && !(everything && isNew)
	})
}

// lacks says why there is no evidence for a check, or "". A check that the gathering program had is judged by
// what it gathered, also when this program would gather more; one that is new may need just that.
func (m Manifest) lacks(c checks.Check, gathered bool) string {
	isNew := !slices.Contains(m.Known, c.ID)
	switch {
	case !gathered:
		return fmt.Sprintf("the bundle, made by %s %s, holds no evidence of %s", m.Tool.Name, m.Tool.Version, c.Kind())
	case isNew && m.Shapes[c.Kind()] != c.Shape():
		return fmt.Sprintf("%s %s, which made the bundle, gathered less about %s than this check needs", m.Tool.Name, m.Tool.Version, c.Kind())
	default:
		return ""
	}
}

// Gone are the checks that were selected and that this program no longer has.
func (b Bundle) Gone() []string {
	var gone []string
	for _, id := range b.Manifest.Checks {
		if _, ok := checks.Lookup(id); !ok {
			gone = append(gone, id)
		}
	}
	return gone
}
