package evidence

import "encoding/json"

// FHIRContexts are the grants whose token response has fhirContext.
type FHIRContexts struct {
	Reads []FHIRContextRead `json:"reads"`
}

// FHIRContextRead is one grant and what reading the references of its fhirContext brought.
type FHIRContextRead struct {
	Grant   Grant        `json:"grant"`
	Answers []FHIRAnswer `json:"answers,omitempty"` // each named after its reference
}

// Answer returns what reading the reference brought, if it was read.
func (r FHIRContextRead) Answer(reference string) (FHIRAnswer, bool) {
	return Access{Answers: r.Answers}.Named(reference)
}

// FHIRContextKind is the fhirContext of every launch that has one.
var FHIRContextKind = NewKind[FHIRContexts]("fhir-context.items")

// ContextItems returns fhirContext as the objects that it holds, by their members. ok is false when it is
// not an array of objects.
func (t TokenResponse) ContextItems() (items []map[string]json.RawMessage, ok bool) {
	raw, there := t.Members["fhirContext"]
	if !there || string(raw) == "null" || json.Unmarshal(raw, &items) != nil {
		return nil, false
	}
	for _, item := range items {
		if item == nil {
			return nil, false
		}
	}
	return items, true
}

// ContextReferences returns the references of fhirContext, whether they stand in objects or, as version
// 2.0.0 has it, alone.
func (t TokenResponse) ContextReferences() []string {
	var references []string
	if json.Unmarshal(t.Members["fhirContext"], &references) == nil {
		return references
	}
	items, _ := t.ContextItems()
	references = nil
	for _, item := range items {
		if reference, ok := text(item, "reference"); ok {
			references = append(references, reference)
		}
	}
	return references
}
