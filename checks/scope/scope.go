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
// that are narrowed at least as much by each of its parameters.
func (s Scope) Covers(t Scope) bool {
	if s.Context != t.Context || s.Resource != "*" && s.Resource != t.Resource {
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
// on its own, so that .rs is covered by .r and .s together. Launch scopes are compared without their
// query, since a server may answer a role that it does not know with another one. All others are
// compared as strings.
func Excess(requested, granted string) []string {
	asked := Clinical(requested)
	var excess []string
	for _, raw := range Split(granted) {
		s, ok := Parse(raw)
		if !ok {
			if !slices.ContainsFunc(Split(requested), func(r string) bool { return withoutRole(r) == withoutRole(raw) }) {
				excess = append(excess, raw)
			}
			continue
		}
		for _, letter := range s.Letters {
			one := s
			one.Letters = string(letter)
			if !slices.ContainsFunc(asked, func(a Scope) bool { return a.Covers(one) }) {
				excess = append(excess, raw)
				break
			}
		}
	}
	return excess
}

// withoutRole cuts the query off a launch scope, such as launch/imagingstudy?role=reference.
func withoutRole(raw string) string {
	if strings.HasPrefix(raw, "launch/") {
		raw, _, _ = strings.Cut(raw, "?")
	}
	return raw
}
