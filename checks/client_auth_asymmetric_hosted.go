package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// ClientAuthAsymmetricHosted lists the checks of key sets that clients publish.
var ClientAuthAsymmetricHosted = []Check{
	KeysByURL, KeySetGet, RegisteredJKU, UntrustedKeyURLs, UntrustedFetch, ListedAlgorithms, KeyType, DuplicateKid,
	WeakRSAKey, KeySetLapses, KeySetKept, KeySetOutage,
}

const hostedApplies = "the target file has jwks, so that smartcheck can publish the key set of a client"

// unreached is the reason why nothing can be told of what follows the first use of a key set.
const unreached = "no key of the published set was accepted"

// hostedStep judges the attempts of some steps, which must bring a token or none. Nothing can be told when the
// good key beside them was refused.
func hostedStep(good, expected string, issued bool, steps ...string) func(evidence.HostedKeys) Verdict {
	return func(e evidence.HostedKeys) Verdict {
		if !e.Worked(good) {
			return CannotJudge(beside(e, good))
		}
		var t tally
		for _, a := range e.Steps(steps...) {
			switch failed := giveUp(a.Token.Status); {
			case a.Token.Issued() == issued && (issued || failed == ""):
				t.holds(a.Token.Exchange)
			case failed != "":
				t.unsure(a.Name + ": the token endpoint " + failed)
			default:
				t.breaks(a.Name+": "+a.Token.Describe(), a.Token.Exchange)
			}
		}
		return t.verdict(expected, "every attempt was answered so", "the server does not list the algorithms that this needs")
	}
}

// beside says that what should have worked did not.
func beside(e evidence.HostedKeys, good string) string {
	for _, a := range e.Steps(good) {
		return fmt.Sprintf("a refusal would prove nothing: %s was answered with %s", a.Name, a.Token.Describe())
	}
	return unreached
}

// KeysByURL verifies that a client can register the URL of its keys.
var KeysByURL = New(Meta{
	ID:           "client-auth-asymmetric.keys-by-url",
	Title:        "A client authenticates with a key of the set at its registered URL",
	Level:        Shall,
	Requirements: []string{"296"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Fetch the key set at the registered URL; see that the server reaches jwks.url and trusts its certificate.",
}, evidence.HostedKeysKind, func(e evidence.HostedKeys) Verdict {
	var t tally
	for _, a := range e.Steps(evidence.KeysFetched) {
		asked := fmt.Sprintf("%s was asked for %d times", e.URL, a.Fetches)
		switch failed := giveUp(a.Token.Status); {
		case a.Token.Issued():
			t.holds(a.Token.Exchange)
		case failed != "":
			t.unsure("the token endpoint " + failed + "; " + asked)
		default:
			t.breaks(a.Token.Describe()+"; "+asked, a.Token.Exchange)
		}
	}
	return t.verdict("a token", "the key was accepted", "no assertion was sent")
})

// KeySetGet verifies how a key set is asked for.
var KeySetGet = New(Meta{
	ID:           "client-auth-asymmetric.key-set-get",
	Title:        "The key set of a client is fetched by GET",
	Level:        Shall,
	Requirements: []string{"339"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Send GET with Accept: application/json to the registered URL.",
}, evidence.HostedKeysKind, func(e evidence.HostedKeys) Verdict {
	others := slices.DeleteFunc(slices.Clone(e.Methods), func(m string) bool { return m == "GET" || m == "HEAD" })
	switch {
	case len(others) > 0:
		return Broken("GET", few(others))
	case !slices.Contains(e.Methods, "GET"):
		return CannotJudge("nobody asked for " + e.URL)
	}
	return Holds(fmt.Sprintf("%d requests, all by GET", len(e.Methods)))
})

// RegisteredJKU verifies that jku may name the registered URL.
var RegisteredJKU = New(Meta{
	ID:           "client-auth-asymmetric.registered-jku",
	Title:        "A jku that is the registered URL is accepted",
	Level:        Shall,
	Requirements: []string{"338"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Compare jku with the registered URL, and fetch the key set there when it is the same.",
}, evidence.HostedKeysKind, hostedStep(evidence.KeysFetched, "a token", true, evidence.JKURegistered))

// UntrustedKeyURLs verifies that keys behind foreign addresses are not trusted.
var UntrustedKeyURLs = New(Meta{
	ID:           "client-auth-asymmetric.untrusted-key-urls",
	Title:        "Keys at a jku or x5u that nobody registered are not trusted",
	Level:        ShallNot,
	Requirements: []string{"rfc8725-3.10-untrusted-key-headers", "338"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Refuse a jku that is not the registered URL, and ignore x5u.",
}, evidence.HostedKeysKind, hostedStep(evidence.KeysFetched, invalidClient, false, evidence.JKUForeign, evidence.X5UForeign))

// UntrustedFetch verifies that an assertion sends the server nowhere.
var UntrustedFetch = New(Meta{
	ID:           "client-auth-asymmetric.untrusted-fetch",
	Title:        "An address in a client assertion that nobody registered is not visited",
	Level:        ShouldNot,
	Requirements: []string{"rfc8725-3.10-untrusted-fetch"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Compare jku with the registered URL before anything is fetched, and never fetch x5u.",
}, evidence.HostedKeysKind, func(e evidence.HostedKeys) Verdict {
	if !e.Worked(evidence.KeysFetched) {
		return CannotJudge(beside(e, evidence.KeysFetched))
	}
	var t tally
	for _, a := range e.Steps(evidence.JKUForeign, evidence.X5UForeign) {
		if a.Visited {
			t.breaks(a.Name+": the address was visited", a.Token.Exchange)
			continue
		}
		t.holds(a.Token.Exchange)
	}
	return t.verdict("no request to the foreign address", "no foreign address was visited", "no foreign address was sent")
})

// ListedAlgorithms verifies that what is listed works.
var ListedAlgorithms = New(Meta{
	ID:           "client-auth-asymmetric.listed-algorithms",
	Title:        "Every listed algorithm of client assertions is accepted",
	Level:        Shall,
	Requirements: []string{"assertion-algorithms-honoured"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "List in token_endpoint_auth_signing_alg_values_supported what works and nothing else.",
}, evidence.HostedKeysKind, hostedStep(evidence.KeysFetched, "a token for every listed algorithm", true, evidence.AlgorithmListed))

// KeyType verifies that kty tells keys of one kid apart.
var KeyType = New(Meta{
	ID:           "client-auth-asymmetric.key-type",
	Title:        "Of two keys that share a kid, the type that fits the algorithm counts",
	Level:        Shall,
	Requirements: []string{"338"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Filter the keys by kid and by a kty that fits alg of the header.",
}, evidence.HostedKeysKind, hostedStep(evidence.KeyBesideOdd, "a token for either key", true, evidence.KidOfTwoTypes))

// DuplicateKid verifies that a kid which leaves two keys leaves none.
var DuplicateKid = New(Meta{
	ID:           "client-auth-asymmetric.duplicate-kid",
	Title:        "A kid that two keys of one type share verifies nothing",
	Level:        Shall,
	Requirements: []string{"338"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Refuse the assertion when kid and kty leave more than one key.",
}, evidence.HostedKeysKind, hostedStep(evidence.KeyBesideOdd, invalidClient, false, evidence.KidTwice))

// WeakRSAKey verifies that short RSA keys do not count.
var WeakRSAKey = New(Meta{
	ID:           "client-auth-asymmetric.weak-rsa-key",
	Title:        "An RSA key of 1024 bits is not accepted",
	Level:        ShallNot,
	Requirements: []string{"rfc7518-3.3-weak-rsa-key"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Ignore RSA keys of fewer than 2048 bits (RFC 7518 §3.3).",
}, evidence.HostedKeysKind, hostedStep(evidence.KeyBesideOdd, invalidClient, false, evidence.KeyWeak))

// KeySetLapses verifies that a key set is not used beyond its time.
var KeySetLapses = New(Meta{
	ID:           "client-auth-asymmetric.key-set-lapses",
	Title:        "Keys that a client withdrew are refused once its key set has lapsed, and new ones work",
	Level:        ShallNot,
	Requirements: []string{"341"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Keep a key set no longer than max-age of its Cache-Control says.",
}, evidence.HostedKeysKind, func(e evidence.HostedKeys) Verdict {
	if !e.Worked(evidence.KeysFetched) {
		return CannotJudge(beside(e, evidence.KeysFetched))
	}
	var t tally
	for _, a := range e.Steps(evidence.KeyWithdrawn, evidence.KeyAdded) {
		switch failed := giveUp(a.Token.Status); {
		case failed != "":
			t.unsure(a.Name + ": the token endpoint " + failed)
		case a.Token.Issued() == (a.Step == evidence.KeyAdded):
			t.holds(a.Token.Exchange)
		default:
			t.breaks(fmt.Sprintf("%s: %s", a.Name, a.Token.Describe()), a.Token.Exchange)
		}
	}
	return t.verdict("the old key refused and the new one accepted, "+e.MaxAge+" being over", "the new key took the place of the old one", "no key was replaced")
})

// KeySetKept verifies that a key set is not fetched for every request.
var KeySetKept = New(Meta{
	ID:           "client-auth-asymmetric.key-set-kept",
	Title:        "The key set of a client is kept as long as its Cache-Control allows",
	Level:        Should,
	Requirements: []string{"342"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Keep the key set for max-age of its Cache-Control.",
}, evidence.HostedKeysKind, func(e evidence.HostedKeys) Verdict {
	fetches, proof := 0, []string{}
	for _, a := range e.Steps(evidence.KeyRepeated) {
		if !a.Token.Issued() {
			return CannotJudge(fmt.Sprintf("%s was answered with %s", a.Name, a.Token.Describe()), a.Token.Exchange)
		}
		fetches += a.Fetches
		proof = append(proof, a.Token.Exchange)
	}
	switch {
	case len(proof) == 0:
		return CannotJudge(beside(e, evidence.KeyBesideOdd))
	case e.RepeatedMillis >= e.KeptMillis:
		return CannotJudge("the authentications took longer than the key set could be kept", proof...)
	case fetches >= len(proof):
		return Broken("fewer requests for the key set than authentications", fmt.Sprintf("%d requests for %d", fetches, len(proof)), proof...)
	}
	return Holds(fmt.Sprintf("%d authentications, %d requests for the key set", len(proof), fetches), proof...)
})

// KeySetOutage verifies that one client does not wait for the key set of another.
var KeySetOutage = New(Meta{
	ID:           "client-auth-asymmetric.key-set-outage",
	Title:        "A key set that does not arrive keeps no other client waiting",
	Level:        Should,
	Requirements: []string{"key-set-outage"},
	Versions:     asymmetricVersions,
	Applies:      hostedApplies,
	Remedy:       "Hold no lock that others need while a key set is fetched, and bound the time of the fetch.",
}, evidence.HostedKeysKind, func(e evidence.HostedKeys) Verdict {
	switch o := e.Outage; {
	case o == nil && e.OutageTrouble != "":
		return CannotJudge(e.OutageTrouble)
	case o == nil:
		return CannotJudge(unreached)
	case o.Blocked != "":
		return Broken("a token for clients."+o.Client+" meanwhile", "no answer within "+o.Blocked)
	case giveUp(o.Token.Status) != "":
		return Broken("a token for clients."+o.Client+" meanwhile", o.Token.Describe(), o.Token.Exchange)
	case !o.Token.Issued():
		return CannotJudge("clients."+o.Client+" was answered with "+o.Token.Describe(), o.Token.Exchange)
	default:
		return Holds("clients."+o.Client+" got its token", o.Token.Exchange)
	}
})
