package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Scopes lists the probes of scope negotiation.
func Scopes() []Probe {
	return []Probe{
		of(evidence.ScopesV1Kind, func(ctx context.Context, s *session.Session) (evidence.ScopeGrants, error) {
			return grantSyntax(ctx, s, "permission-v1", ".read")
		}),
		of(evidence.ScopesV2Kind, func(ctx context.Context, s *session.Session) (evidence.ScopeGrants, error) {
			return grantSyntax(ctx, s, "permission-v2", ".rs")
		}),
		of(evidence.ScopesDeclinedKind, declineScope),
		of(evidence.ScopesContextKind, contextScopes),
		of(evidence.ScopeLettersKind, tryLetters),
		of(evidence.ScopeV1VerbsKind, tryV1Verbs),
		of(evidence.ScopesWildcardKind, wildcard),
		of(evidence.UserReachKind, userReach),
		of(evidence.SystemReachKind, systemReach),
		of(evidence.MalformedKind, malformedLetters),
		of(evidence.UnknownScopesKind, unknownScopes),
		of(evidence.ListedScopesKind, listedScopes),
	}
}

// grantSyntax gets a grant of clinical scopes that end in the given letters.
func grantSyntax(ctx context.Context, s *session.Session, capability, letters string) (evidence.ScopeGrants, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.ScopeGrants{}, err
	}
	if err := syntaxClaimed(s, m, capability); err != nil {
		return evidence.ScopeGrants{}, err
	}
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.ScopeGrants{}, err
	}
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: launchScopes(launch,
		launch.User+"/Patient"+letters, launch.User+"/"+s.Config.Data.Resource+letters)})
	return evidence.ScopeGrants{Grants: []evidence.Grant{grant.Evidence}}, err
}

// syntaxClaimed says why scopes of a syntax are not asked for. SMART App Launch 1.0.0 has no capability for
// the only one that it knows.
func syntaxClaimed(s *session.Session, m session.Metadata, capability string) error {
	if m.Claims(capability) || s.Config.Spec == "1.0.0" && capability == "permission-v1" {
		return nil
	}
	return unavailable("the server does not claim " + capability)
}

// launchScopes returns clinical scopes together with the context scope that the launch needs. Scopes
// written with the context clinician mean user.
func launchScopes(launch evidence.Launch, clinical ...string) []string {
	scopes := []string{"launch/patient"}
	if launch.Mode == string(target.EHR) {
		scopes = []string{"launch"}
	}
	for _, c := range clinical {
		scopes = append(scopes, strings.Replace(c, "clinician/", "user/", 1))
	}
	return scopes
}

// declineScope unticks one clinical scope at the consent page.
func declineScope(ctx context.Context, s *session.Session) (evidence.ScopeGrants, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.ScopeGrants{}, err
	}
	asked := s.Config.LaunchScopes(target.UserRole(launch.User), target.LaunchMode(launch.Mode), target.ClientKind(launch.Client))
	i := slices.IndexFunc(asked, func(raw string) bool {
		parsed, clinical := scope.Parse(raw)
		return clinical && parsed.Resource != "Patient"
	})
	if i < 0 {
		return evidence.ScopeGrants{}, unavailable("the target file asks for no clinical scope besides Patient")
	}
	grant, err := s.FreshGrant(ctx, s.Scope(evidence.ScopesDeclinedKind.Name()), session.Request{
		Launch: launch, Untick: []string{asked[i]},
	})
	e := evidence.ScopeGrants{Grants: []evidence.Grant{grant.Evidence}}
	switch {
	case err != nil:
	case grant.Answer.Unticked:
		e.Declined = []string{asked[i]}
		e.Reads, err = readDeclined(ctx, s, grant, asked[i])
	case !grant.Answer.NoChoice && grant.Evidence.Authorization.Outcome == evidence.GotNowhere:
		err = fmt.Errorf("the consent page was not reached: %s", grant.Evidence.Describe())
	}
	return e, err
}

// contextScopes gathers the shared grants, and one of a standalone launch that asks for a patient and,
// where the server offers it, an encounter.
func contextScopes(ctx context.Context, s *session.Session) (evidence.ScopeGrants, error) {
	grants, err := sharedGrants(ctx, s)
	if err != nil {
		return evidence.ScopeGrants{}, err
	}
	var e evidence.ScopeGrants
	for _, g := range grants {
		e.Grants = append(e.Grants, g.Evidence)
	}
	grant, offered, err := standaloneEncounter(ctx, s)
	if err == nil && offered {
		e.Grants = append(e.Grants, grant.Evidence)
	}
	return e, err
}

// standalone returns a clinician's standalone launch, or else a patient's, when the target has one.
func standalone(s *session.Session) (evidence.Launch, bool) {
	launches := s.Launchable()
	for _, user := range []target.UserRole{target.Clinician, target.Patient} {
		for _, l := range launches {
			if l.User == string(user) && l.Mode == string(target.Standalone) {
				return l, true
			}
		}
	}
	return evidence.Launch{}, false
}
