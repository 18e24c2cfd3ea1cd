package main

import (
	"fmt"
	"io"
	"os"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// knownOutcomes reads the expectations file with that name; no name means that nothing is expected. A line of a
// check that does not exist here is told: it has a mistake, or is meant for a newer program.
func knownOutcomes(tell io.Writer, name string) ([]reporters.KnownOutcome, error) {
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
	for _, k := range known {
		if _, ok := checks.Lookup(k.Check); !ok {
			fmt.Fprintf(tell, "smartcheck: %s expects something of %q, and there is no such check; %s\n",
				name, k.Check, nearestOr(k.Check, idsOf(checks.All()), `"smartcheck checks" lists them`))
		}
	}
	return known, nil
}
