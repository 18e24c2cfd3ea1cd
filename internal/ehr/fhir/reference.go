package fhir

import (
	"regexp"
	"strings"
)

var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	typePattern = regexp.MustCompile(`^[A-Z][A-Za-z]{0,63}$`)
)

// splitReference reads a relative literal reference, such as "Patient/amy-shaw".
func splitReference(reference string) (kind, id string, ok bool) {
	kind, id, ok = strings.Cut(reference, "/")
	return kind, id, ok && typePattern.MatchString(kind) && idPattern.MatchString(id)
}

// relative takes the base of this server away from an absolute reference. Others stay as they are.
func (s *server) relative(reference string) string {
	return strings.TrimPrefix(reference, s.Base+"/")
}
