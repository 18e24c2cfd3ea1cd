package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/smart-conformance/smartcheck/internal/keyhost"
)

// published is where the runs against the tenants publish client keys, each under an address of its own.
type published struct {
	origin string
	server *keyhost.Server

	mu    sync.Mutex
	sites map[string]http.Handler // by folder
}

func newPublished(origin string) *published {
	return &published{origin: origin, sites: map[string]http.Handler{}}
}

// folder is what the addresses of a tenant begin with.
func folder(fault string) string { return "/of-" + fault + "/" }

// url returns where the keys for the tenant with that fault are.
func (p *published) url(fault string) string { return p.origin + folder(fault) + "jwks.json" }

// serve returns what serves the site of a run against that tenant. Only one run may do so at a time.
func (p *published) serve(fault string) func(http.Handler) (func(), error) {
	return func(h http.Handler) (func(), error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.sites[folder(fault)] != nil {
			return nil, fmt.Errorf("another run publishes keys at %s", p.url(fault))
		}
		p.sites[folder(fault)] = h
		return func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.sites, folder(fault))
		}, nil
	}
}

// ServeHTTP hands a request to the run that it is for.
func (p *published) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	p.mu.Lock()
	site := p.sites["/"+first+"/"]
	p.mu.Unlock()
	if site == nil {
		http.NotFound(w, r)
		return
	}
	site.ServeHTTP(w, r)
}
