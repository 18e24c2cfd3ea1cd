package session

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// secretLength is how long a hidden value of a form is at least that must not be written down.
const secretLength = 12

// PendingConsent is a consent page that was filled in and not sent, together with the browser in which it is
// open. Whoever has one must Leave it.
type PendingConsent struct {
	Answer Answer
	Form   browser.ConsentForm

	session *Session
	person  *visitor
	keep    bool
}

// HoldConsent makes a standalone authorization request up to the consent page, fills that in and does not send
// it. It is Unavailable where there is none, or where it is no form.
func (s *Session) HoldConsent(ctx context.Context, scope *record.Scope, r Request) (*PendingConsent, error) {
	if r.Launch.Mode != string(target.Standalone) {
		return nil, Unavailable{"to stop at the consent page takes a standalone launch"}
	}
	a, err := s.prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.present(ctx, r.Launch); err != nil {
		return nil, err
	}
	a.hold = true
	person, err := s.meet(ctx, target.UserRole(r.Launch.User), r.Fresh)
	if err != nil {
		return nil, err
	}
	stuck, err := s.travel(ctx, scope, person, &a)
	p := &PendingConsent{Answer: a, session: s, person: person, keep: !stuck && (!r.Fresh || person.lone)}
	person.signedIn = person.signedIn || a.Evidence.Outcome == evidence.AtConsent
	if err == nil {
		err = p.read()
	}
	if err != nil {
		p.Leave()
		return nil, err
	}
	return p, nil
}

// read takes over the form of the consent page.
func (p *PendingConsent) read() error {
	switch a := p.Answer; {
	case a.Evidence.Outcome == evidence.GotCode:
		return Unavailable{"the server asked for no consent that could be stopped at"}
	case a.Evidence.Outcome != evidence.AtConsent:
		return fmt.Errorf("the consent page was not reached: %s", a.Evidence.Describe())
	case a.consent == nil:
		return Unavailable{"the consent page is not sent as a form"}
	}
	p.Form = *p.Answer.consent
	for _, name := range p.Form.Hidden {
		for _, value := range p.Form.Fields[name] {
			if len(value) >= secretLength {
				p.session.Recorder.Seal("consent-form", value)
			}
		}
	}
	return nil
}

// Alone reports whether the user has only this one browser context.
func (p *PendingConsent) Alone() bool { return p.person.lone }

// Send sends a form from the page at the URL from, in the browser in which the consent page is open. Nothing is
// pressed afterwards.
func (p *PendingConsent) Send(ctx context.Context, scope *record.Scope, form browser.Form, from string) (Answer, error) {
	a := p.Answer
	a.Code, a.Evidence, a.hold = "", evidence.Authorization{}, false
	form.From = from
	journey := browser.Journey{
		Form: &form, Passive: true, ExpectsError: true, Trap: []string{a.RedirectURI}, Hosts: p.session.own.list(),
		Timeout: p.session.Config.Timeouts.Journey, Patience: p.session.Config.Timeouts.Page,
	}
	stuck, err := p.session.follow(ctx, scope, p.person, &a, journey)
	p.keep = p.keep && !stuck
	return a, err
}

// Leave gives the browser back.
func (p *PendingConsent) Leave() {
	p.session.part(target.UserRole(p.Answer.Request.Launch.User), p.person, p.keep)
}

// Unknowable returns the names of what another site cannot know of the form: hidden fields, and parameters of the
// URL, whose values differ from those of a form of another session and do not come from the app's request.
func (p *PendingConsent) Unknowable(other *PendingConsent) (fields, query []string) {
	for _, name := range p.Form.Hidden {
		if p.secret(p.Form.Fields[name], other.Form.Fields[name]) && !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	mine, theirs := queryOf(p.Form.URL), queryOf(other.Form.URL)
	for name := range mine {
		if p.secret(mine[name], theirs[name]) {
			query = append(query, name)
		}
	}
	slices.Sort(query)
	return fields, query
}

func (p *PendingConsent) secret(mine, theirs []string) bool {
	requested := slices.ContainsFunc(mine, func(value string) bool {
		for _, values := range p.Answer.Parameters {
			if slices.Contains(values, value) {
				return true
			}
		}
		return false
	})
	return !requested && !slices.Equal(mine, theirs)
}

func queryOf(uri string) url.Values {
	u, err := url.Parse(uri)
	if err != nil {
		return nil
	}
	return u.Query()
}
