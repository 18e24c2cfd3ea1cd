package session

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/record"
)

// Bounds of what is told of a page that failed.
const (
	maxSaid     = 200 // bytes of what the last page says
	maxTroubles = 20  // console errors and failed requests of a page, each
)

// notReached says what a journey was waiting for and what came instead.
func (s *Session) notReached(address string, why error) string {
	text := fmt.Sprintf("%s was not reached: %v", address, why)
	var stuck *browser.StuckError
	if errors.As(why, &stuck) && stuck.URL != "" {
		page, _, _ := strings.Cut(stuck.URL, "?")
		text = strings.Replace(text, stuck.URL, page, 1) // the journey has the whole of it
	}
	return s.Recorder.Redact(text)
}

// describe adds the pages and requests of a journey to the evidence.
func (s *Session) describe(e *evidence.Authorization, scope *record.Scope, trace browser.Trace) {
	for _, p := range trace.Pages {
		page := evidence.Page{
			URL: s.Recorder.Redact(p.URL), Status: p.Status, Header: pageHeaders(p), Title: s.Recorder.Redact(p.Title), Kind: p.Kind,
		}
		for _, text := range p.Console[:min(len(p.Console), maxTroubles)] {
			page.Console = append(page.Console, s.Recorder.Redact(text))
		}
		for _, f := range p.Failed[:min(len(p.Failed), maxTroubles)] {
			page.Failed = append(page.Failed, evidence.FailedRequest{
				URL: s.Recorder.Redact(f.URL), Type: f.Type, Status: f.Status, Error: f.Error,
			})
		}
		for _, r := range p.Insecure[:min(len(p.Insecure), maxTroubles)] {
			page.Insecure = append(page.Insecure, evidence.InsecureReference{Element: r.Element, URL: s.Recorder.Redact(r.URL)})
		}
		e.Pages = append(e.Pages, page)
	}
	if last := len(trace.Pages) - 1; last >= 0 && trace.Landed == nil {
		e.Pages[last].Text = said(s.Recorder.Redact(trace.Pages[last].Text))
	}
	var hops []record.Hop
	for _, h := range trace.Hops {
		if h.Local {
			continue
		}
		e.Hops = append(e.Hops, evidence.Hop{
			Method: h.Method, URL: s.Recorder.Redact(h.URL), Status: h.Status, Location: s.Recorder.Redact(h.Location),
			Credentials: h.Credentials,
		})
		hops = append(hops, record.Hop{
			Method: h.Method, URL: h.URL, Status: h.Status, Header: h.Header, Started: h.Started, Duration: h.Took,
		})
	}
	e.Exchanges = append(e.Exchanges, scope.Journey(hops)...)
	for _, d := range trace.Decisions {
		e.Decisions = append(e.Decisions, s.Recorder.Redact(d))
	}
	own := pageHosts(trace)
	for _, f := range trace.ForeignRequests {
		if u, err := url.Parse(f.URL); err == nil && u.Host != "" && otherSite(f.URL, own) {
			e.Resources = append(e.Resources, u.Host)
			s.told(e, f.Referrer, u.Host, own)
		}
	}
	for _, h := range trace.Hops {
		if u, err := url.Parse(h.URL); err == nil && u.Host != "" && otherSite(h.URL, own) {
			s.told(e, h.Referrer, u.Host, own)
		}
	}
}

// told adds to the evidence that a request told another site about a page of the server.
func (s *Session) told(e *evidence.Authorization, referrer, to string, own []string) {
	if referrer != "" && !otherSite(referrer, own) {
		e.Referrers = append(e.Referrers, evidence.Referrer{To: to, From: s.Recorder.Redact(referrer)})
	}
}

// said shortens what a page says.
func said(text string) string {
	if len(text) <= maxSaid {
		return text
	}
	cut := maxSaid
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// keepJourney keeps a journey for people to read, with the pictures that show no secret.
func (s *Session) keepJourney(scope *record.Scope, e evidence.Authorization, waitedFor string, trace browser.Trace) {
	pictures := map[int][]byte{}
	for i, p := range trace.Pages {
		if len(p.Screenshot) > 0 && s.Recorder.Redact(p.Text) == p.Text {
			pictures[i] = p.Screenshot
		}
	}
	scope.Travelled(evidence.Journey{
		Outcome: e.Outcome, WaitedFor: waitedFor, Trouble: e.Trouble, Pages: e.Pages, Decisions: e.Decisions,
	}, slices.Clone(e.Exchanges), pictures)
}

// judgedHeaders are the header fields of pages that checks look at.
var judgedHeaders = []string{"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Strict-Transport-Security", "Cache-Control"}

func pageHeaders(p browser.Page) evidence.Headers {
	h := evidence.Headers{}
	for _, name := range judgedHeaders {
		if values := p.Header.Values(name); len(values) > 0 {
			h[name] = values
		}
	}
	return h
}
