package session

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
)

// Call is one request to the FHIR server.
type Call struct {
	Name   string // as checks know it
	Method string // GET when empty
	Path   string // relative to the FHIR base, or an absolute URL
	Token  string // sent as Bearer to the host of the FHIR base and to no other, unless empty
	// Authorization are header fields to send in place of Token, to the same hosts.
	Authorization []string
	Body          any        // sent as FHIR JSON, unless nil
	Form          url.Values // sent as a form, unless nil
	IfMatch       string     // the version that a write is based on, as an ETag; not sent when empty
	// Whole is shown the resource of the answer, a Bundle too.
	Whole func(resource map[string]any)
	// See is shown every resource of the answer, and tells whether it lies outside of what the scope of
	// the token matches.
	See func(resource map[string]any) (outside bool)
}

// FHIR makes a call and reads from the answer what access control is judged by.
func (s *Session) FHIR(ctx context.Context, scope *record.Scope, c Call) (evidence.FHIRAnswer, error) {
	req, err := s.fhirRequest(c)
	if err != nil {
		return evidence.FHIRAnswer{}, err
	}
	response, err := scope.Do(ctx, req)
	if err != nil {
		return evidence.FHIRAnswer{}, err
	}
	answer := evidence.FHIRAnswer{
		Name: c.Name, Exchange: response.ID, Status: response.Status,
		Challenge: response.Header.Values("WWW-Authenticate"), ETag: s.Recorder.Redact(response.Header.Get("ETag")), Location: s.Recorder.Redact(response.Header.Get("Location")),
	}
	var resource map[string]any
	if json.Unmarshal(response.Body, &resource) != nil || resource == nil {
		answer.Problem = "the body is not a JSON object"
		return answer, nil
	}
	if c.Whole != nil {
		c.Whole(resource)
	}
	describeResource(&answer, resource, c.See)
	return answer, nil
}

func (s *Session) fhirRequest(c Call) (*http.Request, error) {
	method, address, body := c.Method, c.Path, ""
	if method == "" {
		method = http.MethodGet
	}
	if u, err := url.Parse(c.Path); err != nil || !u.IsAbs() {
		address = strings.TrimRight(s.Config.FHIR, "/") + "/" + strings.TrimLeft(c.Path, "/")
	}
	if c.Body != nil {
		raw, err := json.Marshal(c.Body)
		if err != nil {
			return nil, fmt.Errorf("cannot write the body of %s %s: %w", method, address, err)
		}
		body = string(raw)
	}
	if c.Form != nil {
		body = c.Form.Encode()
	}
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("cannot request %s: %w", address, err)
	}
	req.Header.Set("Accept", "application/fhir+json")
	if c.Body != nil {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	if c.Form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.IfMatch != "" {
		req.Header.Set("If-Match", c.IfMatch)
	}
	fields := c.Authorization
	if c.Token != "" && fields == nil {
		fields = []string{"Bearer " + c.Token}
	}
	if len(fields) > 0 && s.ownsToken(req.URL) {
		req.Header["Authorization"] = fields
	}
	return req, nil
}

// OwnsToken reports whether an access token may be sent to an address.
func (s *Session) OwnsToken(address string) bool {
	u, err := url.Parse(address)
	return err == nil && s.ownsToken(u)
}

// ownsToken reports whether an access token may be sent to u: to the host of the base, or of the sibling base
// that the target file names. A server that names a record on another host must not get its user's token
// sent there.
func (s *Session) ownsToken(u *url.URL) bool {
	return slices.ContainsFunc([]string{s.Config.FHIR, s.Config.Data.SiblingBase}, func(raw string) bool {
		base, err := url.Parse(raw)
		return err == nil && base.Host != "" && base.Scheme == u.Scheme && strings.EqualFold(base.Host, u.Host)
	})
}

// Describe tells of a resource that came inside of another answer.
func Describe(resource map[string]any) evidence.FHIRAnswer {
	var answer evidence.FHIRAnswer
	describeResource(&answer, resource, nil)
	return answer
}

// describeResource fills in what the answer tells of: its type and id, its patients and its entries.
func describeResource(answer *evidence.FHIRAnswer, resource map[string]any, see func(map[string]any) bool) {
	answer.ResourceType, _ = resource["resourceType"].(string)
	answer.ID, _ = resource["id"].(string)
	if answer.ResourceType != "Bundle" {
		answer.Patients = patientsOf(resource)
		if see != nil && answer.ResourceType != "" && see(resource) {
			answer.Outside = append(answer.Outside, answer.ResourceType+"/"+answer.ID)
		}
		return
	}
	entries, _ := resource["entry"].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		inner, _ := entry["resource"].(map[string]any)
		kind, _ := inner["resourceType"].(string)
		if kind == "" || kind == "OperationOutcome" {
			continue
		}
		answer.Entries++
		answer.Patients = appendNew(answer.Patients, patientsOf(inner)...)
		answer.Types = appendNew(answer.Types, kind)
		if id, _ := inner["id"].(string); see != nil && see(inner) {
			answer.Outside = append(answer.Outside, kind+"/"+id)
		}
	}
}

// patientsOf returns the ids of the patients that a resource is, or is about.
func patientsOf(resource map[string]any) []string {
	if resource["resourceType"] == "Patient" {
		id, _ := resource["id"].(string)
		return appendNew(nil, id)
	}
	var ids []string
	for _, member := range []string{"subject", "patient", "beneficiary", "individual"} {
		reference, _ := resource[member].(map[string]any)
		target, _ := reference["reference"].(string)
		if i := strings.LastIndex(target, "Patient/"); i >= 0 {
			id, _, _ := strings.Cut(target[i+len("Patient/"):], "/")
			ids = appendNew(ids, id)
		}
	}
	return ids
}

func appendNew(list []string, more ...string) []string {
	for _, s := range more {
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// Coded reports whether a resource holds the coding "system|code" in the given member, which is a
// CodeableConcept or a list of them.
func Coded(resource map[string]any, member, token string) bool {
	system, code, hasSystem := strings.Cut(token, "|")
	if !hasSystem {
		system, code = "", token
	}
	concepts, isList := resource[member].([]any)
	if !isList {
		concepts = []any{resource[member]}
	}
	for _, c := range concepts {
		concept, _ := c.(map[string]any)
		codings, _ := concept["coding"].([]any)
		for _, raw := range codings {
			coding, _ := raw.(map[string]any)
			if coding["code"] == code && (system == "" || coding["system"] == system) {
				return true
			}
		}
	}
	return false
}
