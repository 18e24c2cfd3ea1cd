package probe

import (
	"context"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// TokenParameters lists the probes of how often a parameter of a token request comes.
func TokenParameters() []Probe { return []Probe{of(evidence.TokenRepeatedKind, repeatInTokenRequest)} }

// repeatInTokenRequest sends token requests that repeat a parameter.
func repeatInTokenRequest(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Redemptions{}, err
	}
	return redeemTogether(ctx, s, evidence.TokenRepeatedKind, launch, repetitions)
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
