package checks

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/schemas"
)

var openIDKeys = []Check{KeySet, KeysPublic, KeysBare, KeysSize, KeysIdentified, KeysRS256, KeysCertificates}

// KeySet verifies that the key set is served and is a JWK Set.
var KeySet = New(Meta{
	ID:           "openid.jwks",
	Title:        "jwks_uri serves a JWK Set",
	Level:        Shall,
	Requirements: []string{"382", "rfc8414-2-jwks-uri", "rfc8259-2-well-formed"},
	Applies:      "with jwks_uri",
	Remedy:       `Serve {"keys": [...]} with the public signing keys at jwks_uri, with status 200 and without credentials.`,
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	const expected = "200 with a JWK Set that holds at least one key"
	doc := d.Keys
	switch {
	case doc == nil && d.Live:
		return Skip("no document names a jwks_uri")
	case doc == nil:
		return Skip("needs a live server, or a saved key set")
	case doc.Problem != "":
		return CannotJudge(doc.Problem, doc.Exchanges()...)
	case unavailable(doc.Status), doc.Truncated:
		return CannotJudge(answered(doc), doc.Exchanges()...)
	}
	members, ok := doc.Object()
	keys, isArray := members["keys"].([]any)
	switch {
	case !ok:
		return Broken(expected, answered(doc), doc.Exchanges()...)
	case !isArray:
		return Broken(expected, metadata{doc, members}.state("keys"), doc.Exchanges()...)
	case len(keys) == 0:
		return Broken(expected, "an empty set", doc.Exchanges()...)
	default:
		return Holds(fmt.Sprintf("%d keys", len(keys)), doc.Exchanges()...)
	}
})

// jwk is one key of the set.
type jwk struct {
	metadata
	index int
}

// name says which key it is, for people.
func (k jwk) name() string {
	if kid := k.text("kid"); kid != "" {
		return "key " + shown(kid)
	}
	return fmt.Sprintf("key %d", k.index)
}

// signs reports whether the key may verify signatures.
func (k jwk) signs() bool {
	if use := k.text("use"); use != "" && use != "sig" {
		return false
	}
	operations, stated := k.list("key_ops")
	return !stated || slices.Contains(operations, "verify")
}

// overKeys judges the keys of a readable set.
func overKeys(judge func(set metadata, keys []jwk) Verdict) func(evidence.Discovery) Verdict {
	return func(d evidence.Discovery) Verdict {
		set, ok := readable(d.Keys)
		if !ok {
			return Skip("no key set could be read (see openid.jwks)")
		}
		var keys []jwk
		items, _ := set.members["keys"].([]any)
		for i, item := range items {
			if members, isObject := item.(map[string]any); isObject {
				keys = append(keys, jwk{metadata{d.Keys, members}, i})
			}
		}
		if len(keys) == 0 {
			return Skip("the key set holds no key (see openid.jwks)")
		}
		return judge(set, keys)
	}
}

// everyKey judges each key by what is wrong with it.
func everyKey(expected string, flaw func(jwk) string) func(evidence.Discovery) Verdict {
	return overKeys(func(set metadata, keys []jwk) Verdict {
		var wrong []string
		for _, key := range keys {
			if reason := flaw(key); reason != "" {
				wrong = append(wrong, key.name()+": "+reason)
			}
		}
		if len(wrong) > 0 {
			return set.broken(expected, few(wrong))
		}
		return set.holds("%d keys", len(keys))
	})
}

// privateMembers are the members that hold private or symmetric key material (RFC 7518 §6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// KeysPublic verifies that no key material is published that must stay secret.
var KeysPublic = New(Meta{
	ID:           "openid.jwks-public",
	Title:        "The key set holds public keys only",
	Level:        Shall,
	Requirements: []string{"rfc8414-2-jwks-uri", "207"},
	Remedy:       "Publish public members only. A private key that was published is lost: replace it at once.",
}, evidence.DiscoveryKind, everyKey("public keys", func(k jwk) string {
	var secret []string
	for _, name := range privateMembers {
		if k.has(name) {
			secret = append(secret, name)
		}
	}
	switch {
	case k.text("kty") == "oct":
		return "is a symmetric key"
	case len(secret) > 0:
		return "holds the private members " + strings.Join(secret, ", ")
	default:
		return ""
	}
}))

// KeysBare verifies that each key is given by its members, and that they make a usable key.
var KeysBare = New(Meta{
	ID:           "openid.jwks-bare",
	Title:        "Each key is given by usable members of its own",
	Level:        Shall,
	Requirements: []string{"207"},
	Remedy:       "Give n and e for RSA keys, crv, x and y for EC keys, in base64url without padding. A certificate alone does not do.",
}, evidence.DiscoveryKind, overKeys(func(set metadata, keys []jwk) Verdict {
	var wrong []string
	for _, v := range schemas.Validate("jwks.schema.json", set.members) {
		wrong = append(wrong, v.String())
	}
	for _, key := range keys {
		place := fmt.Sprintf("/keys/%d", key.index)
		malformed := slices.ContainsFunc(wrong, func(s string) bool {
			return strings.HasPrefix(s, place+":") || strings.HasPrefix(s, place+"/")
		})
		if _, reason := key.public(); reason != "" && !malformed {
			wrong = append(wrong, key.name()+": "+reason)
		}
	}
	if len(wrong) > 0 {
		return set.broken("bare keys as RFC 7517 and RFC 7518 write them", few(wrong))
	}
	return set.holds("%d bare keys", len(keys))
}))

var curves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

// public returns the key when it is an RSA or EC key, or what is wrong with its members. Keys of other
// types are not looked into.
func (k jwk) public() (key any, flaw string) {
	switch k.text("kty") {
	case "RSA":
		n, okN := k.number("n")
		e, okE := k.number("e")
		switch {
		case !okN || !okE:
			return nil, "n or e is not base64url"
		case !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 || e.Bit(0) == 0:
			return nil, "e is no odd number from 3 to 2^31-1"
		case n.BitLen() > 16384:
			return nil, "n is longer than 16384 bits"
		default:
			return &rsa.PublicKey{N: n, E: int(e.Int64())}, ""
		}
	case "EC":
		x, okX := k.number("x")
		y, okY := k.number("y")
		curve, known := curves[k.text("crv")]
		switch {
		case !known:
			return nil, ""
		case !okX || !okY:
			return nil, "x or y is not base64url"
		}
		size := (curve.Params().BitSize + 7) / 8
		if x.BitLen() > 8*size || y.BitLen() > 8*size {
			return nil, "the point is not on " + k.text("crv")
		}
		point := append([]byte{4}, x.FillBytes(make([]byte, size))...)
		point = append(point, y.FillBytes(make([]byte, size))...)
		public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
		if err != nil {
			return nil, "the point is not on " + k.text("crv")
		}
		return public, ""
	default:
		return nil, ""
	}
}

// number decodes a member that holds a big-endian number in base64url.
func (k jwk) number(name string) (*big.Int, bool) {
	const longest = 4096 // characters, more than any key needs
	text := k.text(name)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 || len(text) > longest {
		return nil, false
	}
	return new(big.Int).SetBytes(raw), true
}

// KeysSize verifies that RSA keys are long enough.
var KeysSize = New(Meta{
	ID:           "openid.jwks-rsa-size",
	Title:        "RSA signing keys have 2048 bits or more",
	Level:        Shall,
	Requirements: []string{"rfc7518-3.3-rsa-size"},
	Remedy:       "Replace the key by one of 2048 bits or more.",
}, evidence.DiscoveryKind, everyKey("2048 bits or more", func(k jwk) string {
	key, _ := k.public()
	if rsaKey, ok := key.(*rsa.PublicKey); ok && k.signs() && rsaKey.N.BitLen() < 2048 {
		return fmt.Sprintf("%d bits", rsaKey.N.BitLen())
	}
	return ""
}))

// KeysIdentified verifies that keys can be told apart.
var KeysIdentified = New(Meta{
	ID:           "openid.jwks-kid",
	Title:        "Keys are told apart by different key ids",
	Level:        Should,
	Requirements: []string{"rfc7517-4.5-kid"},
	Remedy:       "Give every key a kid of its own, and put it into the header of the tokens that it signs.",
}, evidence.DiscoveryKind, overKeys(func(set metadata, keys []jwk) Verdict {
	owners := map[string][]jwk{}
	var wrong []string
	for _, key := range keys {
		kid := key.text("kid")
		if kid == "" && len(keys) > 1 {
			wrong = append(wrong, key.name()+" has no kid")
		}
		owners[kid] = append(owners[kid], key)
	}
	for _, kid := range slices.Sorted(maps.Keys(owners)) {
		if kid != "" && len(owners[kid]) > 1 {
			wrong = append(wrong, fmt.Sprintf("%d keys have the kid %s", len(owners[kid]), shown(kid)))
		}
	}
	if len(wrong) > 0 {
		return set.broken("a different kid for each key", few(wrong))
	}
	return set.holds("%d keys", len(keys))
}))

// KeysRS256 verifies that some key can verify RS256 signatures.
var KeysRS256 = New(Meta{
	ID:           "openid.jwks-rs256",
	Title:        "The key set holds an RSA key that verifies RS256 signatures",
	Level:        Shall,
	Requirements: []string{"210", "207"},
	Applies:      "with the capability " + sso,
	Remedy:       "Publish the RSA key that signs ID tokens, with use sig or none and alg RS256 or none.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	if smart, ok := readable(d.SMART); ok && !smart.claims(sso) {
		return Skip("the server does not claim " + sso)
	}
	return overKeys(verifiesRS256)(d)
})

func verifiesRS256(set metadata, keys []jwk) Verdict {
	var seen []string
	for _, key := range keys {
		public, _ := key.public()
		_, isRSA := public.(*rsa.PublicKey)
		if alg := key.text("alg"); isRSA && key.signs() && (alg == "" || alg == "RS256") {
			return set.holds("%s", key.name())
		}
		seen = append(seen, fmt.Sprintf("%s: kty %s, use %s, alg %s", key.name(), shown(key.members["kty"]), shown(key.members["use"]), shown(key.members["alg"])))
	}
	return set.broken("an RSA key for signatures with RS256", few(seen))
}

// KeysCertificates verifies that certificates hold the keys that they stand with.
var KeysCertificates = New(Meta{
	ID:           "openid.jwks-x5c",
	Title:        "The certificate of a key holds that key",
	Level:        Shall,
	Requirements: []string{"rfc7517-4.7-x5c", "208"},
	Applies:      "to keys with x5c",
	Remedy:       "Make x5c from the certificate of this key: base64 of DER, the key's own certificate first. Or leave x5c out.",
}, evidence.DiscoveryKind, overKeys(func(set metadata, keys []jwk) Verdict {
	var wrong []string
	judged := 0
	for _, key := range keys {
		if !key.has("x5c") {
			continue
		}
		judged++
		if reason := key.certificateFlaw(); reason != "" {
			wrong = append(wrong, key.name()+": "+reason)
		}
	}
	switch {
	case judged == 0:
		return Skip("no key has x5c")
	case len(wrong) > 0:
		return set.broken("a certificate of the key itself", few(wrong))
	default:
		return set.holds("%d certificates", judged)
	}
}))

// certificateFlaw says what is wrong with the first certificate of x5c; "" when nothing is.
func (k jwk) certificateFlaw() string {
	chain, _ := k.list("x5c")
	if len(chain) == 0 {
		return k.state("x5c")
	}
	der, err := base64.StdEncoding.DecodeString(chain[0])
	if err != nil {
		return "the first certificate is not base64"
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return "the first certificate cannot be read"
	}
	key, _ := k.public()
	if !sameKey(key, certificate.PublicKey) {
		return "the first certificate holds another key"
	}
	return ""
}

func sameKey(a, b any) bool {
	switch key := a.(type) {
	case *rsa.PublicKey:
		other, ok := b.(*rsa.PublicKey)
		return ok && key.Equal(other)
	case *ecdsa.PublicKey:
		other, ok := b.(*ecdsa.PublicKey)
		return ok && key.Equal(other)
	default:
		return a == nil // a key of a type that is not looked into
	}
}
