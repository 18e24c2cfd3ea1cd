package probe

import (
	"cmp"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
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
	if err := h.namesURLs(ctx, keys.main); err != nil {
		return err
	}
	if err := h.listedAlgorithms(ctx, keys); err != nil {
		return err
	}
	if err := h.replace(ctx, maxAge, keys.next); err != nil {
		return err
	}
	if err := h.try(ctx, trial{step: evidence.KeyWithdrawn, key: keys.main}, trial{step: evidence.KeyAdded, key: keys.next}); err != nil {
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
	trials := []trial{{step: evidence.KeyBesideOdd, key: good}}
	for _, one := range odd {
		trials = append(trials, trial{step: one.step, key: one.key})
	}
	if err := h.try(ctx, trials...); err != nil {
		return err
	}
	started := time.Now()
	err := h.try(ctx, slices.Repeat([]trial{{step: evidence.KeyRepeated, key: good}}, repeats)...)
	h.seen.RepeatedMillis, h.seen.KeptMillis = time.Since(started).Milliseconds(), keptKeys.Milliseconds()
	return err
}

// namesURLs sends assertions that name the address of a key: the registered one, and then foreign ones,
// which lead to the foreign key that signs.
func (h *hosted) namesURLs(ctx context.Context, key jose.JSONWebKey) error {
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
	jku := h.site.Decoy("foreign-"+oauth.Random(6)+".json", "application/json", string(set))
	x5u := h.site.Decoy("foreign-"+oauth.Random(6)+".pem", "application/pem-certificate-chain",
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return h.try(ctx,
		trial{step: evidence.JKURegistered, key: key, header: map[string]any{"jku": h.site.URL()}},
		trial{step: evidence.JKUForeign, key: foreign, header: map[string]any{"jku": jku}, decoy: jku},
		trial{step: evidence.X5UForeign, key: foreign, header: map[string]any{"x5u": x5u}, decoy: x5u},
	)
}

// listedAlgorithms signs with each algorithm that the server lists and that the keys can.
func (h *hosted) listedAlgorithms(ctx context.Context, keys keyring) error {
	var trials []trial
	for _, algorithm := range h.metadata.AssertionAlgorithms {
		if key, ok := keys.of(algorithm); ok {
			trials = append(trials, trial{step: evidence.AlgorithmListed, name: algorithm, key: key})
		}
	}
	return h.try(ctx, trials...)
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

// trial is one authentication of the hosted client.
type trial struct {
	step   string
	name   string // by default the step
	key    jose.JSONWebKey
	header map[string]any // besides the usual
	decoy  string         // a foreign address that the header names
}

// try makes the trials one after the other and notes what came of each.
func (h *hosted) try(ctx context.Context, trials ...trial) error {
	for _, t := range trials {
		attempt, err := h.attempt(ctx, t)
		if err != nil {
			return err
		}
		h.seen.Attempts = append(h.seen.Attempts, attempt)
	}
	return nil
}

func (h *hosted) attempt(ctx context.Context, t trial) (evidence.KeyAttempt, error) {
	client := h.Config.JWKS.Client
	assertion := oauth.NewAssertion(client.ID, h.metadata.TokenEndpoint, time.Now())
	assertion.Header = t.header
	signed, err := assertion.Sign(t.key)
	if err != nil {
		return evidence.KeyAttempt{}, err
	}
	request := clientCredentials(client.Scopes)
	setAssertion(request.Form, signed)
	before := len(h.site.Requests())
	token, _, err := h.Send(ctx, h.Scope(evidence.HostedKeysKind.Name()+"."+slug(t.step)), h.metadata, request)
	return evidence.KeyAttempt{
		Step: t.step, Name: cmp.Or(t.name, t.step), Token: token, Fetches: len(h.site.Requests()) - before, Visited: h.site.Visited(t.decoy),
	}, err
}
