package probe

import (
	"context"
	"net/http"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// foreignOrigins are origins that no server trusts: a page that nobody has registered, and what
// browsers send for pages without an origin.
const (
	foreignOrigin = "https://browser-app.smartcheck.example"
	opaqueOrigin  = "null"
)

// crossOriginRequest is one request that a browser would send for a page.
type crossOriginRequest struct {
	resource, method, address, origin string
	asks                              string // the header that a preflight asks for
	verb                              string // the method that a preflight asks for
	registered                        bool
}

// crossOrigin asks as browsers do on behalf of pages. The capability statement is read on this way too,
// because it can be long.
func (r reader) crossOrigin(seen *evidence.Discovery, o DiscoverOptions) []task {
	requests := crossOriginRequests(seen, o)
	seen.CrossOrigin = make([]evidence.CrossOrigin, len(requests)+1)
	tasks := []task{func(ctx context.Context) {
		seen.Capabilities, seen.CrossOrigin[len(requests)] = r.statement(ctx, o.Base)
	}}
	for i, request := range requests {
		tasks = append(tasks, func(ctx context.Context) { seen.CrossOrigin[i], _ = r.ask(ctx, request) })
	}
	return tasks
}

func crossOriginRequests(seen *evidence.Discovery, o DiscoverOptions) []crossOriginRequest {
	fhir := evidence.ResolveBase(o.Base, "/Patient")
	requests := []crossOriginRequest{
		{resource: "smart-configuration", method: http.MethodGet, address: seen.SMART.URL, origin: foreignOrigin},
		{resource: "fhir", method: http.MethodOptions, address: fhir, origin: foreignOrigin, verb: http.MethodGet, asks: "authorization"},
	}
	members, _ := seen.SMART.Object()
	if authorize, ok := webAddress(members["authorization_endpoint"]); ok {
		requests = append(requests,
			crossOriginRequest{resource: "authorization", method: http.MethodGet, address: authorize.String(), origin: foreignOrigin},
			crossOriginRequest{resource: "authorization", method: http.MethodOptions, address: authorize.String(), origin: foreignOrigin, verb: http.MethodGet, asks: "content-type"})
	}
	token, ok := webAddress(members["token_endpoint"])
	if ok {
		for _, origin := range []string{foreignOrigin, opaqueOrigin} {
			requests = append(requests, crossOriginRequest{resource: "token", method: http.MethodOptions, address: token.String(), origin: origin, verb: http.MethodPost, asks: "content-type"})
		}
	}
	for _, origin := range o.Origins {
		requests = append(requests, crossOriginRequest{resource: "fhir", method: http.MethodOptions, address: fhir, origin: origin, verb: http.MethodGet, asks: "authorization", registered: true})
		if ok {
			requests = append(requests, crossOriginRequest{resource: "token", method: http.MethodOptions, address: token.String(), origin: origin, verb: http.MethodPost, asks: "content-type", registered: true})
		}
	}
	return requests
}

// ask sends one request, and returns the document that came with the answer.
func (r reader) ask(ctx context.Context, request crossOriginRequest) (evidence.CrossOrigin, evidence.Document) {
	header := http.Header{"Origin": {request.origin}}
	if request.verb != "" {
		header.Set("Access-Control-Request-Method", request.verb)
		header.Set("Access-Control-Request-Headers", request.asks)
	}
	if request.resource == "metadata" {
		header.Set("Accept", "application/fhir+json, application/json;q=0.9")
	}
	seen := evidence.CrossOrigin{
		Resource: request.resource, Method: request.method, URL: request.address, Origin: request.origin, Registered: request.registered,
	}
	var document evidence.Document
	if request.resource == "smart-configuration" || request.resource == "metadata" {
		document = r.read(ctx, request.address, header)
	} else {
		document = r.hop(ctx, request.method, request.address, header)
	}
	seen.Status, seen.Header, seen.Exchange = document.Status, document.Header, document.Exchange
	seen.Problem = document.Problem
	if document.Misdirected != "" {
		seen.Problem = document.Misdirected
	}
	return seen, document
}

// statement reads the capability statement, for a page first. A server that refuses foreign origins is
// asked again without one, so that cross-origin access and the statement are judged apart.
func (r reader) statement(ctx context.Context, base string) (*evidence.Document, evidence.CrossOrigin) {
	address := evidence.ResolveBase(base, "/metadata")
	seen, document := r.ask(ctx, crossOriginRequest{resource: "metadata", method: http.MethodGet, address: address, origin: foreignOrigin})
	if document.Status == http.StatusForbidden {
		document = r.read(ctx, address, http.Header{"Accept": {"application/fhir+json, application/json;q=0.9"}})
	}
	return &document, seen
}
