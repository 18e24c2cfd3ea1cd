package probe

import (
	"context"
	"net/http"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// LaunchContext lists the probes of the context that comes with a token.
func LaunchContext() []Probe {
	return []Probe{
		of(evidence.ContextKind, readContexts), of(evidence.TypedContextKind, askTypedContext),
		of(evidence.HintedLaunchKind, hintLaunch), of(evidence.PickedEncounterKind, pickEncounter),
		of(evidence.PatientScopeKind, askPatientScope),
	}
}

// readContexts reads what the launch context of every shared grant names.
func readContexts(ctx context.Context, s *session.Session) (evidence.ContextReads, error) {
	grants, err := sharedGrants(ctx, s)
	if err != nil {
		return evidence.ContextReads{}, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.ContextReads{}, err
	}
	var worked []session.Grant
	for _, g := range grants {
		if g.Evidence.Worked() {
			worked = append(worked, g)
		}
	}
	reads, err := each(worked, func(g session.Grant) (evidence.ContextRead, error) {
		read := evidence.ContextRead{Grant: g.Evidence, Capabilities: m.Capabilities, Picked: picked(s, g)}
		return read, readContext(ctx, s, g, &read)
	})
	return evidence.ContextReads{Reads: reads}, err
}

// picked returns the id of the patient that the picker was to choose, when the target file names one.
func picked(s *session.Session, g session.Grant) string {
	if g.Evidence.EHRLaunch != nil {
		return ""
	}
	return s.Config.Users[target.UserRole(g.Evidence.Launch.User)].Patient
}

func readContext(ctx context.Context, s *session.Session, g session.Grant, into *evidence.ContextRead) error {
	scope := s.Scope("launch-context." + g.Evidence.Launch.String())
	read := func(path string, answer **evidence.FHIRAnswer) error {
		a, err := s.FHIR(ctx, scope, session.Call{Name: path, Path: path, Token: g.Tokens.Access})
		*answer = &a
		return err
	}
	token := g.Evidence.Token
	if id, ok := token.Text("patient"); ok && allows(g, "Patient") {
		if err := read("Patient/"+url.PathEscape(id), &into.Patient); err != nil {
			return err
		}
	}
	if id, ok := token.Text("encounter"); ok && allows(g, "Encounter") {
		if err := read("Encounter/"+url.PathEscape(id), &into.Encounter); err != nil {
			return err
		}
	}
	if token.IDToken != nil {
		if user, ok := token.IDToken.Text("fhirUser"); ok {
			if err := read(user, &into.FHIRUser); err != nil {
				return err
			}
		}
	}
	if address, ok := token.Text("smart_style_url"); ok {
		if u, err := url.Parse(address); err == nil && u.IsAbs() {
			readStyle(ctx, scope, address, into)
		}
	}
	return nil
}

// allows reports whether the granted scopes let the token read a resource type.
func allows(g session.Grant, resource string) bool {
	granted, _ := g.Evidence.Token.Text("scope")
	return reads(granted, resource)
}

// readStyle fetches the style document as the app's page would: without credentials, from its own origin.
func readStyle(ctx context.Context, scope *record.Scope, address string, into *evidence.ContextRead) {
	into.Origin = originOf(into.Grant.RedirectURI)
	style := reader{scope}.read(ctx, address, http.Header{"Origin": {into.Origin}, "Accept": {"application/json"}})
	into.Style = &style
}

// originOf returns the web origin of a page, or of some page where uri is none.
func originOf(uri string) string {
	if u, err := url.Parse(uri); err == nil && u.Scheme == "https" && u.Host != "" {
		return u.Scheme + "://" + u.Host
	}
	return foreignOrigin
}
