package probe

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// unregisteredURL names a key set that nobody registered, at a host that does not exist (RFC 6761 section
// 6.4).
const unregisteredURL = "https://keys.smartcheck.invalid/jwks.json"

// forgery makes a client assertion that is wrong in one point, from a right one and its key.
type forgery struct {
	about, name string
	make        func(oauth.Assertion, jose.JSONWebKey) (string, error)
	beside      func(target.Client) url.Values // more parameters of the request; may be nil
}

// forgedAssertions sends every forgery. A right assertion must be accepted before them and after them: a
// server that locks a client after a number of failures refuses right ones too.
func forgedAssertions(ctx context.Context, s *session.Session) (evidence.ForgedAssertions, error) {
	scope := evidence.AssertionForgeriesKind.Name()
	if err := assertionControl(ctx, s, scope+".control"); err != nil {
		return evidence.ForgedAssertions{}, err
	}
	sent, err := each(forgeries(s), func(f forgery) (evidence.ForgedAssertion, error) {
		token, err := forge(ctx, s, scope+"."+slug(f.name), f)
		return evidence.ForgedAssertion{About: f.about, Name: f.name, Token: token}, err
	})
	if err != nil {
		return evidence.ForgedAssertions{}, err
	}
	if err := assertionControl(ctx, s, scope+".control"); err != nil {
		return evidence.ForgedAssertions{}, fmt.Errorf("after %d forged assertions the client seems to be locked: %w", len(sent), err)
	}
	return evidence.ForgedAssertions{ForgedAssertions: sent}, nil
}

// forge sends a fresh request with the assertion that f makes.
func forge(ctx context.Context, s *session.Session, scope string, f forgery) (evidence.TokenResponse, error) {
	a, err := newAssertable(ctx, s, scope)
	if err != nil {
		return evidence.TokenResponse{}, err
	}
	key, err := a.key()
	if err != nil {
		return evidence.TokenResponse{}, err
	}
	assertion, err := f.make(a.assertion(), key)
	if err != nil {
		return evidence.TokenResponse{}, err
	}
	if f.beside != nil {
		for name, values := range f.beside(a.client) {
			a.request.Form[name] = values
		}
	}
	token, _, err := a.send(ctx, s, scope, assertion)
	return token, err
}

// forgeries lists what is sent to a server.
func forgeries(s *session.Session) []forgery {
	nobody := "smartcheck-nobody-" + oauth.Random(6)
	minutes := func(n int) int64 { return time.Now().Add(time.Duration(n) * time.Minute).Unix() }
	claim := func(about, name, claim string, value any) forgery {
		return forgery{about: about, name: name, make: claiming(claim, func(oauth.Assertion) any { return value })}
	}
	list := []forgery{
		{about: evidence.BadSignature, name: "a signature by an unregistered key", make: unregisteredKey},
		{about: evidence.BadSignature, name: "a payload altered after signing", make: alteredPayload},
		{about: evidence.BadSignature, name: "alg none and no signature", make: unsigned},

		claim(evidence.BadAudience, "the audience of another server", "aud", "https://as.example.org/token"),
		claim(evidence.BadAudience, "the audiences of two other servers", "aud", []string{"https://as.example.org/token", "https://as.example.net"}),
		claim(evidence.BadAudience, "no audience", "aud", nil),

		claim(evidence.BadExpiry, "an expiry ten minutes ago", "exp", minutes(-10)),
		claim(evidence.BadExpiry, "an expiry ten minutes ago, as a text", "exp", strconv.FormatInt(minutes(-10), 10)),
		claim(evidence.BadExpiry, "no expiry", "exp", nil),
		claim(evidence.LongLifetime, evidence.SixMinutes, "exp", minutes(6)),
		claim(evidence.LongLifetime, evidence.OneDay, "exp", minutes(24*60)),
		claim(evidence.BadNotBefore, "valid in ten minutes", "nbf", minutes(10)),

		claim(evidence.BadIssuer, "an unknown issuer", "iss", nobody),
		claim(evidence.BadIssuer, "no issuer", "iss", nil),
		claim(evidence.BadIssuer, "an unknown subject", "sub", nobody),
		claim(evidence.BadIssuer, "no subject", "sub", nil),
		{about: evidence.BadIssuer, name: "an unknown issuer and subject beside the right client_id",
			make:   altered(func(a *oauth.Assertion) { a.Issuer, a.Subject = nobody, nobody }),
			beside: func(c target.Client) url.Values { return url.Values{"client_id": {c.ID}} }},
		{about: evidence.BadClientID, name: "another client_id beside the assertion", make: right,
			beside: func(target.Client) url.Values { return url.Values{"client_id": {nobody}} }},

		claim(evidence.BadJTI, "no jti", "jti", nil),

		{about: evidence.BadAlgorithm, name: "HS256 with the PEM of the public key", make: hmac(publicPEM)},
		{about: evidence.BadAlgorithm, name: "HS256 with the JWK of the public key", make: hmac(publicJWK)},

		{about: evidence.BadKeySource, name: "a foreign key in the jwk header", make: bringing(func(key jose.JSONWebKey) (string, any, error) {
			return "jwk", key.Public(), nil
		})},
		{about: evidence.BadKeySource, name: "a foreign key in the x5c header", make: bringing(func(key jose.JSONWebKey) (string, any, error) {
			der, err := selfSigned(key)
			return "x5c", []string{base64.StdEncoding.EncodeToString(der)}, err
		})},

		{about: evidence.BadKeyChoice, name: "an unknown kid", make: withKid("smartcheck-" + oauth.Random(6))},
		{about: evidence.BadKeyChoice, name: "no kid", make: withKid("")},
		{about: evidence.BadKeyChoice, name: "a jku that is not registered", make: heading("jku", unregisteredURL)},

		{about: evidence.OtherJWTTyped, name: "typ at+jwt", make: heading("typ", "at+jwt")},
	}
	if kid, ok := kidOfOtherType(s); ok {
		list = append(list, forgery{about: evidence.BadKeyChoice, name: "the kid of a key of another type", make: withKid(kid)})
	}
	return list
}

func altered(change func(*oauth.Assertion)) func(oauth.Assertion, jose.JSONWebKey) (string, error) {
	return func(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
		change(&a)
		return a.Sign(key)
	}
}

// claiming replaces a claim; nil leaves it out.
func claiming(name string, value func(oauth.Assertion) any) func(oauth.Assertion, jose.JSONWebKey) (string, error) {
	return altered(func(a *oauth.Assertion) { a.Claims = map[string]any{name: value(*a)} })
}

// heading sets a header parameter.
func heading(name string, value any) func(oauth.Assertion, jose.JSONWebKey) (string, error) {
	return altered(func(a *oauth.Assertion) { a.Header = map[string]any{name: value} })
}

// withKid names another key in the header than the one that signs.
func withKid(kid string) func(oauth.Assertion, jose.JSONWebKey) (string, error) {
	return func(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
		key.KeyID = kid
		return a.Sign(key)
	}
}

// kidOfOtherType returns the kid of a registered key that is not of the type of the one that signs.
func kidOfOtherType(s *session.Session) (string, bool) {
	client, ok := s.Config.Client(target.Backend)
	if !ok {
		client = s.Config.Clients[target.Asymmetric]
	}
	key, err := client.SigningKey()
	if err != nil {
		return "", false
	}
	client.KID, client.Alg = "", map[string]string{"ES384": "RS384", "RS384": "ES384"}[key.Algorithm]
	other, err := client.SigningKey()
	return other.KeyID, err == nil
}

// stranger returns a new key for the algorithm, under the kid of the registered one.
func stranger(key jose.JSONWebKey) (jose.JSONWebKey, error) {
	other, err := oauth.NewKey(key.Algorithm)
	other.KeyID = key.KeyID
	return other, err
}

// unregisteredKey signs with a new key under the kid of the registered one.
func unregisteredKey(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
	other, err := stranger(key)
	if err != nil {
		return "", err
	}
	return a.Sign(other)
}

// bringing signs with a new key, which a header parameter brings along.
func bringing(along func(jose.JSONWebKey) (name string, value any, err error)) func(oauth.Assertion, jose.JSONWebKey) (string, error) {
	return func(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
		other, err := stranger(key)
		if err != nil {
			return "", err
		}
		name, value, err := along(other)
		if err != nil {
			return "", err
		}
		a.Header = map[string]any{name: value}
		return a.Sign(other)
	}
}

// selfSigned returns a certificate for the key, in DER.
func selfSigned(key jose.JSONWebKey) ([]byte, error) {
	signer, ok := key.Key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("cannot certify a %T", key.Key)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "smartcheck, a foreign key"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("cannot certify a foreign key: %w", err)
	}
	return der, nil
}

// hmac signs with HS256, and takes what everybody knows for the secret (RFC 8725 section 2.1).
func hmac(secret func(jose.JSONWebKey) ([]byte, error)) func(oauth.Assertion, jose.JSONWebKey) (string, error) {
	return func(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
		known, err := secret(key)
		if err != nil {
			return "", fmt.Errorf("cannot write the public key %q: %w", key.KeyID, err)
		}
		a.Header = map[string]any{"kid": key.KeyID} // go-jose names no secret in the header
		return a.Sign(jose.JSONWebKey{Key: known, Algorithm: string(jose.HS256)})
	}
}

func publicPEM(key jose.JSONWebKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public().Key)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
}

func publicJWK(key jose.JSONWebKey) ([]byte, error) {
	public := key.Public()
	return public.MarshalJSON()
}

// alteredPayload signs, and then moves the expiry by a second.
func alteredPayload(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
	signed, err := a.Sign(key)
	if err != nil {
		return "", err
	}
	a.Expiry = a.Expiry.Add(time.Second)
	other, err := a.Sign(key)
	if err != nil {
		return "", err
	}
	parts, swapped := strings.Split(signed, "."), strings.Split(other, ".")
	return parts[0] + "." + swapped[1] + "." + parts[2], nil
}

// unsigned says alg none and leaves the signature empty.
func unsigned(a oauth.Assertion, key jose.JSONWebKey) (string, error) {
	signed, err := a.Sign(key)
	if err != nil {
		return "", err
	}
	header, err := json.Marshal(map[string]string{"alg": "none", "typ": "JWT", "kid": key.KeyID})
	if err != nil {
		return "", fmt.Errorf("cannot write a JWT header: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(header) + "." + strings.Split(signed, ".")[1] + ".", nil
}
