// Package record makes HTTP requests and keeps what was sent and what came back, redacted.
package record

import (
	"slices"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// keptBody is how many bytes of a body stay in an exchange.
const keptBody = 16 << 10

// Recorder holds the exchanges of one run and knows its secrets.
type Recorder struct {
	redactor *redactor

	mu        sync.Mutex
	exchanges map[string]evidence.Exchange
	counts    map[string]int
	journeys  map[string]evidence.Journey
	pictures  map[string][]byte // by name
}

// New returns an empty recorder.
func New() *Recorder {
	return &Recorder{
		redactor: newRedactor(), exchanges: map[string]evidence.Exchange{}, counts: map[string]int{},
		journeys: map[string]evidence.Journey{}, pictures: map[string][]byte{},
	}
}

// Seal returns what may be told of a secret and makes sure that it is written down nowhere. kind is
// what the placeholder says, such as "code".
func (r *Recorder) Seal(kind, value string) evidence.Secret {
	r.redactor.learn(kind, value)
	return evidence.Secret{
		Fingerprint: r.redactor.fingerprint(value), Length: len(value),
		B64Token: evidence.IsB64Token(value), VSChar: evidence.IsVSChar(value),
	}
}

// Redact returns s with every secret replaced.
func (r *Recorder) Redact(s string) string { return r.redactor.secrets(r.redactor.members(s)) }

// Exchange returns the exchange with that id.
func (r *Recorder) Exchange(id string) (evidence.Exchange, bool) {
	r.mu.Lock()
	e, ok := r.exchanges[id]
	r.mu.Unlock()
	return r.scrub(e), ok
}

// Exchanges returns every exchange so far, by id.
func (r *Recorder) Exchanges() []evidence.Exchange {
	r.mu.Lock()
	all := make([]evidence.Exchange, 0, len(r.exchanges))
	for _, e := range r.exchanges {
		all = append(all, e)
	}
	r.mu.Unlock()
	for i := range all {
		all[i] = r.scrub(all[i])
	}
	slices.SortFunc(all, func(a, b evidence.Exchange) int { return a.Started.Compare(b.Started) })
	return all
}

// scrub replaces secrets that became known after the exchange was recorded.
func (r *Recorder) scrub(e evidence.Exchange) evidence.Exchange {
	clean := r.redactor.secrets
	e.Request.URL, e.Request.Body, e.Error = clean(e.Request.URL), clean(e.Request.Body), clean(e.Error)
	e.Request.Header = cleanHeaders(e.Request.Header, clean)
	if e.Response != nil {
		response := *e.Response
		response.Body, response.Header = clean(response.Body), cleanHeaders(response.Header, clean)
		e.Response = &response
	}
	return e
}

func cleanHeaders(h evidence.Headers, clean func(string) string) evidence.Headers {
	out := make(evidence.Headers, len(h))
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], clean(v))
		}
	}
	return out
}

// keep stores an exchange under the next id of its scope and returns the id.
func (r *Recorder) keep(scope string, e evidence.Exchange) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[scope]++
	e.ID = exchangeID(scope, r.counts[scope])
	r.exchanges[e.ID] = e
	return e.ID
}

// Hop is one document request of a browser journey.
type Hop struct {
	Method   string
	URL      string
	Status   int // 0 when no response came
	Header   map[string][]string
	Started  time.Time
	Duration time.Duration
}

// Journey records the document requests of a browser journey and returns their ids in order.
func (s *Scope) Journey(hops []Hop) []string {
	ids := make([]string, 0, len(hops))
	for _, hop := range hops {
		e := evidence.Exchange{
			Started: hop.Started, Millis: hop.Duration.Milliseconds(),
			Request: evidence.Request{Method: hop.Method, URL: s.recorder.Redact(hop.URL)},
		}
		if hop.Status != 0 {
			e.Response = &evidence.Response{Status: hop.Status, Header: s.recorder.redactor.headers(hop.Header)}
		}
		ids = append(ids, s.recorder.keep(s.name, e))
	}
	return ids
}

// Headers returns header fields with the values of sensitive ones replaced.
func (r *Recorder) Headers(h map[string][]string) evidence.Headers { return r.redactor.headers(h) }
