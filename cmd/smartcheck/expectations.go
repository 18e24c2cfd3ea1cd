package main

import (
	"os"

	"github.com/smart-conformance/smartcheck/reporters"
)

// knownOutcomes reads the expectations file with that name; no name means that nothing is expected.
func knownOutcomes(name string) ([]reporters.KnownOutcome, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fail(2, "cannot read the expectations: %w; name another file with --expectations", err)
	}
	defer file.Close()
	known, err := reporters.ReadExpectations(file)
	if err != nil {
		return nil, fail(2, "cannot read the expectations in %s: %w", name, err)
	}
	return known, nil
}
