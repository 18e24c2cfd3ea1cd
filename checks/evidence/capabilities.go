package evidence

// ClaimedCapabilities are the capabilities that a server lists, and what launches showed of it.
type ClaimedCapabilities struct {
	Listed []string `json:"listed"`
	Sets   []string `json:"sets,omitempty"` // that the target file claims
	Grants []Grant  `json:"grants"`
}

// ClaimedKind is what a server claims beside what its launches showed.
var ClaimedKind = NewKind[ClaimedCapabilities]("capabilities.claimed")
