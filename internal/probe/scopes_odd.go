package probe

import (
	"context"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// malformedLetters asks for scopes whose letters have no meaning, beside one that has.
func malformedLetters(ctx context.Context, s *session.Session) (evidence.OddScopes, error) {
	context := "patient/" + s.Config.Data.Resource
	return oddScopes(ctx, s, context+".dus", context+".sr", context+".xyz")
}

// unknownScopes asks for scopes that nobody has defined, beside one that is.
func unknownScopes(ctx context.Context, s *session.Session) (evidence.OddScopes, error) {
	return oddScopes(ctx, s, "launch/smartcheckunknown", "__smartcheck_unknown")
}

func oddScopes(ctx context.Context, s *session.Session, odd ...string) (evidence.OddScopes, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.OddScopes{}, err
	}
	asked := append(launchScopes(launch, "patient/Patient"+readLetters(s)), odd...)
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: asked})
	return evidence.OddScopes{Odd: odd, Grant: grant.Evidence}, err
}

// maxListed bounds how many scopes are asked for in one request, so that its URL stays within what
// servers take.
const maxListed = 30

// listedScopes asks for the scopes that discovery lists.
func listedScopes(ctx context.Context, s *session.Session) (evidence.ListedScopes, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.ListedScopes{}, err
	}
	if len(m.ScopesSupported) == 0 {
		return evidence.ListedScopes{}, unavailable("the server lists no scopes_supported")
	}
	launch, err := s.AnyLaunch()
	if l, ok := standalone(s); ok {
		launch, err = l, nil // a clinician can grant user scopes too
	}
	if err != nil {
		return evidence.ListedScopes{}, err
	}
	e := evidence.ListedScopes{Listed: len(m.ScopesSupported)}
	for _, listed := range m.ScopesSupported {
		if len(e.Asked) < maxListed && grantableBy(launch.User, listed) {
			e.Asked = append(e.Asked, listed)
		}
	}
	if len(e.Asked) == 0 {
		return e, unavailable("none of the listed scopes is one that the user can grant")
	}
	asked := launchScopes(launch)
	for _, listed := range e.Asked {
		if !slices.Contains(asked, listed) {
			asked = append(asked, listed)
		}
	}
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch, Scopes: asked})
	e.Grant = grant.Evidence
	return e, err
}

// grantableBy reports whether a listed scope is one that the user of a launch can grant and that means the
// same everywhere. Access while the user is away is left out: a server may want more than consent for it.
func grantableBy(user, listed string) bool {
	s, clinical := scope.Parse(listed)
	if clinical {
		return s.Context == "patient" || s.Context == "user" && user == "clinician"
	}
	return slices.Contains([]string{"openid", "fhirUser"}, listed)
}
