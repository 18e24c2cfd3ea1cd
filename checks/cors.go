package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// CORS lists the checks of cross-origin access by browser-based apps.
var CORS = []Check{
	CORSDiscovery, CORSMetadata, CORSTokenPreflight, CORSFHIRPreflight, CORSCredentials, CORSAuthorization,
}

// CORSDiscovery verifies that pages of any origin can read the SMART configuration.
var CORSDiscovery = New(Meta{
	ID:           "cors.discovery",
	Title:        "Pages of any origin can read the SMART configuration",
	Level:        Shall,
	Requirements: []string{"16"},
	Versions:     sinceSTU2,
	Applies:      "to live servers that support browser-based apps",
	Remedy:       "Send Access-Control-Allow-Origin: * with the SMART configuration.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict { return readableAnywhere(d, "smart-configuration") })

// CORSMetadata verifies that pages of any origin can read the capability statement.
var CORSMetadata = New(Meta{
	ID:           "cors.metadata",
	Title:        "Pages of any origin can read the capability statement",
	Level:        Shall,
	Requirements: []string{"16"},
	Versions:     sinceSTU2,
	Applies:      "to live servers that support browser-based apps",
	Remedy:       "Send Access-Control-Allow-Origin: * with the capability statement.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict { return readableAnywhere(d, "metadata") })

// readableAnywhere judges answers to requests from an origin that the server has never heard of.
// Whether a server supports browser-based apps cannot be seen. One that sends no CORS header on any
// document may support none, which is a warning; one that sends some of them is held to all.
func readableAnywhere(d evidence.Discovery, resource string) Verdict {
	answers := crossOrigin(d, resource, func(c evidence.CrossOrigin) bool { return !c.Registered })
	if len(answers) == 0 {
		return Skip("needs a live server that answers")
	}
	var t tally
	for _, c := range answers {
		switch {
		case c.Problem != "":
			t.unsure(describeCORS(c) + ": " + c.Problem)
		case c.Allows() && c.Status < 300:
			t.holds(c.Exchange)
		default:
			t.breaks(fmt.Sprintf("%s: status %d, %s", describeCORS(c), c.Status, allowedOrigin(c)), c.Exchange)
		}
	}
	const expected = "Access-Control-Allow-Origin with * or the origin of the page"
	verdict := t.verdict(expected, "every origin may read it", "nothing was asked for")
	if len(t.broken) > 0 && !supportsBrowsers(d) {
		return Discouraged(expected+", if the server supports browser-based apps", few(t.broken), unique(t.proof)...)
	}
	return verdict
}

// supportsBrowsers reports whether any document was served with a CORS header.
func supportsBrowsers(d evidence.Discovery) bool {
	for _, c := range d.CrossOrigin {
		public := c.Resource == "smart-configuration" || c.Resource == "metadata"
		if public && c.Header.Get("Access-Control-Allow-Origin") != "" {
			return true
		}
	}
	return false
}

func crossOrigin(d evidence.Discovery, resource string, which func(evidence.CrossOrigin) bool) []evidence.CrossOrigin {
	var out []evidence.CrossOrigin
	for _, c := range d.CrossOrigin {
		if c.Resource == resource && which(c) {
			out = append(out, c)
		}
	}
	return out
}

func describeCORS(c evidence.CrossOrigin) string {
	switch {
	case c.Preflight() && c.Verb != "":
		return fmt.Sprintf("preflight of %s %s from %s", c.Verb, c.Resource, c.Origin)
	case c.Preflight():
		return fmt.Sprintf("preflight of %s from %s", c.Resource, c.Origin)
	case c.Case != "":
		return fmt.Sprintf("%s of %s with %s from %s", c.Method, c.Resource, c.Case, c.Origin)
	case c.Origin == "":
		return fmt.Sprintf("%s of %s without Origin", c.Method, c.Resource)
	default:
		return fmt.Sprintf("%s of %s from %s", c.Method, c.Resource, c.Origin)
	}
}

func allowedOrigin(c evidence.CrossOrigin) string {
	switch allowed := c.Header.Values("Access-Control-Allow-Origin"); len(allowed) {
	case 0:
		return "no Access-Control-Allow-Origin"
	case 1:
		return "Access-Control-Allow-Origin " + cut(allowed[0])
	default:
		return fmt.Sprintf("%d Access-Control-Allow-Origin headers, so that browsers refuse all", len(allowed))
	}
}

// CORSTokenPreflight verifies that a registered origin may post to the token endpoint.
var CORSTokenPreflight = New(Meta{
	ID:           "cors.token-preflight",
	Title:        "The token endpoint answers the preflight of a registered origin",
	Level:        Shall,
	Requirements: []string{"17", "fetch-cors-preflight-token"},
	Versions:     sinceSTU2,
	Applies:      "with a registered browser-based client",
	Remedy:       "Answer OPTIONS at the token endpoint with 200 or 204, without credentials, and allow the origin, POST and content-type.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict { return preflightPasses(d, "token", "content-type") })

// CORSFHIRPreflight verifies that a registered origin may read FHIR resources.
var CORSFHIRPreflight = New(Meta{
	ID:           "cors.fhir-preflight",
	Title:        "The FHIR server answers the preflight of a registered origin",
	Level:        Shall,
	Requirements: []string{"17", "fetch-cors-preflight-fhir"},
	Versions:     sinceSTU2,
	Applies:      "with a registered browser-based client",
	Remedy:       "Answer OPTIONS with 200 or 204 before looking for a token, and allow the origin and the authorization header by name.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict { return preflightPasses(d, "fhir", "authorization") })

// preflightPasses judges the preflights of registered origins as the Fetch Standard does: any 2xx
// status, an allowed origin, and the named header among the allowed ones.
func preflightPasses(d evidence.Discovery, resource, header string) Verdict {
	var t tally
	for _, c := range crossOrigin(d, resource, func(c evidence.CrossOrigin) bool { return c.Registered && c.Preflight() }) {
		switch {
		case c.Problem != "":
			t.unsure(describeCORS(c) + ": " + c.Problem)
		case c.Status < 200 || c.Status > 299:
			t.breaks(fmt.Sprintf("%s: status %d", describeCORS(c), c.Status), c.Exchange)
		case !c.Allows():
			t.breaks(fmt.Sprintf("%s: %s", describeCORS(c), allowedOrigin(c)), c.Exchange)
		case !c.AllowsHeader(header):
			t.breaks(fmt.Sprintf("%s: %s is not among the allowed headers %q", describeCORS(c), header,
				cut(strings.Join(c.Header.Values("Access-Control-Allow-Headers"), ", "))), c.Exchange)
		default:
			t.holds(c.Exchange)
		}
	}
	return t.verdict("2xx that allows the origin and the header "+header, "the preflight passes", "no origin of a registered browser-based client is known")
}

// CORSCredentials verifies that no foreign origin is trusted with cookies.
var CORSCredentials = New(Meta{
	ID:           "cors.credentials",
	Title:        "No foreign origin may send requests with credentials",
	Level:        ShouldNot,
	Requirements: []string{"fetch-cors-credentials-reflection"},
	Applies:      "to live servers",
	Remedy:       "Do not send Access-Control-Allow-Credentials: true with an origin that was copied from the request; SMART needs no cookies across origins.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	var t tally
	for _, c := range d.CrossOrigin {
		t.trusts(c)
	}
	return t.verdict(foreignUntrusted, "no foreign origin is trusted with credentials", "needs a live server that answers")
})

const foreignUntrusted = "no Access-Control-Allow-Credentials: true for a foreign origin"

// trusts counts the answer to a foreign origin. One that is copied from the request and comes with
// credentials lets every site act with the cookies of the person in front of the browser.
func (t *tally) trusts(c evidence.CrossOrigin) {
	switch {
	case c.Registered, c.Problem != "":
	case c.Header.Get("Access-Control-Allow-Origin") == c.Origin && c.Header.Get("Access-Control-Allow-Credentials") == "true":
		t.breaks(describeCORS(c)+": the origin is allowed with credentials", c.Exchange)
	default:
		t.holds(c.Exchange)
	}
}

// CORSAuthorization verifies that pages cannot call the authorization endpoint.
var CORSAuthorization = New(Meta{
	ID:           "cors.authorization",
	Title:        "The authorization endpoint grants no cross-origin access",
	Level:        ShallNot,
	Requirements: []string{"rfc9700-2.6-no-cors-on-authorize"},
	Applies:      "to live servers",
	Remedy:       "Exempt the authorization endpoint from CORS; apps navigate to it and never read it from a script.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	var t tally
	nothing := "needs a live server that names an authorization endpoint"
	for _, c := range crossOrigin(d, "authorization", func(evidence.CrossOrigin) bool { return true }) {
		switch {
		case c.Problem != "":
			nothing = "the authorization endpoint did not answer: " + c.Problem
		case c.Header.Get("Access-Control-Allow-Origin") != "":
			t.breaks(fmt.Sprintf("%s: %s", describeCORS(c), allowedOrigin(c)), c.Exchange)
		default:
			t.holds(c.Exchange)
		}
	}
	return t.verdict("no Access-Control-Allow-Origin", "no cross-origin access", nothing)
})
