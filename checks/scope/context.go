package scope

import "strings"

// Context reads a scope that asks for launch context, such as launch/patient or
// launch/list?role=https://example.org/at-home. kind is what is asked for, and role is "" when the scope
// names none. ok is false for every other scope, launch itself among them.
func Context(raw string) (kind, role string, ok bool) {
	rest, ok := strings.CutPrefix(raw, "launch/")
	kind, query, queried := strings.Cut(rest, "?")
	if queried {
		role, ok = strings.CutPrefix(query, "role=")
	}
	if !ok || kind == "" {
		return "", "", false
	}
	return kind, role, true
}
