package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Token lists the probes of the token endpoint.
func Token() []Probe {
	confidential := []target.ClientKind{target.Symmetric, target.Asymmetric}
	return []Probe{
		of(evidence.TokenErrorsKind, tokenErrors),
		of(evidence.CodeReplayKind, replayCode),
		of(evidence.CodeOtherClientKind, otherClient),
		redemptions(evidence.CodeRedirectURIKind, anyClient,
			attempt{"no redirect_uri", func(_ context.Context, _ *session.Session, _ session.Answer, r *session.TokenRequest) error {
				r.Form.Del("redirect_uri")
				return nil
			}},
			attempt{"another redirect_uri", func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
				r.Form.Set("redirect_uri", a.RedirectURI+"/other")
				return nil
			}},
		),
		redemptions(evidence.TokenGetKind, anyClient,
			attempt{"GET with the parameters in the query", func(_ context.Context, _ *session.Session, _ session.Answer, r *session.TokenRequest) error {
				r.Method, r.Query = http.MethodGet, r.Form
				return nil
			}},
		),
		redemptions(evidence.GrantTypeMissingKind, anyClient,
			attempt{"no grant_type", func(_ context.Context, _ *session.Session, _ session.Answer, r *session.TokenRequest) error {
				r.Form.Del("grant_type")
				return nil
			}},
		),
		redemptions(evidence.ConfidentialSilentKind, confidential,
			attempt{"the client_id alone", func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
				r.Anonymize()
				r.Form.Set("client_id", a.Client.ID)
				return nil
			}},
		),
		of(evidence.PasswordGrantKind, passwordGrant),
		of(evidence.CodeRaceKind, raceForCode),
		of(evidence.SamplesKind, sampleTokens),
		of(evidence.DetailsKind, tokenDetails),
		of(evidence.ManyScopesKind, manyScopes),
		redemptions(evidence.CodeInURLKind, anyClient, attempt{"the code and its verifier in the URL", codeInURL}),
	}
}

// tokenErrors makes requests that need no code, each bad in one point.
func tokenErrors(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Redemptions{}, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return evidence.Redemptions{}, err
	}
	client := s.Config.Clients[target.ClientKind(launch.Client)]
	forms := []struct {
		name string
		form url.Values // client_id stands for a client other than that of the launch
	}{
		{evidence.UnknownCode, url.Values{
			"grant_type": {"authorization_code"}, "code": {oauth.Random(24)},
			"redirect_uri": {client.Redirect}, "code_verifier": {oauth.Verifier(64)},
		}},
		{evidence.UnknownRefresh, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {oauth.Random(24)}}},
		{evidence.UnknownGrantType, url.Values{"grant_type": {"urn:example:smartcheck:invented"}}},
		{evidence.NoCode, url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {client.Redirect}}},
		{evidence.UnknownClient, url.Values{
			"grant_type": {"authorization_code"}, "code": {oauth.Random(24)}, "client_id": {"smartcheck-unknown-" + oauth.Random(6)},
			"redirect_uri": {client.Redirect}, "code_verifier": {oauth.Verifier(64)},
		}},
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.Redemptions{}, err
	}
	var e evidence.Redemptions
	for _, f := range forms {
		request := session.TokenRequest{Method: http.MethodPost, Form: f.form}
		if !f.form.Has("client_id") {
			if err := s.Authenticate(&request, target.ClientKind(launch.Client), m); err != nil {
				return e, err
			}
		}
		token, _, err := s.Send(ctx, s.Scope(evidence.TokenErrorsKind.Name()), m, request)
		if err != nil {
			return e, err
		}
		e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: f.name, Token: token})
	}
	return e, nil
}

// replayCode redeems a code twice, tries its tokens before and after the second time, and redeems the code
// once more a second after the first time.
func replayCode(ctx context.Context, s *session.Session) (evidence.CodeReplay, error) {
	var e evidence.CodeReplay
	launch, err := s.AnyLaunch()
	if err != nil {
		return e, err
	}
	scope := s.Scope(evidence.CodeReplayKind.Name())
	grant, err := s.FreshGrant(ctx, scope, session.Request{Launch: launch, Fresh: true})
	if err != nil {
		return e, err
	}
	if grant.Evidence.Token == nil {
		return e, fmt.Errorf("no code to replay: %s", grant.Evidence.Describe())
	}
	e.First = *grant.Evidence.Token
	read := session.Call{Name: "the patient in context", Path: "Patient", Token: grant.Tokens.Access}
	if patient, ok := e.First.Text("patient"); ok {
		read.Path = "Patient/" + url.PathEscape(patient)
	}
	if e.Before, err = s.FHIR(ctx, scope, read); err != nil {
		return e, err
	}
	later := time.After(replayedLater)
	if e.Second, err = redeem(ctx, s, scope, grant.Answer, unaltered); err != nil {
		return e, err
	}
	if e.After, err = s.FHIR(ctx, scope, read); err != nil {
		return e, err
	}
	if grant.Tokens.Refresh != "" {
		refreshed, _, err := refresh(ctx, s, scope, grant.Answer, grant.Tokens.Refresh)
		if err != nil {
			return e, err
		}
		e.Refresh = &refreshed
	}
	select {
	case <-later:
	case <-ctx.Done():
		return e, ctx.Err()
	}
	third, err := redeem(ctx, s, scope, grant.Answer, unaltered)
	e.Later = &third
	return e, err
}

// replayedLater is when a code is redeemed once more.
const replayedLater = time.Second

// refresh redeems a refresh token of the client that made the authorization request.
func refresh(ctx context.Context, s *session.Session, scope *record.Scope, a session.Answer, token string) (evidence.TokenResponse, session.Tokens, error) {
	request, err := s.RefreshRequest(a, token)
	if err != nil {
		return evidence.TokenResponse{}, session.Tokens{}, err
	}
	return s.Send(ctx, scope, a.Metadata, request)
}

// otherClient redeems a code of one client as another, with the right verifier.
func otherClient(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	var e evidence.Redemptions
	launch, err := s.AnyLaunch()
	if err != nil {
		return e, err
	}
	thiefLaunch := launch
	for _, kind := range []target.ClientKind{target.Symmetric, target.Asymmetric, target.Public} {
		lack := s.Config.Lacks(target.UserRole(launch.User), target.LaunchMode(launch.Mode), kind)
		if lack == "" && string(kind) != launch.Client {
			thiefLaunch.Client = string(kind)
			break
		}
	}
	if thiefLaunch == launch {
		return e, unavailable("the target file has only one client that can launch")
	}
	for _, l := range []evidence.Launch{launch, thiefLaunch} {
		if err := tokenControl(ctx, s, l); err != nil {
			return e, err
		}
	}
	scope := s.Scope(evidence.CodeOtherClientKind.Name())
	answer, err := codeFor(ctx, s, scope, session.Request{Launch: launch})
	if err != nil {
		return e, err
	}
	thief := answer
	thief.Request.Launch = thiefLaunch
	request, err := s.CodeRequest(thief)
	if err != nil {
		return e, err
	}
	token, _, err := s.Send(ctx, scope, answer.Metadata, request)
	e.Redemptions = []evidence.Redemption{{Name: fmt.Sprintf("the %s client with a code of the %s client", thiefLaunch.Client, launch.Client), Token: token}}
	return e, err
}

// passwordGrant asks for a token with the right password of a user.
func passwordGrant(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	var e evidence.Redemptions
	launch, err := s.AnyLaunch()
	if err != nil {
		return e, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return e, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	user := s.Config.Users[target.UserRole(launch.User)]
	request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{
		"grant_type": {"password"}, "username": {user.Username}, "password": {user.Password.Reveal()},
	}}
	if err := s.Authenticate(&request, target.ClientKind(launch.Client), m); err != nil {
		return e, err
	}
	token, _, err := s.Send(ctx, s.Scope(evidence.PasswordGrantKind.Name()), m, request)
	e.Redemptions = []evidence.Redemption{{Name: "the password of the user", Token: token}}
	return e, err
}
