package ehr

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/keyhost"
)

// keySites publishes key sets for the EHRs of tests, each at an address of its own.
type keySites struct {
	origin string
	mu     sync.Mutex
	byPath map[string]*keyhost.Site
}

func (k *keySites) at(path string) *keyhost.Site {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byPath[path] == nil {
		k.byPath[path] = must(keyhost.NewSite(k.origin + path))
	}
	return k.byPath[path]
}

func (k *keySites) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	folder := r.URL.Path[:strings.LastIndex(r.URL.Path, "/")]
	k.at(folder+"/jwks.json").ServeHTTP(w, r)
}

// sitesOf holds the key sites of each server, for the labs of its tenants.
var sitesOf sync.Map

// startWithKeySites serves the demonstration clients, and for each defect of published keys a client that
// publishes its own.
func startWithKeySites(t testing.TB, configure ...func(*Options)) *Server {
	t.Helper()
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sites := &keySites{origin: "https://" + port.Addr().String(), byPath: map[string]*keyhost.Site{}}
	s := start(t, append(configure, func(o *Options) {
		for _, d := range assertionDemonstrations {
			client := DemoHosted(sites.origin + "/of-{fault}/" + d.fault.ID + "/jwks.json")
			client.ID = "hosted-" + d.fault.ID
			o.Clients = append(o.Clients, client)
		}
	})...)
	server := keyhost.Serve(port, must(s.Certificate()), sites)
	t.Cleanup(server.Close)
	sitesOf.Store(s, sites)
	return s
}

// hostedClient is a client that publishes its keys, at one tenant.
type hostedClient struct {
	*lab
	id   string
	site *keyhost.Site
}

// hosted returns the client for the demonstration of a defect.
func (l *lab) hosted(f faults.Fault, maxAge time.Duration, keys ...jose.JSONWebKey) hostedClient {
	l.t.Helper()
	sites, _ := sitesOf.Load(l.s)
	site := sites.(*keySites).at("/of-" + l.fault + "/" + f.ID + "/jwks.json")
	if err := site.Publish(maxAge, keys...); err != nil {
		l.t.Fatal(err)
	}
	return hostedClient{l, "hosted-" + f.ID, site}
}

// get asks for a token with an assertion by that key.
func (h hostedClient) get(key jose.JSONWebKey, headers map[jose.HeaderKey]any) string {
	h.t.Helper()
	return verdict(h.backend(h.signedFor(h.id, key, headers, nil)))
}

// signedFor makes an assertion of a client, with more headers and other claims.
func (l *lab) signedFor(client string, key jose.JSONWebKey, headers map[jose.HeaderKey]any, claims map[string]any) string {
	l.t.Helper()
	all := map[string]any{
		"iss": client, "sub": client, "aud": l.s.authURL(l.fault, "token"), "exp": l.s.now().Unix() + 240, "jti": opaque(),
	}
	for name, value := range claims {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	return signWith(l.t, key, headers, all)
}

// claimed is a step that sends an assertion with that claim, and shows whether it brings a token.
func claimed(name string, value func(l *lab) any) func(*lab) string {
	return assert(func(l *lab) string {
		return l.signedFor(DemoBackendID, clientKey, nil, map[string]any{name: value(l)})
	})
}

func constant(value any) func(*lab) any { return func(*lab) any { return value } }

func ahead(d time.Duration) func(*lab) any {
	return func(l *lab) any { return l.s.now().Add(d).Unix() }
}

// headed is a step that sends an assertion by another key than the registered one, which a header brings.
func headed(name jose.HeaderKey, value func(jose.JSONWebKey) any) func(*lab) string {
	return assert(func(l *lab) string {
		foreign := newClientKey()
		return l.signedFor(DemoBackendID, foreign, map[jose.HeaderKey]any{name: value(foreign)}, nil)
	})
}

// hashed is a step that sends an assertion with an HMAC by something that everybody knows.
func hashed(secret func() []byte) func(*lab) string {
	return assert(func(l *lab) string {
		kid := map[jose.HeaderKey]any{"kid": clientKey.KeyID}
		return l.signedFor(DemoBackendID, jose.JSONWebKey{Key: secret(), Algorithm: "HS256"}, kid, nil)
	})
}

func certificateOf(key jose.JSONWebKey) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	signer := key.Key.(*ecdsa.PrivateKey)
	return must(x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer))
}

func shortKey() jose.JSONWebKey {
	return jose.JSONWebKey{Key: must(rsa.GenerateKey(rand.Reader, 1024)), KeyID: "short", Algorithm: "RS384"}
}

// pem384 is the public client key as people write it into files.
func pem384() []byte {
	der := must(x509.MarshalPKIXPublicKey(clientKey.Public().Key))
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

const (
	refused  = "401 invalid_client"
	longTime = time.Hour
)

var assertionDemonstrations = []demonstration{
	{faults.AssertionNoneAccepted, assert(func(l *lab) string {
		return unsigned(map[string]any{
			"iss": DemoBackendID, "sub": DemoBackendID, "aud": l.s.authURL(l.fault, "token"), "exp": l.s.now().Unix() + 60, "jti": opaque(),
		})
	}), refused, "tokens"},
	{faults.AssertionAudOptional, claimed("aud", constant(nil)), refused, "tokens"},
	{faults.AssertionExpOptional, claimed("exp", constant(nil)), refused, "tokens"},
	{faults.AssertionExpTextIgnored, claimed("exp", constant("1")), refused, "tokens"},
	{faults.AssertionExpUnbounded, claimed("exp", ahead(24*time.Hour)), refused, "tokens"},
	{faults.AssertionNbfUnchecked, claimed("nbf", ahead(10*time.Minute)), refused, "tokens"},
	{faults.AssertionIssUnchecked, claimed("iss", constant("nobody")), refused, "tokens"},
	{faults.AssertionSubUnchecked, claimed("sub", constant("nobody")), refused, "tokens"},
	{faults.AssertionClientParameter, func(l *lab) string {
		assertion := l.signedFor(DemoBackendID, clientKey, nil, map[string]any{"iss": "nobody", "sub": "nobody"})
		return verdict(l.backend(assertion, "client_id", DemoBackendID))
	}, refused, "tokens"},
	{faults.AssertionClientIDIgnored, func(l *lab) string {
		return verdict(l.backend(l.assertion(DemoBackendID), "client_id", DemoPublicID))
	}, refused, "tokens"},
	{faults.AssertionJTIOptional, claimed("jti", constant(nil)), refused, "tokens"},
	{faults.AssertionTypUnchecked, assert(func(l *lab) string {
		return l.signedFor(DemoBackendID, clientKey, map[jose.HeaderKey]any{"typ": "at+jwt"}, nil)
	}), refused, "tokens"},
	{faults.AssertionErrorOther, claimed("exp", ahead(-time.Minute)), refused, "400 invalid_grant"},
	{faults.AssertionErrorStatus, claimed("exp", ahead(-time.Minute)), refused, "403 invalid_client"},
	{faults.AssertionReplayByText, func(l *lab) string {
		again := map[string]any{"jti": opaque()}
		first := verdict(l.backend(l.signedFor(DemoBackendID, clientKey, nil, again)))
		again["exp"] = l.s.now().Unix() + 100
		return first + ", " + verdict(l.backend(l.signedFor(DemoBackendID, clientKey, nil, again)))
	}, "tokens, " + refused, "tokens, tokens"},
	{faults.AssertionReplayElsewhere, func(l *lab) string {
		assertion := l.assertion(DemoBackendID)
		first := verdict(l.backend(assertion))
		return fmt.Sprint(first, ", ", l.send(http.MethodPost, l.s.authURL(l.fault, "introspect"), url.Values{
			"token": {"x"}, "client_assertion_type": {assertionType}, "client_assertion": {assertion},
		}).status)
	}, "tokens, 401", "tokens, 200"},
	{faults.AssertionReplayRace, func(l *lab) string {
		assertion, both := l.assertion(DemoBackendID), make([]string, 2)
		var wait sync.WaitGroup
		for i := range both {
			wait.Go(func() { both[i] = verdict(l.backend(assertion)) })
		}
		wait.Wait()
		return fmt.Sprint(strings.Count(strings.Join(both, " "), "tokens"))
	}, "1", "2"},
	{faults.AssertionHMACPEM, hashed(pem384), refused, "tokens"},
	{faults.AssertionHMACJWK, hashed(func() []byte { return must(json.Marshal(clientKey.Public())) }), refused, "tokens"},
	{faults.AssertionJWKTrusted, headed("jwk", func(k jose.JSONWebKey) any { return k.Public() }), refused, "tokens"},
	{faults.AssertionX5CTrusted, headed("x5c", func(k jose.JSONWebKey) any {
		return []string{base64.StdEncoding.EncodeToString(certificateOf(k))}
	}), refused, "tokens"},
	{faults.AssertionKidUnmatched, assert(func(l *lab) string { return l.signedWith(renamed(clientKey, "client-2"), nil) }), refused, "tokens"},
	{faults.AssertionKidOptional, assert(func(l *lab) string { return l.signedWith(renamed(clientKey, ""), nil) }), refused, "tokens"},
	{faults.AssertionJKUIgnored, assert(func(l *lab) string {
		return l.signedWith(clientKey, map[jose.HeaderKey]any{"jku": "https://evil.example/jwks"})
	}), refused, "tokens"},
	{faults.AssertionJKUDemanded, assert(func(l *lab) string { return l.assertion(DemoBackendID) }), "tokens", refused},
	{faults.AssertionES384Refused, assert(func(l *lab) string { return l.assertion(DemoBackendID) }), "tokens", refused},
	{faults.AssertionRS384Refused, hosting(faults.AssertionRS384Refused, "RS384"), "tokens", refused},
	{faults.AssertionRS256Unlisted, hosting(faults.AssertionRS256Unlisted, "RS256"), refused, "tokens"},
	{faults.AssertionRS256Refused, func(l *lab) string {
		listed := l.send(http.MethodGet, l.s.Base(l.fault)+"/.well-known/smart-configuration", nil).body["token_endpoint_auth_signing_alg_values_supported"]
		return fmt.Sprint(listed, " ", hosting(faults.AssertionRS256Refused, "RS256")(l))
	}, "[RS384 ES384] " + refused, "[RS384 ES384 RS256] " + refused},
	{faults.AssertionAudArrayRefused, claimed("aud", func(l *lab) any { return []string{l.s.authURL(l.fault, "token")} }), "tokens", refused},
	{faults.KeySetNotFetched, func(l *lab) string { return l.hosted(faults.KeySetNotFetched, longTime, clientKey).get(clientKey, nil) }, "tokens", refused},
	{faults.KeySetPosted, func(l *lab) string {
		h := l.hosted(faults.KeySetPosted, longTime, clientKey)
		return h.get(clientKey, nil) + " " + h.site.Requests()[0]
	}, "tokens GET", "tokens POST"},
	{faults.AssertionJKURefused, func(l *lab) string {
		h := l.hosted(faults.AssertionJKURefused, longTime, clientKey)
		return h.get(clientKey, map[jose.HeaderKey]any{"jku": h.site.URL()})
	}, "tokens", refused},
	{faults.AssertionJKUTrusted, foreignURL(faults.AssertionJKUTrusted, "jku"), refused + " unvisited", "tokens visited"},
	{faults.AssertionX5UTrusted, foreignURL(faults.AssertionX5UTrusted, "x5u"), refused + " unvisited", "tokens visited"},
	{faults.AssertionJKUFetched, foreignURL(faults.AssertionJKUFetched, "jku"), refused + " unvisited", refused + " visited"},
	{faults.AssertionKtyIgnored, func(l *lab) string {
		other := renamed(rsaKey(jose.RS384), clientKey.KeyID)
		h := l.hosted(faults.AssertionKtyIgnored, longTime, other, clientKey)
		return h.get(clientKey, nil) + ", " + h.get(other, nil)
	}, "tokens, tokens", refused + ", " + refused},
	{faults.AssertionKidFirst, func(l *lab) string {
		return l.hosted(faults.AssertionKidFirst, longTime, clientKey, newClientKey()).get(clientKey, nil)
	}, refused, "tokens"},
	{faults.WeakRSAKeyAccepted, func(l *lab) string {
		short := shortKey()
		return l.hosted(faults.WeakRSAKeyAccepted, longTime, clientKey, short).get(short, nil)
	}, refused, "tokens"},
	{faults.KeySetKeptForever, func(l *lab) string {
		h := l.hosted(faults.KeySetKeptForever, 0, clientKey)
		first := h.get(clientKey, nil)
		return first + ", " + l.hosted(faults.KeySetKeptForever, 0, newClientKey()).get(clientKey, nil)
	}, "tokens, " + refused, "tokens, tokens"},
	{faults.KeySetNeverKept, func(l *lab) string {
		h := l.hosted(faults.KeySetNeverKept, longTime, clientKey)
		_, _, _ = h.get(clientKey, nil), h.get(clientKey, nil), h.get(clientKey, nil)
		return fmt.Sprint(len(h.site.Requests()))
	}, "1", "3"},
	{faults.KeySetFetchBlocks, func(l *lab) string {
		h := l.hosted(faults.KeySetFetchBlocks, longTime, clientKey)
		arrived, release := h.site.Hold()
		own, others := make(chan string, 1), make(chan string, 1)
		go func() { own <- h.get(clientKey, nil) }()
		<-arrived
		go func() { others <- verdict(l.backend(l.assertion(DemoBackendID))) }()
		meanwhile := "waits"
		select {
		case meanwhile = <-others:
			release()
		case <-time.After(3 * time.Second):
			release()
			<-others
		}
		return meanwhile + ", " + <-own
	}, "tokens, tokens", "waits, tokens"},
}

// hosting is a step that signs with a published RSA key in that algorithm.
func hosting(f faults.Fault, algorithm jose.SignatureAlgorithm) func(*lab) string {
	return func(l *lab) string {
		key := rsaKey(algorithm)
		return l.hosted(f, longTime, key).get(key, nil)
	}
}

// foreignURL is a step that signs with a foreign key and names an address where that is.
func foreignURL(f faults.Fault, header jose.HeaderKey) func(*lab) string {
	return func(l *lab) string {
		h := l.hosted(f, longTime, clientKey)
		foreign := newClientKey()
		body := string(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{foreign.Public()}})))
		if header == "x5u" {
			body = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificateOf(foreign)}))
		}
		decoy := h.site.Decoy("foreign", "application/octet-stream", body)
		outcome := h.get(foreign, map[jose.HeaderKey]any{header: decoy})
		return outcome + map[bool]string{true: " visited", false: " unvisited"}[h.site.Visited(decoy)]
	}
}

// TestKeySetsThatCannotBeUsed shows that what is wrong with a published key set ends in invalid_client.
func TestKeySetsThatCannotBeUsed(t *testing.T) {
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	origin := "https://" + port.Addr().String()
	served := map[string]http.HandlerFunc{
		"missing": http.NotFound,
		"no-json": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"private": func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{clientKey}})
		},
		"too-long":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, keySetBytes+1)) },
		"redirecting": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/good", http.StatusFound) },
		"good": func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 200, map[string]any{"keys": []any{map[string]string{"kty": "new"}, clientKey.Public()}})
		},
	}
	s := start(t, func(o *Options) {
		for name := range served {
			client := DemoHosted(origin + "/" + name)
			client.ID = name
			o.Clients = append(o.Clients, client)
		}
	})
	server := keyhost.Serve(port, must(s.Certificate()), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served[strings.TrimPrefix(r.URL.Path, "/")](w, r)
	}))
	l := &lab{newApp(t, s, ""), s}
	for name := range served {
		want := map[bool]string{true: "tokens", false: refused}[name == "good"]
		if got := verdict(l.backend(l.signedFor(name, clientKey, nil, nil))); got != want {
			t.Errorf("a key set that is %s: %s, expected %s", name, got, want)
		}
	}
	server.Close()
	if got := verdict(l.backend(l.signedFor("missing", clientKey, nil, nil))); got != refused {
		t.Errorf("a key set whose server is down: %s", got)
	}
}

// TestFreshness shows how long key sets are kept.
func TestFreshness(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                      keySetDefault,
		"max-age=5":             5 * time.Second,
		`public, Max-Age="7"`:   7 * time.Second,
		"max-age=600, no-store": 0,
		"no-cache":              0,
		"max-age=often":         0,
		"max-age=9999999":       keySetLongest,
	} {
		if got := freshness(header); got != want {
			t.Errorf("%q: %s, expected %s", header, got, want)
		}
	}
}

// TestAnotherCurveVerifiesNothing shows that ES384 needs P-384.
func TestAnotherCurveVerifiesNothing(t *testing.T) {
	s := startWithKeySites(t)
	l := &lab{newApp(t, s, ""), s}
	other := jose.JSONWebKey{Key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), KeyID: "p-256", Algorithm: "ES256"}
	if got := l.hosted(faults.KeySetPosted, longTime, other).get(other, nil); got != refused {
		t.Errorf("ES256: %s", got)
	}
}
