package session

import (
	"context"
	"sync"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// visitor is an isolated browser context of one user.
type visitor struct {
	*browser.Person
	signedIn bool // a journey has passed the login pages
}

// people are the isolated browser contexts of the users. A context serves one journey at a time, since
// a server may keep only one request per browser session; it is handed on signed in. The number of
// journeys at once is bounded by the slots.
type people struct {
	slots chan struct{}

	mu   sync.Mutex
	idle map[target.UserRole][]*visitor
}

// meet waits for a slot and returns a browser context for the user: one that has signed in before, or
// a new one when there is none or when fresh is wanted. The caller gives it back with part.
func (s *Session) meet(ctx context.Context, role target.UserRole, fresh bool) (*visitor, error) {
	select {
	case s.people.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !fresh {
		if p := s.people.take(role); p != nil {
			return p, nil
		}
	}
	b, err := s.browser(ctx)
	if err == nil {
		var p *browser.Person
		if p, err = b.NewPerson(ctx); err == nil {
			return &visitor{Person: p}, nil
		}
	}
	<-s.people.slots
	return nil, err
}

// part gives the context back. One that was fresh, or whose journey got stuck, is closed.
func (s *Session) part(role target.UserRole, p *visitor, keep bool) {
	if keep {
		s.people.give(role, p)
	} else {
		_ = p.Close() // nobody uses it any more, and the browser closes what is left of it
	}
	<-s.people.slots
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
