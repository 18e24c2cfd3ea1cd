package ehr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// Bounds of fetching and keeping the key sets that clients publish.
const (
	keySetTimeout = 20 * time.Second
	keySetBytes   = 64 << 10
	keySetDefault = time.Minute     // how long a set without Cache-Control is kept
	keySetLongest = time.Hour       // how long any set is kept
	keySetPause   = 2 * time.Second // between requests that unknown kids cause
)

// clientKeys finds the keys of clients, for one tenant.
type clientKeys struct {
	tenant *tenant
	http   *http.Client

	mu   sync.Mutex
	sets map[string]*publishedSet // by address

	turn sync.Mutex // of a tenant that fetches one key set at a time, and lets everybody wait for it
}

// publishedSet is the key set at one address. Who needs it while it is fetched waits, and nobody else does.
type publishedSet struct {
	mu    sync.Mutex
	keys  jose.JSONWebKeySet
	until time.Time // when it is no longer fresh
	asked time.Time // when it was last asked for
}

// newClientKeys trusts the authority of the EHR and no other, and follows no redirect.
func newClientKeys(t *tenant) *clientKeys {
	return &clientKeys{tenant: t, sets: map[string]*publishedSet{}, http: &http.Client{
		Timeout: keySetTimeout,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: t.server.CAPool()}, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// of returns the keys of a client. Those that it publishes are fetched when they are no longer fresh, and
// when none of them has the kid.
func (c *clientKeys) of(ctx context.Context, client *registeredClient, kid string) (jose.JSONWebKeySet, error) {
	if c.tenant.has(faults.KeySetFetchBlocks) {
		c.turn.Lock()
		defer c.turn.Unlock()
	}
	address := client.keyURL(c.tenant)
	switch {
	case address == "":
		return client.keys, nil
	case c.tenant.has(faults.KeySetNotFetched):
		return jose.JSONWebKeySet{}, errors.New("the client has no registered keys")
	}
	c.mu.Lock()
	set, known := c.sets[address]
	if !known {
		set = &publishedSet{}
		c.sets[address] = set
	}
	c.mu.Unlock()
	return c.current(ctx, address, set, kid)
}

// current returns the key set at the address, from the cache while that may be used.
func (c *clientKeys) current(ctx context.Context, address string, set *publishedSet, kid string) (jose.JSONWebKeySet, error) {
	set.mu.Lock()
	defer set.mu.Unlock()
	now := c.tenant.now()
	unknown := len(set.keys.Key(kid)) == 0 && !now.Before(set.asked.Add(keySetPause))
	if now.Before(set.until) && !unknown {
		return set.keys, nil
	}
	keys, lifetime, err := c.fetch(ctx, address)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	now = c.tenant.now()
	set.keys, set.asked, set.until = keys, now, now.Add(lifetime)
	return keys, nil
}

// fetch reads the key set at an address, and how long it may be kept.
func (c *clientKeys) fetch(ctx context.Context, address string) (jose.JSONWebKeySet, time.Duration, error) {
	method := http.MethodGet
	if c.tenant.has(faults.KeySetPosted) {
		method = http.MethodPost
	}
	body, header, err := c.read(ctx, method, address)
	if err != nil {
		return jose.JSONWebKeySet{}, 0, errors.New("the key set of the client cannot be fetched")
	}
	keys, err := readKeys(body)
	if err != nil {
		return keys, 0, errors.New("the key set of the client holds no key that can be used")
	}
	switch lifetime := freshness(header.Get("Cache-Control")); {
	case c.tenant.has(faults.KeySetKeptForever):
		return keys, 24 * time.Hour, nil
	case c.tenant.has(faults.KeySetNeverKept):
		return keys, 0, nil
	default:
		return keys, lifetime, nil
	}
}

func (c *clientKeys) read(ctx context.Context, method, address string) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("request %s: %w", address, err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("fetch %s: %w", address, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("fetch %s: it answered %d", address, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, keySetBytes+1))
	if err == nil && len(body) > keySetBytes {
		err = fmt.Errorf("it is longer than %d bytes", keySetBytes)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", address, err)
	}
	return body, response.Header, nil
}

// freshness returns how long an answer with that Cache-Control may be kept (RFC 9111 section 5.2.2).
func freshness(cacheControl string) time.Duration {
	lifetime := keySetDefault
	for directive := range strings.SplitSeq(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(strings.ToLower(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil {
				return 0 // what cannot be read is stale, RFC 9111 section 4.2.1
			}
			lifetime = time.Duration(seconds) * time.Second
		}
	}
	return min(lifetime, keySetLongest)
}

// certified returns the key of the certificate at an address, for the defect that trusts x5u.
func (c *clientKeys) certified(ctx context.Context, address string) (any, bool) {
	body, _, err := c.read(ctx, http.MethodGet, address)
	if err != nil {
		return nil, false
	}
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, false
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, false
	}
	return certificate.PublicKey, true
}
