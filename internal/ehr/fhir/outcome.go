package fhir

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// problem is why a request was not done.
type problem struct {
	status int
	code   string // of http://hl7.org/fhir/issue-type
	text   string
	bearer string // the error code of RFC 6750 §3.1; empty without one
	scope  string // the scope that would have been enough
	allow  string // the methods that the path knows, for 405
}

func problemf(status int, code, format string, values ...any) *problem {
	return &problem{status: status, code: code, text: fmt.Sprintf(format, values...)}
}

func (p *problem) outcome() resource {
	return object{"resourceType": "OperationOutcome", "issue": list{
		object{"severity": "error", "code": p.code, "diagnostics": p.text},
	}}
}

// response is the answer to one request or to one entry of a batch.
type response struct {
	status   int
	body     resource // nil for none
	location string   // absolute, of what was created
	stored   resource // whose version and date the headers carry; nil for none
	allow    string
}

// etag returns the weak ETag of a stored resource.
func etag(r resource) string { return `W/"` + versionOf(r) + `"` }

// anonymous is the answer to a request without credentials that the server could read. RFC 6750 §3.1
// wants no error code in its challenge.
func (s *server) anonymous() *problem {
	p := problemf(http.StatusUnauthorized, "login", "This resource needs an access token in the Authorization header.")
	if s.has(faults.FHIRErrorAnonymous) {
		p.bearer = "invalid_token"
	}
	return p
}

func (s *server) invalidToken() *problem {
	p := problemf(http.StatusUnauthorized, "login", "The access token is malformed, unknown, expired or revoked.")
	if !s.has(faults.FHIRNoInvalidToken) {
		p.bearer = "invalid_token"
	}
	return p
}

func invalidRequest(text string) *problem {
	return &problem{status: http.StatusBadRequest, code: "invalid", text: text, bearer: "invalid_request"}
}

func (s *server) insufficientScope(scope, text string) *problem {
	p := &problem{status: http.StatusForbidden, code: "forbidden", text: text, bearer: "insufficient_scope", scope: scope}
	if s.has(faults.FHIRScope401) {
		p.status = http.StatusUnauthorized
	}
	return p
}

// challenge returns the WWW-Authenticate header that goes with a problem (RFC 6750 §3); empty for a
// problem of another sort.
func (s *server) challenge(p *problem) string {
	if p.status != http.StatusUnauthorized && p.bearer == "" {
		return ""
	}
	if p.status == http.StatusUnauthorized && s.has(faults.FHIRNoChallenge) {
		return ""
	}
	parts := []string{fmt.Sprintf("realm=%q", s.Base)}
	if p.bearer != "" {
		parts = append(parts, fmt.Sprintf("error=%q", p.bearer), fmt.Sprintf("error_description=%q", p.text))
	}
	if p.scope != "" {
		parts = append(parts, fmt.Sprintf("scope=%q", p.scope))
	}
	return "Bearer " + strings.Join(parts, ", ")
}
