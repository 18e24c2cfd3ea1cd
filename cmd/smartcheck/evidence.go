package main

import (
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/bundle"
	"github.com/smart-conformance/smartcheck/internal/target"
	"github.com/smart-conformance/smartcheck/suites"
)

// writeEvidence writes the evidence bundle of a run, if one is wanted. Its pictures are those that the results
// mention.
func (o outputs) writeEvidence(cfg target.Config, selected []checks.Check, suite *suites.Suite) error {
	if o.evidence == "" {
		return nil
	}
	r, e := suite.Results(), suite.Evidence()
	manifest := bundle.Manifest{
		Tool: r.Tool, Target: r.Target, Started: r.Started, Finished: r.Finished, Day: o.today.Format(time.DateOnly), Strict: r.Strict,
		Profile: r.Profile, CapabilitySets: cfg.CapabilitySets, Expectations: o.known,
	}
	b := bundle.Bundle{
		Manifest: manifest.Describe(selected), Records: e.Records, Exchanges: e.Exchanges, Journeys: e.Journeys,
		Pictures: map[string][]byte{},
	}
	for _, name := range r.Pictures() {
		if picture := suite.Picture(name); picture != nil {
			b.Pictures[name] = picture
		}
	}
	if err := writeFile(o.evidence, b.Write); err != nil {
		return fail(2, "cannot write --evidence: %w", err)
	}
	return nil
}
