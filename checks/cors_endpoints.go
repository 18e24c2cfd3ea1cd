package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// CORSEndpoints lists the checks of cross-origin access at the endpoints: what a browser would make of the
// answers themselves, and not of the preflights alone.
var CORSEndpoints = []Check{
	CORSFHIRRead, CORSFHIRErrors, CORSFHIRWrites, CORSTokenErrors, CORSUserInfo, CORSOpenIDDocuments,
	CORSClientEndpoints, CORSCredentialsEverywhere, CORSWildcardCredentials, CORSVary, CORSMaxAge, CORSExposedHeaders,
}

const registeredBrowserClient = "with a public client whose redirect URI a page can have"

// CORSFHIRRead verifies that a page of the app can read what the FHIR server answers.
var CORSFHIRRead = New(Meta{
	ID:           "cors.fhir-read",
	Title:        "Pages of a registered origin can read FHIR resources",
	Level:        Shall,
	Requirements: []string{"17"},
	Versions:     sinceSTU2,
	Applies:      registeredBrowserClient,
	Remedy:       "Send Access-Control-Allow-Origin with the answers of the FHIR server too, not with preflights alone.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var t tally
	for _, c := range ofPages(e, evidence.FHIREndpoint, evidence.WithToken) {
		if c.Problem == "" && c.Status > 299 {
			t.unsure(fmt.Sprintf("%s: status %d", describeCORS(c), c.Status))
			continue
		}
		t.readable(c)
	}
	return forBrowserApps(e, &t, "the page may read it", "no token of a public client is there to read a patient with")
})

// ofPages returns the answers to the registered origin in those cases, which are no preflights.
func ofPages(e evidence.CrossOriginAccess, resource string, cases ...string) []evidence.CrossOrigin {
	return e.Of(resource, func(c evidence.CrossOrigin) bool {
		return c.Registered && !c.Preflight() && (len(cases) == 0 || slices.Contains(cases, c.Case))
	})
}

// readable counts an answer that a page should be able to read.
func (t *tally) readable(c evidence.CrossOrigin) {
	switch {
	case c.Problem != "":
		t.unsure(describeCORS(c) + ": " + c.Problem)
	case busy(c.Status):
		t.unsure(fmt.Sprintf("%s: %s", describeCORS(c), giveUp(c.Status)))
	case c.Allows():
		t.holds(c.Exchange)
	default:
		t.breaks(fmt.Sprintf("%s: status %d, %s", describeCORS(c), c.Status, allowedOrigin(c)), c.Exchange)
	}
}

const readableByPages = "Access-Control-Allow-Origin with * or the origin of the page"

// forBrowserApps is the verdict about answers to the registered origin. Whether a server supports
// browser-based apps cannot be seen: the public client may be a native app. A server that lets this origin
// read nothing of what apps need may support none, and is warned.
func forBrowserApps(e evidence.CrossOriginAccess, t *tally, message, nothing string) Verdict {
	if len(t.broken) > 0 && !servesPages(e) {
		return Discouraged(readableByPages+", if the server supports browser-based apps", few(t.broken), unique(t.proof)...)
	}
	return t.verdict(readableByPages, message, nothing)
}

// servesPages reports whether any answer of the token endpoint or the FHIR server allows the registered
// origin.
func servesPages(e evidence.CrossOriginAccess) bool {
	return slices.ContainsFunc(e.Answers, func(c evidence.CrossOrigin) bool {
		return c.Registered && c.Allows() && (c.Resource == evidence.TokenEndpoint || c.Resource == evidence.FHIREndpoint)
	})
}

// CORSFHIRErrors verifies that a page can read why the FHIR server refuses.
var CORSFHIRErrors = New(Meta{
	ID:           "cors.fhir-errors",
	Title:        "Pages of a registered origin can read the refusals of the FHIR server",
	Level:        Shall,
	Requirements: []string{"cors-error-answers"},
	Versions:     sinceSTU2,
	Applies:      registeredBrowserClient,
	Remedy:       "Add the CORS headers before the token is looked at, so that 401, 403 and 404 carry them too; without them a page sees a network error and cannot tell that its token has expired.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	return errorsReadable(e, evidence.FHIREndpoint, evidence.WithoutToken, evidence.WithBadToken, evidence.WithUnknownID)
})

// CORSTokenErrors verifies that a page can read why the token endpoint refuses.
var CORSTokenErrors = New(Meta{
	ID:           "cors.token-errors",
	Title:        "Pages of a registered origin can read the errors of the token endpoint",
	Level:        Shall,
	Requirements: []string{"cors-error-answers"},
	Versions:     sinceSTU2,
	Applies:      registeredBrowserClient,
	Remedy:       "Send the CORS headers with the errors of the token endpoint too; without them a page sees a network error and cannot tell invalid_grant from a server that is down.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	// A server may know origins by client, and then owes nothing to the origin of an unknown one.
	return errorsReadable(e, evidence.TokenEndpoint, evidence.WithUnknownCode)
})

func errorsReadable(e evidence.CrossOriginAccess, resource string, cases ...string) Verdict {
	var t tally
	for _, c := range ofPages(e, resource, cases...) {
		if c.Problem == "" && c.Status < 400 {
			continue // nothing was refused
		}
		t.readable(c)
	}
	return forBrowserApps(e, &t, "the page may read every refusal", "nothing was refused to a page of a registered origin")
}

// CORSFHIRWrites verifies that a page may send the writes that the server offers.
var CORSFHIRWrites = New(Meta{
	ID:           "cors.fhir-writes",
	Title:        "The FHIR server lets pages of a registered origin send the writes that it offers",
	Level:        Shall,
	Requirements: []string{"17", "fetch-cors-preflight-fhir"},
	Versions:     sinceSTU2,
	Applies:      "to servers whose capability statement offers update, " + registeredBrowserClient,
	Remedy:       "Answer the preflight with PUT among Access-Control-Allow-Methods, and authorization, content-type and if-match among Access-Control-Allow-Headers.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	if !slices.Contains(e.Interactions, "update") {
		return Skip("the capability statement offers no update")
	}
	needed := []string{"authorization", "content-type"}
	if slices.Contains(e.Interactions, evidence.VersionedUpdate) {
		needed = append(needed, "if-match")
	}
	var t tally
	for _, c := range e.Of(evidence.FHIREndpoint, func(c evidence.CrossOrigin) bool { return c.Registered && c.Verb == "PUT" }) {
		refused := slices.DeleteFunc(slices.Clone(needed), c.AllowsHeader)
		switch {
		case c.Problem != "":
			t.unsure(describeCORS(c) + ": " + c.Problem)
		case busy(c.Status):
			t.unsure(fmt.Sprintf("%s: %s", describeCORS(c), giveUp(c.Status)))
		case c.Status < 200 || c.Status > 299:
			t.breaks(fmt.Sprintf("%s: status %d", describeCORS(c), c.Status), c.Exchange)
		case !c.Allows():
			t.breaks(fmt.Sprintf("%s: %s", describeCORS(c), allowedOrigin(c)), c.Exchange)
		case !c.AllowsMethod("PUT"):
			t.breaks(fmt.Sprintf("%s: PUT is not among the allowed methods %q", describeCORS(c), valuesOf(c, "Access-Control-Allow-Methods")), c.Exchange)
		case len(refused) > 0:
			t.breaks(fmt.Sprintf("%s: %s not among the allowed headers %q", describeCORS(c), strings.Join(refused, " and "), valuesOf(c, "Access-Control-Allow-Headers")), c.Exchange)
		default:
			t.holds(c.Exchange)
		}
	}
	return forBrowserApps(e, &t, "PUT with "+strings.Join(needed, ", ")+" may be sent", "no origin of a registered browser-based client is known")
})

// CORSUserInfo verifies that pages can call the UserInfo endpoint.
var CORSUserInfo = New(Meta{
	ID:           "cors.userinfo",
	Title:        "Pages of a registered origin can call the UserInfo endpoint",
	Level:        Should,
	Requirements: []string{"oidc-5.3-userinfo-cors"},
	Applies:      "to servers with a UserInfo endpoint, " + registeredBrowserClient,
	Remedy:       "Answer the preflight of the UserInfo endpoint without a token, allow authorization by name, and send Access-Control-Allow-Origin with every answer.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var t tally
	for _, c := range e.Of(evidence.UserInfoEndpoint, func(c evidence.CrossOrigin) bool { return c.Registered }) {
		switch {
		case c.Preflight() && c.Problem == "" && !busy(c.Status) && (c.Status < 200 || c.Status > 299):
			t.breaks(fmt.Sprintf("%s: status %d", describeCORS(c), c.Status), c.Exchange)
		case c.Preflight() && c.Allows() && !c.AllowsHeader("authorization"):
			t.breaks(describeCORS(c)+": authorization is not among the allowed headers", c.Exchange)
		default:
			t.readable(c)
		}
	}
	return t.verdict("a preflight that passes and answers with Access-Control-Allow-Origin", "pages may call it", "no UserInfo endpoint was asked from a registered origin")
})

// CORSOpenIDDocuments verifies that pages can read what OpenID Connect publishes.
var CORSOpenIDDocuments = New(Meta{
	ID:           "cors.openid-documents",
	Title:        "Pages can read the OpenID configuration and the key set",
	Level:        Should,
	Requirements: []string{"oidc-discovery-3-cors"},
	Applies:      "to servers that publish them",
	Remedy:       "Send Access-Control-Allow-Origin: * with the OpenID configuration and the key set; both are public.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var t tally
	for _, c := range slices.Concat(
		e.Of(evidence.OpenIDMetadata, published), e.Of(evidence.KeySetResource, published),
	) {
		t.readable(c)
	}
	return t.verdict(readableByPages, "pages may read them", "the server publishes neither")
})

// published are answers with a document, or none at all.
func published(c evidence.CrossOrigin) bool {
	return c.Problem != "" || c.Status == 200 || busy(c.Status)
}

// CORSClientEndpoints records which of the other endpoints pages can call.
var CORSClientEndpoints = New(Meta{
	ID:           "cors.client-endpoints",
	Title:        "Other endpoints that clients call let pages in wholly or not at all",
	Level:        May,
	Requirements: []string{"rfc9700-2.6-cors-where-clients-call", "rfc7009-2-cors"},
	Applies:      "to revocation, introspection, registration and server metadata",
	Remedy:       "Send Access-Control-Allow-Origin with the answers of an endpoint whose preflights pass, or let the preflights fail.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var open, closed, half, proof []string
	for _, resource := range []string{evidence.RevokeEndpoint, evidence.IntrospectEndpoint, evidence.RegisterEndpoint, evidence.ServerMetadata} {
		answers := e.Of(resource, func(c evidence.CrossOrigin) bool {
			return c.Registered && c.Problem == "" && !busy(c.Status) && c.Status != 404
		})
		allowed := slices.DeleteFunc(slices.Clone(answers), func(c evidence.CrossOrigin) bool { return !c.Allows() })
		for _, c := range answers {
			proof = append(proof, c.Exchange)
		}
		switch len(allowed) {
		case 0:
			if len(answers) > 0 {
				closed = append(closed, resource)
			}
		case len(answers):
			open = append(open, resource)
		default:
			for _, c := range answers {
				if !c.Allows() {
					half = append(half, fmt.Sprintf("%s: %s, while other answers allow it", describeCORS(c), allowedOrigin(c)))
				}
			}
		}
	}
	switch {
	case len(half) > 0:
		return Discouraged("the same Access-Control-Allow-Origin with preflights and answers", few(half), unique(proof)...)
	case len(open)+len(closed) == 0:
		return Skip("none of these endpoints was asked from a registered origin")
	default:
		return Note(fmt.Sprintf("open to pages: %s; closed: %s", orNone(strings.Join(open, ", ")), orNone(strings.Join(closed, ", "))), unique(proof)...)
	}
})

// CORSCredentialsEverywhere verifies that no endpoint trusts foreign origins with cookies.
var CORSCredentialsEverywhere = New(Meta{
	ID:           "cors.credentials-endpoints",
	Title:        "No endpoint lets foreign origins send requests with credentials",
	Level:        ShouldNot,
	Requirements: []string{"fetch-cors-credentials-reflection"},
	Remedy:       "Do not send Access-Control-Allow-Credentials: true with an origin that was copied from the request, null included; SMART needs no cookies across origins.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var t tally
	for _, c := range e.Answers {
		t.trusts(c)
	}
	return t.verdict(foreignUntrusted, "no foreign origin is trusted with credentials", "no endpoint answered")
})

// CORSWildcardCredentials verifies that no answer allows everybody and credentials at once.
var CORSWildcardCredentials = New(Meta{
	ID:           "cors.wildcard-credentials",
	Title:        "No answer allows every origin together with credentials",
	Level:        ShouldNot,
	Requirements: []string{"fetch-cors-wildcard-credentials"},
	Remedy:       "Leave Access-Control-Allow-Credentials out where Access-Control-Allow-Origin is *: browsers refuse the two together.",
}, evidence.CORSEndpointsKind, func(e evidence.CrossOriginAccess) Verdict {
	var t tally
	for _, c := range e.Answers {
		switch {
		case c.Problem != "":
		case c.Header.Get("Access-Control-Allow-Origin") == "*" && c.Header.Get("Access-Control-Allow-Credentials") == "true":
			t.breaks(describeCORS(c)+": * with credentials", c.Exchange)
		default:
			t.holds(c.Exchange)
		}
	}
	return t.verdict("* without Access-Control-Allow-Credentials", "no answer has both", "no endpoint answered")
})

// valuesOf returns the values of a field, for people.
func valuesOf(c evidence.CrossOrigin, field string) string {
	return cut(strings.Join(c.Header.Values(field), ", "))
}
