package fhir

import (
	"strings"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// understood is a scope as the server reads it: as it is written, unless it has a defect.
func (s *server) understood(granted scope.Scope) scope.Scope {
	letters := granted.Letters
	writes := strings.ContainsAny(letters, create+update+remove)
	switch {
	case s.has(faults.FHIRSearchNeedsRead) && !strings.Contains(letters, read):
		letters = strings.ReplaceAll(letters, search, "")
	case s.has(faults.FHIRWriteNeedsAll) && writes && !strings.Contains(letters, create+update+remove) && !strings.Contains(letters, create+read+update+remove):
		letters = strings.NewReplacer(create, "", update, "", remove, "").Replace(letters)
	case s.has(faults.FHIRReadBySearch) && strings.Contains(letters, search):
		letters += read
	case s.has(faults.FHIRWriteByAny) && writes:
		letters += create + update + remove
	case s.has(faults.FHIRV1ReadNoSearch) && granted.V1 && !writes:
		letters = read
	case s.has(faults.FHIRV1WriteReads) && granted.V1:
		letters += read
	case s.has(faults.FHIRWriteUnenforced) && strings.ContainsAny(letters, read+search):
		letters += create + update
	case s.has(faults.FHIRSearchUnenforced) && strings.Contains(letters, read):
		letters += search
	case s.has(faults.FHIRTypeUnenforced):
		granted.Resource = "*"
	case s.has(faults.BackendWriteOpen) && granted.Context == "system":
		letters = create + read + update + remove + search
	case s.has(faults.FHIRGranularIgnored):
		granted.Query = nil
	}
	granted.Letters = letters
	return granted
}
