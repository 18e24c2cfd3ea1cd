package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// expiryAllowance is added to the lifetime of a token, so that clocks and networks may differ a little.
const expiryAllowance = time.Second

// readable makes the control of a probe of bad tokens: the good token has to open what the bad ones must
// not.
func readable(ctx context.Context, s *session.Session, scope *record.Scope, grant session.Grant) (evidence.FHIRAnswer, error) {
	control, err := s.FHIR(ctx, scope, session.Call{Name: "the good token", Path: patientPath(grant), Token: grant.Tokens.Access})
	if err == nil && control.Status != http.StatusOK {
		err = fmt.Errorf("a refusal would prove nothing: the good token was answered with %d as well", control.Status)
	}
	return control, err
}

// credentials calls with a good token that comes in a bad way.
func credentials(ctx context.Context, s *session.Session) (evidence.Access, error) {
	grant, err := workingGrant(ctx, s, nil)
	if err != nil {
		return evidence.Access{}, err
	}
	c := callerFor(ctx, s, evidence.CredentialsKind.Name(), grant)
	if _, err := readable(ctx, s, c.scope, grant); err != nil {
		return c.access, err
	}
	good, path := "Bearer "+c.token, patientPath(grant)
	for _, call := range []session.Call{
		{Name: evidence.BlankToken, Path: path, Authorization: []string{"Bearer "}},
		{Name: evidence.IllegalToken, Path: path, Authorization: []string{good + `"<>`}},
		{Name: evidence.SecondWord, Path: path, Authorization: []string{good + " and more"}},
		{Name: evidence.BasicScheme, Path: path, Authorization: []string{"Basic " + c.token}},
		{Name: evidence.UnknownScheme, Path: path, Authorization: []string{"Smartcheck " + c.token}},
		{Name: evidence.TwoHeaders, Path: path, Authorization: []string{good, "Bearer " + oauth.Random(32)}},
		{Name: evidence.HeaderAndQuery, Path: withToken(path, c.token), Authorization: []string{good}},
		{Name: evidence.FormPost, Method: http.MethodPost, Path: "Patient/_search", Authorization: []string{}, Form: url.Values{"access_token": {c.token}, "_count": {"1"}}},
		{Name: evidence.FormGet, Path: path, Authorization: []string{}, Form: url.Values{"access_token": {c.token}}},
	} {
		if err := c.call(call); err != nil {
			return c.access, err
		}
	}
	return c.access, nil
}

func withToken(path, token string) string {
	joint := "?"
	if strings.Contains(path, "?") {
		joint = "&"
	}
	return path + joint + "access_token=" + url.QueryEscape(token)
}

// otherTokens calls with the refresh token and the ID token of a grant in the place of its access token.
func otherTokens(ctx context.Context, s *session.Session) (evidence.Access, error) {
	grant, err := workingGrant(ctx, s, nil)
	if err != nil {
		return evidence.Access{}, err
	}
	c := callerFor(ctx, s, evidence.OtherTokensKind.Name(), grant)
	if _, err := readable(ctx, s, c.scope, grant); err != nil {
		return c.access, err
	}
	for _, other := range []struct{ name, token string }{
		{"the refresh token", grant.Tokens.Refresh}, {"the ID token", grant.Tokens.ID},
	} {
		if other.token == "" || other.token == c.token {
			continue
		}
		if err := c.call(session.Call{Name: other.name, Path: patientPath(grant), Token: other.token}); err != nil {
			return c.access, err
		}
	}
	return c.access, nil
}

// revokedToken revokes an access token and reads with it once more.
func revokedToken(ctx context.Context, s *session.Session) (evidence.TokenEnd, error) {
	e := evidence.TokenEnd{How: "its revocation"}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	if m.Revocation == "" {
		return e, unavailable("the server lists no revocation_endpoint")
	}
	launch, err := s.AnyLaunch()
	if err != nil {
		return e, err
	}
	scope := s.Scope(evidence.RevokedKind.Name())
	grant, err := s.FreshGrant(ctx, scope, session.Request{Launch: launch, Fresh: true})
	if err := working(grant, err); err != nil {
		return e, err
	}
	if e.Before, err = readable(ctx, s, scope, grant); err != nil {
		return e, err
	}
	request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{
		"token": {grant.Tokens.Access}, "token_type_hint": {"access_token"},
	}}
	if err := s.Authenticate(&request, target.ClientKind(launch.Client), m); err != nil {
		return e, err
	}
	m.TokenEndpoint = m.Revocation // where the request goes; the client has been authenticated for the server
	answer, _, err := s.Send(ctx, scope, m, request)
	if err != nil {
		return e, err
	}
	e.Ended = &evidence.FHIRAnswer{Name: "the revocation", Exchange: answer.Exchange, Status: answer.Status}
	e.After, err = s.FHIR(ctx, scope, session.Call{Name: "the revoked token", Path: patientPath(grant), Token: grant.Tokens.Access})
	return e, err
}

// expiredToken waits for the end of an access token, when that is near enough, and reads with it once
// more.
func expiredToken(ctx context.Context, s *session.Session) (evidence.TokenEnd, error) {
	e := evidence.TokenEnd{How: "its expiry"}
	launch, err := s.AnyLaunch(target.Expiring, target.Public, target.Symmetric, target.Asymmetric)
	if err != nil {
		return e, err
	}
	scope := s.Scope(evidence.ExpiredKind.Name())
	if launch.Client != string(target.Expiring) {
		shared, err := s.SharedGrant(ctx, session.Request{Launch: launch})
		if err := working(shared, err); err != nil {
			return e, err
		}
		if _, err := expiryOf(shared, s.Config.Timeouts.TokenExpiry); err != nil {
			return e, err
		}
	}
	grant, err := s.FreshGrant(ctx, scope, session.Request{Launch: launch})
	issued := time.Now() // at the latest
	if err := working(grant, err); err != nil {
		return e, err
	}
	wait, err := expiryOf(grant, s.Config.Timeouts.TokenExpiry)
	if err != nil {
		return e, err
	}
	if e.Before, err = readable(ctx, s, scope, grant); err != nil {
		return e, err
	}
	select {
	case <-time.After(time.Until(issued.Add(wait))):
	case <-ctx.Done():
		return e, ctx.Err()
	}
	e.After, err = s.FHIR(ctx, scope, session.Call{Name: "the expired token", Path: patientPath(grant), Token: grant.Tokens.Access})
	return e, err
}

// expiryOf returns how long to wait until the access token of a grant has expired, or why that is too long.
func expiryOf(g session.Grant, limit time.Duration) (time.Duration, error) {
	lifetime, stated := lifetimeOf(g.Evidence.Token.Members)
	wait := lifetime + expiryAllowance
	switch {
	case !stated:
		return 0, unavailable("the token response states no lifetime to wait for")
	case wait > limit:
		return 0, unavailable(fmt.Sprintf("access tokens live %s, which is longer than timeouts.tokenExpiry (%s); raise it, or name a client with short-lived tokens as clients.expiring", lifetime, limit))
	}
	return wait, nil
}

// lifetimeOf returns the expires_in of a token response.
func lifetimeOf(members map[string]json.RawMessage) (time.Duration, bool) {
	seconds, err := strconv.Atoi(strings.Trim(string(members["expires_in"]), `"`))
	return time.Duration(seconds) * time.Second, err == nil && seconds > 0
}
