// Package scope reads SMART scopes: the clinical scopes of versions 1 and 2, and the launch, identity
// and access scopes beside them.
//
// https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
package scope

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Scope is one clinical scope: who may do what with which resource type.
type Scope struct {
	Raw      string     // as written
	Context  string     // patient, user or system
	Resource string     // a resource type, or * for all
	Letters  string     // the interactions, in the order c r u d s
	Query    url.Values // the search parameters that narrow it; nil when it is not granular
	V1       bool       // written with read, write or *
}

var clinical = regexp.MustCompile(`^(patient|user|system)/(\*|[A-Z][A-Za-z]*)\.([a-z*]+)(?:\?(.+))?$`)

// v1Letters maps the verbs of version 1 onto the letters of version 2.
var v1Letters = map[string]string{"read": "rs", "write": "cud", "*": "cruds"}

// Parse reads a clinical scope. ok is false for anything else: another kind of scope, letters out of
// order or repeated, a query on a version 1 scope.
func Parse(raw string) (s Scope, ok bool) {
	m := clinical.FindStringSubmatch(raw)
	if m == nil {
		return Scope{}, false
	}
	s = Scope{Raw: raw, Context: m[1], Resource: m[2], Letters: m[3]}
	if letters, v1 := v1Letters[m[3]]; v1 {
		if m[4] != "" {
			return Scope{}, false
		}
		s.Letters, s.V1 = letters, true
		return s, true
	}
	if !inOrder(s.Letters) {
		return Scope{}, false
	}
	if m[4] != "" {
		query, err := url.ParseQuery(m[4])
		if err != nil {
			return Scope{}, false
		}
		s.Query = query
	}
	return s, true
}

// inOrder reports whether letters is a non-empty subsequence of cruds.
func inOrder(letters string) bool {
	rest := "cruds"
	for _, letter := range letters {
		i := strings.IndexRune(rest, letter)
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return letters != ""
}

// Split separates a scope string at its spaces, dropping empty entries (RFC 6749 §3.3).
func Split(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }) }

// Clinical returns the clinical scopes of a scope string.
func Clinical(s string) []Scope {
	var out []Scope
	for _, raw := range Split(s) {
		if c, ok := Parse(raw); ok {
			out = append(out, c)
		}
	}
	return out
}

// Allows reports whether the scope, leaving its query aside, allows an interaction (one of the letters
// c r u d s) on a resource type.
func (s Scope) Allows(letter, resource string) bool {
	return (s.Resource == "*" || s.Resource == resource) && strings.Contains(s.Letters, letter)
}

// Covers reports whether everything that t allows, s allows too. A granular scope covers only scopes
// that are narrowed at least as much by each of its parameters. A user scope covers the patient scope,
// which is the same bound to one patient.
func (s Scope) Covers(t Scope) bool {
	within := s.Context == t.Context || s.Context == "user" && t.Context == "patient"
	if !within || s.Resource != "*" && s.Resource != t.Resource {
		return false
	}
	for _, letter := range t.Letters {
		if !strings.ContainsRune(s.Letters, letter) {
			return false
		}
	}
	for parameter, wide := range s.Query {
		for _, values := range wide {
			if !slices.ContainsFunc(t.Query[parameter], func(narrow string) bool { return narrows(narrow, values) }) {
				return false
			}
		}
	}
	return true
}

// narrows reports whether whatever matches one value of a search parameter matches the other too. Values
// separated by commas are alternatives.
func narrows(narrow, wide string) bool {
	alternatives := strings.Split(wide, ",")
	for value := range strings.SplitSeq(narrow, ",") {
		if !slices.ContainsFunc(alternatives, func(w string) bool { return sameOrQualified(value, w) }) {
			return false
		}
	}
	return true
}

// sameOrQualified reports whether a token equals another one, or is one of its codes or systems spelled
// out as system|code.
func sameOrQualified(narrow, wide string) bool {
	system, code, qualified := strings.Cut(narrow, "|")
	if narrow == wide || !qualified || system == "" || code == "" {
		return narrow == wide
	}
	return wide == code || wide == system+"|"
}

// Excess returns the scopes of granted that no scope of requested covers. Each interaction is compared
// on its own, so that .rs is covered by .r and .s together. Launch scopes are left out, since they bring
// context and no access to data; all other scopes are compared as strings.
func Excess(requested, granted string) []string {
	asked := Clinical(requested)
	var excess []string
	for _, raw := range Split(granted) {
		s, clinical := Parse(raw)
		switch {
		case raw == "launch" || strings.HasPrefix(raw, "launch/"):
		case !clinical && slices.Contains(Split(requested), raw):
		case clinical && covered(s, asked):
		default:
			excess = append(excess, raw)
		}
	}
	return excess
}

// covered reports whether each interaction of s is covered by one of the scopes.
func covered(s Scope, by []Scope) bool {
	for _, letter := range s.Letters {
		one := s
		one.Letters = string(letter)
		if !slices.ContainsFunc(by, func(b Scope) bool { return b.Covers(one) }) {
			return false
		}
	}
	return true
}
