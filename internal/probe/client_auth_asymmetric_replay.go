package probe

import (
	"context"
	"net/http"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// replayedAssertions authenticates with assertions that were used before.
func replayedAssertions(ctx context.Context, s *session.Session) (evidence.Replays, error) {
	var e evidence.Replays
	for _, replay := range []func(context.Context, *session.Session, string) ([]evidence.Replay, error){
		replayInTurn, replayAtOnce,
	} {
		replays, err := replay(ctx, s, evidence.AssertionReplaysKind.Name())
		if err != nil {
			return e, err
		}
		e.Replays = append(e.Replays, replays...)
	}
	return e, nil
}

// replayInTurn uses an assertion, and then that assertion, and another with its jti, at every endpoint where
// the client can authenticate.
func replayInTurn(ctx context.Context, s *session.Session, scope string) ([]evidence.Replay, error) {
	first, err := newAssertable(ctx, s, scope+".first")
	if err != nil {
		return nil, err
	}
	key, err := first.key()
	if err != nil {
		return nil, err
	}
	claims := first.assertion()
	used, err := claims.Sign(key)
	if err != nil {
		return nil, err
	}
	token, tokens, err := first.send(ctx, s, scope+".first", used)
	if err != nil {
		return nil, err
	}
	claims.Expiry = claims.Expiry.Add(-oauth.AssertionLifetime / 2)
	sameID, err := claims.Sign(key)
	if err != nil {
		return nil, err
	}
	var replays []evidence.Replay
	for _, again := range []struct{ name, assertion string }{
		{"the same assertion again", used}, {"another assertion with the same jti", sameID},
	} {
		second, err := newAssertable(ctx, s, scope+".second")
		if err != nil {
			return nil, err
		}
		answer, _, err := second.send(ctx, s, scope+".second", again.assertion)
		if err != nil {
			return nil, err
		}
		replays = append(replays, evidence.Replay{Name: again.name, First: token, Again: answer})
	}
	elsewhere, err := replayElsewhere(ctx, s, scope, first, used, tokens.Access)
	for i := range elsewhere {
		elsewhere[i].First = token
	}
	return append(replays, elsewhere...), err
}

// replayElsewhere sends the used assertion to the endpoints for introspection and revocation, where a new
// one is accepted. What it revokes is no token.
func replayElsewhere(ctx context.Context, s *session.Session, scope string, a assertable, used, access string) ([]evidence.Replay, error) {
	var replays []evidence.Replay
	for _, place := range []struct{ name, address, token string }{
		{"introspection", a.metadata.Introspection, access}, {"revocation", a.metadata.Revocation, oauth.Random(24)},
	} {
		if place.address == "" || place.token == "" {
			continue
		}
		there := a
		there.metadata.TokenEndpoint = place.address
		there.request = session.TokenRequest{Method: http.MethodPost, Form: url.Values{"token": {place.token}}}
		key, err := a.key()
		if err != nil {
			return nil, err
		}
		fresh, err := a.assertion().Sign(key)
		if err != nil {
			return nil, err
		}
		name := scope + "." + place.name
		control, _, err := there.send(ctx, s, name, fresh)
		if err != nil {
			return nil, err
		}
		again, _, err := there.send(ctx, s, name, used)
		if err != nil {
			return nil, err
		}
		replays = append(replays, evidence.Replay{Name: "the same assertion for " + place.name, Control: &control, Again: again})
	}
	return replays, nil
}

// replayAtOnce sends one assertion twice at the same moment. It has connections of its own, so that nothing
// else of the run comes between the two.
func replayAtOnce(ctx context.Context, s *session.Session, scope string) ([]evidence.Replay, error) {
	own := s.Config
	own.Concurrency = 2
	client, err := session.NewClient(own)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	var both []assertable
	for range 2 {
		a, err := newAssertable(ctx, s, scope+".at-once")
		if err != nil {
			return nil, err
		}
		both = append(both, a)
	}
	key, err := both[0].key()
	if err != nil {
		return nil, err
	}
	assertion, err := both[0].assertion().Sign(key)
	if err != nil {
		return nil, err
	}
	answers, err := each(both, func(a assertable) (evidence.TokenResponse, error) {
		setAssertion(a.request.Form, assertion)
		token, _, err := s.Send(ctx, s.Recorder.Scope(scope+".at-once", client), a.metadata, a.request)
		return token, err
	})
	if err != nil {
		return nil, err
	}
	replay := evidence.Replay{Name: "the same assertion at the same moment", First: answers[0], Again: answers[1]}
	if !replay.First.Issued() {
		replay.First, replay.Again = replay.Again, replay.First
	}
	return []evidence.Replay{replay}, nil
}
