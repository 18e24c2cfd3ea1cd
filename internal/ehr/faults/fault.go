// Package faults lists the deliberate defects of the reference EHR. Each is one mistake that a real
// implementer makes, with the checks that must catch it.
package faults

// Fault is one defect. A tenant of the reference EHR has at most one.
// The fields are set by position in the lists of this package.
type Fault struct {
	ID      string   // kebab-case, unique; part of the tenant's URL
	Summary string   // what the server does wrong
	Checks  []string // ids of the checks that must turn red
}
