package checks

// Expectation is what somebody knows of the outcome of a check, and why it is so.
type Expectation struct {
	Status Status `json:"status"`
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"` // the last day on which it counts, such as 2026-12-31; empty means no end
	// Outcome says how what was found stands to it.
	Outcome ExpectedOutcome `json:"outcome"`
}

// ExpectedOutcome says how a finding stands to what was expected of it.
type ExpectedOutcome string

// The values of ExpectedOutcome.
const (
	AsExpected ExpectedOutcome = "as-expected"
	Otherwise  ExpectedOutcome = "otherwise" // the finding has another status
	Expired    ExpectedOutcome = "expired"   // the last day is over, and the finding counts as if nobody had expected it
)

// Excused reports whether the finding is what was expected of it, and so nothing new.
func (f Finding) Excused() bool {
	return f.Expectation != nil && f.Expectation.Outcome == AsExpected
}

// Surprising reports whether the finding is another than somebody expected.
func (f Finding) Surprising() bool {
	return f.Expectation != nil && f.Expectation.Outcome == Otherwise
}
