package session

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

// ownHosts are the hosts whose pages belong to the server: those through which a correct authorization
// request led. A login page often lives on another host than the authorization endpoint.
type ownHosts struct {
	mu    sync.Mutex
	hosts []string
}

func (o *ownHosts) add(trace browser.Trace) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, host := range pageHosts(trace) {
		if !slices.Contains(o.hosts, host) {
			o.hosts = append(o.hosts, host)
		}
	}
}

func (o *ownHosts) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.hosts)
}

// pageHosts are the hosts from which documents of a journey came, with their ports.
func pageHosts(trace browser.Trace) []string {
	var hosts []string
	for _, hop := range trace.Hops {
		if u, err := url.Parse(hop.URL); err == nil && !hop.Local && u.Host != "" && !slices.Contains(hosts, u.Host) {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}

// site is the part of a URL or of a host that names who runs it: the domain that somebody registered.
func site(host string) string {
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Host
	}
	if u, err := url.Parse("//" + host); err == nil {
		host = strings.ToLower(u.Hostname())
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// otherSite reports whether a URL leads away from the sites of the hosts.
func otherSite(uri string, hosts []string) bool {
	return !slices.ContainsFunc(hosts, func(own string) bool { return site(own) == site(uri) })
}
