package evidence

// Journey is one trip of the browser, as people read it to see why it ended where it did. The exchanges
// that were its document requests name it.
type Journey struct {
	ID        string   `json:"id"` // "scope@n", such as "grant.patient-ehr-public@1"
	Outcome   Outcome  `json:"outcome"`
	WaitedFor string   `json:"waited_for"`          // the address of the client at which it was to end
	Trouble   string   `json:"trouble,omitempty"`   // why it did not, when that is not told by its last page
	Pages     []Page   `json:"pages,omitempty"`     // in the order in which they were shown
	Decisions []string `json:"decisions,omitempty"` // what the driver did, and why
}

// Arrived reports whether the journey ended at the address of the client with what it came for.
func (j Journey) Arrived() bool { return j.Outcome == GotCode || j.Outcome == Launched }

// FailedRequest is a request of a page that was not answered, or was answered with an error.
type FailedRequest struct {
	URL    string `json:"url"`
	Type   string `json:"type"`             // such as Script or Fetch
	Status int    `json:"status,omitempty"` // 0 when there was no answer
	Error  string `json:"error,omitempty"`  // why there was no answer, in the words of the browser
}
