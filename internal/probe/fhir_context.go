package probe

import (
	"context"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// FHIRContext lists the probes of fhirContext.
func FHIRContext() []Probe { return []Probe{of(evidence.FHIRContextKind, readFHIRContexts)} }

// maxReferences bounds how many references of one fhirContext are read.
const maxReferences = 10

// readFHIRContexts reads what the fhirContext of every shared grant refers to.
func readFHIRContexts(ctx context.Context, s *session.Session) (evidence.FHIRContexts, error) {
	grants, err := sharedGrants(ctx, s)
	if err != nil {
		return evidence.FHIRContexts{}, err
	}
	var with []session.Grant
	for _, g := range grants {
		if g.Evidence.Worked() && g.Evidence.Token.Members["fhirContext"] != nil {
			with = append(with, g)
		}
	}
	reads, err := each(with, func(g session.Grant) (evidence.FHIRContextRead, error) {
		answers, err := readReferences(ctx, s, g)
		return evidence.FHIRContextRead{Grant: g.Evidence, Answers: answers}, err
	})
	return evidence.FHIRContexts{Reads: reads}, err
}

// readReferences reads the references that the token may read.
func readReferences(ctx context.Context, s *session.Session, g session.Grant) ([]evidence.FHIRAnswer, error) {
	scope := s.Scope("fhir-context." + g.Evidence.Launch.String())
	var answers []evidence.FHIRAnswer
	for _, reference := range g.Evidence.Token.ContextReferences() {
		kind, id, ok := strings.Cut(reference, "/")
		if !ok || !allows(g, kind) || strings.ContainsAny(reference, "?#") || len(answers) == maxReferences {
			continue
		}
		answer, err := s.FHIR(ctx, scope, session.Call{
			Name: reference, Path: kind + "/" + strings.ReplaceAll(url.PathEscape(id), "%2F", "/"), Token: g.Tokens.Access,
		})
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}
