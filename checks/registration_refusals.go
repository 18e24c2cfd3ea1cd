package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// RegistrationRefusals lists the checks of what the registration endpoint refuses, and how.
var RegistrationRefusals = []Check{
	RegistrationRedirectURIs, RegistrationRedirectFragment, RegistrationRedirectRequired, RegistrationErrorResponse,
	RegistrationErrorCodes, RegistrationOneKeySet, RegistrationConsistent, RegistrationUnknownMetadata,
	RegistrationStatement, RegistrationInitialToken,
}

// notRegistered judges registrations with one of the names: none may be registered as it was asked for. taken says
// whether an answer that registers a client has taken over what is wrong; a server may replace it (RFC 7591 §2).
func notRegistered(expected string, taken func(evidence.RegisteredClient) bool, names ...string) func(evidence.Registrations) Verdict {
	return func(e evidence.Registrations) Verdict {
		var t tally
		for _, c := range e.Clients {
			if !slices.Contains(names, c.Name) {
				continue
			}
			switch failed := giveUp(c.Answer.Status); {
			case failed != "":
				t.unsure(c.Name + ": the registration endpoint " + failed)
			case c.Answer.Registered() && taken(c):
				t.breaks(c.Name+": "+c.Answer.Describe(), c.Answer.Exchange)
			default:
				t.holds(c.Answer.Exchange)
			}
		}
		return t.verdict(expected, "nothing of it was registered", "no such registration was tried")
	}
}

// keepsRedirects reports whether a registered client has one of the redirect URIs that it asked for, as far as it is
// told.
func keepsRedirects(c evidence.RegisteredClient) bool {
	asked, _ := evidence.RegistrationAnswer{Members: c.Sent}.Words("redirect_uris")
	registered, told := c.Answer.Words("redirect_uris")
	return !told && !c.Answer.Has("redirect_uris") || slices.ContainsFunc(asked, func(uri string) bool { return slices.Contains(registered, uri) })
}

// RegistrationRedirectURIs verifies that nobody registers a redirect URI that gives codes away.
var RegistrationRedirectURIs = New(Meta{
	ID:           "registration.redirect-uris",
	Title:        "Redirect URIs without TLS on other machines, and scripts, are not registered",
	Level:        Shall,
	Requirements: []string{"rfc7591-5-redirect-uri-kinds"},
	Applies:      registrationOffered,
	Remedy:       "Register https addresses, http addresses of the app's own machine, and private schemes, and refuse the rest with invalid_redirect_uri.",
}, evidence.RegistrationRefusalsKind, notRegistered("400 invalid_redirect_uri", keepsRedirects, evidence.PlainRedirect, evidence.ScriptRedirect))

// RegistrationRedirectFragment verifies that a redirect URI has no fragment.
var RegistrationRedirectFragment = New(Meta{
	ID:           "registration.redirect-fragment",
	Title:        "A redirect URI with a fragment is not registered",
	Level:        ShallNot,
	Requirements: []string{"rfc6749-3.1.2-no-fragment-registered"},
	Applies:      registrationOffered,
	Remedy:       "Refuse redirect URIs that hold # with invalid_redirect_uri.",
}, evidence.RegistrationRefusalsKind, notRegistered("400 invalid_redirect_uri", keepsRedirects, evidence.FragmentRedirect))

// RegistrationRedirectRequired verifies that an app has to register where its codes go.
var RegistrationRedirectRequired = New(Meta{
	ID:           "registration.redirect-required",
	Title:        "A client for the authorization code grant has to register a redirect URI",
	Level:        Shall,
	Requirements: []string{"rfc7591-5-redirect-uris-required"},
	Applies:      registrationOffered,
	Remedy:       "Refuse a registration for authorization_code that has no redirect_uris.",
}, evidence.RegistrationRefusalsKind, notRegistered("400 invalid_redirect_uri", func(c evidence.RegisteredClient) bool {
	grants, told := c.Answer.Words("grant_types")
	return !told || slices.Contains(grants, "authorization_code")
}, evidence.NoRedirect))

// RegistrationErrorResponse verifies the form of a refusal.
var RegistrationErrorResponse = New(Meta{
	ID:           "registration.error-response",
	Title:        "A refused registration is answered with 400 and a JSON error",
	Level:        Shall,
	Requirements: []string{"rfc7591-3.2.2-error-response"},
	Applies:      "the server refuses a bad registration",
	Remedy:       `Answer 400 with application/json and {"error": …} (RFC 7591 §3.2.2).`,
}, evidence.RegistrationRefusalsKind, overRefused("400, application/json and error", func(c evidence.RegisteredClient) string {
	if media := c.Answer.Header.MediaType(); c.Answer.Status != 400 || c.Answer.Error() == "" || media != "application/json" {
		return fmt.Sprintf("%s, Content-Type %q", c.Answer.Describe(), media)
	}
	return ""
}))

// RegistrationErrorCodes verifies that a refusal says what is wrong in the words of RFC 7591.
var RegistrationErrorCodes = New(Meta{
	ID:           "registration.error-codes",
	Title:        "A refused registration names invalid_redirect_uri or invalid_client_metadata",
	Level:        Should,
	Requirements: []string{"rfc7591-3.2.2-error-codes"},
	Applies:      "the server refuses a bad registration",
	Remedy:       "Answer invalid_redirect_uri for a bad redirect URI and invalid_client_metadata for other metadata.",
}, evidence.RegistrationRefusalsKind, overRefused("an error code of RFC 7591", func(c evidence.RegisteredClient) string {
	codes := []string{"invalid_client_metadata"}
	switch c.Name {
	case evidence.PlainRedirect, evidence.ScriptRedirect, evidence.FragmentRedirect:
		codes = []string{"invalid_redirect_uri"}
	case evidence.NoRedirect:
		codes = append(codes, "invalid_redirect_uri")
	case evidence.UnsignedStatement:
		codes = append(codes, "invalid_software_statement", "unapproved_software_statement")
	}
	if !slices.Contains(codes, c.Answer.Error()) {
		return c.Answer.Describe()
	}
	return ""
}))

// overRefused judges registrations that were refused. wrong says what is wrong with the answer.
func overRefused(expected string, wrong func(evidence.RegisteredClient) string) func(evidence.Registrations) Verdict {
	return func(e evidence.Registrations) Verdict {
		var t tally
		for _, c := range e.Clients {
			if c.Answer.Succeeded() || giveUp(c.Answer.Status) != "" {
				continue
			}
			if problem := wrong(c); problem != "" {
				t.breaks(c.Name+": "+problem, c.Answer.Exchange)
				continue
			}
			t.holds(c.Answer.Exchange)
		}
		return t.verdict(expected, "every refusal was so", "the server refused no registration")
	}
}

// RegistrationOneKeySet verifies that no client is registered with two key sets.
var RegistrationOneKeySet = New(Meta{
	ID:           "registration.one-key-set",
	Title:        "No registration is answered with both jwks and jwks_uri",
	Level:        ShallNot,
	Requirements: []string{"rfc7591-2-one-key-set"},
	Applies:      "the server registers clients that authenticate with private_key_jwt",
	Remedy:       "Refuse a registration that has both with invalid_client_metadata.",
}, evidence.RegistrationRefusalsKind, notRegistered("400 invalid_client_metadata, or one of the two", func(c evidence.RegisteredClient) bool {
	return c.Answer.Has("jwks") && c.Answer.Has("jwks_uri")
}, evidence.TwoKeySets))

// RegistrationConsistent verifies that grant types and response types fit each other.
var RegistrationConsistent = New(Meta{
	ID:           "registration.consistent",
	Title:        "Response types that do not fit the grant types are not registered",
	Level:        Should,
	Requirements: []string{"rfc7591-2.1-consistent"},
	Applies:      registrationOffered,
	Remedy:       "Refuse response types of a grant type that the client does not register, or replace them.",
}, evidence.RegistrationRefusalsKind, notRegistered("400 invalid_client_metadata, or response types of the code grant", func(c evidence.RegisteredClient) bool {
	responses, _ := c.Answer.Words("response_types")
	grants, _ := c.Answer.Words("grant_types")
	return slices.Contains(responses, "token") && !slices.Contains(grants, "implicit")
}, evidence.InconsistentResponse))

// RegistrationUnknownMetadata verifies that what a server does not know keeps nobody from registering.
var RegistrationUnknownMetadata = New(Meta{
	ID:           "registration.unknown-metadata",
	Title:        "Metadata that the server does not know is ignored",
	Level:        Shall,
	Requirements: []string{"rfc7591-2-unknown-ignored"},
	Applies:      registrationOffered,
	Remedy:       "Leave out members that the server does not understand, and register the client.",
}, evidence.RegistrationRefusalsKind, func(e evidence.Registrations) Verdict {
	c, tried := e.Named(evidence.UnknownMember)
	switch failed := giveUp(c.Answer.Status); {
	case !tried:
		return Skip("no such registration was tried")
	case failed != "":
		return CannotJudge("the registration endpoint "+failed, c.Answer.Exchange)
	case !c.Answer.Registered():
		return Broken("a registered client", c.Answer.Describe(), c.Answer.Exchange)
	}
	return Holds("a client with an unknown member was registered", c.Answer.Exchange)
})

// RegistrationStatement verifies that a software statement counts only when somebody vouches for it.
var RegistrationStatement = New(Meta{
	ID:           "registration.software-statement",
	Title:        "What an unsigned software statement says is not taken over",
	Level:        Shall,
	Requirements: []string{"rfc7591-2.3-statement-signed"},
	Applies:      registrationOffered,
	Remedy:       "Verify the signature of a software statement with the keys of an issuer that the server trusts, or ignore the member.",
}, evidence.RegistrationRefusalsKind, notRegistered("400 invalid_software_statement, or a statement that is ignored", func(c evidence.RegisteredClient) bool {
	name, _ := c.Answer.Text("client_name")
	return c.Answer.Has("software_statement") || name == evidence.StatedName
}, evidence.UnsignedStatement))

// RegistrationInitialToken verifies that an endpoint that wants a token looks at it.
var RegistrationInitialToken = New(Meta{
	ID:           "registration.initial-token",
	Title:        "A wrong initial access token registers nobody where one is needed",
	Level:        Shall,
	Requirements: []string{"rfc7591-3.2.2-initial-token"},
	Applies:      registrationOffered,
	Remedy:       "Verify the initial access token, and answer a wrong one with 401 and invalid_token (RFC 6750 §3.1).",
}, evidence.InitialTokenKind, func(e evidence.InitialToken) Verdict {
	proof := []string{e.Without.Exchange, e.Wrong.Exchange}
	for _, a := range []evidence.RegistrationAnswer{e.Without, e.Wrong} {
		if failed := giveUp(a.Status); failed != "" {
			return CannotJudge("the registration endpoint "+failed, a.Exchange)
		}
	}
	switch {
	case e.Wrong.Registered() && e.Without.Registered():
		return Note("registration is open, and no token is looked at", proof...)
	case e.Wrong.Registered():
		return Broken("401 invalid_token", e.Wrong.Describe()+", and without any token "+e.Without.Describe(), proof...)
	case e.Wrong.Status != 401:
		return Discouraged("401 invalid_token", e.Wrong.Describe(), proof...)
	}
	return Holds("a wrong initial access token was answered with "+e.Wrong.Describe(), proof...)
})
