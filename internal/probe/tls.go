package probe

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/tlsprobe"
)

// TLSOptions say how the transport layer is probed.
type TLSOptions struct {
	Prober   *tlsprobe.Prober
	Recorder *record.Recorder
	Trust    string // names the roots that the prober verifies against, for the report
}

// maxHosts bounds how many hosts are asked over HTTP at the same time.
const maxHosts = 4

// TLS probes the transport layer of the hosts that the endpoints live on, each host and port once. Then it
// sends a GET without parameters to every endpoint over https and over http. Endpoints are absolute URLs;
// other strings are left out, because judging them is the business of discovery. It is an error when
// nothing is left.
func TLS(ctx context.Context, endpoints []string, o TLSOptions) (evidence.Transport, error) {
	seen := evidence.Transport{Trust: o.Trust}
	sites := siteList{}
	for _, endpoint := range endpoints {
		u, err := url.Parse(endpoint)
		if err != nil {
			continue
		}
		address, err := tlsprobe.AddressOf(u)
		switch {
		case err != nil:
		case u.Scheme == "https":
			sites.add(address, u)
		case !slices.Contains(seen.Insecure, endpoint):
			seen.Insecure = append(seen.Insecure, endpoint)
		}
	}
	if len(sites) == 0 && len(seen.Insecure) == 0 {
		return seen, fmt.Errorf("none of %d endpoints is an absolute http or https URL: there is no host to probe", len(endpoints))
	}
	hosts, err := o.Prober.Hosts(ctx, sites.addresses())
	if err != nil {
		return seen, err
	}
	web := &webProbe{scope: o.Recorder.Scope(evidence.TransportKind.Name(), o.Prober.Client())}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxHosts)
	for i, s := range sites {
		h := &hosts[i]
		h.Endpoints = s.urls()
		if h.Error == "" {
			group.Go(func() error { web.ask(ctx, s, h); return ctx.Err() })
		}
	}
	if err := group.Wait(); err != nil {
		return seen, fmt.Errorf("asking %d hosts over https and http was stopped: %w", len(hosts), err)
	}
	seen.Hosts = hosts
	return seen, nil
}

// site is a host and port with the endpoints that live there.
type site struct {
	address   tlsprobe.Address
	endpoints []*url.URL
}

func (s site) urls() []string {
	urls := make([]string, len(s.endpoints))
	for i, u := range s.endpoints {
		urls[i] = u.String()
	}
	return urls
}

type siteList []site

func (l *siteList) add(a tlsprobe.Address, u *url.URL) {
	i := slices.IndexFunc(*l, func(s site) bool { return s.address == a })
	if i < 0 {
		*l = append(*l, site{address: a, endpoints: []*url.URL{u}})
		return
	}
	known := func(other *url.URL) bool { return other.String() == u.String() }
	if s := &(*l)[i]; !slices.ContainsFunc(s.endpoints, known) {
		s.endpoints = append(s.endpoints, u)
	}
}

func (l siteList) addresses() []tlsprobe.Address {
	addresses := make([]tlsprobe.Address, len(l))
	for i, s := range l {
		addresses[i] = s.address
	}
	return addresses
}

// plaintextPorts are where a client that has lost the s of https would knock: the same port, and port 80
// when the endpoint has the port of https. No other port is touched, and on this machine none that the
// endpoints do not name.
func (s site) plaintextPorts() []string {
	if s.address.Port == "443" && !s.address.Loopback() {
		return []string{"443", "80"}
	}
	return []string{s.address.Port}
}

// webProbe asks endpoints over https and http.
type webProbe struct{ scope *record.Scope }

func (w *webProbe) ask(ctx context.Context, s site, h *evidence.TLSHost) {
	secure := make([]record.Response, len(s.endpoints))
	for i, u := range s.endpoints {
		answer := evidence.SecureAnswer{URL: u.String()}
		response, err := w.get(ctx, u)
		secure[i] = response
		answer.Exchange, answer.Status = response.ID, response.Status
		answer.HSTS = response.Header.Values("Strict-Transport-Security")
		if to, err := u.Parse(response.Header.Get("Location")); err == nil && redirects(response.Status) {
			answer.Location = (&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String()
		}
		if err != nil {
			answer.Error = err.Error()
		}
		h.Answers = append(h.Answers, answer)
	}
	for _, port := range s.plaintextPorts() {
		for i, u := range s.endpoints {
			answer := w.plaintext(ctx, u, tlsprobe.Address{Host: s.address.Host, Port: port}, secure[i])
			h.Plaintext = append(h.Plaintext, answer)
			if answer.Outcome == evidence.PlaintextSilent {
				break // nothing there speaks HTTP, whatever the path
			}
		}
	}
}

func (w *webProbe) get(ctx context.Context, u *url.URL) (record.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return record.Response{}, fmt.Errorf("build a request for %s: %w", u, err)
	}
	return w.scope.Do(ctx, req)
}

// plaintext asks for the endpoint over http at the address, and compares the answer with the one over https.
func (w *webProbe) plaintext(ctx context.Context, endpoint *url.URL, at tlsprobe.Address, secure record.Response) evidence.PlaintextAnswer {
	u := *endpoint
	u.Scheme, u.Host = "http", at.String()
	response, err := w.get(ctx, &u)
	answer := evidence.PlaintextAnswer{URL: u.String(), Exchange: response.ID}
	if err != nil {
		answer.Outcome, answer.Seen = evidence.PlaintextSilent, err.Error()
		return answer
	}
	answer.Outcome, answer.Seen = plaintextOutcome(&u, response, secure)
	return answer
}

// plaintextOutcome says what the response to a request over http means. An error page of a gateway
// ("The plain HTTP request was sent to HTTPS port") is a refusal; the endpoint's own error is not, because
// the endpoint has read the request then.
func plaintextOutcome(asked *url.URL, plain, secure record.Response) (evidence.PlaintextOutcome, string) {
	if location := plain.Header.Get("Location"); plain.Status/100 == 3 && location != "" {
		to, err := asked.Parse(location)
		if err == nil && to.Scheme == "https" {
			return evidence.PlaintextRedirected, fmt.Sprintf("status %d to https://%s", plain.Status, to.Host)
		}
		return evidence.PlaintextAnswered, fmt.Sprintf("status %d to %q, which is not https", plain.Status, location)
	}
	media := mediaType(plain)
	switch {
	case plain.Status < 400:
		return evidence.PlaintextAnswered, fmt.Sprintf("status %d with %s", plain.Status, media)
	case plain.Status == secure.Status && media == mediaType(secure) && len(plain.Body) > 0 && bytes.Equal(plain.Body, secure.Body):
		return evidence.PlaintextAnswered, fmt.Sprintf("status %d with %s, the answer that https gives too", plain.Status, media)
	default:
		return evidence.PlaintextRefused, fmt.Sprintf("status %d with %s", plain.Status, media)
	}
}

func mediaType(r record.Response) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "no media type"
	}
	return media
}
