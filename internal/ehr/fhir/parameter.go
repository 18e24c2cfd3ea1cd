package fhir

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// criterion is one search parameter with its values, of which one has to match, or with what the record
// that it refers to has to match.
type criterion struct {
	parameter
	target string // the type that a reference has to name; empty for any
	values []string
	chain  []criterion // of the record referred to; values is empty then
	visit  *visit
}

// criteria reads the search parameters of a query for a type, leaving out those that steer the result.
// unknown lists the parameters that the type does not have; a modifier that the server does not know
// is refused, as FHIR wants.
func (v *visit) criteria(kind string, query url.Values) (found []criterion, unknown []string, _ *problem) {
	d, _ := define(kind)
	for name, values := range query {
		head, chain, chained := strings.Cut(name, ".")
		bare, modifier, modified := strings.Cut(head, ":")
		if steers(bare) {
			continue
		}
		p, ok := d.parameter(bare)
		if !ok {
			unknown = append(unknown, name)
			continue
		}
		c := criterion{parameter: p, visit: v}
		if bare == patientParameter {
			c.target = "Patient"
		}
		if modified {
			if p.kind != referenceKind || !typePattern.MatchString(modifier) {
				return nil, nil, problemf(http.StatusBadRequest, "not-supported", "The modifier of %.80q is not supported.", name)
			}
			c.target = modifier
		}
		if chained {
			if p := v.follow(&c, name, chain, values); p != nil {
				return nil, nil, p
			}
			found = append(found, c)
			continue
		}
		for _, value := range values {
			c.values = strings.Split(value, ",")
			found = append(found, c)
		}
	}
	slices.Sort(unknown)
	return found, unknown, nil
}

// follow makes c a chained parameter such as subject:Patient.name.
func (v *visit) follow(c *criterion, name, chain string, values []string) *problem {
	if c.target == "" {
		c.target = refersTo[c.name]
	}
	var unknown []string
	var p *problem
	c.chain, unknown, p = v.criteria(c.target, url.Values{chain: values})
	if p != nil {
		return p
	}
	if c.kind != referenceKind || len(unknown) > 0 || len(c.chain) == 0 {
		return problemf(http.StatusBadRequest, "not-supported", "The chained parameter %.80q is not supported.", name)
	}
	return nil
}

func matchesAll(criteria []criterion, r resource) bool {
	return !slices.ContainsFunc(criteria, func(c criterion) bool { return !c.matches(r) })
}

// matches reports whether one value of the record matches one value of the criterion.
func (c criterion) matches(r resource) bool {
	if c.chain != nil {
		return slices.ContainsFunc(at(r, c.path), c.matchesChain)
	}
	compare := map[parameterKind]func(wanted string, value any) bool{
		tokenKind: matchesToken, stringKind: matchesString, dateKind: matchesDate, referenceKind: c.matchesReference,
	}[c.kind]
	found := at(r, c.path)
	return slices.ContainsFunc(c.values, func(wanted string) bool {
		return slices.ContainsFunc(found, func(value any) bool { return compare(wanted, value) })
	})
}

// matchesToken compares code, |code, system|code or system| with a code, a Coding, a CodeableConcept or
// an Identifier.
func matchesToken(wanted string, value any) bool {
	system, code, qualified := strings.Cut(wanted, "|")
	if !qualified {
		system, code = "", wanted
	}
	if plain, ok := value.(string); ok {
		return system == "" && code != "" && plain == code
	}
	o, _ := value.(object)
	if codings, ok := o["coding"].(list); ok {
		return slices.ContainsFunc(codings, func(inner any) bool { return matchesToken(wanted, inner) })
	}
	held := text(o, "code")
	if held == "" {
		held = text(o, "value")
	}
	if code == "" {
		return system != "" && text(o, "system") == system
	}
	return held == code && (!qualified || text(o, "system") == system)
}

// matchesString compares the beginning of a string, or of any part of a name, without regard to case.
func matchesString(wanted string, value any) bool {
	switch v := value.(type) {
	case string:
		return wanted != "" && strings.HasPrefix(strings.ToLower(v), strings.ToLower(wanted))
	case list:
		return slices.ContainsFunc(v, func(inner any) bool { return matchesString(wanted, inner) })
	case object:
		for _, part := range []string{"text", "family", "given", "prefix", "suffix"} {
			if matchesString(wanted, v[part]) {
				return true
			}
		}
	}
	return false
}

// matchesDate compares a date with a year, month or day behind an optional prefix.
func matchesDate(wanted string, value any) bool {
	held, _ := value.(string)
	prefix := "eq"
	if len(wanted) > 2 && wanted[0] >= 'a' {
		prefix, wanted = wanted[:2], wanted[2:]
	}
	if wanted == "" {
		return false
	}
	order := strings.Compare(held[:min(len(held), len(wanted))], wanted)
	switch prefix {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "lt":
		return order < 0
	case "le":
		return order <= 0
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	}
	return false
}

// matchesReference compares an id, Type/id or an absolute URL with a Reference.
func (c criterion) matchesReference(wanted string, value any) bool {
	o, _ := value.(object)
	held := text(o, "reference")
	kind, id, ok := splitReference(held)
	if !ok || c.target != "" && c.target != kind {
		return false
	}
	return wanted == id || c.visit.relative(wanted) == held
}

// matchesChain looks at the record behind a Reference. What the token does not reach matches nothing, or
// a search would tell of it.
func (c criterion) matchesChain(value any) bool {
	o, _ := value.(object)
	kind, id, _ := splitReference(text(o, "reference"))
	if c.target != "" && c.target != kind {
		return false
	}
	r, found := c.visit.db.get(kind, id)
	return found && c.visit.loosened(faults.FHIRChainedOpen).mayOn(search, r) && matchesAll(c.chain, r)
}
