package history

import (
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Line is a series of runs that can be compared with each other: of one target, judged by the same version of
// SMART App Launch, profile and strictness.
type Line struct {
	id      int64
	Target  string // identity of the target
	Name    string // of the target in its latest run
	FHIR    string // FHIR base URL of the latest run
	Spec    string
	Profile string // id of the profile, or ""
	Strict  bool
	Runs    []Run   // by time
	Checks  []Check // by id
}

// Run is one of a line.
type Run struct {
	id                int64
	Tool              reporters.Tool
	Started, Finished time.Time
	Verdict           reporters.Verdict
	Summary           reporters.Summary
}

// Check is what the runs of a line found of a check.
type Check struct {
	ID, Level, Area, Title string
	Outcomes               []Outcome // one for each run of the line
}

// Outcome is what one run found of a check. Its status is empty when the run did not have the check.
type Outcome struct {
	Status  checks.Status
	Excused bool   // an expectations file says so
	Message string // of a failure or a warning
}

// isOf reports whether the line is of a target that goes by that name, URL or identity.
func (l Line) isOf(name string) bool {
	return name == l.Name || name == l.FHIR || name == l.Target
}
