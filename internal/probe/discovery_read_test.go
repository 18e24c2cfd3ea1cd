package probe

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
)

func TestResolveRedirect(t *testing.T) {
	const from = "https://ehr.example/fhir/.well-known/smart-configuration"
	earlier := []evidence.Redirect{{URL: from}}
	for location, want := range map[string]struct{ target, stop string }{
		"https://other.example/x":       {target: "https://other.example/x"},
		"/moved":                        {target: "https://ehr.example/moved"},
		"//other.example/x":             {target: "https://other.example/x"},
		"smart-configuration.json":      {target: "https://ehr.example/fhir/.well-known/smart-configuration.json"},
		"http://ehr.example/x":          {stop: "redirects to plain http"},
		"javascript:alert(1)":           {stop: "no web address"},
		"https://":                      {stop: "no web address"},
		"https://ehr.example:port/x":    {stop: "no web address"},
		from:                            {stop: "in a circle"},
		".//smart-configuration#again":  {target: "https://ehr.example/fhir/.well-known//smart-configuration#again"},
		strings.Repeat("x", 9000) + "%": {stop: "no web address"},
	} {
		g := NewWithT(t)
		target, stop := resolveRedirect(from, location, earlier)
		g.Expect(target).To(Equal(want.target), location)
		g.Expect(stop).To(ContainSubstring(want.stop), location)
		g.Expect(len(stop)).To(BeNumerically("<", 1000))
	}
}

func TestWellKnownAddresses(t *testing.T) {
	g := NewWithT(t)
	for issuer, want := range map[string][2]string{
		"https://op.example":       {"https://op.example/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server"},
		"https://op.example/":      {"https://op.example/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server"},
		"https://op.example/t/1":   {"https://op.example/t/1/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server/t/1"},
		"https://op.example/t/1/":  {"https://op.example/t/1/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server/t/1"},
		"https://op.example/t%2F1": {"https://op.example/t%2F1/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server/t%2F1"},
	} {
		u, err := url.Parse(issuer)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect([2]string{openIDAddress(u), oauthAddress(u)}).To(Equal(want), issuer)
	}
}

func TestOriginsOfRegisteredClients(t *testing.T) {
	var o DiscoverOptions
	for _, redirect := range []string{"https://app.example/cb", "https://app.example/other", "com.example.app:/cb", "http://localhost:3000/cb", ""} {
		o.addOrigin(redirect)
	}
	NewWithT(t).Expect(o.Origins).To(Equal([]string{"https://app.example", "http://localhost:3000"}))
}

// TestRedirectsAreRecordedHopByHop shows that each redirect is an exchange of its own.
func TestRedirectsAreRecordedHopByHop(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusMovedPermanently)
		case "/b":
			http.Redirect(w, r, "/c", http.StatusTemporaryRedirect)
		default:
			_, _ = w.Write([]byte(`{}`))
		}
	}))
	t.Cleanup(server.Close)
	recorder := record.New()
	document := reader{recorder.Scope("test", noRedirects)}.read(t.Context(), server.URL+"/a", acceptJSON)
	g.Expect(document.URL).To(Equal(server.URL + "/a"))
	g.Expect(document.Hops).To(HaveLen(2))
	g.Expect(document.Exchanges()).To(Equal([]string{"test#1", "test#2", "test#3"}))
	g.Expect(recorder.Exchanges()).To(HaveLen(3))
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// TestOneConnectionForATarget shows that a target is asked over one connection when it is not asked in
// parallel.
func TestOneConnectionForATarget(t *testing.T) {
	g := NewWithT(t)
	var requests, connections atomic.Int64
	addresses := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		addresses <- r.RemoteAddr
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	Discover(t.Context(), record.New().Scope("test", noRedirects), DiscoverOptions{Base: server.URL, Parallel: 1})
	close(addresses)
	seen := map[string]bool{}
	for address := range addresses {
		if !seen[address] {
			connections.Add(1)
		}
		seen[address] = true
	}
	g.Expect(requests.Load()).To(BeNumerically(">", 5))
	g.Expect(connections.Load()).To(BeEquivalentTo(1))
}
