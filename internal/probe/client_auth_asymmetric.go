package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// ClientAuthAsymmetric lists the probes of client authentication by signed assertion. Each sends requests
// that a right assertion would make succeed: client_credentials requests of the backend service or, where
// the target has none, requests that redeem a code.
func ClientAuthAsymmetric() []Probe {
	return []Probe{
		of(evidence.AssertionForgeriesKind, forgedAssertions),
		of(evidence.AssertionFormsKind, assertionForms),
		of(evidence.AssertionAlgorithmsKind, assertionAlgorithms),
		of(evidence.AssertionReplaysKind, replayedAssertions),
		of(evidence.HostedKeysKind, hostedKeys),
	}
}

// assertable is a token request that succeeds once a right client assertion is added.
type assertable struct {
	request  session.TokenRequest
	metadata session.Metadata
	client   target.Client
}

// newAssertable returns one of the backend service or, where the target has none, one that redeems a fresh
// code.
func newAssertable(ctx context.Context, s *session.Session, scope string) (assertable, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return assertable{}, err
	}
	if backend, ok := s.Config.Client(target.Backend); ok {
		return assertable{clientCredentials(backend.Scopes), m, backend}, nil
	}
	launch, err := s.AnyLaunch(target.Asymmetric)
	if err != nil {
		return assertable{}, err
	}
	answer, err := codeFor(ctx, s, s.Scope(scope), session.Request{Launch: launch})
	if err != nil {
		return assertable{}, err
	}
	request, err := s.CodeRequest(answer)
	return assertable{request, m, answer.Client}, err
}

// clientCredentials returns the request of a backend service, without its assertion.
func clientCredentials(scopes []string) session.TokenRequest {
	return session.TokenRequest{Method: http.MethodPost, Form: url.Values{
		"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")},
	}}
}

// assertion returns the claims of a right assertion.
func (a assertable) assertion() oauth.Assertion {
	return oauth.NewAssertion(a.client.ID, a.metadata.TokenEndpoint, time.Now())
}

// key returns the key that signs the assertions of the client.
func (a assertable) key() (jose.JSONWebKey, error) {
	key, err := a.client.SigningKey()
	if err != nil {
		return key, fmt.Errorf("the key of client %s %w", a.client.ID, err)
	}
	return key, nil
}

// send sends the request with the assertion.
func (a assertable) send(ctx context.Context, s *session.Session, scope, assertion string) (evidence.TokenResponse, session.Tokens, error) {
	setAssertion(a.request.Form, assertion)
	return s.Send(ctx, s.Scope(scope), a.metadata, a.request)
}

func setAssertion(form url.Values, assertion string) {
	form.Set("client_assertion_type", oauth.AssertionType)
	form.Set("client_assertion", assertion)
}

// asserted sends a fresh request with the assertion that make signs.
func asserted(ctx context.Context, s *session.Session, scope string, make func(oauth.Assertion, jose.JSONWebKey) (string, error)) (evidence.TokenResponse, error) {
	return forge(ctx, s, scope, forgery{make: make})
}

// right signs an assertion as it is.
func right(a oauth.Assertion, key jose.JSONWebKey) (string, error) { return a.Sign(key) }

// assertionControl makes sure that a right assertion is accepted. Where it is not, a refusal of a forged
// one proves nothing.
func assertionControl(ctx context.Context, s *session.Session, scope string) error {
	token, err := asserted(ctx, s, scope, right)
	if err == nil && !token.Issued() {
		err = fmt.Errorf("a refusal would prove nothing: a right client assertion was answered with %s as well", token.Describe())
	}
	return err
}

// assertionForms sends right assertions in forms that a server has to take.
func assertionForms(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	forms := []struct {
		name string
		make func(oauth.Assertion, jose.JSONWebKey) (string, error)
	}{
		{evidence.WithoutJKU, right},
		{evidence.AudienceArray, claiming("aud", func(a oauth.Assertion) any { return []string{a.Audience} })},
	}
	var e evidence.Redemptions
	for _, f := range forms {
		token, err := asserted(ctx, s, evidence.AssertionFormsKind.Name()+"."+slug(f.name), f.make)
		if err != nil {
			return e, err
		}
		e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: f.name, Token: token})
	}
	return e, nil
}

// assertionAlgorithms signs right assertions with every algorithm that the keys of the client can.
func assertionAlgorithms(ctx context.Context, s *session.Session) (evidence.Algorithms, error) {
	var e evidence.Algorithms
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	e.Listed = m.AssertionAlgorithms
	client, ok := s.Config.Client(target.Backend)
	if !ok {
		if client, ok = s.Config.Client(target.Asymmetric); !ok {
			return e, unavailable("the target file has no client with a key")
		}
	}
	for _, tried := range []struct {
		algorithm, key string
		into           *[]evidence.Redemption
	}{
		{"ES384", "ES384", &e.Demanded}, {"RS384", "RS384", &e.Demanded}, {"RS256", "RS384", &e.Others}, {"PS384", "RS384", &e.Others},
	} {
		of := client
		of.Alg, of.KID = tried.key, ""
		key, err := of.SigningKey()
		if err != nil {
			continue // the client has no such key
		}
		key.Algorithm = tried.algorithm
		token, err := asserted(ctx, s, evidence.AssertionAlgorithmsKind.Name()+"."+tried.algorithm,
			func(a oauth.Assertion, _ jose.JSONWebKey) (string, error) { return a.Sign(key) })
		if err != nil {
			return e, err
		}
		*tried.into = append(*tried.into, evidence.Redemption{Name: tried.algorithm, Token: token})
	}
	return e, nil
}
