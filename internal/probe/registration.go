package probe

import (
	"context"
	"encoding/base64"
	"encoding/json"
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

// Registration lists the probes of dynamic client registration. What they register is removed when the session is
// closed.
func Registration() []Probe {
	return []Probe{
		of(evidence.RegisteredClientsKind, registerClients),
		of(evidence.RegistrationRefusalsKind, registerBadly),
		of(evidence.InitialTokenKind, registerWithoutToken),
		of(evidence.ManagedRegistrationKind, manageRegistration),
		of(evidence.RegisteredLaunchKind, launchRegistered),
	}
}

// registerClients registers a client for each authentication method that the server has, and the first of them
// that has a secret once more.
func registerClients(ctx context.Context, s *session.Session) (evidence.Registrations, error) {
	var e evidence.Registrations
	first, err := s.FirstRegistered(ctx)
	if err != nil {
		return e, err
	}
	if first.Registered == nil {
		e.Clients = append(e.Clients, evidence.RegisteredClient{Name: "the first client", Answer: first.Answer})
		return e, nil
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	scope := s.Scope(evidence.RegisteredClientsKind.Name())
	one, err := tried(ctx, s, scope, m, "the first client", first.Registered, first.Answer)
	if err != nil {
		return e, err
	}
	e.Clients = append(e.Clients, one)
	if _, lacking := session.Lacking(s.MayRegister(ctx)); lacking {
		return e, nil // the first client shows what can be shown
	}
	methods := session.RegistrableMethods(m)
	for _, method := range append(methods, methods[0], methods[min(1, len(methods)-1)]) {
		one, err := register(ctx, s, scope, m, method)
		if err != nil {
			return e, err
		}
		e.Clients = append(e.Clients, one)
	}
	return e, nil
}

// register registers a client that authenticates by the method, and tries it.
func register(ctx context.Context, s *session.Session, scope *record.Scope, m session.Metadata, method string) (evidence.RegisteredClient, error) {
	app, err := s.Application(m, method)
	if err != nil {
		return evidence.RegisteredClient{}, err
	}
	client, answer, err := s.Register(ctx, scope, app)
	if err != nil {
		return evidence.RegisteredClient{}, err
	}
	if client == nil {
		return evidence.RegisteredClient{Name: method, Sent: asEvidence(app.Metadata), Answer: answer}, nil
	}
	return tried(ctx, s, scope, m, method, client, answer)
}

// tried is a registered client with a trial of its credentials.
func tried(ctx context.Context, s *session.Session, scope *record.Scope, m session.Metadata, name string, client *session.Registered, answer evidence.RegistrationAnswer) (evidence.RegisteredClient, error) {
	trial, err := tryCredentials(ctx, s, scope, m, client.Kind, client.Client)
	return evidence.RegisteredClient{Name: name, Sent: asEvidence(client.Sent), Answer: answer, Trial: &trial}, err
}

// asEvidence is client metadata as evidence. It holds no secret.
func asEvidence(metadata map[string]any) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(metadata))
	for name, value := range metadata {
		if raw, err := json.Marshal(value); err == nil {
			out[name] = raw
		}
	}
	return out
}

// tryCredentials makes two token requests with a code that nobody was given: with the credentials of the client,
// and with wrong ones.
func tryCredentials(ctx context.Context, s *session.Session, scope *record.Scope, m session.Metadata, kind target.ClientKind, client target.Client) (evidence.AuthTrial, error) {
	var e evidence.AuthTrial
	wrong, err := wrongCredentials(s, kind, client)
	if err != nil {
		return e, err
	}
	for _, try := range []struct {
		client target.Client
		into   *evidence.TokenResponse
	}{{client, &e.Right}, {wrong, &e.Wrong}} {
		request := session.TokenRequest{Method: http.MethodPost, Form: url.Values{
			"grant_type": {"authorization_code"}, "code": {oauth.Random(24)}, "redirect_uri": {client.Redirect},
			"code_verifier": {oauth.Verifier(64)},
		}}
		if err := s.AuthenticateAs(&request, kind, try.client, m); err != nil {
			return e, err
		}
		if *try.into, _, err = s.Send(ctx, scope, m, request); err != nil {
			return e, err
		}
	}
	return e, nil
}

// wrongCredentials is the client with a credential that is not its own; a public client has none but its id.
func wrongCredentials(s *session.Session, kind target.ClientKind, client target.Client) (target.Client, error) {
	switch kind {
	case target.Symmetric:
		wrong := "wrong-" + oauth.Random(12)
		s.Recorder.Seal("client_secret", wrong)
		client.Secret = target.NewSecret(wrong)
	case target.Asymmetric:
		key, err := client.SigningKey()
		if err != nil {
			return client, fmt.Errorf("the key of client %s %w", client.ID, err)
		}
		stranger, err := oauth.NewKey(key.Algorithm)
		if err != nil {
			return client, err
		}
		stranger.KeyID = key.KeyID
		raw, err := json.Marshal(stranger)
		if err != nil {
			return client, fmt.Errorf("cannot write a client key: %w", err)
		}
		client.Key = target.NewSecret(string(raw))
	default:
		client.ID = "smartcheck-unknown-" + oauth.Random(6)
	}
	return client, nil
}

// registerWithoutToken registers without an initial access token, and with a wrong one.
func registerWithoutToken(ctx context.Context, s *session.Session) (evidence.InitialToken, error) {
	var e evidence.InitialToken
	if err := s.MayRegister(ctx); err != nil {
		return e, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	scope := s.Scope(evidence.InitialTokenKind.Name())
	for _, try := range []struct {
		token string
		into  *evidence.RegistrationAnswer
	}{{"", &e.Without}, {"wrong-" + oauth.Random(24), &e.Wrong}} {
		app, err := s.Application(m, session.RegistrableMethods(m)[0])
		if err != nil {
			return e, err
		}
		app.Token = &try.token
		if _, *try.into, err = s.Register(ctx, scope, app); err != nil {
			return e, err
		}
	}
	return e, nil
}

// registerBadly makes registrations that must not come about as they are asked for.
func registerBadly(ctx context.Context, s *session.Session) (evidence.Registrations, error) {
	var e evidence.Registrations
	if err := s.MayRegister(ctx); err != nil {
		return e, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	scope := s.Scope(evidence.RegistrationRefusalsKind.Name())
	methods := session.RegistrableMethods(m)
	for _, bad := range badRegistrations(methods[0]) {
		if bad.method == session.AuthAsymmetric && methods[len(methods)-1] != session.AuthAsymmetric {
			continue
		}
		app, err := s.Application(m, bad.method)
		if err != nil {
			return e, err
		}
		bad.spoil(app.Metadata)
		_, answer, err := s.Register(ctx, scope, app)
		if err != nil {
			return e, err
		}
		e.Clients = append(e.Clients, evidence.RegisteredClient{Name: bad.name, Sent: asEvidence(app.Metadata), Answer: answer})
	}
	return e, nil
}

// badRegistration is a registration that is wrong, or odd, in one point.
type badRegistration struct {
	name, method string
	spoil        func(metadata map[string]any)
}

// badRegistrations are of clients that authenticate by the method, where it does not matter.
func badRegistrations(method string) []badRegistration {
	set := func(name string, value any) func(map[string]any) {
		return func(metadata map[string]any) { metadata[name] = value }
	}
	return []badRegistration{
		{evidence.PlainRedirect, method, set("redirect_uris", []string{"http://app.example.org/callback"})},
		{evidence.ScriptRedirect, method, set("redirect_uris", []string{"javascript:void(0)"})},
		{evidence.FragmentRedirect, method, set("redirect_uris", []string{"https://app.example.org/callback#here"})},
		{evidence.NoRedirect, method, func(metadata map[string]any) { delete(metadata, "redirect_uris") }},
		{evidence.TwoKeySets, session.AuthAsymmetric, set("jwks_uri", "https://app.example.org/jwks.json")},
		{evidence.InconsistentResponse, method, set("response_types", []string{"token"})},
		{evidence.UnknownMethod, method, set("token_endpoint_auth_method", "smartcheck_invented")},
		{evidence.UnknownMember, method, set("example_smartcheck", map[string]any{"a": 1})},
		{evidence.UnsignedStatement, method, set("software_statement", unsignedStatement())},
	}
}

// unsignedStatement is a software statement that nobody vouches for.
func unsignedStatement() string {
	part := func(claims map[string]any) string {
		raw, _ := json.Marshal(claims) // plain strings and numbers
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return part(map[string]any{"alg": "none"}) + "." + part(map[string]any{
		"iss": "https://vouches.example.org", "client_name": evidence.StatedName, "software_id": oauth.Random(8), "iat": time.Now().Unix(),
	}) + "."
}
