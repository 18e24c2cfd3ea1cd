package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// racers is how many requests redeem one code at the same time.
const racers = 8

// raceForCode redeems one code several times at the same time. It sends through a client of its own, so
// that no request waits for another, over connections that were opened before the race.
func raceForCode(ctx context.Context, s *session.Session) (evidence.Redemptions, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Redemptions{}, err
	}
	if err := tokenControl(ctx, s, launch); err != nil {
		return evidence.Redemptions{}, err
	}
	wide := s.Config
	wide.Concurrency = racers
	client, err := session.NewClient(wide)
	if err != nil {
		return evidence.Redemptions{}, err
	}
	defer client.CloseIdleConnections()
	name := evidence.CodeRaceKind.Name()
	scope := s.Recorder.Scope(name, client)
	answer, err := codeFor(ctx, s, s.Scope(name), session.Request{Launch: launch, Fresh: true})
	if err != nil {
		return evidence.Redemptions{}, err
	}
	starters := make([]string, racers)
	for i := range starters {
		starters[i] = fmt.Sprintf("redemption %d of %d", i+1, racers)
	}
	// What comes back does not matter, and neither does whether anything does: the race will tell.
	_, _ = each(starters, func(string) (evidence.TokenResponse, error) {
		opening, _, err := s.Send(ctx, scope, answer.Metadata, session.TokenRequest{Method: http.MethodGet})
		return opening, err
	})
	results, err := each(starters, func(starter string) (evidence.Redemption, error) {
		token, err := redeem(ctx, s, scope, answer, unaltered)
		return evidence.Redemption{Name: starter, Token: token}, err
	})
	return evidence.Redemptions{Redemptions: results}, err
}

// codeInURL moves the code and what belongs to it from the body to the URL.
func codeInURL(_ context.Context, _ *session.Session, _ session.Answer, r *session.TokenRequest) error {
	r.Query = url.Values{}
	for _, name := range []string{"code", "redirect_uri", "code_verifier"} {
		if values, sent := r.Form[name]; sent {
			r.Query[name] = values
			r.Form.Del(name)
		}
	}
	return nil
}
