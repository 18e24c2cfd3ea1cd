package probe

import (
	"context"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// AuthorizeParameters lists the probes of parameters that come too often or not at all.
func AuthorizeParameters() []Probe {
	return []Probe{
		variants(evidence.RepeatedParameterKind, refusedAtOnce, repeatedParameters),
		variants(evidence.RedirectURIMissingKind, refusedAtOnce, func(*session.Session, evidence.Launch) ([]variant, error) {
			return []variant{{name: "no redirect_uri", request: session.Request{
				Set: url.Values{"redirect_uri": nil}, Guarded: true,
			}}}, nil
		}),
		variants(evidence.AudienceMissingKind, refusedAtToken, replacing("aud", []sent{{"no aud", nil}})),
		of(evidence.SiblingBaseKind, siblingBase),
	}
}

// repeatedParameters returns requests in each of which one parameter comes more than once.
func repeatedParameters(s *session.Session, launch evidence.Launch) ([]variant, error) {
	client := s.Config.Clients[target.ClientKind(launch.Client)]
	scopes := s.Config.LaunchScopes(target.UserRole(launch.User), target.LaunchMode(launch.Mode), target.ClientKind(launch.Client))
	list := []struct{ parameter, right, wrong string }{
		{"client_id", client.ID, "smartcheck-other"},
		{"redirect_uri", client.Redirect, elsewhere},
		{"scope", strings.Join(scopes, " "), "openid"},
		{"state", oauth.Random(24), oauth.Random(24)},
		{"response_type", "code", "token"},
	}
	if s.Config.Spec != "1.0.0" { // which knows no PKCE
		list = append(list, struct{ parameter, right, wrong string }{
			"code_challenge", oauth.S256(oauth.Verifier(64)), oauth.S256(oauth.Verifier(64)),
		})
	}
	var out []variant
	for _, one := range list {
		out = append(out, variant{
			name: one.parameter + " more than once", sent: one.right + ", " + one.wrong,
			request: session.Request{Set: url.Values{one.parameter: around(one.right, one.wrong)}, Guarded: true},
		})
	}
	return out, nil
}

// around repeats a parameter in such a way that whoever takes the first value, or the last, gets the right one.
func around(right, wrong string) []string { return []string{right, wrong, right} }

// siblingBase asks for a token for the FHIR base and for one for a sibling of it, and takes each to the other.
func siblingBase(ctx context.Context, s *session.Session) (evidence.Access, error) {
	sibling := strings.TrimRight(s.Config.Data.SiblingBase, "/")
	if sibling == "" {
		return evidence.Access{}, unavailable("the target file names no data.siblingBase, another FHIR base of the authorization server")
	}
	own, err := patientGrant(ctx, s)
	if err != nil {
		return evidence.Access{}, err
	}
	path := patientPath(own)
	c := caller{ctx: ctx, session: s, scope: s.Scope(evidence.SiblingBaseKind.Name()), token: own.Tokens.Access}
	c.access.Patient, _ = own.Evidence.Token.Text("patient")
	for _, call := range []session.Call{
		{Name: evidence.OwnBase, Path: path}, {Name: evidence.OwnAtSibling, Path: sibling + "/" + path},
	} {
		if err := c.call(call); err != nil {
			return c.access, err
		}
	}
	other, err := s.FreshGrant(ctx, c.scope, session.Request{
		Launch: own.Evidence.Launch, Scopes: own.Answer.Request.Scopes, Set: url.Values{"aud": {sibling}},
	})
	if err != nil || !other.Evidence.Worked() {
		return c.access, err // a server need not issue tokens for both
	}
	return c.access, c.call(session.Call{Name: evidence.SiblingAtOwnBase, Path: path, Token: other.Tokens.Access})
}
