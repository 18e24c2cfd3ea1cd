package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// A bystander waits for its token for three times as long as it waited before, within these bounds.
const (
	shortestPatience = 5 * time.Second
	longestPatience  = 15 * time.Second
)

// begin authenticates for the first time, and lets another client ask for a token while the key set is on
// its way. A server that has kept the set of an earlier run gets time to forget it, and one that gave up
// while the set was held gets another chance.
func (h *hosted) begin(ctx context.Context, key jose.JSONWebKey) error {
	deadline := time.Now().Add(keptKeys + lapseMargin)
	other, trouble := h.bystander(ctx)
	h.seen.OutageTrouble = trouble
	for {
		attempt, err := h.first(ctx, key, other)
		if err != nil {
			return err
		}
		fetched := attempt.Fetches > 0
		if attempt.Token.Issued() || fetched && other == nil || time.Now().After(deadline) {
			h.seen.Attempts = append(h.seen.Attempts, attempt)
			return nil
		}
		if fetched {
			other = nil
		}
		if err := wait(ctx, time.Second); err != nil {
			return err
		}
	}
}

// first makes the first attempt. While its key set is asked for and does not arrive, the other client asks
// for its token.
func (h *hosted) first(ctx context.Context, key jose.JSONWebKey, other *bystander) (evidence.KeyAttempt, error) {
	if other == nil {
		return h.attempt(ctx, trial{step: evidence.KeysFetched, key: key})
	}
	type result struct {
		attempt evidence.KeyAttempt
		err     error
	}
	arrived, release := h.site.Hold()
	defer release()
	done := make(chan result, 1)
	go func() {
		attempt, err := h.attempt(ctx, trial{step: evidence.KeysFetched, key: key})
		done <- result{attempt, err}
	}()
	select {
	case r := <-done:
		h.seen.OutageTrouble = "the server did not ask for the key set"
		return r.attempt, r.err
	case <-arrived:
	}
	h.seen.Outage, h.seen.OutageTrouble = other.ask(ctx, h)
	release()
	r := <-done
	return r.attempt, r.err
}

// bystander is another client, which asks for a token while the key set of the hosted one does not arrive.
// It has connections of its own, so that nothing of the run makes it wait.
type bystander struct {
	kind     target.ClientKind
	http     *http.Client
	patience time.Duration
	request  func() (session.TokenRequest, error)
}

// bystander returns a client that is known to get tokens, or says why there is none.
func (h *hosted) bystander(ctx context.Context) (*bystander, string) {
	b, err := h.newBystander(ctx)
	if err != nil {
		return nil, h.Recorder.Redact("no other client could be seen to get a token: " + err.Error())
	}
	return b, ""
}

func (h *hosted) newBystander(ctx context.Context) (*bystander, error) {
	b := &bystander{patience: shortestPatience}
	scope := evidence.HostedKeysKind.Name() + ".bystander"
	if backend, ok := h.Config.Client(target.Backend); ok {
		b.kind, b.request = target.Backend, func() (session.TokenRequest, error) {
			request := clientCredentials(backend.Scopes)
			return request, h.Assert(&request, backend, oauth.NewAssertion(backend.ID, h.metadata.TokenEndpoint, time.Now()))
		}
		started := time.Now()
		if err := assertionControl(ctx, h.Session, scope); err != nil {
			return nil, err
		}
		b.patience = min(max(3*time.Since(started), shortestPatience), longestPatience)
	} else {
		launch, err := h.AnyLaunch()
		if err != nil {
			return nil, err
		}
		if err := tokenControl(ctx, h.Session, launch); err != nil {
			return nil, err
		}
		answer, err := codeFor(ctx, h.Session, h.Scope(scope), session.Request{Launch: launch})
		if err != nil {
			return nil, err
		}
		b.kind, b.request = target.ClientKind(launch.Client), func() (session.TokenRequest, error) { return h.CodeRequest(answer) }
	}
	own := h.Config
	own.Timeouts.Request = b.patience
	var err error
	b.http, err = session.NewClient(own)
	return b, err
}

// ask asks for a token. It says why nothing can be told when no answer came for another reason than time.
func (b *bystander) ask(ctx context.Context, h *hosted) (*evidence.KeyOutage, string) {
	defer b.http.CloseIdleConnections()
	request, err := b.request()
	if err != nil {
		return nil, h.Recorder.Redact(err.Error())
	}
	scope := h.Recorder.Scope(evidence.HostedKeysKind.Name()+".bystander", b.http)
	token, _, err := h.Send(ctx, scope, h.metadata, request)
	switch {
	case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return &evidence.KeyOutage{Client: string(b.kind), Blocked: b.patience.Round(time.Second).String()}, ""
	case err != nil:
		return nil, h.Recorder.Redact(fmt.Sprintf("the other client got no answer: %v", err))
	}
	return &evidence.KeyOutage{Client: string(b.kind), Token: token}, ""
}
