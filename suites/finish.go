package suites

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/engine"
	"github.com/smart-conformance/smartcheck/reporters"
)

// finish closes the session and makes the results of what was judged, and of what an interruption kept
// from being judged.
func (s *Suite) finish() error {
	s.cancel()
	s.probesEnd()
	interrupted := s.report == nil || len(s.report.SpecialSuiteFailureReasons) > 0
	if s.report == nil {
		s.report = &ginkgo.Report{}
	}
	findings, exchanges := reported(*s.report)
	if interrupted {
		findings = s.completed(findings)
	}
	run := reporters.Run{
		Tool:    s.options.Tool,
		Target:  TargetOf(s.config),
		Started: s.started, Finished: time.Now(), Strict: s.options.Strict,
		Profile: s.options.Profile,
	}
	journeys := s.journeys(*s.report)
	if s.session != nil {
		if err := s.session.CloseBefore(s.options.Hurry); err != nil {
			ginkgo.GinkgoWriter.Println("the browser could not be closed:", err)
		}
		if configuration, _ := ginkgo.GinkgoConfiguration(); configuration.ParallelTotal <= 1 {
			// without the secrets that became known later
			exchanges, journeys = s.session.Recorder.Exchanges(), s.session.Recorder.Journeys()
		}
	}
	s.evidence = Evidence{Records: s.records(), Exchanges: exchanges, Journeys: journeys}
	s.results = reporters.NewResults(run, findings, exchanges).WithJourneys(journeys)
	s.results = s.results.WithCapabilitySets(s.evidence.Records, s.config.CapabilitySets)
	if s.options.Report == nil {
		return nil
	}
	if err := s.options.Report(s.results); err != nil {
		return fmt.Errorf("the results could not be reported: %w", err)
	}
	return nil
}

// lastWait is how long probes that are ending are waited for in a hurry.
const lastWait = 3 * time.Second

// probesEnd waits for the probes, which end since the context of the run has ended.
func (s *Suite) probesEnd() {
	if s.run == nil {
		return
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.run.Wait()
	}()
	select {
	case <-ended:
		return
	case <-s.options.Hurry.Done():
	}
	select {
	case <-ended:
	case <-time.After(lastWait):
	}
}

// records returns the record of each kind that the checks of the run judge. One that was not gathered says
// why.
func (s *Suite) records() []evidence.Record {
	byKind := map[string]evidence.Record{}
	configuration, _ := ginkgo.GinkgoConfiguration()
	for _, c := range Selected(s.options.Checks, configuration.LabelFilter) {
		switch {
		case !c.In(checks.Version(s.config.Spec)): // nothing was gathered for it
		case s.failure != nil:
			byKind[c.Kind()] = evidence.Record{Kind: c.Kind(), Error: s.failure.Error()}
		default:
			byKind[c.Kind()] = evidence.Record{Kind: c.Kind(), Error: engine.Interrupted}
		}
	}
	if s.run != nil {
		for _, r := range s.run.Records() {
			byKind[r.Kind] = r
		}
	}
	var all []evidence.Record
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		all = append(all, byKind[kind])
	}
	return all
}

// reported gathers what the specs have reported, whichever process they ran in.
func reported(report ginkgo.Report) (findings []checks.Finding, exchanges []evidence.Exchange) {
	seen := map[string]bool{}
	for _, spec := range report.SpecReports {
		for _, entry := range spec.ReportEntries {
			j, ok := judgedOf(entry.Value)
			if !ok {
				continue
			}
			findings = append(findings, j.Finding)
			for _, e := range j.Exchanges {
				if !seen[e.ID] {
					seen[e.ID] = true
					exchanges = append(exchanges, e)
				}
			}
		}
	}
	return findings, exchanges
}

// journeys gathers the journeys that the specs have reported, and keeps their pictures.
func (s *Suite) journeys(report ginkgo.Report) []evidence.Journey {
	var all []evidence.Journey
	s.pictures = map[string][]byte{}
	for _, spec := range report.SpecReports {
		for _, entry := range spec.ReportEntries {
			if j, ok := judgedOf(entry.Value); ok {
				all = append(all, j.Journeys...)
				maps.Copy(s.pictures, j.Pictures)
			}
		}
	}
	return all
}

// judgedOf returns what a spec has reported, also when it came from another process as JSON.
func judgedOf(value types.ReportEntryValue) (judged, bool) {
	if j, here := value.GetRawValue().(judged); here {
		return j, true
	}
	var j judged
	err := json.Unmarshal([]byte(value.AsJSON), &j)
	return j, err == nil && j.Finding.Check != ""
}

// completed adds, after an interruption, a finding for every spec that was to run and has no verdict: by
// the evidence that there is, and else undecided.
func (s *Suite) completed(findings []checks.Finding) []checks.Finding {
	decided := map[string]bool{}
	for _, f := range findings {
		decided[f.Check] = f.Status != checks.Undecided
	}
	findings = slices.DeleteFunc(findings, func(f checks.Finding) bool { return !decided[f.Check] })
	configuration, _ := ginkgo.GinkgoConfiguration()
	for _, c := range Selected(s.options.Checks, configuration.LabelFilter) {
		switch {
		case decided[c.ID]:
		case s.run == nil:
			findings = append(findings, s.undecided(c, engine.Interrupted))
		default:
			findings = append(findings, s.run.Gathered(c))
		}
	}
	return findings
}
