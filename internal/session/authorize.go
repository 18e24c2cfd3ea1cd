package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Answer is where an authorization request led. It holds secrets in clear; Evidence does not.
type Answer struct {
	Request     Request
	Client      target.Client
	Metadata    Metadata
	Parameters  url.Values
	Verifier    string
	RedirectURI string
	Code        string // the first code of the callback, from its query, its form or its fragment
	EHRLaunch   *evidence.EHRLaunch
	Unticked    bool // the consent page let the driver untick what the request says
	NoChoice    bool // a page did not offer what the driver was to choose
	Evidence    evidence.Authorization

	byHand   bool                  // a person answers the pages
	stranger bool                  // nobody answers a page that asks who the user is
	hold     bool                  // end the journey at the consent page
	before   func(context.Context) // called when the first page is shown, before it is answered

	consent *browser.ConsentForm // that of the page at which the journey ended

	picture func(step string, jpeg []byte) // takes the pictures after the steps of a recording
	seen    func(browser.Trace)            // takes the trace, with a picture of every page
}

// authorizeOnce makes an authorization request as Authorize does, once.
func (s *Session) authorizeOnce(ctx context.Context, scope *record.Scope, r Request) (Answer, error) {
	a, err := s.prepare(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	if err := s.present(ctx, r.Launch); err != nil {
		return Answer{}, err
	}
	role := target.UserRole(r.Launch.User)
	person, err := s.meet(ctx, role, r.Fresh)
	if err != nil {
		return Answer{}, err
	}
	keep := !r.Fresh || person.lone
	defer func() { s.part(role, person, keep) }()
	usable, err := s.authorizeIn(ctx, scope, person, &a)
	keep = keep && usable
	return a, err
}

// authorizeIn makes the authorization request in the browser of a person. usable says that the browser can
// be used again.
func (s *Session) authorizeIn(ctx context.Context, scope *record.Scope, person *visitor, a *Answer) (usable bool, err error) {
	if a.Request.Launch.Mode == string(target.EHR) {
		if launched, err := s.launchFromPortal(ctx, scope, person, a); err != nil || !launched {
			return false, err
		}
	}
	stuck, err := s.travel(ctx, scope, person, a)
	person.signedIn = person.signedIn || a.Evidence.Outcome == evidence.GotCode
	return !stuck, err
}

// AuthorizeTogether makes several standalone authorization requests of one user at the same time, in
// tabs of one browser that has signed in before. No tab answers its first page before every tab shows
// one, so that the requests overlap for certain.
func (s *Session) AuthorizeTogether(ctx context.Context, scope *record.Scope, requests []Request) ([]Answer, error) {
	answers := make([]Answer, len(requests))
	for i, r := range requests {
		if r.Launch.Mode != string(target.Standalone) {
			return nil, Unavailable{"parallel requests need a standalone launch"}
		}
		a, err := s.prepare(ctx, r)
		if err != nil {
			return nil, err
		}
		answers[i] = a
	}
	if err := s.present(ctx, requests[0].Launch); err != nil {
		return nil, err
	}
	role := target.UserRole(requests[0].Launch.User)
	person, err := s.meet(ctx, role, false)
	if err != nil {
		return nil, err
	}
	defer s.part(role, person, false)
	if !person.signedIn {
		first, err := s.prepare(ctx, Request{Launch: requests[0].Launch})
		if err != nil {
			return nil, err
		}
		if _, err := s.travel(ctx, scope, person, &first); err != nil {
			return nil, err
		}
	}
	errs := make([]error, len(answers))
	atPage := newMeeting(len(answers))
	var wait sync.WaitGroup
	for i := range answers {
		arrive := sync.OnceFunc(atPage.arrive)
		answers[i].before = func(ctx context.Context) { arrive(); atPage.wait(ctx) }
		wait.Go(func() {
			defer arrive()
			_, errs[i] = s.travel(ctx, scope, person, &answers[i])
		})
	}
	wait.Wait()
	return answers, errors.Join(errs...)
}

// meeting lets journeys wait for each other: nobody goes on before everybody has arrived.
type meeting struct {
	mu      sync.Mutex
	missing int
	all     chan struct{}
}

func newMeeting(n int) *meeting { return &meeting{missing: n, all: make(chan struct{})} }

func (m *meeting) arrive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.missing--; m.missing == 0 {
		close(m.all)
	}
}

func (m *meeting) wait(ctx context.Context) {
	select {
	case <-m.all:
	case <-ctx.Done():
	}
}

// OtherSite is a page of somebody else. It is answered in the browser, and never visited.
const OtherSite = "https://evil.test/"

// travel sends the authorization request through the browser. stuck says that the browser context
// should not be used again.
func (s *Session) travel(ctx context.Context, scope *record.Scope, person *visitor, a *Answer) (stuck bool, err error) {
	journey := s.authorizationJourney(a)
	if !a.byHand {
		if journey.Player, err = s.player(a, firstOf(journey.Start, a.Metadata.AuthorizationEndpoint), false); err != nil {
			return false, err
		}
	}
	return s.follow(ctx, scope, person, a, journey)
}

// authorizationJourney is the journey that makes the authorization request.
func (s *Session) authorizationJourney(a *Answer) browser.Journey {
	journey := browser.Journey{
		Trap:           append([]string{a.RedirectURI}, a.Request.Trap...),
		Hosts:          s.own.list(),
		TrapAllForeign: a.Request.Guarded,
		ExpectsError:   len(a.Request.Set) > 0,
		Driver:         s.driver(a.Request),
		Before:         a.before,
		HoldConsent:    a.hold,
		Patience:       s.Config.Timeouts.Page,
		Screenshots:    a.seen != nil,
	}
	if a.stranger {
		journey.Driver.Username, journey.Driver.Password = nil, nil
	}
	journey.Hand, journey.Timeout = s.hand(a.byHand)
	endpoint := a.Metadata.AuthorizationEndpoint
	if a.Request.Post {
		journey.Form = &browser.Form{URL: endpoint, Fields: a.Parameters, From: a.RedirectURI}
		return journey
	}
	separator := "?"
	if strings.Contains(endpoint, "?") {
		separator = "&"
	}
	journey.Start = endpoint + separator + a.Parameters.Encode()
	if a.Request.Framed {
		journey.Frame = OtherSite
	}
	return journey
}

// follow makes a journey that may end at the redirect URI, and takes where it led into the answer.
func (s *Session) follow(ctx context.Context, scope *record.Scope, person *visitor, a *Answer, journey browser.Journey) (stuck bool, err error) {
	role := target.UserRole(a.Request.Launch.User)
	trace, err := s.journey(ctx, role, person, journey)
	if a.seen != nil {
		a.seen(trace)
	}
	var reason *browser.StuckError
	if err != nil && !errors.As(err, &reason) {
		return true, fmt.Errorf("the browser could not make the authorization request: %w", err)
	}
	person.visited(trace)
	method := http.MethodGet
	if journey.Form != nil {
		method = firstOf(journey.Form.Method, http.MethodPost)
	}
	a.Evidence = s.authorization(scope, strings.ToUpper(method), a, trace, s.refused(person, role, err))
	if a.Evidence.Outcome == evidence.GotCode && len(a.Request.Set) == 0 {
		s.own.add(trace) // the journey of an honest request
		a.Evidence.Cookies = cookiesOf(ctx, person, trace)
	}
	if len(trace.Decisions) > 0 {
		s.Trips.Add(1)
	}
	a.consent = trace.Consent
	a.NoChoice = errors.Is(err, browser.ErrNoChoice)
	a.Unticked = slices.ContainsFunc(trace.Decisions, func(d string) bool {
		return len(a.Request.Untick) > 0 && strings.Contains(d, "took out "+a.Request.Untick[0])
	})
	if trace.Landed != nil {
		a.Code = firstCode(*trace.Landed)
	}
	return err != nil, ctx.Err()
}

// cookiesOf tells of the cookies that the browser keeps for the hosts of a journey, without their values. A
// browser that does not tell has none.
func cookiesOf(ctx context.Context, person *visitor, trace browser.Trace) []evidence.Cookie {
	kept, _ := person.Cookies(ctx, pageHosts(trace))
	var cookies []evidence.Cookie
	for _, c := range kept {
		cookies = append(cookies, evidence.Cookie{Name: c.Name, Domain: c.Domain, Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: c.SameSite})
	}
	return cookies
}

// authorization turns the trace of a journey into evidence.
func (s *Session) authorization(scope *record.Scope, method string, a *Answer, trace browser.Trace, stuck error) evidence.Authorization {
	e := evidence.Authorization{Method: method, Request: s.redactValues(a.Parameters)}
	s.describe(&e, scope, trace)
	defer func() { s.keepJourney(scope, e, a.RedirectURI, trace) }()
	switch {
	case stuck != nil:
		e.Outcome, e.Trouble = evidence.GotNowhere, s.notReached(a.RedirectURI, stuck)
	case trace.Outcome == browser.Foreign:
		e.Outcome, e.Foreign = evidence.GotForeign, s.Recorder.Redact(trace.Landed.URL)
	case trace.Outcome == browser.Held:
		e.Outcome = evidence.AtConsent
	case trace.Outcome == browser.Framed:
		e.Outcome = evidence.GotFramed
	case trace.Outcome == browser.Landed:
		e.Callback, e.Outcome = s.callback(*trace.Landed)
	default:
		e.Outcome = evidence.GotPage
	}
	return e
}
