package checks

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// TokenDetails lists the checks of what token responses hold besides the usual.
var TokenDetails = []Check{TokenSize, AuthorizationDetails, LifetimeByClient}

// longestToken is the length of a header field that some HTTP servers accept at most, in bytes.
const longestToken = 8 << 10

// TokenSize verifies that an access token fits into a header, however many scopes it is for.
var TokenSize = New(Meta{
	ID:           "token.size",
	Title:        "An access token for many granular scopes fits into an HTTP header",
	Level:        Should,
	Requirements: []string{"134"},
	Versions:     []Version{V2_0_0, V2_2_0},
	Applies:      "permission-v2 and authorize-post are claimed",
	Remedy:       "Keep the scopes at the server and put a pointer to them, or short names, into the access token.",
}, evidence.ManyScopesKind, func(g evidence.Grant) Verdict {
	switch a := g.Authorization; {
	case a.Outcome == evidence.GotNowhere || a.Outcome == evidence.NotLaunched:
		return CannotJudge(g.Describe(), a.Exchanges...)
	case !g.Worked():
		return Skip("no access token for many granular scopes: " + g.Describe())
	}
	granted, _ := g.Token.Text("scope")
	seen := fmt.Sprintf("an access token of %d bytes for %d of %d scopes that were asked for",
		g.Token.AccessToken.Length, len(scope.Split(granted)), len(scope.Split(g.Scope)))
	if g.Token.AccessToken.Length > longestToken {
		return Broken(fmt.Sprintf("an access token of %d bytes at most", longestToken), seen, g.Token.Exchange)
	}
	return Holds(seen, g.Token.Exchange)
})

// AuthorizationDetails records where else tokens work, and warns when apps cannot make use of it.
var AuthorizationDetails = New(Meta{
	ID:           "token.authorization-details",
	Title:        "The authorization_details of a token response name locations where the token works",
	Level:        May,
	Requirements: []string{"82"},
	Versions:     []Version{V2_2_0},
	Applies:      "a token response has authorization_details",
	Remedy:       `Write each as {"type": "smart_on_fhir", "locations": ["https://…"], "fhirVersions": ["4.0.1"]}, and accept the token at every location.`,
}, evidence.DetailsKind, func(e evidence.DetailedTokens) Verdict {
	var proof []string
	locations := 0
	for _, token := range e.Tokens {
		count, problem := smartDetails(token.Details)
		if problem != "" {
			return Discouraged("authorization_details as SMART App Launch defines them", token.Launch.String()+": "+problem, token.Exchange)
		}
		locations += count
		proof = append(proof, token.Exchange)
		for _, read := range token.Reads {
			if read.Answer.Status == 401 {
				return Discouraged("a token that works at every location of its authorization_details", "401 at "+read.Location, token.Exchange, read.Answer.Exchange)
			}
			proof = append(proof, read.Answer.Exchange)
		}
	}
	if len(e.Tokens) == 0 {
		return Note(fmt.Sprintf("none of %d token responses has authorization_details", e.Asked))
	}
	return Note(fmt.Sprintf("%d of %d token responses have authorization_details, with %d locations in all", len(e.Tokens), e.Asked, locations), proof...)
})

// smartDetails counts the locations of authorization_details and says what is wrong with them, or "".
// Details of other types are for others.
func smartDetails(raw json.RawMessage) (locations int, problem string) {
	var details []map[string]json.RawMessage
	if json.Unmarshal(raw, &details) != nil || details == nil {
		return 0, "authorization_details is not an array of objects"
	}
	for _, d := range details {
		var kind string
		if json.Unmarshal(d["type"], &kind) != nil || kind == "" {
			return 0, "type is missing"
		}
		if kind != evidence.SMARTDetails {
			continue
		}
		var where, versions []string
		switch {
		case json.Unmarshal(d["locations"], &where) != nil || len(where) == 0:
			return 0, "locations is no array of URLs: " + orAbsent(d["locations"])
		case json.Unmarshal(d["fhirVersions"], &versions) != nil || len(versions) == 0:
			return 0, "fhirVersions is no array of versions: " + orAbsent(d["fhirVersions"])
		}
		for _, location := range where {
			if u, err := url.Parse(location); err != nil || u.Host == "" || u.Scheme != "https" {
				return 0, "the location " + shorten(location) + " is no absolute https URL"
			}
		}
		locations += len(where)
	}
	return locations, ""
}

// LifetimeByClient records how long the tokens of public and of confidential clients live. Confidential
// clients may have longer ones; public clients that outlive them have the privilege the wrong way round.
var LifetimeByClient = New(Meta{
	ID:           "token.lifetime-by-client",
	Title:        "Access tokens of public clients live no longer than those of confidential ones",
	Level:        May,
	Requirements: []string{"92"},
	Applies:      "the target file has a public and a confidential client",
	Remedy:       "Give the shorter lifetime to public clients, which cannot keep a secret.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	public, confidential := map[string]lifetime{}, map[string]lifetime{}
	for _, g := range e.Grants {
		var seconds float64
		if !g.Worked() || json.Unmarshal(g.Token.Members["expires_in"], &seconds) != nil || seconds <= 0 {
			continue
		}
		of := confidential
		if g.Launch.Client == "public" {
			of = public
		}
		if known, again := of[g.Launch.UseCase()]; !again || seconds > known.seconds {
			of[g.Launch.UseCase()] = lifetime{seconds, g.Token.Exchange}
		}
	}
	var seen, longer, proof []string
	for _, useCase := range []string{"patient-standalone", "patient-ehr", "clinician-standalone", "clinician-ehr"} {
		p, hasPublic := public[useCase]
		c, hasConfidential := confidential[useCase]
		if !hasPublic || !hasConfidential {
			continue
		}
		both := fmt.Sprintf("%s: public %.0f s, confidential %.0f s", useCase, p.seconds, c.seconds)
		seen, proof = append(seen, both), append(proof, p.exchange, c.exchange)
		if p.seconds > c.seconds {
			longer = append(longer, both)
		}
	}
	switch {
	case len(seen) == 0:
		return Skip("no launch of a public and a confidential client told expires_in")
	case len(longer) > 0:
		return Discouraged("no longer tokens for public clients", few(longer), proof...)
	}
	return Note(few(seen), proof...)
})

// lifetime is how long an access token lives, and the exchange that says so.
type lifetime struct {
	seconds  float64
	exchange string
}
