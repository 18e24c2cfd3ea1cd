package evidence

import (
	"slices"
	"strings"
)

// CORSEndpointsKind is how the endpoints answer what a browser sends for pages.
var CORSEndpointsKind = NewKind[CrossOriginAccess]("cors.endpoints")

// CORSBrowserKind is what a page of the app in a browser could read.
var CORSBrowserKind = NewKind[BrowserApp]("cors.browser")

// The endpoints that pages ask.
const (
	SMARTConfiguration = "smart-configuration"
	ServerMetadata     = "oauth-authorization-server"
	OpenIDMetadata     = "openid-configuration"
	CapabilityResource = "metadata"
	KeySetResource     = "jwks"
	AuthorizeEndpoint  = "authorization"
	TokenEndpoint      = "token"
	UserInfoEndpoint   = "userinfo"
	FHIREndpoint       = "fhir"
	IntrospectEndpoint = "introspection"
	RevokeEndpoint     = "revocation"
	RegisterEndpoint   = "registration"
)

// CrossOriginAccess holds the answers of every endpoint to requests that a browser sends for pages.
type CrossOriginAccess struct {
	Answers []CrossOrigin `json:"answers"`
	// Bare are the answers to requests for documents that come from no page, and so without Origin.
	Bare []CrossOrigin `json:"bare,omitempty"`
	// Interactions are the codes of what the capability statement offers for any resource type, such as
	// update, and versioned-update when updates need If-Match.
	Interactions []string `json:"interactions,omitempty"`
}

// Of returns the answers of a resource that which accepts.
func (a CrossOriginAccess) Of(resource string, which func(CrossOrigin) bool) []CrossOrigin {
	var out []CrossOrigin
	for _, c := range a.Answers {
		if c.Resource == resource && which(c) {
			out = append(out, c)
		}
	}
	return out
}

// CrossOrigin is one request with an Origin header.
type CrossOrigin struct {
	Resource string  `json:"resource"` // what was asked, such as smart-configuration or token
	Method   string  `json:"method"`   // OPTIONS for a preflight
	URL      string  `json:"url"`
	Origin   string  `json:"origin"`
	Status   int     `json:"status,omitempty"`
	Header   Headers `json:"header,omitempty"`
	Exchange string  `json:"exchange,omitempty"`
	Problem  string  `json:"problem,omitempty"` // why there is no answer

	// Registered says that the origin is the one of a registered browser-based client.
	Registered bool `json:"registered,omitempty"`
	// Case says what the request was sent with, such as "an access token".
	Case string `json:"case,omitempty"`
	// Verb and Wants are the method and the header fields that a preflight asks for.
	Verb  string   `json:"verb,omitempty"`
	Wants []string `json:"wants,omitempty"`
}

// The cases of requests that are no preflights.
const (
	WithToken       = "an access token"
	WithoutToken    = "no access token"
	WithBadToken    = "an unknown access token"
	WithUnknownID   = "an access token, for a record that does not exist"
	WithUnknownCode = "an unknown code"
	WithUnknownApp  = "an unknown client"
)

// Preflight reports whether the request was a preflight.
func (c CrossOrigin) Preflight() bool { return c.Method == "OPTIONS" }

// Allows reports whether the answer lets pages of the request's origin read it.
func (c CrossOrigin) Allows() bool {
	allowed := c.Header.Values("Access-Control-Allow-Origin")
	return len(allowed) == 1 && (allowed[0] == "*" || allowed[0] == c.Origin)
}

// AllowsHeader reports whether the answer to a preflight allows a header field to be sent. An asterisk
// stands for every field but authorization, which has to be named (Fetch Standard, CORS protocol).
func (c CrossOrigin) AllowsHeader(name string) bool {
	const field = "Access-Control-Allow-Headers"
	return c.Header.Has(field, name) || c.Header.Has(field, "*") && !strings.EqualFold(name, "authorization")
}

// AllowsMethod reports whether the answer to a preflight allows a method: those that a form could send
// need no leave, and names of methods are case-sensitive.
func (c CrossOrigin) AllowsMethod(method string) bool {
	if slices.Contains([]string{"GET", "HEAD", "POST"}, method) {
		return true
	}
	for _, value := range c.Header.Values("Access-Control-Allow-Methods") {
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.TrimSpace(name); name == method || name == "*" {
				return true
			}
		}
	}
	return false
}

// BrowserApp is what a page at the app's origin could read in a real browser.
type BrowserApp struct {
	Origin string         `json:"origin"`
	Steps  []BrowserFetch `json:"steps"`
	// Complaints are what the browser wrote to its console.
	Complaints []string `json:"complaints,omitempty"`
}

// The steps of the page, in their order.
const (
	BrowserReadsConfiguration = "the SMART configuration"
	BrowserReadsStatement     = "the capability statement"
	BrowserRedeemsCode        = "the token endpoint, with a code"
	BrowserRedeemsUnknown     = "the token endpoint, with an unknown code"
	BrowserReadsPatient       = "the FHIR server, with the token"
	BrowserReadsRefusal       = "the FHIR server, with an unknown token"
)

// BrowserFetch is one request of the page. The browser decides whether the page may read the answer.
type BrowserFetch struct {
	Name     string `json:"name"`
	Readable bool   `json:"readable"`
	// Reachable says of an answer that the page could not read that there is one.
	Reachable bool   `json:"reachable,omitempty"`
	Status    int    `json:"status,omitempty"`  // of an answer that the page could read
	Granted   bool   `json:"granted,omitempty"` // it holds an access token
	Error     string `json:"error,omitempty"`   // in the words of the browser
}

// Step returns the step of that name.
func (a BrowserApp) Step(name string) (BrowserFetch, bool) {
	i := slices.IndexFunc(a.Steps, func(f BrowserFetch) bool { return f.Name == name })
	if i < 0 {
		return BrowserFetch{}, false
	}
	return a.Steps[i], true
}

// VersionedUpdate is what a capability statement calls updates that need If-Match.
const VersionedUpdate = "versioned-update"

// UsefulHeaders are the fields of an answer that an app can use, and that a page may read only when the
// server exposes them.
var UsefulHeaders = []string{"Etag", "Location", "Www-Authenticate"}

// NoTokenRead is the error of a step that needs a token where the page could read none before.
const NoTokenRead = "no token could be read before"

// ReadsAnything reports whether the page could read any answer.
func (a BrowserApp) ReadsAnything() bool {
	return slices.ContainsFunc(a.Steps, func(f BrowserFetch) bool { return f.Readable })
}
