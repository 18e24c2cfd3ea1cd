package ehr_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/ehr"
)

const customScheme = "org.example.app:/callback"

// serve starts an EHR whose public client may come back to a custom scheme as well, and a Chromium that
// trusts it.
func serve(t *testing.T) (*ehr.Server, *browser.Browser) {
	t.Helper()
	clients := ehr.DemoClients(nil)
	clients[0].RedirectURIs = append(clients[0].RedirectURIs, customScheme)
	server, err := ehr.Start(context.Background(), ehr.Options{Clients: clients})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	chromium, err := browser.Start(context.Background(), browser.Options{Roots: server.CAPEM()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = chromium.Close() })
	return server, chromium
}

func person(t *testing.T, chromium *browser.Browser) *browser.Person {
	t.Helper()
	p, err := chromium.NewPerson(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func request(server *ehr.Server, redirect, state string) url.Values {
	hash := sha256.Sum256([]byte(strings.Repeat("v", 43)))
	return url.Values{
		"response_type": {"code"}, "client_id": {ehr.DemoPublicID}, "redirect_uri": {redirect}, "aud": {server.Base("")},
		"scope": {"openid fhirUser launch/patient launch/encounter patient/*.rs"}, "state": {state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(hash[:])}, "code_challenge_method": {"S256"},
	}
}

func authorizeURL(server *ehr.Server) string {
	return strings.TrimSuffix(server.Base(""), "/fhir") + "/auth/authorize"
}

func lin() browser.Driver {
	return browser.Driver{
		Username: func() string { return ehr.ClinicianUsername }, Password: func() string { return ehr.ClinicianPassword },
		Patient: "carla-ruiz", Consent: browser.Approve,
	}
}

func TestChromiumReachesTheCallback(t *testing.T) {
	server, chromium := serve(t)
	odd := "a b+c%2F&d=é;\"<'"
	for name, j := range map[string]browser.Journey{
		"get":           {Start: authorizeURL(server) + "?" + request(server, ehr.DemoRedirectURI, odd).Encode()},
		"post":          {Form: &browser.Form{URL: authorizeURL(server), Fields: request(server, ehr.DemoRedirectURI, odd)}},
		"custom scheme": {Start: authorizeURL(server) + "?" + request(server, customScheme, odd).Encode()},
	} {
		for _, consent := range []browser.Consent{browser.Approve, browser.Deny} {
			t.Run(name, func(t *testing.T) {
				g := NewWithT(t)
				p := person(t, chromium)
				j.Driver, j.Timeout = lin(), 30*time.Second
				j.Driver.Consent = consent
				j.Trap = []string{ehr.DemoRedirectURI, customScheme}
				trace, err := p.Run(context.Background(), j)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(trace.Landed).NotTo(BeNil(), "%s %v", trace.Outcome, trace.Decisions)
				g.Expect(trace.Console).To(BeEmpty())
				landed, err := url.Parse(trace.Landed.URL)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(landed.Query().Get("state")).To(Equal(odd))
				if consent == browser.Approve {
					g.Expect(landed.Query().Get("code")).NotTo(BeEmpty())
				} else {
					g.Expect(landed.Query().Get("error")).To(Equal("access_denied"))
				}
			})
		}
	}
}

func TestChromiumLaunchesFromThePortal(t *testing.T) {
	server, chromium := serve(t)
	for name, embedded := range map[string]bool{"new tab": false, "embedded": true} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p := person(t, chromium)
			driver := lin()
			driver.PortalApp, driver.PortalPatient, driver.Embedded = "Growth Chart (public)", "carla-ruiz", embedded
			trace, err := p.Run(context.Background(), browser.Journey{
				Start: server.Portal(""), Trap: []string{ehr.DemoLaunchURI}, Driver: driver, Timeout: 30 * time.Second,
			})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(trace.Landed).NotTo(BeNil(), "%s %v", trace.Outcome, trace.Decisions)
			launch, err := url.Parse(trace.Landed.URL)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(launch.Query().Get("iss")).To(Equal(server.Base("")))

			q := request(server, ehr.DemoRedirectURI, "s")
			q.Set("scope", "launch patient/*.rs")
			q.Set("launch", launch.Query().Get("launch"))
			trace, err = p.Run(context.Background(), browser.Journey{
				Start: authorizeURL(server) + "?" + q.Encode(), Trap: []string{ehr.DemoRedirectURI}, Driver: lin(), Timeout: 30 * time.Second,
			})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(trace.Landed).NotTo(BeNil(), "%s %v", trace.Outcome, trace.Decisions)
			g.Expect(trace.Pages).To(HaveLen(1), "only consent: the session of the portal is used")
		})
	}
}

func TestChromiumRunsFlowsSideBySide(t *testing.T) {
	g := NewWithT(t)
	server, chromium := serve(t)
	p := person(t, chromium)
	states := []string{"one", "two", "three", "four"}
	seen := make([]string, len(states))
	var wait sync.WaitGroup
	for i, state := range states {
		wait.Go(func() {
			trace, err := p.Run(context.Background(), browser.Journey{
				Start: authorizeURL(server) + "?" + request(server, ehr.DemoRedirectURI, state).Encode(),
				Trap:  []string{ehr.DemoRedirectURI}, Driver: lin(), Timeout: 30 * time.Second,
			})
			if err != nil || trace.Landed == nil {
				seen[i] = "no callback"
				t.Logf("%s: %v %s %v", state, err, trace.Outcome, trace.Decisions)
				return
			}
			landed, _ := url.Parse(trace.Landed.URL)
			seen[i] = landed.Query().Get("state")
		})
	}
	wait.Wait()
	g.Expect(seen).To(Equal(states))
}
