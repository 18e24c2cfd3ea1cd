package session

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func TestFHIRAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want evidence.FHIRAnswer
	}{
		"a patient":       {`{"resourceType":"Patient","id":"amy"}`, evidence.FHIRAnswer{ResourceType: "Patient", ID: "amy", Patients: []string{"amy"}}},
		"an observation":  {`{"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/amy"}}`, evidence.FHIRAnswer{ResourceType: "Observation", ID: "o1", Patients: []string{"amy"}}},
		"a version":       {`{"resourceType":"Observation","subject":{"reference":"https://ehr.example/fhir/Patient/amy/_history/2"}}`, evidence.FHIRAnswer{ResourceType: "Observation", Patients: []string{"amy"}}},
		"nobody":          {`{"resourceType":"Practitioner","id":"lin"}`, evidence.FHIRAnswer{ResourceType: "Practitioner", ID: "lin"}},
		"another subject": {`{"resourceType":"Observation","subject":{"reference":"Group/1"}}`, evidence.FHIRAnswer{ResourceType: "Observation"}},
		"an outcome":      {`{"resourceType":"OperationOutcome","issue":[{"code":"forbidden"}]}`, evidence.FHIRAnswer{ResourceType: "OperationOutcome"}},
		"a bundle": {
			`{"resourceType":"Bundle","id":"b","entry":[
				{"resource":{"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/amy"}}},
				{"resource":{"resourceType":"Observation","id":"o2","subject":{"reference":"Patient/ben"}}},
				{"resource":{"resourceType":"Patient","id":"amy"}},
				{"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome"}}]}`,
			evidence.FHIRAnswer{ResourceType: "Bundle", ID: "b", Entries: 3, Types: []string{"Observation", "Patient"}, Patients: []string{"amy", "ben"}},
		},
		"an empty bundle": {`{"resourceType":"Bundle","total":0}`, evidence.FHIRAnswer{ResourceType: "Bundle"}},
		"a hostile bundle": {
			`{"resourceType":"Bundle","entry":[null,1,"x",[],{},{"resource":null},{"resource":[]},{"resource":{"resourceType":7,"id":{}}}]}`,
			evidence.FHIRAnswer{ResourceType: "Bundle"},
		},
		"a bundle of one":   {`{"resourceType":"Bundle","entry":{"resource":{"resourceType":"Patient"}}}`, evidence.FHIRAnswer{ResourceType: "Bundle"}},
		"hostile members":   {`{"resourceType":["Patient"],"id":{"a":1},"subject":"Patient/amy","patient":[{"reference":"Patient/amy"}]}`, evidence.FHIRAnswer{}},
		"an array":          {`[{"resourceType":"Patient","id":"amy"}]`, evidence.FHIRAnswer{Problem: "the body is not a JSON object"}},
		"null":              {`null`, evidence.FHIRAnswer{Problem: "the body is not a JSON object"}},
		"a page":            {`<html>`, evidence.FHIRAnswer{Problem: "the body is not a JSON object"}},
		"nothing":           {``, evidence.FHIRAnswer{Problem: "the body is not a JSON object"}},
		"longer than we do": {`{"resourceType":"Patient","id":"` + strings.Repeat("a", 6<<20) + `"}`, evidence.FHIRAnswer{Problem: "the body is not a JSON object"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := serve(t, answers(200, "application/fhir+json", tc.body))
			s := open(t, server.URL+"/fhir")
			answer, err := s.FHIR(t.Context(), s.Scope("test"), Call{Name: name, Path: "Patient/amy"})
			g.Expect(err).NotTo(HaveOccurred())
			tc.want.Name, tc.want.Exchange, tc.want.Status = name, "test#1", 200
			g.Expect(answer).To(Equal(tc.want))
		})
	}
}

// TestFHIRSeesEveryResource shows each to the caller, and keeps what lies outside of the scope.
func TestFHIRSeesEveryResource(t *testing.T) {
	g := NewWithT(t)
	server := serve(t, answers(200, "application/fhir+json", `{"resourceType":"Bundle","entry":[
		{"resource":{"resourceType":"Observation","id":"lab","category":[{"coding":[{"system":"urn:c","code":"laboratory"}]}]}},
		{"resource":{"resourceType":"Observation","id":"vital","category":[{"coding":[{"system":"urn:c","code":"vital-signs"}]}]}}]}`))
	s := open(t, server.URL)
	answer, err := s.FHIR(t.Context(), s.Scope("test"), Call{Path: "Observation", See: func(r map[string]any) bool {
		return !Coded(r, "category", "urn:c|laboratory")
	}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answer.Outside).To(Equal([]string{"Observation/vital"}))
}

func TestCoded(t *testing.T) {
	concept := map[string]any{"coding": []any{"junk", map[string]any{"system": "urn:a", "code": "x"}, map[string]any{"system": "urn:b", "code": "y"}}}
	for name, tc := range map[string]struct {
		member any
		token  string
		want   bool
	}{
		"a concept":     {concept, "urn:a|x", true},
		"in a list":     {[]any{map[string]any{}, concept}, "urn:b|y", true},
		"any system":    {concept, "x", true},
		"other system":  {concept, "urn:b|x", false},
		"other code":    {concept, "urn:a|z", false},
		"no concept":    {"x", "x", false},
		"nothing there": {nil, "x", false},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(Coded(map[string]any{"code": tc.member}, "code", tc.token)).To(Equal(tc.want))
		})
	}
}

// TestFHIRSendsTokensHome sends the token to the host of the FHIR base, whatever address a server names.
func TestFHIRSendsTokensHome(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"resourceType":"Basic","id":%q}`, r.Header.Get("Authorization"))
	}
	home, stranger := serve(t, echo), serve(t, echo)
	for name, tc := range map[string]struct {
		path string
		sent string
	}{
		"a relative path":  {"Patient/amy", "Bearer canary-token"},
		"the base itself":  {home.URL + "/fhir/Patient/amy", "Bearer canary-token"},
		"another host":     {stranger.URL + "/fhir/Patient/amy", ""},
		"its name instead": {strings.Replace(home.URL, "127.0.0.1", "localhost", 1) + "/fhir/Patient/amy", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := open(t, home.URL+"/fhir")
			answer, err := s.FHIR(t.Context(), s.Scope("test"), Call{Path: tc.path, Token: "canary-token"})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(answer.ID).To(Equal(tc.sent))
		})
	}
}

// TestFHIRSendsTokensToTheSiblingBase sends a token to the base that the target file names.
func TestFHIRSendsTokensToTheSiblingBase(t *testing.T) {
	g := NewWithT(t)
	sibling := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"resourceType":"Basic","id":%q}`, strings.Join(r.Header.Values("Authorization"), ", "))
	})
	s := open(t, serve(t, answers(200, "application/json", `{}`)).URL+"/fhir")
	s.Config.Data.SiblingBase = sibling.URL + "/fhir-r5"
	answer, err := s.FHIR(t.Context(), s.Scope("test"), Call{Path: sibling.URL + "/fhir-r5/Patient", Token: "canary-token"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answer.ID).To(Equal("Bearer canary-token"))
}

// TestFHIRSendsWhatProbesWantSent sends several Authorization fields, or none, and forms with any method.
func TestFHIRSendsWhatProbesWantSent(t *testing.T) {
	g := NewWithT(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Location", "Basic/7")
		_, _ = fmt.Fprintf(w, `{"resourceType":"Bundle","id":%q}`, fmt.Sprintf("%s %q %s", r.Method, r.Header.Values("Authorization"), body))
	})
	s := open(t, server.URL+"/fhir")
	var whole map[string]any
	for want, call := range map[string]Call{
		`GET ["Bearer a" "Token b"] `: {Authorization: []string{"Bearer a", "Token b"}, Token: "c"},
		`GET [] count=1`:              {Authorization: []string{}, Token: "c", Form: url.Values{"count": {"1"}}},
		`POST ["Bearer c"] count=1`:   {Method: http.MethodPost, Token: "c", Form: url.Values{"count": {"1"}}},
	} {
		call.Path, call.Whole = "Basic", func(r map[string]any) { whole = r }
		answer, err := s.FHIR(t.Context(), s.Scope("test"), call)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(answer.Location).To(Equal("Basic/7"))
		g.Expect(whole["id"]).To(Equal(want))
	}
}

// TestFHIRSendsBodies sends a resource as FHIR JSON.
func TestFHIRSendsBodies(t *testing.T) {
	g := NewWithT(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("WWW-Authenticate", `Bearer realm="fhir"`)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"resourceType":"Basic","id":%q}`, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+string(body))
	})
	s := open(t, server.URL+"/fhir/")
	answer, err := s.FHIR(t.Context(), s.Scope("test"), Call{Method: http.MethodPost, Path: "/Basic", Body: map[string]any{"resourceType": "Basic"}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answer.ID).To(Equal(`POST /fhir/Basic application/fhir+json {"resourceType":"Basic"}`))
	g.Expect(answer.Status).To(Equal(401))
	g.Expect(answer.Challenge).To(Equal([]string{`Bearer realm="fhir"`}))
}
