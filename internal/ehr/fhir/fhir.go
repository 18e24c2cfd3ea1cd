// Package fhir is the FHIR server of the reference EHR: a small in-memory store of synthetic records
// behind the RESTful API, which holds every request to the scopes of its access token.
//
// R4 is served in full; DSTU2, STU3, R4B and R5 answer metadata and Patient reads.
package fhir

import (
	"net/http"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// Access is what the authorization server knows of an access token.
type Access struct {
	ClientID string
	Scopes   string // granted, space separated
	Patient  string // id of the patient in context; empty without one
	User     string // the fhirUser as a relative reference, such as "Practitioner/mei-lin"; empty for backend services
}

// Endpoints are the OAuth endpoints that metadata names in its oauth-uris extension. Empty ones are
// left out.
type Endpoints struct {
	Authorize, Token, Register, Manage, Introspect, Revoke string
}

// Options configure one FHIR base.
type Options struct {
	Base    string // absolute URL of the base, without a slash at its end
	Version string // R4 (also when empty), DSTU2, STU3, R4B or R5
	OAuth   Endpoints
	Fault   faults.Fault     // the one defect of resource access; zero for none
	Tasks   bool             // there are tasks that ask for a launch
	Now     func() time.Time // stamps what clients write; nil means time.Now

	// Access resolves an access token. An error means that the token is unknown, expired or revoked,
	// or was not issued for this base; its text is not shown to the caller.
	Access func(r *http.Request, token string) (Access, error)
}

// New returns the handler of a FHIR base over a store of its own, filled with the synthetic records.
// It expects paths relative to the base. An unknown version is served as R4.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	release, ok := releases[o.Version]
	if !ok {
		release = releases["R4"]
	}
	s := &server{Options: o, release: release, records: synthetic().clone(), seen: map[string]string{}, valid: map[string]Access{}}
	if o.Tasks {
		s.addLaunchTasks()
	}
	return s
}

type server struct {
	Options
	release release

	mu      sync.RWMutex
	records *records
	states  *states // what apps keep; nil at a base of FHIR records

	seenMu sync.Mutex
	seen   map[string]string // tokens under their first characters; used by one fault only
	valid  map[string]Access // what tokens gave access to; used by one fault only
}

func (s *server) has(f faults.Fault) bool { return s.Fault.ID == f.ID }
