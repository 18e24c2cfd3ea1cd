package checks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// CORSVary verifies that caches are told of what depends on the origin.
var CORSVary = New(Meta{
	ID:           "cors.vary",
	Title:        "Cacheable answers that depend on the origin say so in Vary",
	Level:        Should,
	Requirements: []string{"fetch-cors-vary"},
	Remedy:       "Send Vary: Origin with every answer of a resource whose Access-Control-Allow-Origin depends on the request, or a constant *.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var t tally
	all := slices.Concat(e.Answers, e.Bare)
	for _, c := range all {
		depends := slices.ContainsFunc(all, func(other evidence.CrossOrigin) bool { return differsByOrigin(c, other) })
		switch {
		case !storable(c):
		case !depends, c.Header.Has("Vary", "Origin"), c.Header.Has("Vary", "*"):
			t.holds(c.Exchange)
		default:
			t.breaks(fmt.Sprintf("%s: %s and Vary %q, and another origin gets another answer", describeCORS(c), allowedOrigin(c), valuesOf(c, "Vary")), c.Exchange)
		}
	}
	return t.verdict("Vary: Origin, or the same Access-Control-Allow-Origin for all", "no cache can mix the answers up", "no answer may be stored by a cache")
})

// storable reports whether a cache may keep the answer (RFC 9111 section 3).
func storable(c evidence.CrossOrigin) bool {
	return c.Problem == "" && c.Method == "GET" && c.Status == 200 && !c.Header.Has("Cache-Control", "no-store") &&
		(c.Case != evidence.WithToken || c.Header.Has("Cache-Control", "public"))
}

// differsByOrigin reports whether the two answers of one address differ in whom they allow, where nothing but
// the origin differs in the requests.
func differsByOrigin(a, b evidence.CrossOrigin) bool {
	return a.URL == b.URL && a.Method == b.Method && a.Case == b.Case && a.Status == b.Status && a.Origin != b.Origin &&
		a.Header.Get("Access-Control-Allow-Origin") != b.Header.Get("Access-Control-Allow-Origin")
}

// longPreflight is a day: no browser keeps a preflight longer.
const longPreflight = 24 * 60 * 60

// CORSMaxAge records how long browsers keep preflights.
var CORSMaxAge = New(Meta{
	ID:           "cors.max-age",
	Title:        "Preflights are kept for a sensible time",
	Level:        May,
	Requirements: []string{"fetch-cors-max-age"},
	Remedy:       "Send Access-Control-Max-Age with a number of seconds between minutes and a day.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var odd, seen, proof []string
	for _, c := range e.Answers {
		if !c.Preflight() || c.Problem != "" || !c.Allows() || c.Status > 299 {
			continue
		}
		value := c.Header.Get("Access-Control-Max-Age")
		seconds, err := strconv.Atoi(value)
		switch {
		case value == "":
			seen = append(seen, c.Resource+" says nothing")
		case err != nil || seconds > longPreflight:
			odd = append(odd, fmt.Sprintf("%s says %q", c.Resource, cut(value)))
			proof = append(proof, c.Exchange)
		default:
			seen = append(seen, c.Resource+" says "+value)
		}
	}
	switch {
	case len(odd) > 0:
		return Discouraged("a number of seconds, at most a day", few(odd), unique(proof)...)
	case len(seen) == 0:
		return Skip("no preflight passed")
	default:
		return Note(strings.Join(unique(seen), ", "))
	}
})

// CORSExposedHeaders records which fields of the FHIR server's answers pages can read.
var CORSExposedHeaders = New(Meta{
	ID:           "cors.exposed-headers",
	Title:        "Pages can read the header fields of the FHIR server that apps use",
	Level:        May,
	Requirements: []string{"fetch-cors-expose-headers"},
	Applies:      registeredBrowserClient,
	Remedy:       "Send Access-Control-Expose-Headers: ETag, Location, WWW-Authenticate with the answers of the FHIR server.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var open, hidden, proof []string
	for _, c := range ofPages(e, evidence.FHIREndpoint) {
		if c.Problem != "" || !c.Allows() {
			continue
		}
		for _, name := range evidence.UsefulHeaders {
			switch {
			case c.Header.Get(name) == "":
			case c.Header.Has("Access-Control-Expose-Headers", name), c.Header.Has("Access-Control-Expose-Headers", "*"):
				open = append(open, name)
			default:
				hidden = append(hidden, name)
				proof = append(proof, c.Exchange)
			}
		}
	}
	open, hidden = unique(open), unique(hidden)
	switch {
	case len(hidden) > 0 && len(open) == 0:
		return Discouraged("Access-Control-Expose-Headers with what apps use", "sent and hidden from pages: "+strings.Join(hidden, ", "), unique(proof)...)
	case len(open)+len(hidden) == 0:
		return Skip("the answers to pages of a registered origin hold none of " + strings.Join(evidence.UsefulHeaders, ", "))
	default:
		return Note(fmt.Sprintf("pages can read %s; hidden: %s", strings.Join(open, ", "), orNone(strings.Join(hidden, ", "))))
	}
})
