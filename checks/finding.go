package checks

// Status is what a check concluded.
type Status string

// The statuses of a finding. Undecided is spelled "error": the suite could not judge, which is never a
// verdict on the server.
const (
	Passed    Status = "pass"
	Failed    Status = "fail"
	Warned    Status = "warn"
	Noted     Status = "info"
	Skipped   Status = "skip"
	Undecided Status = "error"
)

// Finding is the verdict of one check on one target, as it stands in results.json.
type Finding struct {
	Check        string   `json:"check"`
	Status       Status   `json:"status"`
	Level        Level    `json:"level"`
	Area         string   `json:"area"`
	Title        string   `json:"title"`
	Requirements []string `json:"requirements"`
	Expected     string   `json:"expected,omitempty"`
	Observed     string   `json:"observed,omitempty"`
	Message      string   `json:"message"`
	Reason       string   `json:"reason,omitempty"`
	Remedy       string   `json:"remedy,omitempty"`
	// Evidence holds the ids of the exchanges that prove the verdict, such as "token.code-replay#2".
	Evidence []string `json:"evidence"`
	// Adjusted is set when the level is that of a profile.
	Adjusted *Adjusted `json:"adjusted,omitempty"`
	// Expectation is set when an expectations file names the check.
	Expectation *Expectation `json:"expectation,omitempty"`
}

// Verdict is what the judgement of a check returns, before level and strictness turn a broken
// requirement into a failure or a warning.
type Verdict struct {
	outcome  outcome
	expected string
	observed string
	message  string
	evidence []string
}

type outcome int

const (
	holds outcome = iota
	broken
	discouraged
	noted
	skipped
	undecided
)

// Holds says that the requirement is met; message tells what was seen.
func Holds(message string, evidence ...string) Verdict {
	return Verdict{outcome: holds, message: message, evidence: evidence}
}

// Broken says that the requirement is not met. The status follows from the level of the check.
func Broken(expected, observed string, evidence ...string) Verdict {
	return Verdict{outcome: broken, expected: expected, observed: observed, evidence: evidence}
}

// Discouraged says that what was seen is allowed but a warning is due, whatever the level of the check.
func Discouraged(expected, observed string, evidence ...string) Verdict {
	return Verdict{outcome: discouraged, expected: expected, observed: observed, evidence: evidence}
}

// Note records what was seen without judging it.
func Note(message string, evidence ...string) Verdict {
	return Verdict{outcome: noted, message: message, evidence: evidence}
}

// Skip says that the check does not apply, with the reason.
func Skip(reason string) Verdict { return Verdict{outcome: skipped, message: reason} }

// CannotJudge says that the evidence does not allow a verdict, with the reason.
func CannotJudge(reason string, evidence ...string) Verdict {
	return Verdict{outcome: undecided, message: reason, evidence: evidence}
}
