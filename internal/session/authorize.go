package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// verifierLength is the length of an ordinary code verifier, in characters.
const verifierLength = 64

// Request is an authorization request before it is made. The zero value of every field but Launch asks
// for what a well-behaved app would send.
type Request struct {
	Launch   evidence.Launch
	Scopes   []string   // instead of those of the target file
	Set      url.Values // parameters to replace; an empty list leaves the parameter out
	Verifier string     // instead of a random one
	// NoVerifier keeps the verifier out of the token request.
	NoVerifier bool
	Post       bool     // send the request as a form
	Deny       bool     // press deny at the consent page
	Untick     []string // scopes to untick at the consent page
	Fresh      bool     // use a browser that nobody has signed in with
	Trap       []string // more addresses that end the journey
	Guarded    bool     // end the journey before any navigation away from the server
}

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
	before   func(context.Context) // called when the first page is shown, before it is answered

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

// prepare fills in the parameters of the request.
func (s *Session) prepare(ctx context.Context, r Request) (Answer, error) {
	role, mode, kind := target.UserRole(r.Launch.User), target.LaunchMode(r.Launch.Mode), target.ClientKind(r.Launch.Client)
	if lack := s.Config.Lacks(role, mode, kind); lack != "" {
		return Answer{}, Unavailable{lack}
	}
	metadata, err := s.Metadata(ctx)
	if err != nil {
		return Answer{}, err
	}
	if r.Scopes == nil {
		r.Scopes = s.Config.LaunchScopes(role, mode, kind)
	}
	if r.Verifier == "" {
		r.Verifier = oauth.Verifier(verifierLength)
	}
	client := s.Config.Clients[kind]
	parameters := url.Values{
		"response_type":         {"code"},
		"client_id":             {client.ID},
		"redirect_uri":          {client.Redirect},
		"scope":                 {strings.Join(r.Scopes, " ")},
		"state":                 {oauth.Random(24)},
		"aud":                   {s.Config.FHIR},
		"nonce":                 {oauth.Random(16)},
		"code_challenge":        {oauth.S256(r.Verifier)},
		"code_challenge_method": {"S256"},
	}
	if s.Config.Spec == "1.0.0" && !slices.Contains(metadata.ChallengeMethods, "S256") {
		parameters.Del("code_challenge")
		parameters.Del("code_challenge_method")
		r.Verifier = ""
	}
	if !slices.Contains(r.Scopes, "openid") {
		parameters.Del("nonce") // it belongs to OpenID Connect, and some servers refuse it elsewhere
	}
	for name, values := range r.Set {
		if len(values) == 0 {
			parameters.Del(name)
			continue
		}
		parameters[name] = values
	}
	s.Recorder.Seal("code_verifier", r.Verifier)
	if r.NoVerifier {
		r.Verifier = ""
	}
	return Answer{
		Request: r, Client: client, Metadata: metadata, Parameters: parameters, Verifier: r.Verifier,
		RedirectURI: client.Redirect,
	}, nil
}

// travel sends the authorization request through the browser. stuck says that the browser context
// should not be used again.
func (s *Session) travel(ctx context.Context, scope *record.Scope, person *visitor, a *Answer) (stuck bool, err error) {
	journey := browser.Journey{
		Trap:           append([]string{a.RedirectURI}, a.Request.Trap...),
		TrapAllForeign: a.Request.Guarded,
		ExpectsError:   len(a.Request.Set) > 0,
		Driver:         s.driver(a.Request),
		Before:         a.before,
	}
	if a.stranger {
		journey.Driver.Username, journey.Driver.Password = nil, nil
	}
	journey.Hand, journey.Timeout = s.hand(a.byHand)
	journey.Patience = s.Config.Timeouts.Page
	endpoint := a.Metadata.AuthorizationEndpoint
	method := "GET"
	if a.Request.Post {
		method = "POST"
		journey.Form = &browser.Form{URL: endpoint, Fields: a.Parameters, From: a.RedirectURI}
	} else {
		separator := "?"
		if strings.Contains(endpoint, "?") {
			separator = "&"
		}
		journey.Start = endpoint + separator + a.Parameters.Encode()
	}
	if !a.byHand {
		if journey.Player, err = s.player(a, firstOf(journey.Start, endpoint), false); err != nil {
			return false, err
		}
	}
	journey.Screenshots = a.seen != nil
	trace, err := s.journey(ctx, target.UserRole(a.Request.Launch.User), person, journey)
	if a.seen != nil {
		a.seen(trace)
	}
	var reason *browser.StuckError
	if err != nil && !errors.As(err, &reason) {
		return true, fmt.Errorf("the browser could not make the authorization request: %w", err)
	}
	person.visited(trace)
	a.Evidence = s.authorization(scope, method, a, trace, s.refused(person, target.UserRole(a.Request.Launch.User), err))
	if len(trace.Decisions) > 0 {
		s.Trips.Add(1)
	}
	a.NoChoice = errors.Is(err, browser.ErrNoChoice)
	a.Unticked = slices.ContainsFunc(trace.Decisions, func(d string) bool {
		return len(a.Request.Untick) > 0 && strings.Contains(d, "took out "+a.Request.Untick[0])
	})
	if trace.Landed != nil {
		a.Code = firstCode(*trace.Landed)
	}
	return err != nil, ctx.Err()
}

// driver says how the pages of a journey are answered.
func (s *Session) driver(r Request) browser.Driver {
	user := s.Config.Users[target.UserRole(r.Launch.User)]
	d := browser.Driver{
		Username: func() string { return user.Username }, Patient: user.Patient,
		Encounter: user.Encounter, Untick: r.Untick,
	}
	if !user.Password.IsZero() {
		d.Password = user.Password.Reveal
	}
	if !user.TOTP.IsZero() {
		d.TOTP = func() string { return s.oneTimeCode(user.TOTP) }
	}
	if r.Deny {
		d.Consent = browser.Deny
	}
	return d
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
	case trace.Outcome == browser.Landed:
		e.Callback, e.Outcome = s.callback(*trace.Landed)
	default:
		e.Outcome = evidence.GotPage
	}
	return e
}

// callback takes the landing at the redirect URI apart.
func (s *Session) callback(landing browser.Landing) (*evidence.Callback, evidence.Outcome) {
	address, fragment, _ := strings.Cut(landing.URL, "#")
	base, query, _ := strings.Cut(address, "?")
	inQuery, inFragment := values(query), values(fragment)
	if landing.Body != "" {
		maps.Copy(inQuery, values(landing.Body)) // response_mode=form_post
	}
	c := &evidence.Callback{URI: base, Query: s.redactValues(inQuery), Fragment: s.redactValues(inFragment)}
	for _, code := range inQuery["code"] {
		c.Codes = append(c.Codes, s.Recorder.Seal("code", code))
	}
	switch {
	case len(inQuery["access_token"])+len(inFragment["access_token"])+len(inFragment["id_token"]) > 0:
		return c, evidence.GotToken
	case len(inQuery["code"])+len(inFragment["code"]) > 0:
		return c, evidence.GotCode
	case c.Error() != "":
		return c, evidence.GotError
	default:
		return c, evidence.GotNeither
	}
}

// values parses a query as far as it can be parsed.
func values(query string) url.Values {
	v, _ := url.ParseQuery(query)
	if v == nil {
		v = url.Values{}
	}
	return v
}

// firstCode returns the first code of a landing: from its query, its form or its fragment.
func firstCode(landing browser.Landing) string {
	address, fragment, _ := strings.Cut(landing.URL, "#")
	_, query, _ := strings.Cut(address, "?")
	for _, part := range []string{query, landing.Body, fragment} {
		if code := values(part).Get("code"); code != "" {
			return code
		}
	}
	return ""
}

// openParameters are those whose values say nothing that must be kept secret.
var openParameters = map[string]bool{
	"state": true, "scope": true, "nonce": true, "aud": true, "response_type": true, "client_id": true,
	"redirect_uri": true, "code_challenge": true, "code_challenge_method": true, "error": true,
	"error_description": true, "error_uri": true, "iss": true, "prompt": true,
}

// redactValues copies parameters with the values of secret ones replaced.
func (s *Session) redactValues(in url.Values) map[string][]string {
	out := make(map[string][]string, len(in))
	for name, list := range in {
		for _, v := range list {
			if openParameters[name] {
				v = s.Recorder.Redact(v) // a plain code_challenge is the verifier itself
			} else {
				v = fmt.Sprintf("[%s %s]", name, s.Recorder.Seal(name, v).Fingerprint)
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}
