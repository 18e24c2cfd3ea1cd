package checks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Registration lists the checks of what dynamic client registration answers.
var Registration = []Check{
	RegistrationClientID, RegistrationCreated, RegistrationMetadata, RegistrationUniqueID, RegistrationUniqueSecret,
	RegistrationSecretExpiry, RegistrationNoStore, RegistrationManagementOffered, RegistrationAuthenticates,
	RegistrationLaunch, RegistrationInlineKeys,
}

const registrationOffered = "the server names a registration_endpoint that registers smartcheck's clients"

// overRegistered judges every client that was registered.
func overRegistered(expected, message string, judge func(c evidence.RegisteredClient, t *tally)) func(evidence.Registrations) Verdict {
	return func(e evidence.Registrations) Verdict {
		var t tally
		for _, c := range e.Clients {
			if c.Answer.Registered() {
				judge(c, &t)
			}
		}
		return t.verdict(expected, message, "no client was registered that this applies to")
	}
}

// RegistrationClientID verifies that a registration gives the client its id.
var RegistrationClientID = New(Meta{
	ID:           "registration.client-id",
	Title:        "A registration gives the client its client_id",
	Level:        Shall,
	Requirements: []string{"24", "316"},
	Applies:      registrationOffered,
	Remedy:       "Answer a registration with a JSON object that holds client_id.",
}, evidence.RegisteredClientsKind, func(e evidence.Registrations) Verdict {
	var t tally
	for i, c := range e.Clients {
		failed := giveUp(c.Answer.Status)
		switch {
		case c.Answer.Registered():
			t.holds(c.Answer.Exchange)
		case failed != "":
			t.unsure("the registration endpoint " + failed)
		case c.Answer.Succeeded(), i == 0: // the first says whether there is such an endpoint at all
			t.breaks(c.Name+": "+c.Answer.Describe(), c.Answer.Exchange)
		}
	}
	return t.verdict("a client_id", "every registered client has one", "no client was registered")
})

// RegistrationCreated verifies the status and the type of a successful registration.
var RegistrationCreated = New(Meta{
	ID:           "registration.created",
	Title:        "A successful registration is answered with 201 and JSON",
	Level:        Shall,
	Requirements: []string{"rfc7591-3.2.1-created"},
	Applies:      registrationOffered,
	Remedy:       "Answer 201 Created with Content-Type application/json.",
}, evidence.RegisteredClientsKind, overRegistered("201 with application/json", "every registration was answered so",
	func(c evidence.RegisteredClient, t *tally) {
		if media := c.Answer.Header.MediaType(); c.Answer.Status != 201 || media != "application/json" {
			t.breaks(fmt.Sprintf("%s: %d with Content-Type %q", c.Name, c.Answer.Status, media), c.Answer.Exchange)
			return
		}
		t.holds(c.Answer.Exchange)
	}))

// RegistrationMetadata verifies that the client is told what it was registered with.
var RegistrationMetadata = New(Meta{
	ID:           "registration.metadata-returned",
	Title:        "A registration returns the metadata that it registered",
	Level:        Shall,
	Requirements: []string{"rfc7591-3.2.1-metadata-returned"},
	Applies:      registrationOffered,
	Remedy:       "Return every registered member, with the value that the server uses: the client has no other way to know.",
}, evidence.RegisteredClientsKind, overRegistered("redirect_uris, grant_types, token_endpoint_auth_method and the keys of the client", "every registration told them",
	func(c evidence.RegisteredClient, t *tally) {
		for _, name := range []string{"redirect_uris", "grant_types", "token_endpoint_auth_method", "jwks"} {
			if sent, asked := c.Sent[name]; asked && !c.Answer.Has(name) && !isDefault(name, sent) {
				t.breaks(c.Name+": no "+name, c.Answer.Exchange)
				return
			}
		}
		t.holds(c.Answer.Exchange)
	}))

// isDefault reports whether a member counts with that value when it is missing (RFC 7591 §2).
func isDefault(name string, value json.RawMessage) bool {
	return name == "token_endpoint_auth_method" && bytes.Equal(value, []byte(`"client_secret_basic"`))
}

// RegistrationUniqueID verifies that two clients have two ids.
var RegistrationUniqueID = New(Meta{
	ID:           "registration.unique-id",
	Title:        "Every registration gets a client_id of its own",
	Level:        ShouldNot,
	Requirements: []string{"rfc7591-3.2.1-unique-id"},
	Applies:      registrationOffered,
	Remedy:       "Make the client_id from random bits, whatever the client says of itself.",
}, evidence.RegisteredClientsKind, func(e evidence.Registrations) Verdict {
	return allDiffer(e, "client_id", func(a evidence.RegistrationAnswer) string { return a.ID() })
})

// RegistrationUniqueSecret verifies that two clients have two secrets.
var RegistrationUniqueSecret = New(Meta{
	ID:           "registration.unique-secret",
	Title:        "Every registered client gets a client_secret of its own",
	Level:        Shall,
	Requirements: []string{"rfc7591-3.2.1-unique-secret"},
	Applies:      registrationOffered,
	Remedy:       "Make a new random secret for each client_id.",
}, evidence.RegisteredClientsKind, func(e evidence.Registrations) Verdict {
	return allDiffer(e, "client_secret", func(a evidence.RegistrationAnswer) string {
		if a.Secret == nil {
			return ""
		}
		return a.Secret.Fingerprint
	})
})

// allDiffer judges whether no two registrations have the same value. Ids that are the same have one secret.
func allDiffer(e evidence.Registrations, what string, value func(evidence.RegistrationAnswer) string) Verdict {
	var t tally
	seen := map[string]evidence.RegistrationAnswer{}
	for _, c := range e.Clients {
		v := value(c.Answer)
		if !c.Answer.Registered() || v == "" {
			continue
		}
		if first, twice := seen[v]; twice {
			if what == "client_id" || first.ID() != c.Answer.ID() {
				t.breaks("two registrations with the same "+what, first.Exchange, c.Answer.Exchange)
			}
			continue
		}
		seen[v] = c.Answer
		t.holds(c.Answer.Exchange)
	}
	if t.judged < 2 {
		return Skip("no two clients were registered that have a " + what)
	}
	return t.verdict("another "+what+" for each client", "all differ", "")
}

// latestExpiry is where a number of seconds since 1970 ends and one of milliseconds begins: the year 2286.
const latestExpiry = 1e10

// RegistrationSecretExpiry verifies that the client is told how long its secret works.
var RegistrationSecretExpiry = New(Meta{
	ID:           "registration.secret-expiry",
	Title:        "A registration that issues a secret says when it expires",
	Level:        Shall,
	Requirements: []string{"rfc7591-3.2.1-secret-expiry"},
	Applies:      "a registered client gets a secret",
	Remedy:       "Return client_secret_expires_at beside client_secret: seconds since 1970, or 0 when the secret does not expire.",
}, evidence.RegisteredClientsKind, overRegistered("client_secret_expires_at of 0 or a later time, in seconds", "every secret has its client_secret_expires_at",
	func(c evidence.RegisteredClient, t *tally) {
		if c.Answer.Secret == nil {
			return
		}
		var at *float64
		raw, there := c.Answer.Members["client_secret_expires_at"]
		switch err := json.Unmarshal(raw, &at); {
		case !there:
			t.breaks(c.Name+": a secret without client_secret_expires_at", c.Answer.Exchange)
		case err != nil || at == nil || *at != 0 && (*at <= float64(c.Answer.Received) || *at > latestExpiry):
			t.breaks(fmt.Sprintf("%s: client_secret_expires_at %.40s", c.Name, raw), c.Answer.Exchange)
		default:
			t.holds(c.Answer.Exchange)
		}
	}))

// RegistrationNoStore verifies that credentials of clients are not cached.
var RegistrationNoStore = New(Meta{
	ID:           "registration.no-store",
	Title:        "A registration that holds credentials is not cached",
	Level:        Shall,
	Requirements: []string{"rfc6749-5.1-no-store-credentials"},
	Applies:      "a registered client gets a secret or a registration access token",
	Remedy:       "Send Cache-Control: no-store with every answer of the registration endpoint.",
}, evidence.RegisteredClientsKind, overRegistered("Cache-Control: no-store", "every answer with credentials had it",
	func(c evidence.RegisteredClient, t *tally) {
		switch {
		case c.Answer.Secret == nil && c.Answer.Token == nil:
		case !c.Answer.Header.Has("Cache-Control", "no-store"):
			t.breaks(fmt.Sprintf("%s: Cache-Control %q", c.Name, c.Answer.Header.Get("Cache-Control")), c.Answer.Exchange)
		default:
			t.holds(c.Answer.Exchange)
		}
	}))

// RegistrationManagementOffered verifies that the address of a registration comes with the token for it. A server
// without either leaves clients behind, which is told.
var RegistrationManagementOffered = New(Meta{
	ID:           "registration.management-offered",
	Title:        "A registration returns both registration_client_uri and registration_access_token, or neither",
	Level:        Shall,
	Requirements: []string{"rfc7592-3-uri-and-token"},
	Applies:      registrationOffered,
	Remedy:       "Return the absolute https address of the registration together with a token that manages it (RFC 7592 §3).",
}, evidence.RegisteredClientsKind, func(e evidence.Registrations) Verdict {
	var t tally
	var left []string
	for _, c := range e.Clients {
		address, named := c.Answer.Text("registration_client_uri")
		u, whole := absolute(address)
		switch token := c.Answer.Token != nil; {
		case !c.Answer.Registered():
		case !named && !token:
			left = append(left, c.Answer.ID())
		case !named:
			t.breaks(c.Name+": registration_access_token without registration_client_uri", c.Answer.Exchange)
		case !token:
			t.breaks(c.Name+": registration_client_uri without registration_access_token", c.Answer.Exchange)
		case !whole || u.Scheme != "https":
			t.breaks(fmt.Sprintf("%s: registration_client_uri %.200q", c.Name, address), c.Answer.Exchange)
		default:
			t.holds(c.Answer.Exchange)
		}
	}
	if t.judged == 0 && len(left) > 0 {
		return Note("the server offers no way to remove registered clients (RFC 7592), so these stay: " + few(left))
	}
	return t.verdict("both, the address absolute and https", "every registration can be managed", "no client was registered")
})

// RegistrationAuthenticates verifies that the credentials of registered clients work at the token endpoint.
var RegistrationAuthenticates = New(Meta{
	ID:           "registration.authenticates",
	Title:        "A registered client can authenticate with what it was registered with",
	Level:        Shall,
	Requirements: []string{"rfc7591-3.2.1-client-usable"},
	Applies:      registrationOffered,
	Remedy:       "Let the token endpoint know the client, its secret and its keys as soon as the registration is answered.",
}, evidence.RegisteredClientsKind, overRegistered("another error than invalid_client for the right credentials", "the token endpoint knew every client",
	func(c evidence.RegisteredClient, t *tally) {
		if c.Trial == nil {
			return
		}
		known, failed := knownClient(*c.Trial)
		switch {
		case failed != "":
			t.unsure(c.Name + ": the token endpoint " + failed)
		case known == refusedClient:
			t.breaks(c.Name+": "+c.Trial.Right.Describe(), c.Answer.Exchange, c.Trial.Right.Exchange)
		case known == acceptedClient:
			t.holds(c.Trial.Right.Exchange, c.Trial.Wrong.Exchange)
		}
	}))

// clientOutcome is what a trial shows of the credentials of a client.
type clientOutcome int

const (
	unclearClient  clientOutcome = iota // the token endpoint looks at the code first
	acceptedClient                      // wrong credentials are refused, and the right ones not
	refusedClient                       // the right credentials are refused
)

// knownClient reads a trial. failed says why it shows nothing.
func knownClient(trial evidence.AuthTrial) (outcome clientOutcome, failed string) {
	refused := func(r evidence.TokenResponse) bool { return r.Error() == "invalid_client" || r.Status == 401 }
	for _, r := range []evidence.TokenResponse{trial.Right, trial.Wrong} {
		if failed := giveUp(r.Status); failed != "" {
			return unclearClient, failed
		}
	}
	switch {
	case refused(trial.Right):
		return refusedClient, ""
	case refused(trial.Wrong):
		return acceptedClient, ""
	}
	return unclearClient, ""
}

// RegistrationLaunch verifies that a registered client gets through a launch.
var RegistrationLaunch = New(Meta{
	ID:           "registration.launch",
	Title:        "A registered client gets an access token in a launch",
	Level:        Shall,
	Requirements: []string{"rfc7591-3.2.1-client-usable"},
	Applies:      registrationOffered + ", and the target file has a user",
	Remedy:       "Let a client authorize with the redirect URIs and scopes that its registration was answered with.",
}, evidence.RegisteredLaunchKind, func(e evidence.RegisteredLaunch) Verdict {
	switch a := e.Grant.Authorization; {
	case e.Grant.Worked():
		return Holds("a client registered for "+e.Client.Name+" got an access token", e.Client.Answer.Exchange, e.Grant.Token.Exchange)
	case a.Outcome == evidence.GotNowhere || a.Outcome == evidence.NotLaunched || pageFailed(a) != "":
		return CannotJudge(e.Grant.Describe(), a.Exchanges...)
	case e.Grant.Token != nil && giveUp(e.Grant.Token.Status) != "":
		return CannotJudge("the token endpoint " + giveUp(e.Grant.Token.Status))
	}
	return Broken("an access token", e.Grant.Describe(), append(slices.Clone(e.Grant.Authorization.Exchanges), e.Client.Answer.Exchange)...)
})

// RegistrationInlineKeys verifies that keys which are registered by value verify assertions.
var RegistrationInlineKeys = New(Meta{
	ID:           "registration.inline-keys",
	Title:        "A client whose keys were registered inline authenticates with them",
	Level:        Shall,
	Requirements: []string{"297", "316"},
	Versions:     sinceSTU2,
	Applies:      "the server registers clients that authenticate with private_key_jwt",
	Remedy:       "Keep the jwks of a registration and verify client assertions with it.",
}, evidence.RegisteredLaunchKind, func(e evidence.RegisteredLaunch) Verdict {
	switch {
	case !e.Keys:
		return Skip("the server offers no client authentication by signature")
	case e.Grant.Token == nil:
		return Skip("no code to redeem (see registration.launch)")
	case e.Grant.Worked():
		return Holds("a client with an inline key set redeemed its code", e.Client.Answer.Exchange, e.Grant.Token.Exchange)
	case giveUp(e.Grant.Token.Status) != "":
		return CannotJudge("the token endpoint " + giveUp(e.Grant.Token.Status))
	case e.Grant.Token.Error() != "invalid_client" && e.Grant.Token.Status != 401:
		return Skip("the code was refused for another reason (see registration.launch): " + e.Grant.Token.Describe())
	}
	return Broken("an access token for an assertion signed with the registered key", e.Grant.Token.Describe(), e.Client.Answer.Exchange, e.Grant.Token.Exchange)
})
