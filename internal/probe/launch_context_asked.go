package probe

import (
	"context"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// unknownRole is a role that no server knows.
const unknownRole = "https://smartcheck.example/roles/unknown"

// hint is the context scope that is sent with an EHR launch.
const hint = "launch/encounter"

// askTypedContext asks for the first context beyond patient and encounter that the server offers, and asks
// again in a role that it cannot know.
func askTypedContext(ctx context.Context, s *session.Session) (evidence.TypedContexts, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.TypedContexts{}, err
	}
	e := evidence.TypedContexts{Offered: typedScopes(m.ScopesSupported)}
	launch, ok := standalone(s)
	first := slices.IndexFunc(e.Offered, func(raw string) bool { return !strings.Contains(raw, "?role=") })
	if first < 0 || !ok {
		return e, nil
	}
	e.Asked, e.Role = e.Offered[first], unknownRole
	asked := launchScopes(launch, launch.User+"/Patient"+readLetters(s))
	plain, err := s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: append(slices.Clone(asked), e.Asked)})
	if err != nil {
		return e, err
	}
	e.Plain = &plain.Evidence
	if !plain.Evidence.Worked() || s.Config.Spec != "2.2.0" {
		return e, nil
	}
	inRole, err := s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: append(asked, e.Asked+"?role="+unknownRole)})
	e.InRole = &inRole.Evidence
	return e, err
}

// typedScopes returns the scopes for context beyond patient and encounter.
func typedScopes(offered []string) []string {
	var out []string
	for _, raw := range offered {
		kind, _, ok := scope.Context(raw)
		if ok && kind != "patient" && kind != "encounter" && !slices.Contains(out, raw) {
			out = append(out, raw)
		}
	}
	return out
}

// hintLaunch launches from the EHR once more, with a hint that the app would like an encounter.
func hintLaunch(ctx context.Context, s *session.Session) (evidence.HintedLaunch, error) {
	launches := s.Launchable()
	i := slices.IndexFunc(launches, func(l evidence.Launch) bool { return l.Mode == string(target.EHR) })
	if i < 0 {
		return evidence.HintedLaunch{}, unavailable("the target file allows no EHR launch")
	}
	l := launches[i]
	plain, err := s.SharedGrant(ctx, session.Request{Launch: l})
	if err != nil {
		return evidence.HintedLaunch{}, err
	}
	e := evidence.HintedLaunch{Hint: hint, Plain: plain.Evidence}
	if !plain.Evidence.Worked() {
		return e, nil
	}
	asked := append(strings.Fields(plain.Evidence.Scope), hint)
	hinted, err := s.SharedGrant(ctx, session.Request{Launch: l, Scopes: asked})
	e.Hinted = hinted.Evidence
	return e, err
}

// pickEncounter asks for a patient and an encounter in a standalone launch.
func pickEncounter(ctx context.Context, s *session.Session) (evidence.PickedEncounter, error) {
	grant, offered, err := standaloneEncounter(ctx, s)
	if err == nil && !offered {
		err = unavailable("there is no standalone launch, or the server does not claim context-standalone-encounter")
	}
	picked := s.Config.Users[target.UserRole(grant.Evidence.Launch.User)].Encounter
	return evidence.PickedEncounter{Grant: grant.Evidence, Picked: picked}, err
}

// standaloneEncounter returns the shared grant of a standalone launch that asks for an encounter, where the
// server offers that.
func standaloneEncounter(ctx context.Context, s *session.Session) (grant session.Grant, offered bool, err error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return grant, false, err
	}
	launch, ok := standalone(s)
	if !ok || !m.Claims("context-standalone-encounter") {
		return grant, false, nil
	}
	letters := readLetters(s)
	grant, err = s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: append([]string{"launch/encounter"},
		launchScopes(launch, launch.User+"/Patient"+letters, launch.User+"/Encounter"+letters)...)})
	return grant, true, err
}

// askPatientScope asks for a patient scope without launch/patient.
func askPatientScope(ctx context.Context, s *session.Session) (evidence.Grant, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.Grant{}, err
	}
	launch, ok := standalone(s)
	if !ok || !m.Claims("permission-patient") {
		return evidence.Grant{}, unavailable("there is no standalone launch, or the server does not claim permission-patient")
	}
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: []string{"patient/Patient" + readLetters(s)}})
	return grant.Evidence, err
}
