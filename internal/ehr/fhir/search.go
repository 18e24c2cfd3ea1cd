package fhir

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

const (
	defaultCount = 50
	maxCount     = 100
	maxIncluded  = 500
)

// page says which part of a result the client wants.
type page struct{ count, offset int }

func pageOf(query url.Values) (page, *problem) {
	p := page{count: defaultCount}
	for name, into := range map[string]*int{"_count": &p.count, "_offset": &p.offset} {
		value := query.Get(name)
		if value == "" {
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return page{}, problemf(http.StatusBadRequest, "value", "%s is %.20q; send a whole number from 0.", name, value)
		}
		*into = n
	}
	p.count = min(p.count, maxCount)
	return p, nil
}

// search answers a search of one type. Records that the token does not reach are left out silently,
// as if they were not there.
func (v *visit) search(kind string, req request) (response, *problem) {
	if req.isSearchByPost() {
		v = v.loosened(faults.FHIRPostSearchOpen)
	}
	_, known := define(kind)
	if !known && v.has(faults.BackendUnsupportedEmpty) || !v.may(search, kind) && v.caller.User == "" && v.has(faults.BackendForbiddenEmpty) {
		return response{status: http.StatusOK, body: object{"resourceType": "Bundle", "type": "searchset", "total": 0}}, nil
	}
	if !v.may(search, kind) {
		return response{}, v.forbidden(search, kind)
	}
	if !known {
		return response{}, unknownType(kind)
	}
	if v.has(faults.FHIRSystemNeedsPatient) && v.caller.User == "" && !req.query.Has(patientParameter) {
		return response{}, v.insufficientScope("", "A backend service has to search by patient.")
	}
	criteria, unknown, p := v.criteria(kind, req.query)
	if p != nil {
		return response{}, p
	}
	if slices.ContainsFunc(criteria, func(c criterion) bool { return c.chain != nil }) {
		v = v.loosened(faults.FHIRChainedOpen)
	}
	if len(unknown) > 0 && req.preference("handling") == "strict" {
		return response{}, problemf(http.StatusBadRequest, "not-supported", "%s has no search parameter %.80q.", kind, unknown[0])
	}
	window, p := pageOf(req.query)
	if p != nil {
		return response{}, p
	}
	includes, p := v.includesOf(kind, req.query)
	if p != nil {
		return response{}, p
	}
	var matched []resource
	for _, r := range v.db.all(kind) {
		if matchesAll(criteria, r) && v.mayOn(search, r) {
			matched = append(matched, r)
		}
	}
	from := min(window.offset, len(matched))
	to := min(from+window.count, len(matched))
	entries := list{}
	for _, r := range matched[from:to] {
		entries = append(entries, v.entry(r, "match"))
	}
	for _, r := range v.included(matched[from:to], includes) {
		entries = append(entries, v.entry(r, "include"))
	}
	used := usedParameters(req.query, unknown)
	links := list{object{"relation": "self", "url": v.searchURL(kind, used)}}
	if to < len(matched) && window.count > 0 {
		used.Set("_offset", strconv.Itoa(to))
		links = append(links, object{"relation": "next", "url": v.searchURL(kind, used)})
	}
	bundle := object{"resourceType": "Bundle", "type": "searchset", "total": len(matched), "link": links}
	if len(entries) > 0 {
		bundle["entry"] = entries
	}
	return response{status: http.StatusOK, body: bundle}, nil
}

// compartment answers a search of one type in the compartment of a patient.
func (v *visit) compartment(patient, kind string, req request) (response, *problem) {
	v = v.loosened(faults.FHIRCompartmentOpen)
	d, _ := define(kind)
	if d.patient == "" && v.may(search, kind) {
		return response{}, problemf(http.StatusNotFound, "not-supported", "No %.64s is in the compartment of a patient.", kind)
	}
	req.query = maps.Clone(req.query)
	req.query.Add(patientParameter, patient)
	return v.search(kind, req)
}

func unknownType(kind string) *problem {
	return problemf(http.StatusNotFound, "not-supported", "This server has no resources of type %.64q; metadata lists what it has.", kind)
}

func (v *visit) entry(r resource, mode string) object {
	return object{"fullUrl": v.Base + "/" + refOf(r), "resource": r, "search": object{"mode": mode}}
}

// steers reports whether a parameter says how the result comes and not what is in it.
func steers(parameter string) bool {
	return slices.Contains([]string{"_count", "_offset", "_include", "_revinclude", "_format", "_pretty", tokenParameter}, parameter)
}

// usedParameters returns what the search made use of, for its links. A client says _format anew, and a
// token does not belong into a link.
func usedParameters(query url.Values, unknown []string) url.Values {
	used := maps.Clone(query)
	maps.DeleteFunc(used, func(name string, _ []string) bool {
		return slices.Contains(unknown, name) || slices.Contains([]string{"_format", "_pretty", tokenParameter}, name)
	})
	return used
}

func (v *visit) searchURL(kind string, used url.Values) string {
	if len(used) == 0 {
		return v.Base + "/" + kind
	}
	return v.Base + "/" + kind + "?" + used.Encode()
}

// inclusion is one _include or _revinclude.
type inclusion struct {
	reverse bool
	source  string // the type that refers
	parameter
	target string // the type referred to; empty for any
}

// includesOf reads _include and _revinclude, each "Type:parameter" or "Type:parameter:Target".
func (v *visit) includesOf(kind string, query url.Values) ([]inclusion, *problem) {
	var found []inclusion
	for name, values := range query {
		bare, _, modified := strings.Cut(name, ":")
		if bare != "_include" && bare != "_revinclude" {
			continue
		}
		for _, value := range values {
			parts := strings.Split(value, ":")
			i := inclusion{reverse: bare == "_revinclude", source: parts[0]}
			d, _ := define(parts[0])
			ok := !modified && (len(parts) == 2 || len(parts) == 3) && (i.reverse || parts[0] == kind)
			if ok {
				i.parameter, ok = d.parameter(parts[1])
			}
			if !ok || i.kind != referenceKind {
				return nil, problemf(http.StatusBadRequest, "not-supported", "%s %.80q is not supported for %s.", name, value, kind)
			}
			if len(parts) == 3 {
				i.target = parts[2]
			}
			found = append(found, i)
		}
	}
	return found, nil
}

// included returns what the inclusions add to the matches, each once. Following a reference reads;
// finding what refers is a search of that type: a token that may not do so gets nothing from it.
func (v *visit) included(matches []resource, inclusions []inclusion) []resource {
	there := map[string]bool{}
	for _, r := range matches {
		there[refOf(r)] = true
	}
	added := map[string]resource{}
	add := func(letter string, r resource) {
		guard := v.loosened(faults.FHIRIncludeOpen)
		if letter == search {
			guard = v.loosened(faults.FHIRRevIncludeOpen)
		}
		if !there[refOf(r)] && len(added) < maxIncluded && guard.mayOn(letter, r) {
			added[refOf(r)] = r
		}
	}
	for _, i := range inclusions {
		if i.reverse {
			for _, r := range v.db.all(i.source) {
				if slices.ContainsFunc(i.targets(r), func(target string) bool { return there[target] }) {
					add(search, r)
				}
			}
			continue
		}
		for _, r := range matches {
			for _, target := range i.targets(r) {
				kind, id, _ := splitReference(target)
				if found, ok := v.db.get(kind, id); ok {
					add(read, found)
				}
			}
		}
	}
	out := make([]resource, 0, len(added))
	for _, reference := range slices.Sorted(maps.Keys(added)) {
		out = append(out, added[reference])
	}
	return out
}

// targets returns the references of r that the inclusion follows.
func (i inclusion) targets(r resource) []string {
	var found []string
	for _, reference := range references(list(at(r, i.path))) {
		if kind, _, ok := splitReference(reference); ok && (i.target == "" || i.target == kind) {
			found = append(found, reference)
		}
	}
	return found
}
