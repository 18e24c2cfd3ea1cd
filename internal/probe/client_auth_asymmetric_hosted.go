package probe

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/keyhost"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
)

const (
	// keptKeys is how long the last key set may be kept: long enough for a few requests, and so short that the
	// next run does not meet it.
	keptKeys = 10 * time.Second
	// lapseMargin is waited besides max-age, which servers count in whole seconds.
	lapseMargin = time.Second
	// repeats is how often a key is used while its set may be kept.
	repeats = 3
)

// hosted is the client whose key set the suite publishes, on its way through the steps of the evidence. The
// steps follow each other: what a server keeps of one set decides what it makes of the next.
type hosted struct {
	*session.Session
	site     *keyhost.Site
	metadata session.Metadata
	seen     evidence.HostedKeys
}

// hostedKeys publishes a key set, replaces it and replaces it again.
func hostedKeys(ctx context.Context, s *session.Session) (evidence.HostedKeys, error) {
	site, err := s.KeySite(ctx)
	if err != nil {
		return evidence.HostedKeys{}, err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.HostedKeys{}, err
	}
	h := &hosted{Session: s, site: site, metadata: m}
	h.seen.URL, h.seen.MaxAge = site.URL(), s.Config.JWKS.MaxAge.String()
	err = h.steps(ctx)
	h.seen.Methods = site.Requests()
	return h.seen, err
}

// steps takes the client through three key sets: one to begin with, one with another key in the place of the
// first, and one that holds odd keys besides.
func (h *hosted) steps(ctx context.Context) error {
	keys, err := newKeyring(h.metadata.AssertionAlgorithms)
	if err != nil {
		return err
	}
	maxAge := h.Config.JWKS.MaxAge
	if err := h.site.Publish(maxAge, keys.main, keys.rsa, keys.p256); err != nil {
		return err
	}
	if err := h.begin(ctx, keys.main); err != nil || !h.seen.Worked(evidence.KeysFetched) {
		return err
	}
	if err := errors.Join(h.namesURLs(ctx, keys.main), h.listedAlgorithms(ctx, keys)); err != nil {
		return err
	}
	if err := h.replace(ctx, maxAge, keys.next); err != nil {
		return err
	}
	if err := errors.Join(h.try(ctx, evidence.KeyWithdrawn, keys.main), h.try(ctx, evidence.KeyAdded, keys.next)); err != nil {
		return err
	}
	odd, err := keys.odd()
	if err != nil {
		return err
	}
	set := []jose.JSONWebKey{keys.next}
	for _, one := range odd {
		set = append(set, one.key)
	}
	if err := h.replace(ctx, keptKeys, set...); err != nil {
		return err
	}
	return h.odd(ctx, keys.next, odd)
}

// odd uses the good key of the last set, the odd ones, and then the good one several times.
func (h *hosted) odd(ctx context.Context, good jose.JSONWebKey, odd []oddKey) error {
	for _, one := range append([]oddKey{{evidence.KeyBesideOdd, good}}, odd...) {
		if err := h.try(ctx, one.step, one.key); err != nil {
			return err
		}
	}
	started := time.Now()
	for range repeats {
		if err := h.try(ctx, evidence.KeyRepeated, good); err != nil {
			return err
		}
	}
	h.seen.RepeatedMillis, h.seen.KeptMillis = time.Since(started).Milliseconds(), keptKeys.Milliseconds()
	return nil
}

// namesURLs sends assertions that name the address of a key: the registered one, and then foreign ones,
// which lead to the foreign key that signs.
func (h *hosted) namesURLs(ctx context.Context, key jose.JSONWebKey) error {
	attempt, err := h.attempt(ctx, evidence.JKURegistered, key, map[string]any{"jku": h.site.URL()})
	h.note(attempt, err)
	if err != nil {
		return err
	}
	foreign, err := stranger(key)
	if err != nil {
		return err
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{foreign.Public()}})
	if err != nil {
		return fmt.Errorf("cannot write a key set: %w", err)
	}
	der, err := selfSigned(foreign)
	if err != nil {
		return err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for _, one := range []struct{ step, header, decoy string }{
		{evidence.JKUForeign, "jku", h.site.Decoy("foreign-"+oauth.Random(6)+".json", "application/json", string(set))},
		{evidence.X5UForeign, "x5u", h.site.Decoy("foreign-"+oauth.Random(6)+".pem", "application/pem-certificate-chain", string(certificate))},
	} {
		attempt, err := h.attempt(ctx, one.step, foreign, map[string]any{one.header: one.decoy})
		attempt.Visited = h.site.Visited(one.decoy)
		h.note(attempt, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// listedAlgorithms signs with each algorithm that the server lists and that the keys can.
func (h *hosted) listedAlgorithms(ctx context.Context, keys keyring) error {
	for _, algorithm := range h.metadata.AssertionAlgorithms {
		key, ok := keys.of(algorithm)
		if !ok {
			continue
		}
		attempt, err := h.attempt(ctx, evidence.AlgorithmListed, key, nil)
		attempt.Name = algorithm
		h.note(attempt, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// replace publishes another key set once the one before it must no longer be used.
func (h *hosted) replace(ctx context.Context, maxAge time.Duration, keys ...jose.JSONWebKey) error {
	before := h.Config.JWKS.MaxAge
	if err := h.site.Publish(maxAge, keys...); err != nil {
		return err
	}
	return wait(ctx, before+lapseMargin)
}

// wait waits, unless the run ends before.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// try authenticates with the key and notes what came of it.
func (h *hosted) try(ctx context.Context, step string, key jose.JSONWebKey) error {
	attempt, err := h.attempt(ctx, step, key, nil)
	h.note(attempt, err)
	return err
}

func (h *hosted) note(a evidence.KeyAttempt, err error) {
	if err == nil {
		h.seen.Attempts = append(h.seen.Attempts, a)
	}
}

// attempt authenticates with an assertion that carries more header parameters.
func (h *hosted) attempt(ctx context.Context, step string, key jose.JSONWebKey, header map[string]any) (evidence.KeyAttempt, error) {
	client := h.Config.JWKS.Client
	assertion := oauth.NewAssertion(client.ID, h.metadata.TokenEndpoint, time.Now())
	assertion.Header = header
	signed, err := assertion.Sign(key)
	if err != nil {
		return evidence.KeyAttempt{}, err
	}
	request := clientCredentials(client.Scopes)
	setAssertion(request.Form, signed)
	before := len(h.site.Requests())
	token, _, err := h.Send(ctx, h.Scope(evidence.HostedKeysKind.Name()+"."+slug(step)), h.metadata, request)
	return evidence.KeyAttempt{Step: step, Name: step, Token: token, Fetches: len(h.site.Requests()) - before}, err
}
