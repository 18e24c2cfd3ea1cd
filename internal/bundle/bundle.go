// Package bundle keeps the evidence of a run in one file, and judges it again without the server: a zip
// archive whose layout docs/reference/evidence-bundle.md describes.
package bundle

import (
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/reporters"
)

// FormatID identifies the format of the archive and is the first member of its manifest. What is added
// to the format later may be left unread; what would be misread makes another format.
const FormatID = "smartcheck-evidence/1"

// Bundle is the evidence of one run, redacted, with what it takes to judge it.
type Bundle struct {
	Manifest  Manifest
	Records   []evidence.Record // in the order of their kinds; values are json.RawMessage when read
	Exchanges []evidence.Exchange
	Journeys  []evidence.Journey
	Pictures  map[string][]byte // JPEG files by the names that the journeys mention
}

// Manifest says what was run, by what, and what the archive holds.
type Manifest struct {
	Format   string           `json:"format"` // FormatID
	Tool     reporters.Tool   `json:"tool"`   // what gathered the evidence
	Target   reporters.Target `json:"target"`
	Started  time.Time        `json:"started"`
	Finished time.Time        `json:"finished"`
	// Day is the day of the run where it was made, YYYY-MM-DD, by which expectations end.
	Day     string             `json:"day,omitempty"`
	Strict  bool               `json:"strict,omitempty"`
	Profile *reporters.Profile `json:"profile,omitempty"`
	// CapabilitySets are those that the target file claims.
	CapabilitySets []string `json:"capability_sets,omitempty"`
	// Expectations are the known outcomes that the run was compared with.
	Expectations []reporters.KnownOutcome `json:"expectations,omitempty"`
	// Checks are the ids of the checks that were selected, and Known those of all that the tool had.
	Checks []string `json:"checks"`
	Known  []string `json:"known"`
	// Shapes are the forms of the evidence by kind, as the tool knew them.
	Shapes map[string]string `json:"shapes"`
	// Files are all other files of the archive, in its order.
	Files []File `json:"files"`
}

// Today is the day of the run. In a bundle that does not say it, it is that of UTC.
func (m Manifest) Today() time.Time {
	day, err := time.Parse(time.DateOnly, m.Day)
	if err != nil {
		return m.Finished
	}
	return day
}

// File is one file of the archive.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // in lower-case hexadecimal digits
}

// Describe completes a manifest with the checks that were selected and with what this program knows.
func (m Manifest) Describe(selected []checks.Check) Manifest {
	m.Format = FormatID
	m.Started, m.Finished = m.Started.UTC().Truncate(time.Millisecond), m.Finished.UTC().Truncate(time.Millisecond)
	m.Checks, m.Known, m.Shapes = []string{}, []string{}, map[string]string{}
	for _, c := range selected {
		m.Checks = append(m.Checks, c.ID)
	}
	for _, c := range checks.All() {
		m.Known = append(m.Known, c.ID)
		m.Shapes[c.Kind()] = c.Shape()
	}
	return m
}
