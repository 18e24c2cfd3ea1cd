package fhir

import (
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// The interactions of SMART scopes.
const (
	create = "c"
	read   = "r"
	update = "u"
	remove = "d"
	search = "s"
)

// rule is one granted scope and whose records it reaches.
type rule struct {
	scope.Scope
	reach reach
}

// reach is everyone's records, or one patient's; nobody's when patient is empty.
type reach struct {
	everyone  bool
	clinician string // whom restricted records are withheld from; empty for a system
	patient   string
}

// shutOutOf reports whether the record of a patient is withheld. A restricted record is for the patient's
// general practitioners alone.
func (r reach) shutOutOf(patient resource) bool {
	return r.clinician != "" && restricted(patient) && !slices.Contains(references(patient["generalPractitioner"]), r.clinician)
}

// visit is one caller at work on the records.
type visit struct {
	*server
	db     *records
	caller caller
	rules  []rule
	linked map[string]map[string]bool // what a patient's records refer to, by patient; dropped on writes

	promised map[string]bool // references to what a later entry of the transaction creates

	loose bool // does not look whose records it touches; only by a defect
}

// loosened returns the visit, or with the defect one that does not look whose records it touches.
func (v *visit) loosened(defect faults.Fault) *visit {
	if !v.has(defect) {
		return v
	}
	loose := *v
	loose.loose = true
	return &loose
}

func (s *server) visit(who caller, db *records) *visit {
	v := &visit{server: s, db: db, caller: who, linked: map[string]map[string]bool{}}
	if who.unchecked {
		everything, _ := scope.Parse("system/*.rs")
		v.rules = []rule{{everything, reach{everyone: true}}}
		return v
	}
	clinical := scope.Clinical(who.Scopes)
	if len(clinical) == 0 && who.Patient != "" && s.has(faults.FHIRNoScopeOpen) {
		clinical = scope.Clinical("patient/*.rs")
	}
	for _, granted := range clinical {
		v.rules = append(v.rules, s.rulesFor(s.understood(granted), v.reachOf(granted.Context))...)
	}
	return v
}

// reachOf says whose records a scope reaches: the launch patient's, those that the user may see, or
// all. A clinician sees all but what is restricted, a patient or a related person sees one patient's.
func (v *visit) reachOf(context string) reach {
	switch {
	case context == "patient", context == "user" && v.has(faults.FHIRUserContextOnly):
		return reach{patient: v.caller.Patient}
	case context == "system", v.has(faults.FHIRUserUnbound):
		return reach{everyone: true}
	}
	user := v.relative(v.caller.User)
	kind, id, _ := splitReference(user)
	switch kind {
	case "Practitioner", "PractitionerRole":
		return reach{everyone: true, clinician: user}
	case "Patient":
		return reach{patient: id}
	case "RelatedPerson":
		r, _ := v.db.get(kind, id)
		return reach{patient: patientOf(r)}
	}
	return reach{}
}

// rulesFor is one rule, as the scope says, unless the server has a defect.
func (s *server) rulesFor(granted scope.Scope, whose reach) []rule {
	rules := []rule{{granted, whose}}
	if granted.Resource == "*" && s.has(faults.FHIRWildcardPartial) {
		rules = nil
		for _, kind := range []string{"Encounter", "Observation", "Patient"} {
			granted.Resource = kind
			rules = append(rules, rule{granted, whose})
		}
	}
	unbound := map[string]bool{read: s.has(faults.FHIRPatientUnenforced), search: s.has(faults.FHIRPatientSearchOpen)}
	for letter, defect := range unbound {
		if defect && granted.Context == "patient" && strings.Contains(granted.Letters, letter) {
			loose := granted
			loose.Letters = letter
			rules = append(rules, rule{loose, reach{everyone: true}})
		}
	}
	return rules
}

// may reports whether any scope allows the interaction on the type, whatever the record.
func (v *visit) may(letter, kind string) bool {
	return slices.ContainsFunc(v.rules, func(r rule) bool { return r.Allows(letter, kind) })
}

// mayOn reports whether the scopes allow the interaction on this very record: it is within reach, and
// matches the query of a granular scope.
func (v *visit) mayOn(letter string, r resource) bool {
	return slices.ContainsFunc(v.rules, func(rule rule) bool {
		unnarrowed := letter == read && v.has(faults.FHIRGranularReadOpen)
		return rule.Allows(letter, typeOf(r)) && v.within(rule.reach, letter, r) && (unnarrowed || v.narrowedTo(rule.Query, r))
	})
}

// within reports whether a record is within reach. Records outside of every compartment, such as
// practitioners, can be read and found when the patient's own records refer to them.
func (v *visit) within(whose reach, letter string, r resource) bool {
	if v.loose {
		return true
	}
	if whose.everyone {
		return !whose.shutOutOf(v.patientRecord(r))
	}
	if whose.patient == "" {
		return false
	}
	if of := patientOf(r); of != "" {
		return of == whose.patient
	}
	return (letter == read || letter == search) && v.linksOf(whose.patient)[refOf(r)]
}

// patientRecord returns the Patient whose compartment holds a record; nil when there is none.
func (v *visit) patientRecord(r resource) resource {
	patient, _ := v.db.get("Patient", patientOf(r))
	return patient
}

// linksOf returns the references in the records of a patient's compartment.
func (v *visit) linksOf(patient string) map[string]bool {
	if links, known := v.linked[patient]; known {
		return links
	}
	links := map[string]bool{}
	for _, ofType := range v.db.byType {
		for _, r := range ofType {
			if patientOf(r) != patient {
				continue
			}
			for _, reference := range references(r) {
				links[reference] = true
			}
		}
	}
	v.linked[patient] = links
	return links
}

// narrowedTo reports whether a record matches the query of a granular scope. A parameter that the
// server does not know for the type matches nothing, so that it can only narrow.
func (v *visit) narrowedTo(query url.Values, r resource) bool {
	for parameter := range query {
		if steers(parameter) || strings.Contains(parameter, ".") { // a chain would ask for leave again
			return false
		}
	}
	criteria, unknown, p := v.criteria(typeOf(r), query)
	return p == nil && len(unknown) == 0 && matchesAll(criteria, r)
}

// isOwnIdentity reports whether a record is the caller's own, which the scopes openid and fhirUser
// give leave to read.
func (v *visit) isOwnIdentity(reference string) bool {
	granted := scope.Split(v.caller.Scopes)
	asked := slices.Contains(granted, "fhirUser") || slices.Contains(granted, "profile")
	return asked && slices.Contains(granted, "openid") && v.relative(v.caller.User) == reference
}

// forbidden is the answer when no scope allows the interaction on the type.
func (v *visit) forbidden(letter, kind string) *problem {
	context := "system"
	switch {
	case v.caller.Patient != "":
		context = "patient"
	case v.caller.User != "":
		context = "user"
	}
	needed := context + "/" + kind + "." + letter
	return v.insufficientScope(needed, "No scope of this access token covers "+needed+".")
}
