package session

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/signedin"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// visitor is an isolated browser context of one user.
type visitor struct {
	*browser.Person
	signedIn bool      // a journey has passed the login pages
	saved    time.Time // of the saved session that it began with; zero for none
	lone     bool      // the only context of its user

	mu    sync.Mutex
	hosts []string // whose pages were shown, as URLs or host names
}

// visited remembers the hosts whose pages a person has seen, since the session may be kept on any of them.
func (v *visitor) visited(trace browser.Trace) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, hop := range trace.Hops {
		if u, err := url.Parse(hop.URL); err == nil && !hop.Local && !slices.Contains(v.hosts, u.Host) {
			v.hosts = append(v.hosts, u.Host)
		}
	}
}

// people are the isolated browser contexts of the users. A context serves one journey at a time, since
// a server may keep only one request per browser session; it is handed on signed in. The number of
// journeys at once is bounded by the slots. A user whose session a person began, or began and saved, has
// one context only: a copy of the session could be taken for theft, and may be renewed in one alone.
type people struct {
	slots chan struct{}

	mu    sync.Mutex
	idle  map[target.UserRole][]*visitor
	alone map[target.UserRole]chan struct{}    // holds a token while the one context is in use
	last  map[target.UserRole][]browser.Cookie // of a lone context that was closed
}

// only waits for the one context of the user.
func (p *people) only(ctx context.Context, role target.UserRole) error {
	p.mu.Lock()
	if p.alone == nil {
		p.alone, p.last = map[target.UserRole]chan struct{}{}, map[target.UserRole][]browser.Cookie{}
	}
	if p.alone[role] == nil {
		p.alone[role] = make(chan struct{}, 1)
	}
	turn := p.alone[role]
	p.mu.Unlock()
	return acquire(ctx, turn, "the browser of the "+string(role))
}

// left lets the next one have the one context of the user.
func (p *people) left(role target.UserRole) {
	p.mu.Lock()
	turn := p.alone[role]
	p.mu.Unlock()
	<-turn
}

// meet waits for a slot and returns a browser context for the user: one that has signed in before, or
// a new one when there is none or when fresh is wanted. The caller gives it back with part.
func (s *Session) meet(ctx context.Context, role target.UserRole, fresh bool) (*visitor, error) {
	saved, isSaved, err := s.savedUser(ctx, role)
	if err != nil {
		return nil, err
	}
	lone := s.Hand || isSaved
	if lone {
		if err := s.people.only(ctx, role); err != nil {
			return nil, err
		}
	}
	leave := func() {
		if lone {
			s.people.left(role)
		}
	}
	if err := acquire(ctx, s.people.slots, forBrowser); err != nil {
		leave()
		return nil, err
	}
	if !fresh || lone {
		if p := s.people.take(role); p != nil {
			return p, nil
		}
	}
	p, err := s.newVisitor(ctx)
	if err == nil && lone {
		p.lone, p.saved = true, saved.Saved
		err = s.restore(ctx, role, p, saved)
	}
	if err != nil {
		<-s.people.slots
		leave()
		return nil, err
	}
	return p, nil
}

func (s *Session) newVisitor(ctx context.Context) (*visitor, error) {
	b, err := s.browser(ctx)
	if err != nil {
		return nil, err
	}
	p, err := b.NewPerson(ctx)
	if err != nil {
		return nil, err
	}
	return &visitor{Person: p}, nil
}

// restore gives a new lone context the cookies of the one before it, or of the saved session.
func (s *Session) restore(ctx context.Context, role target.UserRole, p *visitor, saved signedin.User) error {
	s.people.mu.Lock()
	cookies := s.people.last[role]
	s.people.mu.Unlock()
	if cookies == nil {
		cookies = saved.Cookies
	}
	if len(cookies) == 0 {
		return nil
	}
	if err := p.SetCookies(ctx, cookies); err != nil {
		_ = p.Close() // it is of no use without
		return err
	}
	for _, c := range cookies {
		p.hosts = append(p.hosts, strings.TrimPrefix(c.Domain, "."))
	}
	p.signedIn = true
	return nil
}

// part gives the context back. One that was fresh, or whose journey got stuck, is closed; what a lone one
// was given by the server lives on in the next.
func (s *Session) part(role target.UserRole, p *visitor, keep bool) {
	switch {
	case keep:
		s.people.give(role, p)
	default:
		if p.lone && p.signedIn {
			ctx, cancel := context.WithTimeout(context.Background(), cookieTimeout)
			cookies, err := p.Cookies(ctx, p.hosts)
			cancel()
			if err == nil && len(cookies) > 0 {
				s.people.mu.Lock()
				s.people.last[role] = cookies
				s.people.mu.Unlock()
			}
		}
		_ = p.Close() // nobody uses it any more, and the browser closes what is left of it
	}
	<-s.people.slots
	if p.lone {
		s.people.left(role)
	}
}

func (p *people) take(role target.UserRole) *visitor {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := p.idle[role]
	if len(waiting) == 0 {
		return nil
	}
	last := waiting[len(waiting)-1]
	p.idle[role] = waiting[:len(waiting)-1]
	return last
}

func (p *people) give(role target.UserRole, person *visitor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle == nil {
		p.idle = map[target.UserRole][]*visitor{}
	}
	p.idle[role] = append(p.idle[role], person)
}

// disperse closes the contexts that nobody uses.
func (p *people) disperse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, waiting := range p.idle {
		for _, v := range waiting {
			_ = v.Close() // the browser closes what is left of it
		}
	}
	p.idle = nil
}
