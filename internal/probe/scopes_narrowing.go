package probe

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// narrowing gets tokens for fewer scopes than one grant has, by its refresh token (RFC 6749 §6), and where
// the server does not do that, by a grant for each.
type narrowing struct {
	session *session.Session
	scope   *record.Scope
	grant   session.Grant
	refresh string // empty when it is of no use
}

func newNarrowing(ctx context.Context, s *session.Session, scope *record.Scope, trials []aTrial) (*narrowing, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return nil, err
	}
	var clinical []string
	for _, t := range trials {
		clinical = append(clinical, t.scopes(s.Config.Data.Resource)...)
	}
	n := &narrowing{session: s, scope: scope}
	n.grant, err = s.FreshGrant(ctx, scope, session.Request{Launch: launch, Scopes: append(launchScopes(launch, clinical...), "offline_access")})
	n.refresh = n.grant.Tokens.Refresh
	return n, err
}

// token returns a token for the clinical scopes alone, and what was granted.
func (n *narrowing) token(ctx context.Context, clinical []string, fits func(granted string) bool) (evidence.TokenResponse, session.Tokens, error) {
	launch := n.grant.Answer.Request.Launch
	if n.refresh != "" {
		request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {n.refresh},
			"scope": {strings.Join(append(launchScopes(launch, clinical...), "offline_access"), " ")},
		}}
		if err := n.session.Authenticate(&request, target.ClientKind(launch.Client), n.grant.Answer.Metadata); err != nil {
			return evidence.TokenResponse{}, session.Tokens{}, err
		}
		e, tokens, err := n.session.Send(ctx, n.scope, n.grant.Answer.Metadata, request)
		if err != nil {
			return e, tokens, err
		}
		if tokens.Refresh != "" {
			n.refresh = tokens.Refresh
		}
		if tokens.Access != "" && fits(tokens.Scope) {
			return e, tokens, nil
		}
		n.refresh = ""
	}
	grant, err := n.session.SharedGrant(ctx, session.Request{Launch: launch, Scopes: launchScopes(launch, clinical...)})
	if err != nil || grant.Evidence.Token == nil {
		return evidence.TokenResponse{}, session.Tokens{}, err
	}
	return *grant.Evidence.Token, grant.Tokens, nil
}
