package probe

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// ClientAuthSymmetric lists the probes of client authentication by secret.
func ClientAuthSymmetric() []Probe {
	return []Probe{
		of(evidence.SecretsKind, wrongSecrets),
		of(evidence.ReservedKind, reservedCredentials),
		of(evidence.SecretPostKind, secretInBody),
		of(evidence.BackendSecretKind, backendBySecret),
	}
}

// wrongSecrets redeems a code with secrets that are wrong, or in the wrong place.
func wrongSecrets(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	launch, err := s.AnyLaunch(target.Symmetric)
	if err != nil {
		return evidence.Redemptions{}, err
	}
	other, err := secretOfAnother(ctx, s)
	if err != nil {
		return evidence.Redemptions{}, err
	}
	return redeemTogether(ctx, s, evidence.SecretsKind, launch, func(a session.Answer) []attempt {
		names := []string{evidence.WrongInHeader, evidence.EmptyInHeader, evidence.OtherInHeader}
		if a.Client.Auth == target.AuthPost {
			names = []string{evidence.WrongInBody, evidence.EmptyInBody, evidence.OtherInBody}
		}
		attempts := []attempt{{names[0], wrongSecret}, withSecret(names[1], "")}
		if other != "" {
			attempts = append(attempts, withSecret(names[2], other))
		}
		return append(attempts, attempt{evidence.InQuery, secretInQuery}, attempt{evidence.TwoWays, secretTwice})
	})
}

// secretOfAnother registers a client and returns its secret, or "" where the server registers none.
func secretOfAnother(ctx context.Context, s *session.Session) (string, error) {
	if err := s.MayRegister(ctx); err != nil {
		return "", ctx.Err()
	}
	client, _, err := registerFor(ctx, s, evidence.SecretsKind.Name(), target.AuthBasic, nil)
	if err != nil || client == nil {
		return "", err
	}
	return client.Client.Secret.Reveal(), nil
}

// registerFor registers a client that authenticates by the method, with some metadata changed.
func registerFor(ctx context.Context, s *session.Session, scope, method string, changes map[string]any) (*session.Registered, evidence.RegistrationAnswer, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return nil, evidence.RegistrationAnswer{}, err
	}
	app, err := s.Application(m, method)
	if err != nil {
		return nil, evidence.RegistrationAnswer{}, err
	}
	for name, value := range changes {
		app.Metadata[name] = value
	}
	return s.Register(ctx, s.Scope(scope), app)
}

// withSecret replaces the secret where the client sends it: a client that was registered to send it in
// the body may be refused for a header, whatever that says.
func withSecret(name, secret string) attempt {
	return attempt{name, func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
		if a.Client.Auth == target.AuthPost {
			r.Form.Set("client_secret", secret)
			return nil
		}
		r.Authorization = session.Basic(a.Client.ID, secret)
		return nil
	}}
}

// wrongSecret replaces the secret by one that nobody has.
func wrongSecret(ctx context.Context, s *session.Session, a session.Answer, r *session.TokenRequest) error {
	wrong := "wrong-" + oauth.Random(12)
	s.Recorder.Seal("client_secret", wrong)
	return withSecret("", wrong).alter(ctx, s, a, r)
}

func secretInQuery(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
	r.Authorization = ""
	r.Form.Del("client_secret")
	r.Form.Set("client_id", a.Client.ID)
	r.Query = url.Values{"client_secret": {a.Client.Secret.Reveal()}}
	return nil
}

func secretTwice(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
	r.Authorization = session.Basic(a.Client.ID, a.Client.Secret.Reveal())
	r.Form.Set("client_id", a.Client.ID)
	r.Form.Set("client_secret", a.Client.Secret.Reveal())
	return nil
}

// reservedCredentials looks at how the launch of a client ended whose Basic credentials have to be encoded. Where it
// failed at the token endpoint, a code is redeemed without encoding, to see whether that is why.
func reservedCredentials(ctx context.Context, s *session.Session) (evidence.ReservedCredentials, error) {
	var e evidence.ReservedCredentials
	launch, err := s.AnyLaunch(target.Symmetric)
	if err != nil {
		return e, err
	}
	client := s.Config.Clients[target.Symmetric]
	e.InID, e.InSecret = reserved(client.ID), reserved(client.Secret.Reveal())
	switch {
	case client.Auth == target.AuthPost:
		return e, unavailable("clients.symmetric sends its secret in the body")
	case !e.InID && !e.InSecret:
		return e, unavailable("neither id nor secret of clients.symmetric holds a character that has to be encoded, such as : % + & or a space")
	}
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch})
	if err != nil {
		return e, err
	}
	e.Token = grant.Evidence.Token
	switch {
	case e.Token == nil:
		e.Trouble = grant.Evidence.Describe()
		return e, nil
	case e.Token.Issued():
		return e, nil
	}
	scope := s.Scope(evidence.ReservedKind.Name())
	answer, err := codeFor(ctx, s, scope, session.Request{Launch: launch})
	if err != nil {
		return e, err
	}
	plain, err := redeem(ctx, s, scope, answer, attempt{"id and secret as they are", func(_ context.Context, _ *session.Session, a session.Answer, r *session.TokenRequest) error {
		r.Authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(a.Client.ID+":"+a.Client.Secret.Reveal()))
		return nil
	}})
	e.Plain = &plain
	return e, err
}

// reserved reports whether form encoding changes the text.
func reserved(text string) bool { return url.QueryEscape(text) != text }

// secretInBody tries the credentials of a client that is registered for client_secret_post: that of the target file or
// one that it registers.
func secretInBody(ctx context.Context, s *session.Session) (evidence.AuthTrial, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.AuthTrial{}, err
	}
	if !slices.Contains(m.AuthMethods, target.AuthPost) {
		return evidence.AuthTrial{}, unavailable("the server does not list client_secret_post")
	}
	scope := s.Scope(evidence.SecretPostKind.Name())
	if client, ok := s.Config.Client(target.Symmetric); ok && client.Auth == target.AuthPost {
		return tryCredentials(ctx, s, scope, m, target.Symmetric, client)
	}
	if err := s.MayRegister(ctx); err != nil {
		return evidence.AuthTrial{}, unavailable("clients.symmetric of the target file does not use client_secret_post, and none can be registered: " + err.Error())
	}
	client, answer, err := registerFor(ctx, s, evidence.SecretPostKind.Name(), target.AuthPost, nil)
	switch {
	case err != nil:
		return evidence.AuthTrial{}, err
	case client == nil || client.Client.Secret.IsZero():
		return evidence.AuthTrial{}, unavailable("the server registers no client for client_secret_post: it answered " + answer.Describe())
	}
	return tryCredentials(ctx, s, scope, m, client.Kind, client.Client)
}

// backendBySecret asks for a system scope by client_credentials: as the symmetric client, once a launch has shown that
// its credentials are right, and as one that it registers for that grant type.
func backendBySecret(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	var e evidence.Redemptions
	launch, err := s.AnyLaunch(target.Symmetric)
	if err != nil {
		return e, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return e, err
	}
	scope := "system/" + s.Config.Data.Resource + ".rs"
	token, err := backendToken(ctx, s, s.Config.Clients[target.Symmetric], scope)
	if err != nil {
		return e, err
	}
	e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: "clients.symmetric", Token: token})
	if s.MayRegister(ctx) != nil {
		return e, ctx.Err()
	}
	client, _, err := registerFor(ctx, s, evidence.BackendSecretKind.Name(), target.AuthBasic,
		map[string]any{"grant_types": []string{"client_credentials"}, "response_types": []string{}, "scope": scope})
	if err != nil || client == nil {
		return e, err
	}
	token, err = backendToken(ctx, s, client.Client, scope)
	e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: "a client registered for client_credentials", Token: token})
	return e, err
}

func backendToken(ctx context.Context, s *session.Session, client target.Client, scope string) (evidence.TokenResponse, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.TokenResponse{}, err
	}
	request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}}
	if err := s.AuthenticateAs(&request, target.Symmetric, client, m); err != nil {
		return evidence.TokenResponse{}, fmt.Errorf("cannot authenticate client %s: %w", client.ID, err)
	}
	token, _, err := s.Send(ctx, s.Scope(evidence.BackendSecretKind.Name()), m, request)
	return token, err
}
