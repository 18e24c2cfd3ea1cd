package probe

import (
	"context"
	"fmt"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// attempt is one token request that differs from a correct one in a single point.
type attempt struct {
	name  string
	alter func(context.Context, *session.Session, session.Answer, *session.TokenRequest) error
}

// unaltered is the correct request.
var unaltered = attempt{"a correct request", func(context.Context, *session.Session, session.Answer, *session.TokenRequest) error { return nil }}

// anyClient stands for the client that needs least.
var anyClient []target.ClientKind

// redemptions makes a probe that gets a fresh code for each attempt and redeems it with the altered
// request.
func redemptions(kind evidence.Kind[evidence.Redemptions], clients []target.ClientKind, attempts ...attempt) Probe {
	return of(kind, func(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
		return redeemEach(ctx, s, kind, clients, attempts...)
	})
}

// redeemEach gets a fresh code for each attempt and redeems it with the altered request, once a correct
// one was seen to succeed.
func redeemEach(ctx context.Context, s *session.Session, kind evidence.Kind[evidence.Redemptions], clients []target.ClientKind, attempts ...attempt) (evidence.Redemptions, error) {
	launch, err := s.AnyLaunch(clients...)
	if err != nil {
		return evidence.Redemptions{}, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return evidence.Redemptions{}, err
	}
	results, err := each(attempts, func(a attempt) (evidence.Redemption, error) {
		scope := s.Scope(kind.Name() + "." + slug(a.name))
		answer, err := codeFor(ctx, s, scope, session.Request{Launch: launch})
		if err != nil {
			return evidence.Redemption{}, err
		}
		token, err := redeem(ctx, s, scope, answer, a)
		return evidence.Redemption{Name: a.name, Token: token}, err
	})
	return evidence.Redemptions{Redemptions: results}, err
}

// redeemTogether redeems one code with every altered request, and at last with a correct one. Where that fails, a
// refusal may have used up the code, and each request gets a code of its own, as it does after a token was issued.
func redeemTogether(ctx context.Context, s *session.Session, kind evidence.Kind[evidence.Redemptions], launch evidence.Launch, attempts func(session.Answer) []attempt) (evidence.Redemptions, error) {
	var e evidence.Redemptions
	if err := tokenControl(ctx, s, launch); err != nil {
		return e, err
	}
	scope := s.Scope(kind.Name())
	answer, err := codeFor(ctx, s, scope, session.Request{Launch: launch})
	if err != nil {
		return e, err
	}
	all := attempts(answer)
	for i, a := range all {
		token, err := redeem(ctx, s, scope, answer, a)
		e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: a.name, Token: token})
		if err != nil || token.Issued() && i == len(all)-1 {
			return e, err
		}
		if token.Issued() {
			rest, err := redeemEach(ctx, s, kind, []target.ClientKind{target.ClientKind(launch.Client)}, all[i+1:]...)
			e.Redemptions = append(e.Redemptions, rest.Redemptions...)
			return e, err
		}
	}
	last, err := redeem(ctx, s, scope, answer, unaltered)
	if err != nil || last.Issued() {
		return e, err
	}
	return redeemEach(ctx, s, kind, []target.ClientKind{target.ClientKind(launch.Client)}, all...)
}

// codeControl makes sure that a correct authorization request of the launch brings a code. Where it does
// not, a refusal of a bad one proves nothing.
func codeControl(ctx context.Context, s *session.Session, launch evidence.Launch) error {
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch})
	if err != nil {
		return fmt.Errorf("a refusal would prove nothing, since a correct request could not be made: %w", err)
	}
	if a := grant.Evidence.Authorization; a.Outcome != evidence.GotCode {
		return fmt.Errorf("a refusal would prove nothing: a correct request ended with %s as well", a.Describe())
	}
	return nil
}

// tokenControl makes sure that a correct launch ends with a token. Where it does not, a refusal at the
// token endpoint proves nothing.
func tokenControl(ctx context.Context, s *session.Session, launch evidence.Launch) error {
	if err := codeControl(ctx, s, launch); err != nil {
		return err
	}
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch})
	if err == nil && !grant.Evidence.Worked() {
		err = fmt.Errorf("a refusal would prove nothing: after a correct %s launch %s", launch, grant.Evidence.Describe())
	}
	return err
}

// redeem sends the request that redeems the code of answer, altered by the attempt.
func redeem(ctx context.Context, s *session.Session, scope *record.Scope, answer session.Answer, a attempt) (evidence.TokenResponse, error) {
	request, err := s.CodeRequest(answer)
	if err != nil {
		return evidence.TokenResponse{}, err
	}
	if err := a.alter(ctx, s, answer, &request); err != nil {
		return evidence.TokenResponse{}, err
	}
	token, _, err := s.Send(ctx, scope, answer.Metadata, request)
	return token, err
}

// codeFor makes an authorization request that must bring a code.
func codeFor(ctx context.Context, s *session.Session, scope *record.Scope, r session.Request) (session.Answer, error) {
	answer, err := s.Authorize(ctx, scope, r)
	if err != nil {
		return answer, err
	}
	if answer.Code == "" {
		return answer, fmt.Errorf("no code to redeem: the authorization request ended with %s", answer.Evidence.Describe())
	}
	return answer, nil
}

// withVerifier replaces the verifier.
func withVerifier(verifier func(session.Answer) string) func(context.Context, *session.Session, session.Answer, *session.TokenRequest) error {
	return func(_ context.Context, s *session.Session, a session.Answer, r *session.TokenRequest) error {
		if a.Verifier == "" {
			return unavailable("SMART App Launch " + s.Config.Spec + " does not use PKCE")
		}
		v := verifier(a)
		s.Recorder.Seal("code_verifier", v)
		r.Form.Set("code_verifier", v)
		return nil
	}
}
