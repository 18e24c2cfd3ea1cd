package ehr

import "slices"

// The versions of SMART App Launch in which something begins to hold.
const (
	stu1  = "1.0.0"
	stu2  = "2.0.0"
	stu22 = "2.2.0"
)

// specs are the versions that the EHR can follow, oldest first.
var specs = []string{stu1, stu2, stu22}

// since reports whether the tenant follows the version, or a later one.
func (t *tenant) since(version string) bool {
	return slices.Index(specs, t.spec) >= slices.Index(specs, version)
}
