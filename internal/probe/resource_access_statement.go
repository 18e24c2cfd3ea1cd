package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// statement is what probes need of a CapabilityStatement.
type statement struct {
	Rest []struct {
		Interaction []coded        `json:"interaction"`
		Resource    []resourceInfo `json:"resource"`
	} `json:"rest"`
}

type coded struct {
	Code string `json:"code"`
}

type named struct {
	Name string `json:"name"`
}

// resourceInfo is what a server can do with one type.
type resourceInfo struct {
	Type             string   `json:"type"`
	Interaction      []coded  `json:"interaction"`
	UpdateCreate     bool     `json:"updateCreate"`
	SearchParam      []named  `json:"searchParam"`
	SearchInclude    []string `json:"searchInclude"`
	SearchRevInclude []string `json:"searchRevInclude"`
}

// readStatement reads the CapabilityStatement of the server.
func readStatement(ctx context.Context, s *session.Session, scope *record.Scope) (statement, error) {
	var st statement
	var bad error
	answer, err := s.FHIR(ctx, scope, session.Call{Name: "the CapabilityStatement", Path: "metadata", Whole: func(r map[string]any) {
		raw, err := json.Marshal(r)
		if err == nil {
			err = json.Unmarshal(raw, &st)
		}
		bad = err
	}})
	switch {
	case err != nil:
		return st, err
	case answer.Status != http.StatusOK:
		return st, fmt.Errorf("the CapabilityStatement could not be read: metadata answered %d; expected 200", answer.Status)
	case answer.Problem != "":
		return st, fmt.Errorf("the CapabilityStatement could not be read: metadata answered 200, but %s", answer.Problem)
	case bad != nil:
		return st, fmt.Errorf("the CapabilityStatement could not be read: %w", bad)
	}
	return st, nil
}

// resources returns what the server can do with each type.
func (st statement) resources() []resourceInfo {
	var all []resourceInfo
	for _, rest := range st.Rest {
		all = append(all, rest.Resource...)
	}
	return all
}

func (st statement) of(kind string) resourceInfo {
	for _, r := range st.resources() {
		if r.Type == kind {
			return r
		}
	}
	return resourceInfo{}
}

// can reports whether the server has an interaction with the whole system, such as batch.
func (st statement) can(code string) bool {
	for _, rest := range st.Rest {
		if slices.Contains(rest.Interaction, coded{code}) {
			return true
		}
	}
	return false
}

func (r resourceInfo) can(code string) bool { return slices.Contains(r.Interaction, coded{code}) }

func (r resourceInfo) searchable(parameter string) bool {
	return slices.ContainsFunc(r.SearchParam, func(p named) bool { return p.Name == parameter })
}

// ofPatient returns the query that asks for the records of one patient; "" for a type that has none.
func (r resourceInfo) ofPatient(id string) string {
	switch {
	case r.Type == "Patient":
		return "_id=" + id
	case r.searchable("patient"):
		return "patient=" + id
	case r.searchable("subject"):
		return "subject=Patient/" + id
	}
	return ""
}
