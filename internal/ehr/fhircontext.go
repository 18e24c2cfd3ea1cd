package ehr

import (
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// contextItem is one entry of fhirContext.
type contextItem map[string]any

// fhirContext is what the app is told of resources other than the patient and the encounter: what is on the
// screen of an EHR launch, and the imaging study that the app asked for. It is nil when there is nothing to
// tell (https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#fhircontext-exp).
func (t *tenant) fhirContext(g *grant) any {
	var items []contextItem
	if g.launch != nil && g.patient != "" {
		items = onScreen(g.patient)
	}
	if study, ok := t.studyItem(g); ok {
		items = append(items, study)
	}
	if len(items) == 0 || !t.since(stu2) {
		return nil
	}
	if !t.since(stu22) {
		return t.references(items)
	}
	if mistake, ok := contextMistakes[t.fault.ID]; ok && g.launch != nil {
		return mistake(items, g)
	}
	return items
}

// references is fhirContext as SMART App Launch 2.0 has it: relative references and nothing else.
func (t *tenant) references(items []contextItem) any {
	if t.has(faults.FHIRContextObjects) {
		return items
	}
	var out []any
	for _, item := range items {
		if reference, ok := item["reference"]; ok {
			out = append(out, reference)
		}
	}
	return out
}

// onScreen is what the chart of a patient shows beside the open encounter: a result, the questionnaire that
// is to be answered, which lives on another server, and an order that is known by its number.
func onScreen(patient string) []contextItem {
	return []contextItem{
		{"reference": "Observation/" + patient + "-glucose"},
		{
			"canonical": "https://forms.example/Questionnaire/fasting|2.1.0", "type": "Questionnaire",
			"role": "https://ehr.example/roles/questionnaire-to-answer",
		},
		{
			"identifier": map[string]any{"system": "https://ehr.example/orders", "value": "LAB-" + patient}, "type": "ServiceRequest",
			"role": "launch",
		},
	}
}

// studyItem is the imaging study that the app asked for, and false when it did not.
func (t *tenant) studyItem(g *grant) (contextItem, bool) {
	asked := t.studyRoles(g)
	if g.study == "" || len(asked) == 0 || t.has(faults.ContextTypeMissing) {
		return nil, false
	}
	item := contextItem{"reference": "ImagingStudy/" + g.study}
	if asked[0] != "" && t.has(faults.ContextRoleMalformed) {
		item["role"] = "imaging viewer"
	}
	return item, true
}

// studyRoles returns the roles in which the app was granted an imaging study; "" is no particular one.
func (t *tenant) studyRoles(g *grant) []string {
	var roles []string
	for _, raw := range g.scopes {
		_, role, _ := scope.Context(raw)
		if studyScope(raw) && (role == "" || !t.has(faults.ContextRoleUnknown)) {
			roles = append(roles, role)
		}
	}
	return roles
}

// contextMistakes are the defects of fhirContext on EHR launches. The items are those of onScreen.
var contextMistakes = map[string]func(items []contextItem, g *grant) any{
	faults.FHIRContextObject.ID: func(items []contextItem, _ *grant) any { return items[0] },
	faults.FHIRContextPatient.ID: func(items []contextItem, g *grant) any {
		return append(items, contextItem{"reference": "Patient/" + g.patient, "role": "launch"})
	},
	faults.FHIRContextTargetMissing.ID: func(items []contextItem, _ *grant) any {
		return append(items, contextItem{"type": "DocumentReference", "display": "Discharge letter"})
	},
	faults.FHIRContextReferenceAbsolute.ID: func(items []contextItem, g *grant) any {
		items[0]["reference"] = g.base + "/" + items[0]["reference"].(string)
		return items
	},
	faults.FHIRContextReferenceUnknown.ID:  itemWith(0, "reference", "Observation/of-last-year"),
	faults.FHIRContextCanonicalRelative.ID: itemWith(1, "canonical", "Questionnaire/fasting"),
	faults.FHIRContextIdentifierString.ID:  itemWith(2, "identifier", "LAB-1"),
	faults.FHIRContextTypeUnknown.ID:       itemWith(2, "type", "LabOrder"),
	faults.FHIRContextTypeMissing.ID: func(items []contextItem, _ *grant) any {
		delete(items[1], "type")
		return items
	},
	faults.FHIRContextRoleNumber.ID:   itemWith(1, "role", 7),
	faults.FHIRContextRoleRelative.ID: itemWith(1, "role", "questionnaire-to-answer"),
	faults.FHIRContextRoleEmpty.ID:    itemWith(0, "role", ""),
}

// itemWith gives a member of one item another value.
func itemWith(item int, member string, value any) func([]contextItem, *grant) any {
	return func(items []contextItem, _ *grant) any {
		items[item][member] = value
		return items
	}
}
