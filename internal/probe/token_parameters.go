package probe

import (
	"context"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// TokenParameters lists the probes of how often a parameter of a token request comes.
func TokenParameters() []Probe { return []Probe{of(evidence.TokenRepeatedKind, repeatInTokenRequest)} }

// repeatInTokenRequest sends token requests that repeat a parameter, all with one code, and then a correct
// one. Where that fails too, the first refusal may have used up the code, and each gets a code of its own.
func repeatInTokenRequest(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Redemptions{}, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return evidence.Redemptions{}, err
	}
	scope := s.Scope(evidence.TokenRepeatedKind.Name())
	answer, err := codeFor(ctx, s, scope, session.Request{Launch: launch})
	if err != nil {
		return evidence.Redemptions{}, err
	}
	attempts := repetitions(answer)
	var e evidence.Redemptions
	for _, a := range attempts {
		token, err := redeem(ctx, s, scope, answer, a)
		e.Redemptions = append(e.Redemptions, evidence.Redemption{Name: a.name, Token: token})
		if err != nil || token.Issued() {
			return e, err
		}
	}
	last, err := redeem(ctx, s, scope, answer, unaltered)
	if err != nil || last.Issued() {
		return e, err
	}
	return redeemEach(ctx, s, evidence.TokenRepeatedKind, anyClient, attempts...)
}

// repetitions returns attempts in each of which one parameter comes more than once.
func repetitions(answer session.Answer) []attempt {
	wrong := map[string]string{
		"grant_type": "refresh_token", "code": oauth.Random(24), "redirect_uri": answer.RedirectURI + "/other",
	}
	names := []string{"grant_type", "code", "redirect_uri"}
	if answer.Verifier != "" {
		names, wrong["code_verifier"] = append(names, "code_verifier"), oauth.Verifier(len(answer.Verifier))
	}
	var out []attempt
	for _, name := range names {
		out = append(out, attempt{name + " more than once", func(_ context.Context, s *session.Session, _ session.Answer, r *session.TokenRequest) error {
			if name == "code" || name == "code_verifier" {
				s.Recorder.Seal(name, wrong[name])
			}
			r.Form[name] = around(r.Form.Get(name), wrong[name])
			return nil
		}})
	}
	return out
}
