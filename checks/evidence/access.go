package evidence

// FHIRAnswer is what a FHIR server answered, as far as access to data is concerned.
type FHIRAnswer struct {
	Name         string   `json:"name"`
	Exchange     string   `json:"exchange"`
	Status       int      `json:"status"`
	Challenge    []string `json:"challenge,omitempty"` // WWW-Authenticate
	Location     string   `json:"location,omitempty"`  // of what was created
	ETag         string   `json:"etag,omitempty"`
	ResourceType string   `json:"resource_type,omitempty"` // of the body, when it is a resource
	ID           string   `json:"id,omitempty"`
	Patients     []string `json:"patients,omitempty"` // ids of the patients that the answer tells of
	Types        []string `json:"types,omitempty"`    // resource types of the entries of a Bundle
	Outside      []string `json:"outside,omitempty"`  // entries that do not match the granular scope in force
	Entries      int      `json:"entries,omitempty"`  // of a Bundle, without outcomes
	Problem      string   `json:"problem,omitempty"`  // why the body could not be read as a resource
}

// Data reports whether the answer holds clinical data: a resource other than an outcome, or a Bundle
// with entries.
func (a FHIRAnswer) Data() bool {
	if a.Status < 200 || a.Status > 299 || a.ResourceType == "" || a.ResourceType == "OperationOutcome" {
		return false
	}
	return a.ResourceType != "Bundle" || a.Entries > 0
}

// Access is what one token, or none, could do at the FHIR server.
type Access struct {
	Scope   string       `json:"scope"`   // as granted
	Patient string       `json:"patient"` // in context
	Answers []FHIRAnswer `json:"answers"`
}

// Named returns the answer with that name.
func (a Access) Named(name string) (FHIRAnswer, bool) {
	for _, answer := range a.Answers {
		if answer.Name == name {
			return answer, true
		}
	}
	return FHIRAnswer{}, false
}

// Describe says in a few words what the server answered.
func (a FHIRAnswer) Describe() string {
	d := itoa(a.Status)
	switch {
	case a.ResourceType == "Bundle" && a.Entries == 1:
		d += " with 1 entry"
	case a.ResourceType == "Bundle":
		d += " with " + itoa(a.Entries) + " entries"
	case a.Data():
		d += " with " + a.ResourceType + "/" + a.ID
	case a.Status == 200 && a.Problem != "":
		d += " (" + a.Problem + ")"
	}
	return d
}

// The names of the calls of the resource-access probes.
const (
	AllowedRead   = "a read within the scope"
	AllowedSearch = "a search within the scope"
	OtherType     = "another resource type"
	Create        = "a create"
	Update        = "an update"
	OtherPatient  = "the record of another patient"
	OtherSearch   = "a search for another patient's data"
	QueryToken    = "the token in the query"
	SearchByRead  = "a search with a read-only letter"
	Granular      = "a search under a granular scope"
)
