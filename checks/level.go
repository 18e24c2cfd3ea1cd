// Package checks holds the judgements: pure functions from evidence to verdicts.
package checks

// Level is the strength of a requirement or a check, in the words of RFC 2119.
type Level string

// The levels that the catalogue and the checks use.
const (
	Shall     Level = "SHALL"
	ShallNot  Level = "SHALL NOT"
	Should    Level = "SHOULD"
	ShouldNot Level = "SHOULD NOT"
	May       Level = "MAY"
)

// Mandatory reports whether breaking a requirement of this level breaks conformance.
func (l Level) Mandatory() bool { return l == Shall || l == ShallNot }

// Recommended reports whether breaking a requirement of this level is only a warning.
func (l Level) Recommended() bool { return l == Should || l == ShouldNot }

// Strength orders levels: 2 for SHALL and SHALL NOT, 1 for SHOULD and SHOULD NOT, 0 for MAY.
func (l Level) Strength() int {
	switch {
	case l.Mandatory():
		return 2
	case l.Recommended():
		return 1
	default:
		return 0
	}
}

// Version is a published version of SMART App Launch.
type Version string

// The versions that smartcheck judges.
const (
	V1_0_0 Version = "1.0.0"
	V2_0_0 Version = "2.0.0"
	V2_2_0 Version = "2.2.0"
)

// Versions lists every version, oldest first.
var Versions = []Version{V1_0_0, V2_0_0, V2_2_0}
