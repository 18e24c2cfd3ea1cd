package ehr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// assertionAlgorithms are those that SMART App Launch demands of a server.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.RS384, jose.ES384}

const (
	// assertionLifetime is how far in the future an assertion may expire.
	assertionLifetime = 5 * time.Minute
	// clockSkew is how much a client's clock may differ.
	clockSkew = 10 * time.Second
)

// readKeys reads a JSON Web Key Set and keeps what can verify assertions: valid public keys with an id.
// Keys of types that it does not know are ignored (RFC 7517 section 5).
func readKeys(raw []byte) (jose.JSONWebKeySet, error) {
	var usable jose.JSONWebKeySet
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return usable, fmt.Errorf("read the key set: %w", err)
	}
	for _, one := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(one) != nil {
			continue
		}
		if !k.IsPublic() {
			return usable, fmt.Errorf("key %q of the key set is not public; register the public half only", k.KeyID)
		}
		if k.Valid() && k.KeyID != "" && k.Use != "enc" {
			usable.Keys = append(usable.Keys, k)
		}
	}
	if len(usable.Keys) == 0 {
		return usable, errors.New("the key set holds no public key with a kid")
	}
	return usable, nil
}

// clientAssertion is a client assertion taken apart.
type clientAssertion struct {
	jwt.Claims
	raw    string
	header jose.Header
	token  *jwt.JSONWebToken // nil when it is not signed
	noExp  bool              // exp is there, and was taken for none
}

// typ returns the typ header, or "".
func (a clientAssertion) typ() string {
	typ, _ := a.header.ExtraHeaders[jose.HeaderType].(string)
	return typ
}

// jku returns the jku header and whether there is one.
func (a clientAssertion) jku() (string, bool) {
	value, named := a.header.ExtraHeaders["jku"]
	address, _ := value.(string)
	return address, named
}

// byAssertion authenticates a client by private_key_jwt. endpoint is the path that the assertion came to.
func (t *tenant) byAssertion(ctx context.Context, endpoint string, c credentials) (*registeredClient, *oauthError) {
	client, failed := t.authenticateAssertion(ctx, endpoint, c)
	if failed != nil {
		return nil, t.misnamedFailure(failed)
	}
	return client, nil
}

// authenticateAssertion follows
// https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#signature-verification.
func (t *tenant) authenticateAssertion(ctx context.Context, endpoint string, c credentials) (*registeredClient, *oauthError) {
	a, failed := t.readAssertion(c.assertion)
	if failed != nil {
		return nil, failed
	}
	client, failed := t.issuerOf(a, c.id)
	if failed != nil {
		return nil, failed
	}
	if err := t.verify(ctx, client, a); err != nil && !t.has(faults.AssertionUnverified) {
		return nil, unauthenticated(err.Error())
	}
	if failed := t.checkClaims(a); failed != nil {
		return nil, failed
	}
	if !t.firstUse(ctx, endpoint, client, a) && !t.has(faults.AssertionReplayable) {
		return nil, unauthenticated("the client assertion was used before")
	}
	return client, nil
}

// readAssertion parses an assertion, and verifies nothing but its form.
func (t *tenant) readAssertion(raw string) (clientAssertion, *oauthError) {
	a := clientAssertion{raw: raw}
	if t.has(faults.AssertionNoneAccepted) && a.readUnsigned() {
		return a, nil
	}
	token, err := jwt.ParseSigned(raw, t.algorithmsAccepted())
	if err != nil {
		return a, unauthenticated("the client assertion is not a JWT signed with RS384 or ES384")
	}
	a.token, a.header = token, token.Headers[0]
	if typ := a.typ(); typ != "" && !strings.EqualFold(typ, "JWT") && !t.has(faults.AssertionTypUnchecked) {
		return a, unauthenticated("typ of the client assertion is not JWT")
	}
	if t.misreadClaims(&a) {
		return a, nil
	}
	if err := token.UnsafeClaimsWithoutVerification(&a.Claims); err != nil {
		return a, unauthenticated("the claims of the client assertion cannot be read")
	}
	if t.has(faults.AssertionAudArrayRefused) && a.audienceInList() {
		return a, unauthenticated("aud of the client assertion is not a string")
	}
	return a, nil
}

// issuerOf returns the client that issued the assertion; id is the client_id of the request.
func (t *tenant) issuerOf(a clientAssertion, id string) (*registeredClient, *oauthError) {
	issuer := a.Issuer
	switch {
	case t.has(faults.AssertionIssUnchecked):
		issuer = a.Subject
	case t.has(faults.AssertionClientParameter) && id != "":
		client, known := t.client(id)
		if known {
			return client, nil
		}
	}
	client, known := t.client(issuer)
	switch {
	case !known || !client.hasKeys():
		return nil, unauthenticated("iss of the client assertion is not a client with keys")
	case a.Subject != issuer && !t.has(faults.AssertionSubUnchecked):
		return nil, unauthenticated("iss and sub of the client assertion differ")
	case id != "" && id != client.ID && !t.has(faults.AssertionClientIDIgnored):
		return nil, unauthenticated("client_id differs from iss of the client assertion")
	}
	return client, nil
}

// checkClaims holds the claims to RFC 7523 section 3 and to the limits of SMART App Launch.
func (t *tenant) checkClaims(claims clientAssertion) *oauthError {
	now := t.now()
	switch {
	case len(claims.Audience) == 0 && t.has(faults.AssertionAudOptional), t.has(faults.AssertionAudUnchecked):
	case !claims.Audience.Contains(t.tokenURL()):
		return unauthenticated("aud of the client assertion is not " + t.tokenURL())
	}
	switch {
	case claims.Expiry == nil && (t.has(faults.AssertionExpOptional) || claims.noExp):
	case claims.Expiry == nil:
		return unauthenticated("exp of the client assertion is missing")
	case !now.Before(claims.Expiry.Time()) && !t.has(faults.AssertionExpUnchecked):
		return unauthenticated("the client assertion has expired")
	case claims.Expiry.Time().After(now.Add(assertionLifetime+clockSkew)) && !t.has(faults.AssertionExpUnbounded):
		return unauthenticated("the client assertion expires more than five minutes from now")
	}
	switch {
	case claims.NotBefore != nil && claims.NotBefore.Time().After(now.Add(clockSkew)) && !t.has(faults.AssertionNbfUnchecked):
		return unauthenticated("the client assertion is not valid yet")
	case claims.ID == "" && !t.has(faults.AssertionJTIOptional):
		return unauthenticated("jti of the client assertion is missing")
	}
	return nil
}

// firstUse remembers the id of the assertion and reports whether the client had not used it before.
func (t *tenant) firstUse(ctx context.Context, endpoint string, client *registeredClient, a clientAssertion) bool {
	used := fingerprint(client.ID, a.ID)
	switch {
	case a.ID == "" && t.has(faults.AssertionJTIOptional):
		return true
	case t.has(faults.AssertionReplayByText):
		used = fingerprint(client.ID, a.raw)
	case t.has(faults.AssertionReplayElsewhere):
		used = fingerprint(client.ID, a.ID, endpoint)
	case t.has(faults.AssertionReplayRace):
		if _, before := t.assertions.get(used); before {
			return false
		}
		pause(ctx, raceWindow) // the others look meanwhile, and see nothing either
		t.assertions.put(used, struct{}{})
		return true
	}
	return t.assertions.claim(used, struct{}{})
}
