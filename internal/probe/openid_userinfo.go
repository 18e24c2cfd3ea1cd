package probe

import (
	"context"
	"net/http"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// userInfo calls the UserInfo endpoint for each user who got an ID token: with the token of the grant, and
// in ways in which it must not answer.
func userInfo(ctx context.Context, s *session.Session) (evidence.UserInfos, error) {
	var e evidence.UserInfos
	endpoint, err := s.UserInfoEndpoint(ctx)
	if err != nil {
		return e, err
	}
	grants, err := onePerUser(ctx, s)
	if err != nil {
		return e, err
	}
	recorded := s.Scope(evidence.UserInfoKind.Name())
	call := func(name, method, token string, g session.Grant) error {
		answer, err := s.UserInfo(ctx, recorded, endpoint, method, token)
		answer.Name, answer.Launch = name, g.Evidence.Launch
		if id := g.Evidence.Token; id != nil && id.IDToken != nil {
			answer.IDSubject, _ = id.IDToken.Text("sub")
		}
		e.Calls = append(e.Calls, answer)
		return err
	}
	for _, g := range grants {
		if err := call(evidence.UserInfoGet, http.MethodGet, g.Tokens.Access, g); err != nil {
			return e, err
		}
	}
	if err := call(evidence.UserInfoPost, http.MethodPost, grants[0].Tokens.Access, grants[0]); err != nil {
		return e, err
	}
	if err := call(evidence.UserInfoNoToken, http.MethodGet, "", session.Grant{}); err != nil {
		return e, err
	}
	plain, err := plainGrant(ctx, s)
	if err != nil || openIDGranted(plain) {
		return e, ctx.Err() // there is no token to try; the other calls stand
	}
	return e, call(evidence.UserInfoNoOpenID, http.MethodGet, plain.Tokens.Access, plain)
}

// openIDGranted reports whether a token may be one that openid was granted to.
func openIDGranted(g session.Grant) bool {
	granted, told := g.Evidence.Token.Text("scope")
	return told && slices.Contains(scope.Split(granted), "openid")
}

// onePerUser returns the first shared grant of each user that an ID token came with.
func onePerUser(ctx context.Context, s *session.Session) ([]session.Grant, error) {
	grants, err := sharedGrants(ctx, s)
	if err != nil {
		return nil, err
	}
	var first []session.Grant
	for _, g := range grants {
		sameUser := func(other session.Grant) bool { return other.Evidence.Launch.User == g.Evidence.Launch.User }
		if g.Evidence.Worked() && g.Evidence.Token.IDToken != nil && !slices.ContainsFunc(first, sameUser) {
			first = append(first, g)
		}
	}
	if len(first) == 0 {
		return nil, unavailable("no ID token came with any token response")
	}
	return first, nil
}
