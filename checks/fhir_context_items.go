package checks

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// fhirContextItems are the checks of the members of an item.
var fhirContextItems = []Check{
	FHIRContextReference, FHIRContextCanonical, FHIRContextIdentifier, FHIRContextType, FHIRContextTypeStated,
	FHIRContextRole, FHIRContextRoleAbsolute, FHIRContextRoleNotEmpty,
}

// discouraging makes a warning of what breaks a statement that only says what may be sent: it may be left out,
// but when it is there it must be what the statement says.
func discouraging[T any](judge func(T) Verdict) func(T) Verdict {
	return func(e T) Verdict {
		v := judge(e)
		if v.outcome == broken {
			v.outcome = discouraged
		}
		return v
	}
}

// FHIRContextReference verifies that references are relative and can be read.
var FHIRContextReference = New(Meta{
	ID:           "fhir-context.reference",
	Title:        "reference is a relative reference that the token can read",
	Level:        May,
	Requirements: []string{"179"},
	Versions:     sinceSTU22,
	Applies:      "an item of fhirContext has reference",
	Remedy:       "Send type and id, such as ImagingStudy/123, of a resource at the FHIR base of the launch.",
}, evidence.FHIRContextKind, discouraging(eachItem("a relative reference to a resource that is there", "no item of fhirContext has reference",
	func(r evidence.FHIRContextRead, it item) (string, bool) {
		raw, there := it["reference"]
		if !there {
			return "", false
		}
		reference, _ := textOf(it, "reference")
		if _, ok := relativeReference(reference); !ok {
			return "reference " + shorten(string(raw)), true
		}
		kind, id, _ := splitReference(reference)
		answer, read := r.Answer(reference)
		if read && giveUp(answer.Status) == "" && (answer.ResourceType != kind || answer.ID != id) {
			return fmt.Sprintf("%s answered %s", reference, answer.Describe()), true
		}
		return "", true
	})))

// FHIRContextCanonical verifies that a canonical is an absolute URI.
var FHIRContextCanonical = New(Meta{
	ID:           "fhir-context.canonical",
	Title:        "canonical is an absolute URI, with or without a version",
	Level:        May,
	Requirements: []string{"181"},
	Versions:     sinceSTU22,
	Applies:      "an item of fhirContext has canonical",
	Remedy:       "Send the url of the resource as it stands in it, and its version after a vertical bar if that matters.",
}, evidence.FHIRContextKind, discouraging(eachItem("an absolute URI", "no item of fhirContext has canonical",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		raw, there := it["canonical"]
		if !there {
			return "", false
		}
		canonical, _ := textOf(it, "canonical")
		address, version, versioned := strings.Cut(canonical, "|")
		if !isURI(address) || versioned && (version == "" || strings.Contains(version, "|")) {
			return "canonical " + shorten(string(raw)), true
		}
		return "", true
	})))

// identifierMembers are the members of a FHIR Identifier.
var identifierMembers = map[string]bool{
	"id": true, "extension": true, "use": true, "type": true, "system": true, "value": true, "period": true, "assigner": true,
	"_use": true, "_system": true, "_value": true,
}

// FHIRContextIdentifier verifies that an identifier is a FHIR Identifier.
var FHIRContextIdentifier = New(Meta{
	ID:           "fhir-context.identifier",
	Title:        "identifier is a FHIR Identifier",
	Level:        May,
	Requirements: []string{"183"},
	Versions:     sinceSTU22,
	Applies:      "an item of fhirContext has identifier",
	Remedy:       `Send an object such as {"system": "https://example.org/orders", "value": "4711"}.`,
}, evidence.FHIRContextKind, discouraging(eachItem("an object with system and value, as FHIR has it", "no item of fhirContext has identifier",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		raw, there := it["identifier"]
		if !there {
			return "", false
		}
		if problem := notIdentifier(raw); problem != "" {
			return "identifier " + problem, true
		}
		return "", true
	})))

// notIdentifier says what keeps a value from being a FHIR Identifier that identifies something, or "".
func notIdentifier(raw json.RawMessage) string {
	var members item
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return shorten(string(raw))
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !identifierMembers[name] {
			return fmt.Sprintf("has %s, which a FHIR Identifier does not have", shown(name))
		}
	}
	system, hasSystem := textOf(members, "system")
	value, hasValue := textOf(members, "value")
	switch {
	case members["system"] != nil && (!hasSystem || !isURI(system)):
		return "has system " + shorten(string(members["system"]))
	case members["value"] != nil && (!hasValue || value == ""):
		return "has value " + shorten(string(members["value"]))
	case !hasSystem && !hasValue:
		return "has neither system nor value"
	default:
		return ""
	}
}

// FHIRContextType verifies that type is a resource type.
var FHIRContextType = New(Meta{
	ID:           "fhir-context.type",
	Title:        "type is a FHIR resource type",
	Level:        May,
	Requirements: []string{"184"},
	Versions:     sinceSTU22,
	Applies:      "an item of fhirContext has type",
	Remedy:       "Write the resource type as FHIR does, such as ServiceRequest, the one that the reference names.",
}, evidence.FHIRContextKind, discouraging(eachItem("a resource type of FHIR, that of the reference", "no item of fhirContext has type",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		raw, there := it["type"]
		if !there {
			return "", false
		}
		kind, _ := textOf(it, "type")
		reference, _ := textOf(it, "reference")
		referred, _, refers := splitReference(reference)
		switch {
		case !fhirTypes[kind]:
			return "type " + shorten(string(raw)), true
		case refers && referred != kind:
			return fmt.Sprintf("type %s for %s", kind, reference), true
		}
		return "", true
	})))

// FHIRContextTypeStated verifies that items that tell their type by nothing else have type.
var FHIRContextTypeStated = New(Meta{
	ID:           "fhir-context.type-stated",
	Title:        "Items with identifier or canonical have type",
	Level:        Should,
	Requirements: []string{"185"},
	Versions:     sinceSTU22,
	Applies:      "an item of fhirContext has identifier or canonical",
	Remedy:       "Add type, such as Questionnaire, to items that an app cannot read at your FHIR base.",
}, evidence.FHIRContextKind, eachItem("type beside identifier and canonical", "no item of fhirContext has identifier or canonical",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		if it["identifier"] == nil && it["canonical"] == nil {
			return "", false
		}
		if it["type"] == nil {
			return "no type", true
		}
		return "", true
	}))

// FHIRContextRole reports the roles of fhirContext.
var FHIRContextRole = New(Meta{
	ID:           "fhir-context.role",
	Title:        "role is a URI",
	Level:        May,
	Requirements: []string{"186", "187"},
	Versions:     sinceSTU22,
	Applies:      "an item of fhirContext has role",
	Remedy:       "Send role as a string with the URI of the role, or leave it out.",
}, evidence.FHIRContextKind, discouraging(eachItem("a URI as a string", "no item of fhirContext has role",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		raw, there := it["role"]
		if !there {
			return "", false
		}
		if role, isString := textOf(it, "role"); !isString || !uriReference(role) {
			return "role " + shorten(string(raw)), true
		}
		return "", true
	})))

// uriReference reports whether s is a URI, absolute or relative (RFC 3986 section 4.1).
func uriReference(s string) bool {
	_, err := url.Parse(s)
	return err == nil && !strings.ContainsAny(s, " <>\"{}|\\^`")
}

// roleOf returns the role of an item, and whether it is one that can be used: launch or an absolute URI.
func roleOf(it item) (role string, ok bool) {
	role, _ = textOf(it, "role")
	return role, role == "launch" || uriReference(role) && isURI(role)
}

// FHIRContextRoleAbsolute verifies that roles beyond SMART are absolute URIs.
var FHIRContextRoleAbsolute = New(Meta{
	ID:           "fhir-context.role-absolute",
	Title:        "A role other than launch is an absolute URI",
	Level:        Shall,
	Requirements: []string{"188"},
	Versions:     sinceSTU22,
	Applies:      "an item of fhirContext has a role other than launch",
	Remedy:       "Name a role of your own by an absolute URI. The only relative one is launch.",
}, evidence.FHIRContextKind, eachItem("an absolute URI", "no item of fhirContext has a role other than launch",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		role, isString := textOf(it, "role")
		if !isString || role == "" || role == "launch" || !uriReference(role) {
			return "", false // other checks judge these
		}
		if !isURI(role) {
			return "role " + shown(role), true
		}
		return "", true
	}))

// FHIRContextRoleNotEmpty verifies that no role is the empty string.
var FHIRContextRoleNotEmpty = New(Meta{
	ID:           "fhir-context.role-not-empty",
	Title:        "No role is the empty string",
	Level:        ShallNot,
	Requirements: []string{"190"},
	Versions:     sinceSTU22,
	Applies:      "a token response has fhirContext",
	Remedy:       "Leave role out where there is none.",
}, evidence.FHIRContextKind, eachItem("a role that is not empty, or none", "no token response has fhirContext",
	func(_ evidence.FHIRContextRead, it item) (string, bool) {
		if role, isString := textOf(it, "role"); isString && role == "" {
			return `role ""`, true
		}
		return "", true
	}))
