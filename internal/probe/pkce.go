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

// PKCE lists the probes of Proof Key for Code Exchange.
func PKCE() []Probe {
	return []Probe{
		redemptions(evidence.VerifierWrongKind, anyClient,
			attempt{"a random verifier", withVerifier(func(session.Answer) string { return oauth.Verifier(64) })},
			attempt{"the verifier without its last character", withVerifier(func(a session.Answer) string { return a.Verifier[:len(a.Verifier)-1] })},
			attempt{"the verifier with another last character", withVerifier(func(a session.Answer) string { return otherLast(a.Verifier) })},
			attempt{"a verifier whose challenge begins alike", withVerifier(func(a session.Answer) string { return alike(a.Verifier) })},
		),
		redemptions(evidence.VerifierMissingKind, anyClient,
			attempt{"no verifier", func(_ context.Context, _ *session.Session, _ session.Answer, r *session.TokenRequest) error {
				r.Form.Del("code_verifier")
				return nil
			}},
			attempt{"an empty verifier", withVerifier(func(session.Answer) string { return "" })},
		),
		redemptions(evidence.VerifierChallengeKind, anyClient,
			attempt{"the challenge as verifier", withVerifier(func(a session.Answer) string { return oauth.S256(a.Verifier) })},
		),
		of(evidence.CodeInjectionKind, injectCode),
		variants(evidence.VerifierRangeKind, succeeding, func(*session.Session, evidence.Launch) ([]variant, error) {
			return []variant{
				{name: "a verifier of 43 characters", request: session.Request{Verifier: oauth.Verifier(43)}},
				{name: "a verifier of 128 characters", request: session.Request{Verifier: oauth.Verifier(128)}},
			}, nil
		}),
		variants(evidence.VerifierShortKind, refusedAtToken, func(*session.Session, evidence.Launch) ([]variant, error) {
			return []variant{{name: "a verifier of 42 characters", request: session.Request{Verifier: oauth.Verifier(42)}}}, nil
		}),
		variants(evidence.ChallengePlainKind, refusedAtToken, plainChallenge([]string{"plain"})),
		variants(evidence.ChallengeOmittedKind, refusedAtToken, plainChallenge(nil)),
		variants(evidence.ChallengeUnknownKind, refusedAtToken, replacing("code_challenge_method", []sent{
			{"the method S512", []string{"S512"}}, {"the method s256 in lower case", []string{"s256"}},
		})),
		variants(evidence.ChallengeMissingKind, refusedAtToken, withoutChallenge("no challenge and no verifier", true), target.Public),
		variants(evidence.ChallengeDowngradeKind, refusedAtToken, withoutChallenge("no challenge and a verifier", false), target.Symmetric, target.Asymmetric, target.Public),
	}
}

// plainChallenge returns a request whose challenge is the verifier itself, with the given method.
func plainChallenge(method []string) func(*session.Session, evidence.Launch) ([]variant, error) {
	return func(*session.Session, evidence.Launch) ([]variant, error) {
		verifier := oauth.Verifier(64)
		return []variant{{
			name: "a challenge that is the verifier",
			request: session.Request{Verifier: verifier, Set: url.Values{
				"code_challenge": {verifier}, "code_challenge_method": method,
			}},
		}}, nil
	}
}

// withoutChallenge returns a request without a challenge, whose code is redeemed with or without a
// verifier.
func withoutChallenge(name string, silent bool) func(*session.Session, evidence.Launch) ([]variant, error) {
	return func(*session.Session, evidence.Launch) ([]variant, error) {
		return []variant{{name: name, request: session.Request{
			NoVerifier: silent, Set: url.Values{"code_challenge": nil, "code_challenge_method": nil},
		}}}, nil
	}
}

func otherLast(verifier string) string {
	last := "A"
	if strings.HasSuffix(verifier, last) {
		last = "B"
	}
	return verifier[:len(verifier)-1] + last
}

// alike returns a verifier, other than the given one, whose challenge begins with the same two
// characters.
func alike(verifier string) string {
	wanted := oauth.S256(verifier)[:2]
	for {
		other := oauth.Verifier(len(verifier))
		if other != verifier && strings.HasPrefix(oauth.S256(other), wanted) {
			return other
		}
	}
}

// injectCode redeems the code of one session with the verifier of another.
func injectCode(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Redemptions{}, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return evidence.Redemptions{}, err
	}
	name := evidence.CodeInjectionKind.Name()
	answers, err := each([]string{".victim", ".attacker"}, func(role string) (session.Answer, error) {
		return codeFor(ctx, s, s.Scope(name+role), session.Request{Launch: launch})
	})
	if err != nil {
		return evidence.Redemptions{}, err
	}
	victim, attacker := answers[0], answers[1]
	victim.Verifier = attacker.Verifier
	request, err := s.CodeRequest(victim)
	if err != nil {
		return evidence.Redemptions{}, err
	}
	token, _, err := s.Send(ctx, s.Scope(name), victim.Metadata, request)
	return evidence.Redemptions{Redemptions: []evidence.Redemption{{Name: "the verifier of another session", Token: token}}}, err
}
