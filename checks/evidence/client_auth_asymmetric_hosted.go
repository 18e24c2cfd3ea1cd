package evidence

import "slices"

// The steps of HostedKeys, in their order.
const (
	KeysFetched     = "a key of the published set"
	JKURegistered   = "jku as registered"
	JKUForeign      = "a foreign key in the set that a foreign jku names"
	X5UForeign      = "a foreign key in the certificate that x5u names"
	AlgorithmListed = "a listed algorithm" // the name says which
	KeyWithdrawn    = "a key that the set no longer holds"
	KeyAdded        = "a key that is new in the set"
	KeyBesideOdd    = "a good key in a set with odd ones"
	KidOfTwoTypes   = "one of an RSA and an EC key that share a kid"
	KidTwice        = "one of two keys of a type that share a kid"
	KeyWeak         = "an RSA key of 1024 bits"
	KeyRepeated     = "the same key again"
)

// KeyAttempt is one token request of the client whose key set the suite publishes.
type KeyAttempt struct {
	Step    string        `json:"step"` // one of the constants above
	Name    string        `json:"name"`
	Token   TokenResponse `json:"token"`
	Fetches int           `json:"fetches"`           // requests for the key set meanwhile
	Visited bool          `json:"visited,omitempty"` // somebody asked for the foreign address
}

// KeyOutage is what another client met while the key set of the first one did not arrive.
type KeyOutage struct {
	Client  string        `json:"client"`            // of the target file
	Blocked string        `json:"blocked,omitempty"` // how long it waited in vain
	Token   TokenResponse `json:"token"`             // what it was answered, unless it waited in vain
}

// HostedKeys is a client whose key set the suite publishes and changes.
type HostedKeys struct {
	URL      string       `json:"url"`
	Attempts []KeyAttempt `json:"attempts"`
	Methods  []string     `json:"methods"` // of the requests for the key set
	// Outage is nil when it could not be tried; OutageTrouble says why.
	Outage        *KeyOutage `json:"outage,omitempty"`
	OutageTrouble string     `json:"outage_trouble,omitempty"`
	MaxAge        string     `json:"max_age"` // of the sets that were replaced
	// RepeatedMillis is how long the requests of KeyRepeated took; KeptMillis is how long the set could be kept.
	RepeatedMillis int64 `json:"repeated_millis"`
	KeptMillis     int64 `json:"kept_millis"`
}

// Steps returns the attempts of some steps.
func (h HostedKeys) Steps(steps ...string) []KeyAttempt {
	var out []KeyAttempt
	for _, a := range h.Attempts {
		if slices.Contains(steps, a.Step) {
			out = append(out, a)
		}
	}
	return out
}

// Worked reports whether some attempt of the step brought a token.
func (h HostedKeys) Worked(step string) bool {
	return slices.ContainsFunc(h.Steps(step), func(a KeyAttempt) bool { return a.Token.Issued() })
}
