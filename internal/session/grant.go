package session

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Grant is a launch carried through to the token endpoint, with its secrets in clear.
type Grant struct {
	Answer   Answer
	Tokens   Tokens
	Evidence evidence.Grant
}

// SharedGrant returns the grant of a launch, made once. Probes that only read share it; none may
// consume or revoke its tokens. A server that remembers sign-in and consent shows no page to those who come
// later. So that its pages can be judged whatever ran before, the first standalone launch of each user begins
// in a browser that nobody has signed in with, and another that met no page is made again by such a one.
func (s *Session) SharedGrant(ctx context.Context, r Request) (Grant, error) {
	key := r.Launch.String() + " " + strings.Join(r.Scopes, " ")
	return s.grants.get(ctx, key, func(ctx context.Context) (Grant, error) {
		scope := s.Scope("grant." + grantName(r))
		r.Fresh = r.Fresh || r.Scopes == nil && r.Launch == s.firstStandalone(r.Launch.User)
		g, err := s.FreshGrant(ctx, scope, r)
		if err == nil && g.metNoPage() && !r.Fresh {
			r.Fresh = true
			return s.FreshGrant(ctx, scope, r)
		}
		return g, err
	})
}

// metNoPage reports whether a standalone launch led to a token without a page.
func (g Grant) metNoPage() bool {
	launch, way := g.Evidence.Launch, g.Evidence.Authorization
	return launch.Mode == string(target.Standalone) && way.Outcome == evidence.GotCode && len(way.Pages) == 0
}

// grantName names the scope of the recorder for a shared grant.
func grantName(r Request) string {
	if r.Scopes == nil {
		return r.Launch.String()
	}
	return r.Launch.String() + "." + strings.NewReplacer(" ", "+", "#", "").Replace(strings.Join(r.Scopes, " "))
}

// FreshGrant makes a grant of its own for a probe that consumes or destroys it.
func (s *Session) FreshGrant(ctx context.Context, scope *record.Scope, r Request) (Grant, error) {
	a, err := s.Authorize(ctx, scope, r)
	if err != nil {
		return Grant{}, err
	}
	return s.redeem(ctx, scope, a)
}

// redeem carries an authorization request through to the token endpoint, if it brought a code.
func (s *Session) redeem(ctx context.Context, scope *record.Scope, a Answer) (Grant, error) {
	g := Grant{Answer: a, Evidence: evidence.Grant{
		Launch: a.Request.Launch, ClientID: a.Client.ID, RedirectURI: a.RedirectURI,
		Scope: a.Parameters.Get("scope"), Nonce: a.Parameters.Get("nonce"), Issuer: a.Metadata.Issuer,
		IssPromised: a.Metadata.IssParameter, Base: strings.TrimRight(s.Config.FHIR, "/"),
		EHRLaunch: a.EHRLaunch, Authorization: a.Evidence,
	}}
	if a.Code == "" {
		return g, nil
	}
	request, err := s.CodeRequest(a)
	if err != nil {
		return Grant{}, err
	}
	response, tokens, err := s.Send(ctx, scope, a.Metadata, request)
	if err != nil {
		return Grant{}, fmt.Errorf("the code could not be redeemed: %w", err)
	}
	g.Evidence.Token, g.Tokens = &response, tokens
	if response.IDToken != nil {
		g.Evidence.Issuer = cmp.Or(g.Evidence.Issuer, response.IDToken.Issuer)
	}
	return g, nil
}

// Launchable returns the launches that the target file has users and clients for.
func (s *Session) Launchable() []evidence.Launch {
	var all []evidence.Launch
	for _, l := range evidence.Launches() {
		if len(s.Only) > 0 && !slices.Contains(s.Only, l) {
			continue
		}
		if s.Config.Lacks(target.UserRole(l.User), target.LaunchMode(l.Mode), target.ClientKind(l.Client)) == "" {
			all = append(all, l)
		}
	}
	return all
}

// firstStandalone returns the first standalone launch of a user that the target file has a client for.
func (s *Session) firstStandalone(user string) evidence.Launch {
	for _, l := range s.Launchable() {
		if l.User == user && l.Mode == string(target.Standalone) {
			return l
		}
	}
	return evidence.Launch{}
}

// AnyLaunch returns the launch that probes use when they do not care which: standalone before EHR, a
// patient before a clinician, and of the given clients the first that the target file has.
func (s *Session) AnyLaunch(kinds ...target.ClientKind) (evidence.Launch, error) {
	if len(kinds) == 0 {
		kinds = []target.ClientKind{target.Public, target.Symmetric, target.Asymmetric}
	}
	for _, mode := range target.LaunchModes {
		for _, role := range target.UserRoles {
			for _, kind := range kinds {
				if s.Config.Lacks(role, mode, kind) == "" {
					return evidence.Launch{User: string(role), Mode: string(mode), Client: string(kind)}, nil
				}
			}
		}
	}
	return evidence.Launch{}, Unavailable{"the target file has no user together with " + clientNames(kinds)}
}

func clientNames(kinds []target.ClientKind) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = "clients." + string(kind)
	}
	return strings.Join(names, " or ")
}
