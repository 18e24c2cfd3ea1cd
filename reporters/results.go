// Package reporters holds the canonical record of a run, results.json, and makes every other report
// from it. What a server sent is hostile text: each writer escapes it for its own format.
package reporters

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// SchemaID identifies the format of results.json, which its schema describes. Fields may be added,
// never renamed.
const SchemaID = "https://raw.githubusercontent.com/smart-conformance/smartcheck/main/schemas/results.schema.json"

// Results is the record of one run against one target.
type Results struct {
	Schema   string    `json:"schema"` // SchemaID
	Tool     Tool      `json:"tool"`
	Target   Target    `json:"target"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	// Strict says that a warning breaks conformance in this run.
	Strict bool `json:"strict,omitempty"`
	// Profile is the profile that selected the checks, when there was one.
	Profile  *Profile         `json:"profile,omitempty"`
	Findings []checks.Finding `json:"findings"` // in the order of their check ids
	Summary  Summary          `json:"summary"`
	// CapabilitySets are the capability sets of the specification, and how the target stands to each.
	CapabilitySets []CapabilitySet `json:"capability_sets,omitempty"`
	// Unused are the expectations whose check did not run.
	Unused []UnusedExpectation `json:"unused_expectations,omitempty"`
	// Exchanges are those that the findings point to, redacted, in the order of their ids.
	Exchanges []evidence.Exchange `json:"exchanges"`
	// Journeys are those of the browser whose exchanges a finding that is not passed points to.
	Journeys []evidence.Journey `json:"journeys,omitempty"`
}

// Tool is the program that judged.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Target is the server that was judged.
type Target struct {
	Name string         `json:"name,omitempty"`
	FHIR string         `json:"fhir"` // FHIR base URL, or the name of a saved document
	Spec checks.Version `json:"spec"`
	TLS  TLSTrust       `json:"tls"`
}

// TLSTrust says how the certificates of the target were verified.
type TLSTrust string

// The values of TLSTrust.
const (
	SystemRoots TLSTrust = "system-roots" // against the roots of the machine
	NamedRoots  TLSTrust = "named-roots"  // against the certification authority that the target file names
	Unverified  TLSTrust = "unverified"   // not at all, because the target file says so
	NoTLS       TLSTrust = "none"         // no connection was made, or plain http
)

var trustInWords = map[TLSTrust]string{
	SystemRoots: "certificates verified against the roots of this machine",
	NamedRoots:  "certificates verified against the certification authority of the target file",
	Unverified:  "certificates NOT verified",
	NoTLS:       "no TLS connection",
}

// Profile is a named choice of checks, levels and capability sets, such as that of a programme.
type Profile struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Source string `json:"source,omitempty"` // URL of the document that it follows
	// Adjustments are what it changed of the judgement, so that evidence can be judged by it again.
	Adjustments checks.Adjustments `json:"adjustments,omitzero"`
}

// CapabilitySet says how the target stands to a capability set of the specification.
type CapabilitySet struct {
	Name    string           `json:"name"`              // such as "patient-access-standalone"
	Claimed bool             `json:"claimed,omitempty"` // by the target file or the profile
	Status  CapabilityStatus `json:"status"`
	Lacks   []string         `json:"lacks,omitempty"`  // capabilities that the discovery document does not list
	Broken  []string         `json:"broken,omitempty"` // ids of checks of its launches that failed
	Reason  string           `json:"reason,omitempty"` // why it is not judged, or what else does not satisfy it
}

// CapabilityStatus says whether a capability set is satisfied.
type CapabilityStatus string

// The values of CapabilityStatus.
const (
	Satisfied    CapabilityStatus = "satisfied"
	NotSatisfied CapabilityStatus = "not-satisfied"
	NotShown     CapabilityStatus = "not-judged" // the run does not show whether it works
)

// Run is what is known about a run apart from what was found.
type Run struct {
	Tool              Tool
	Target            Target
	Started, Finished time.Time
	Strict            bool
	Profile           *Profile
}

// Summary counts findings by status.
type Summary struct {
	Pass  int `json:"pass"`
	Fail  int `json:"fail"`
	Warn  int `json:"warn"`
	Info  int `json:"info"`
	Skip  int `json:"skip"`
	Error int `json:"error"`
}

// NewResults makes the record of a run. The findings are sorted by check id, findings of one check
// keeping their order; of the exchanges only those are kept that a finding points to. The record
// does not depend on the order in which probes finished.
func NewResults(run Run, findings []checks.Finding, exchanges []evidence.Exchange) Results {
	sorted := make([]checks.Finding, len(findings))
	for i, f := range findings {
		f.Requirements = append([]string{}, f.Requirements...)
		f.Evidence = append([]string{}, f.Evidence...)
		for _, text := range []*string{&f.Expected, &f.Observed, &f.Message, &f.Reason} {
			*text = evidence.Text(*text)
		}
		sorted[i] = f
	}
	slices.SortStableFunc(sorted, func(a, b checks.Finding) int { return cmp.Compare(a.Check, b.Check) })
	return Results{
		Schema: SchemaID, Tool: run.Tool, Target: run.Target, Strict: run.Strict, Profile: run.Profile,
		Started: inMillis(run.Started), Finished: inMillis(run.Finished),
		Findings: sorted, Summary: Summarize(sorted), Exchanges: pointedTo(sorted, exchanges),
	}
}

func inMillis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// pointedTo returns the exchanges that a finding names as evidence, in the order of their ids.
func pointedTo(findings []checks.Finding, exchanges []evidence.Exchange) []evidence.Exchange {
	wanted := map[string]bool{}
	for _, f := range findings {
		for _, id := range f.Evidence {
			wanted[id] = true
		}
	}
	kept := []evidence.Exchange{}
	for _, e := range exchanges {
		if wanted[e.ID] {
			e.Started = inMillis(e.Started)
			kept = append(kept, e)
		}
	}
	slices.SortStableFunc(kept, func(a, b evidence.Exchange) int { return compareIDs(a.ID, b.ID) })
	return kept
}

// compareIDs orders exchange ids by scope, then by number, so that #10 comes after #9.
func compareIDs(a, b string) int {
	scopeA, numberA := splitID(a)
	scopeB, numberB := splitID(b)
	return cmp.Or(cmp.Compare(scopeA, scopeB), cmp.Compare(numberA, numberB), cmp.Compare(a, b))
}

func splitID(id string) (scope string, number int) {
	scope, digits, _ := strings.Cut(id, "#")
	number, _ = strconv.Atoi(digits)
	return scope, number
}

// Summarize counts findings by status.
func Summarize(findings []checks.Finding) Summary {
	var s Summary
	for _, f := range findings {
		if n := s.counter(f.Status); n != nil {
			*n++
		}
	}
	return s
}

func (s *Summary) counter(status checks.Status) *int {
	switch status {
	case checks.Passed:
		return &s.Pass
	case checks.Failed:
		return &s.Fail
	case checks.Warned:
		return &s.Warn
	case checks.Noted:
		return &s.Info
	case checks.Skipped:
		return &s.Skip
	case checks.Undecided:
		return &s.Error
	default:
		return nil
	}
}

// Count returns the number of findings with that status.
func (s Summary) Count(status checks.Status) int {
	if n := s.counter(status); n != nil {
		return *n
	}
	return 0
}

// Judged is the number of checks that came to a verdict on the server.
func (s Summary) Judged() int { return s.Pass + s.Fail + s.Warn + s.Info }

// Total is the number of findings.
func (s Summary) Total() int { return s.Judged() + s.Skip + s.Error }
