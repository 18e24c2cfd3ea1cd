package checks

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// FHIRContext lists the checks of fhirContext, the launch context beside patient and encounter.
var FHIRContext = slices.Concat([]Check{
	FHIRContextArray, FHIRContextPatientEncounter, FHIRContextTarget, FHIRContextRequested, FHIRContextReferences,
}, fhirContextItems)

// sinceSTU22 are the versions in which fhirContext holds objects.
var sinceSTU22 = []Version{V2_2_0}

// FHIRContextArray verifies the shape of fhirContext.
var FHIRContextArray = New(Meta{
	ID:           "fhir-context.array",
	Title:        "fhirContext is an array of objects",
	Level:        Shall,
	Requirements: []string{"172"},
	Versions:     sinceSTU22,
	Applies:      "a token response has fhirContext",
	Remedy:       `Send an array even for a single item, such as [{"reference": "ImagingStudy/123"}].`,
}, evidence.FHIRContextKind, func(e evidence.FHIRContexts) Verdict {
	var t tally
	for _, r := range e.Reads {
		if _, ok := r.Grant.Token.ContextItems(); !ok {
			t.breaks(fmt.Sprintf("%s: %s", r.Grant.Launch, shorten(string(r.Grant.Token.Members["fhirContext"]))), r.Grant.Token.Exchange)
			continue
		}
		t.holds(r.Grant.Token.Exchange)
	}
	return t.verdict("an array of objects", "every fhirContext is an array of objects", "no token response has fhirContext")
})

// item is one object of fhirContext.
type item = map[string]json.RawMessage

// eachItem judges every object of every fhirContext. judge returns what is wrong with one or "", and false
// where it does not apply.
func eachItem(expected, nothing string, judge func(evidence.FHIRContextRead, item) (problem string, applies bool)) func(evidence.FHIRContexts) Verdict {
	return func(e evidence.FHIRContexts) Verdict {
		var t tally
		for _, r := range e.Reads {
			items, _ := r.Grant.Token.ContextItems() // fhir-context.array judges the shape
			for i, it := range items {
				problem, applies := judge(r, it)
				switch {
				case !applies:
				case problem != "":
					t.breaks(fmt.Sprintf("%s: item %d: %s", r.Grant.Launch, i+1, problem), itemProof(r, it)...)
				default:
					t.holds(itemProof(r, it)...)
				}
			}
		}
		return t.verdict(expected, "every item was right", nothing)
	}
}

// itemProof returns the exchanges that show an item: the token response, and what its reference brought.
func itemProof(r evidence.FHIRContextRead, it item) []string {
	proof := []string{r.Grant.Token.Exchange}
	if reference, ok := textOf(it, "reference"); ok {
		if answer, read := r.Answer(reference); read {
			proof = append(proof, answer.Exchange)
		}
	}
	return proof
}

// textOf returns a member that is a JSON string.
func textOf(it item, member string) (string, bool) {
	return evidence.TokenResponse{Members: it}.Text(member)
}

// typeOf returns the resource type that an item is of, as far as it says so.
func typeOf(it item) string {
	if reference, ok := textOf(it, "reference"); ok {
		if kind, _, ok := splitReference(reference); ok {
			return kind
		}
	}
	kind, _ := textOf(it, "type")
	return kind
}

// splitReference takes the type and the id out of a literal reference, relative or absolute.
func splitReference(reference string) (kind, id string, ok bool) {
	path, _, _ := strings.Cut(reference, "/_history/")
	parts := strings.Split(path, "/")
	if len(parts) < 2 {
		return "", "", false
	}
	kind, id = parts[len(parts)-2], parts[len(parts)-1]
	return kind, id, fhirTypes[kind] && id != ""
}

// FHIRContextPatientEncounter verifies that patient and encounter stay at the top level.
var FHIRContextPatientEncounter = New(Meta{
	ID:           "fhir-context.patient-encounter",
	Title:        "fhirContext lists a Patient or an Encounter only in a role of its own",
	Level:        Shall,
	Requirements: []string{"172", "177"},
	Versions:     sinceSTU22,
	Applies:      "a token response has fhirContext",
	Remedy:       "Send the patient and the encounter of the launch as patient and encounter beside the access token.",
}, evidence.FHIRContextKind, eachItem("no Patient and no Encounter without a role other than launch", "no token response has fhirContext",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		role, _ := textOf(it, "role")
		if kind := typeOf(it); (kind == "Patient" || kind == "Encounter") && (role == "" || role == "launch") {
			return fmt.Sprintf("%s with role %q", kind, role), true
		}
		return "", true
	}))

// FHIRContextTarget verifies that every item points at something.
var FHIRContextTarget = New(Meta{
	ID:           "fhir-context.target",
	Title:        "Every item of fhirContext has reference, canonical or identifier",
	Level:        Shall,
	Requirements: []string{"178"},
	Versions:     sinceSTU22,
	Applies:      "a token response has fhirContext",
	Remedy:       "Say what each item is about by reference, canonical or identifier.",
}, evidence.FHIRContextKind, eachItem("reference, canonical or identifier in every item", "no token response has fhirContext",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		for _, member := range []string{"reference", "canonical", "identifier"} {
			if raw, there := it[member]; there && string(raw) != "null" {
				return "", true
			}
		}
		return "neither reference nor canonical nor identifier", true
	}))

// FHIRContextRequested verifies that granting a context scope for a resource type brings such a resource.
var FHIRContextRequested = New(Meta{
	ID:           "fhir-context.requested",
	Title:        "A granted context scope for a resource type brings an item of that type",
	Level:        Shall,
	Requirements: []string{"177"},
	Versions:     sinceSTU2,
	Applies:      "the server offers a context scope beyond patient and encounter and grants it",
	Remedy:       "Do not grant launch/imagingstudy and the like without an item of that type in fhirContext.",
}, evidence.TypedContextKind, func(e evidence.TypedContexts) Verdict {
	if e.Plain == nil {
		return Skip("the server offers no context beyond patient and encounter, or there is no standalone launch")
	}
	if v, failed := noGrant(*e.Plain); failed {
		return v
	}
	kind, _, _ := scope.Context(e.Asked)
	switch {
	case !namesType(kind):
		return Skip(e.Asked + " asks for no resource")
	case !grantedPlain(*e.Plain, e.Asked):
		return Skip(e.Asked + " was not granted")
	}
	var kinds []string
	for _, reference := range e.Plain.Token.ContextReferences() {
		found, _, _ := splitReference(reference)
		kinds = append(kinds, found)
	}
	items, _ := e.Plain.Token.ContextItems()
	for _, it := range items {
		kinds = append(kinds, typeOf(it))
	}
	if !slices.ContainsFunc(kinds, func(found string) bool { return strings.EqualFold(found, kind) }) {
		return Broken("an item for "+e.Asked+" in fhirContext", orNone(few(kinds)), e.Plain.Token.Exchange)
	}
	return Holds("fhirContext has what "+e.Asked+" asks for", e.Plain.Token.Exchange)
})

// namesType reports whether a word is a resource type in lower case.
func namesType(word string) bool {
	for kind := range fhirTypes {
		if strings.EqualFold(kind, word) {
			return true
		}
	}
	return false
}

func orNone(what string) string {
	if what == "" {
		return "no item at all"
	}
	return what
}

// FHIRContextReferences verifies fhirContext as version 2.0.0 has it.
var FHIRContextReferences = New(Meta{
	ID:           "fhir-context.references",
	Title:        "fhirContext is an array of relative references",
	Level:        Shall,
	Requirements: []string{"stu2-fhir-context"},
	Versions:     []Version{V2_0_0},
	Applies:      "a token response has fhirContext",
	Remedy:       `Send strings such as "ImagingStudy/123", and patient and encounter beside the access token. Objects came with version 2.1.`,
}, evidence.FHIRContextKind, func(e evidence.FHIRContexts) Verdict {
	var t tally
	for _, r := range e.Reads {
		if wrong := notReferences(r.Grant.Token.Members["fhirContext"]); wrong != "" {
			t.breaks(fmt.Sprintf("%s: %s", r.Grant.Launch, wrong), r.Grant.Token.Exchange)
			continue
		}
		t.holds(r.Grant.Token.Exchange)
	}
	return t.verdict("an array of relative references to other types than Patient and Encounter", "every reference is relative", "no token response has fhirContext")
})

// notReferences returns what in a fhirContext is no relative reference that may stand there, or "".
func notReferences(raw json.RawMessage) string {
	var references []string
	if string(raw) == "null" || json.Unmarshal(raw, &references) != nil {
		return shorten(string(raw))
	}
	for _, reference := range references {
		if kind, ok := relativeReference(reference); !ok || kind == "Patient" || kind == "Encounter" {
			return shown(reference)
		}
	}
	return ""
}

// relativeReference returns the type of a reference that is relative to the FHIR base, and whether it is one.
func relativeReference(reference string) (kind string, ok bool) {
	kind, _, ok = splitReference(reference)
	u, err := url.Parse(reference)
	return kind, ok && err == nil && !u.IsAbs() && u.Host == "" && strings.HasPrefix(reference, kind+"/")
}
