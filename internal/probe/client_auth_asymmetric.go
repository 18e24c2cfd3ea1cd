package probe

import (
	"context"
	"encoding/base64"
	"encoding/json"
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

// ClientAuthAsymmetric lists the probes of client authentication by signed assertion. Each sends a
// request that a right assertion would make succeed: a client_credentials request of the backend
// service or, where the target has none, one that redeems a code.
func ClientAuthAsymmetric() []Probe {
	return []Probe{
		assertions(evidence.AssertionSignatureKind,
			forgery{"a signature by an unregistered key", unregisteredKey},
			forgery{"a payload altered after signing", alteredPayload},
			forgery{"alg none and no signature", unsigned},
		),
		assertions(evidence.AssertionAudienceKind,
			forgery{"the audience of another server", altered(func(a *oauth.Assertion) { a.Audience = "https://as.example.org/token" })},
		),
		assertions(evidence.AssertionExpiryKind,
			forgery{"an expiry ten minutes ago", altered(func(a *oauth.Assertion) { a.Expiry = time.Now().Add(-10 * time.Minute) })},
		),
		of(evidence.AssertionReplayKind, replayAssertion),
	}
}

// forgery makes a client assertion that must be refused, from a right one and its key.
type forgery struct {
	name string
	make func(oauth.Assertion, jose.JSONWebKey) (string, error)
}

func altered(change func(*oauth.Assertion)) func(oauth.Assertion, jose.JSONWebKey) (string, error) {
	return func(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
		change(&a)
		return a.Sign(key)
	}
}

// unregisteredKey signs with a new key under the kid of the registered one.
func unregisteredKey(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
	stranger, err := oauth.NewKey(key.Algorithm)
	if err != nil {
		return "", err
	}
	stranger.KeyID = key.KeyID
	return a.Sign(stranger)
}

// alteredPayload signs, and then moves the expiry by a second.
func alteredPayload(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
	signed, err := a.Sign(key)
	if err != nil {
		return "", err
	}
	later := a
	later.Expiry = a.Expiry.Add(time.Second)
	other, err := later.Sign(key)
	if err != nil {
		return "", err
	}
	parts, swapped := strings.Split(signed, "."), strings.Split(other, ".")
	return parts[0] + "." + swapped[1] + "." + parts[2], nil
}

// unsigned says alg none and leaves the signature empty.
func unsigned(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
	signed, err := a.Sign(key)
	if err != nil {
		return "", err
	}
	header, err := json.Marshal(map[string]string{"alg": "none", "typ": "JWT", "kid": key.KeyID})
	if err != nil {
		return "", fmt.Errorf("cannot write a JWT header: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(header) + "." + strings.Split(signed, ".")[1] + ".", nil
}

func assertions(kind evidence.Kind[evidence.Redemptions], forgeries ...forgery) Probe {
	return of(kind, func(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
		if err := assertionControl(ctx, s, kind.Name()+".control"); err != nil {
			return evidence.Redemptions{}, err
		}
		results, err := each(forgeries, func(f forgery) (evidence.Redemption, error) {
			scope := kind.Name() + "." + slug(f.name)
			request, m, client, err := assertable(ctx, s, scope)
			if err != nil {
				return evidence.Redemption{}, err
			}
			key, err := client.SigningKey()
			if err != nil {
				return evidence.Redemption{}, fmt.Errorf("the key of client %s %w", client.ID, err)
			}
			assertion, err := f.make(oauth.NewAssertion(client.ID, m.TokenEndpoint, time.Now()), key)
			if err != nil {
				return evidence.Redemption{}, err
			}
			request.Form.Set("client_assertion_type", oauth.AssertionType)
			request.Form.Set("client_assertion", assertion)
			token, _, err := s.Send(ctx, s.Scope(scope), m, request)
			return evidence.Redemption{Name: f.name, Token: token}, err
		})
		return evidence.Redemptions{Redemptions: results}, err
	})
}

// assertionControl makes sure that a right assertion is accepted. Where it is not, a refusal of a
// forged one proves nothing.
func assertionControl(ctx context.Context, s *session.Session, scope string) error {
	if _, ok := s.Config.Client(target.Backend); !ok {
		launch, err := s.AnyLaunch(target.Asymmetric)
		if err != nil {
			return err
		}
		return tokenControl(ctx, s, launch)
	}
	request, m, client, err := assertable(ctx, s, scope)
	if err != nil {
		return err
	}
	if err := s.Assert(&request, client, oauth.NewAssertion(client.ID, m.TokenEndpoint, time.Now())); err != nil {
		return err
	}
	token, _, err := s.Send(ctx, s.Scope(scope), m, request)
	if err == nil && !token.Issued() {
		err = fmt.Errorf("a refusal would prove nothing: a right assertion of clients.backend was answered with %s as well", token.Describe())
	}
	return err
}

// assertable returns a token request that succeeds once a right client assertion is added.
func assertable(ctx context.Context, s *session.Session, scope string) (session.TokenRequest, session.Metadata, target.Client, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return session.TokenRequest{}, m, target.Client{}, err
	}
	if backend, ok := s.Config.Client(target.Backend); ok {
		return session.TokenRequest{Method: http.MethodPost, Form: url.Values{
			"grant_type": {"client_credentials"}, "scope": {strings.Join(backend.Scopes, " ")},
		}}, m, backend, nil
	}
	launch, err := s.AnyLaunch(target.Asymmetric)
	if err != nil {
		return session.TokenRequest{}, m, target.Client{}, err
	}
	answer, err := codeFor(ctx, s, s.Scope(scope), session.Request{Launch: launch})
	if err != nil {
		return session.TokenRequest{}, m, target.Client{}, err
	}
	request, err := s.CodeRequest(answer)
	return request, m, answer.Client, err
}

// replayAssertion authenticates twice with one assertion. The first time must succeed, else there is
// nothing to judge.
func replayAssertion(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	var e evidence.Redemptions
	name := evidence.AssertionReplayKind.Name()
	first, m, client, err := assertable(ctx, s, name+".first")
	if err != nil {
		return e, err
	}
	second, _, _, err := assertable(ctx, s, name+".second")
	if err != nil {
		return e, err
	}
	if err := s.Assert(&first, client, oauth.NewAssertion(client.ID, m.TokenEndpoint, time.Now())); err != nil {
		return e, err
	}
	second.Form.Set("client_assertion_type", oauth.AssertionType)
	second.Form.Set("client_assertion", first.Form.Get("client_assertion"))
	token, _, err := s.Send(ctx, s.Scope(name+".first"), m, first)
	if err != nil {
		return e, err
	}
	if !token.Issued() {
		return e, fmt.Errorf("the first use of the assertion failed: the token endpoint answered %s", token.Describe())
	}
	again, _, err := s.Send(ctx, s.Scope(name+".second"), m, second)
	e.Redemptions = []evidence.Redemption{{Name: "the same assertion again", Token: again}}
	return e, err
}
