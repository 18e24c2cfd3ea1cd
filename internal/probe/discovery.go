package probe

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// Discovery lists the probes of the discovery documents.
func Discovery() []Probe {
	return []Probe{of(evidence.DiscoveryEdgesKind, discoveryEdges), of(evidence.DiscoveryKind, func(ctx context.Context, s *session.Session) (evidence.Discovery, error) {
		o := DiscoverOptions{Base: s.Config.FHIR, Parallel: s.Config.Concurrency}
		for _, client := range s.Config.Clients {
			o.addOrigin(client.Redirect)
		}
		return Discover(ctx, s.Scope(evidence.DiscoveryKind.Name()), o), nil
	})}
}

// Fetcher sends a request and records the exchange; a *record.Scope is one. It follows no redirect.
type Fetcher interface {
	Do(context.Context, *http.Request) (record.Response, error)
}

// DiscoverOptions say what is read.
type DiscoverOptions struct {
	Base     string   // the FHIR base URL
	Origins  []string // of browser-based clients that are registered at the server
	Parallel int      // requests at once after the first one; 1 keeps them on one connection
}

// addOrigin adds the origin of a redirect URI that a page can have.
func (o *DiscoverOptions) addOrigin(redirect string) {
	u, err := url.Parse(redirect)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return
	}
	origin := u.Scheme + "://" + u.Host
	for _, known := range o.Origins {
		if known == origin {
			return
		}
	}
	o.Origins = append(o.Origins, origin)
}

// Discover reads the SMART configuration of a FHIR base, with variants of the request, the documents
// that it leads to, and the capability statement. What could not be read is told in the documents.
// A server that does not answer the first request, or does not come to an end, is asked nothing more.
func Discover(ctx context.Context, fetcher Fetcher, o DiscoverOptions) evidence.Discovery {
	r := reader{fetcher}
	smart := r.read(ctx, evidence.ResolveBase(o.Base, smartPath), http.Header{"Accept": {"application/json"}})
	seen := evidence.Discovery{Base: o.Base, Live: true, SMART: &smart}
	if smart.Problem != "" || smart.Truncated {
		return seen
	}
	tasks := append(r.variants(&seen), r.linked(&seen)...)
	tasks = append(tasks, r.crossOrigin(&seen, o)...)
	var group errgroup.Group
	group.SetLimit(max(o.Parallel, 1))
	for _, task := range tasks {
		group.Go(func() error { task(ctx); return nil })
	}
	_ = group.Wait() // tasks report into what they read
	return seen
}

const smartPath = "/.well-known/smart-configuration"

// task reads one thing into its place.
type task func(context.Context)

// variants ask for the SMART configuration in ways that must not change the answer.
func (r reader) variants(seen *evidence.Discovery) []task {
	if _, ok := seen.SMART.Object(); !ok {
		return nil
	}
	address := seen.SMART.URL
	requests := []struct {
		name, address string
		header        http.Header
	}{
		{"Accept: application/fhir+xml, application/xml", address, http.Header{"Accept": {"application/fhir+xml, application/xml;q=0.9"}}},
		{"Accept: text/html", address, http.Header{"Accept": {"text/html"}}},
		{"Accept: */*", address, http.Header{"Accept": {"*/*"}}},
		{"no Accept", address, nil},
		{evidence.TrailingSlash, evidence.ResolveBase(seen.Base, "/"+smartPath), http.Header{"Accept": {"application/json"}}},
	}
	seen.Variants = make([]evidence.DocumentVariant, len(requests))
	tasks := make([]task, len(requests))
	for i, request := range requests {
		tasks[i] = func(ctx context.Context) {
			seen.Variants[i] = evidence.DocumentVariant{Name: request.name, Document: r.read(ctx, request.address, request.header)}
		}
	}
	return tasks
}

var acceptJSON = http.Header{"Accept": {"application/json"}}

// linked reads the documents that the SMART configuration leads to: the metadata of its issuer, and
// the key set of its jwks_uri or else of the issuer's.
func (r reader) linked(seen *evidence.Discovery) []task {
	members, ok := seen.SMART.Object()
	if !ok {
		return nil
	}
	var tasks []task
	keys, _ := members["jwks_uri"].(string)
	if issuer, ok := webAddress(members["issuer"]); ok {
		tasks = append(tasks, func(ctx context.Context) {
			seen.OpenID = r.document(ctx, openIDAddress(issuer))
			if keys == "" {
				if provider, ok := seen.OpenID.Object(); ok {
					seen.Keys = r.keySet(ctx, provider["jwks_uri"])
				}
			}
		}, func(ctx context.Context) {
			seen.OAuth = r.document(ctx, oauthAddress(issuer))
		})
	}
	if keys != "" {
		tasks = append(tasks, func(ctx context.Context) { seen.Keys = r.keySet(ctx, keys) })
	}
	return tasks
}

func (r reader) document(ctx context.Context, address string) *evidence.Document {
	document := r.read(ctx, address, acceptJSON)
	return &document
}

// keySet reads a key set. Private keys that should not be in it are kept out of what is recorded.
func (r reader) keySet(ctx context.Context, address any) *evidence.Document {
	u, ok := webAddress(address)
	if !ok {
		return nil
	}
	document := r.read(ctx, u.String(), http.Header{"Accept": {"application/jwk-set+json, application/json"}})
	document = sealPrivateKeys(r.fetcher, document)
	return &document
}

// webAddress parses an absolute http or https URL.
func webAddress(value any) (*url.URL, bool) {
	text, _ := value.(string)
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, false
	}
	return u, true
}

// openIDAddress appends the well-known path to the issuer (OpenID Connect Discovery 1.0 §4.1).
func openIDAddress(issuer *url.URL) string {
	return evidence.ResolveBase(issuer.String(), "/.well-known/openid-configuration")
}

// oauthAddress inserts the well-known path before the path of the issuer (RFC 8414 §3.1).
func oauthAddress(issuer *url.URL) string {
	host := url.URL{Scheme: issuer.Scheme, Host: issuer.Host}
	return host.String() + "/.well-known/oauth-authorization-server" + strings.TrimRight(issuer.EscapedPath(), "/")
}
