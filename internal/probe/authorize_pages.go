package probe

import (
	"context"
	"net/url"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Pages lists the probes of what other sites can do with the pages of the authorization endpoint.
func Pages() []Probe {
	return []Probe{
		variants(evidence.FramingKind, refusedAtOnce, func(*session.Session, evidence.Launch) ([]variant, error) {
			return []variant{
				{name: "in a browser that nobody has signed in with", request: session.Request{Framed: true, Fresh: true}},
				{name: "in a browser that the user has signed in with", request: session.Request{Framed: true}},
			}, nil
		}),
		of(evidence.ConsentForgedKind, forgeConsent),
	}
}

// forgedForm is one way in which a consent form is sent that the user did not send.
type forgedForm struct {
	name      string
	otherSite bool
	form      browser.Form
	from      string                  // the page that sends it
	sender    *session.PendingConsent // whose form it is, when it is another's
}

// consentLab is where consent forms are forged: two consent pages in two browsers.
type consentLab struct {
	session *session.Session
	scope   *record.Scope
	launch  evidence.Launch
	other   *session.PendingConsent // in another browser, which is closed
	users   map[string]string       // for whom a code is, by the subject of its ID token
}

// forgeConsent sends the consent form of a user in ways in which only somebody else would. All of them use one
// pending request, and the last form is the honest one. Where that fails too, a refusal may have ended the
// request, and each gets a request of its own.
func forgeConsent(ctx context.Context, s *session.Session) (evidence.Forgeries, error) {
	lab, err := newConsentLab(ctx, s)
	if err != nil {
		return evidence.Forgeries{}, err
	}
	e, alive, err := lab.inOneRequest(ctx)
	if err != nil || alive {
		return e, err
	}
	return lab.eachAlone(ctx)
}

func newConsentLab(ctx context.Context, s *session.Session) (*consentLab, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return nil, err
	}
	if err := codeControl(ctx, s, launch); err != nil {
		return nil, err
	}
	lab := &consentLab{session: s, scope: s.Scope(evidence.ConsentForgedKind.Name()), launch: launch}
	sender := launch
	for _, role := range target.UserRoles { // another user, where there is one, so that codes can be told apart
		if s.Config.Lacks(role, target.Standalone, target.ClientKind(launch.Client)) == "" {
			sender.User = string(role)
		}
		if sender.User != launch.User {
			break
		}
	}
	if lab.other, err = s.HoldConsent(ctx, lab.scope, session.Request{Launch: sender}); err != nil {
		return nil, err
	}
	lab.other.Leave()
	if lab.other.Alone() && sender == launch {
		return nil, unavailable("the user has one browser session only, and a forged form takes another one")
	}
	return lab, lab.meet(ctx, sender)
}

// meet learns how ID tokens name the user and the sender. It makes no journey while a consent page is open, which
// might wait for the browser that holds it.
func (l *consentLab) meet(ctx context.Context, sender evidence.Launch) error {
	if sender == l.launch {
		return nil
	}
	l.users = map[string]string{}
	for launch, who := range map[evidence.Launch]string{l.launch: evidence.ApprovedForUser, sender: evidence.ApprovedForSender} {
		grant, err := l.session.SharedGrant(ctx, session.Request{Launch: launch})
		if err != nil {
			return err
		}
		if subject := subjectOf(grant.Evidence.Token); subject != "" {
			l.users[subject] = who
		}
	}
	return nil
}

// hold opens a consent page of the user, in a browser in which nothing else is pending.
func (l *consentLab) hold(ctx context.Context) (*session.PendingConsent, error) {
	return l.session.HoldConsent(ctx, l.scope, session.Request{Launch: l.launch, Fresh: true})
}

// inOneRequest tries the forgeries on one pending request, until one of them uses it up. alive reports whether
// one did, or the honest form at last.
func (l *consentLab) inOneRequest(ctx context.Context) (e evidence.Forgeries, alive bool, err error) {
	pending, err := l.hold(ctx)
	if err != nil {
		return e, false, err
	}
	defer pending.Leave()
	for _, f := range l.forgeries(pending) {
		seen, err := l.send(ctx, pending, f)
		if err != nil {
			return e, false, err
		}
		e.Forgeries = append(e.Forgeries, seen)
		if seen.Authorization.Outcome == evidence.GotCode && seen.Approved != evidence.ApprovedForSender {
			return e, true, nil
		}
	}
	honest, err := pending.Send(ctx, l.scope, pending.Form.Form, pending.Form.From)
	return e, honest.Code != "", err
}

// eachAlone tries every forgery on a request of its own, after the honest form was seen to work.
func (l *consentLab) eachAlone(ctx context.Context) (e evidence.Forgeries, err error) {
	pending, err := l.hold(ctx)
	if err != nil {
		return e, err
	}
	honest, err := pending.Send(ctx, l.scope, pending.Form.Form, pending.Form.From)
	count := len(l.forgeries(pending))
	pending.Leave()
	if err != nil {
		return e, err
	}
	if honest.Code == "" {
		return e, unavailable("the consent form brings no code when it is sent again unchanged, so a refusal would prove nothing: " + honest.Evidence.Describe())
	}
	for i := range count {
		pending, err := l.hold(ctx)
		if err != nil {
			return e, err
		}
		var seen evidence.Forgery
		if list := l.forgeries(pending); i < len(list) {
			seen, err = l.send(ctx, pending, list[i])
			e.Forgeries = append(e.Forgeries, seen)
		}
		pending.Leave()
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

// forgeries are the forms that are sent in the browser of a pending request, those of other sites first.
func (l *consentLab) forgeries(pending *session.PendingConsent) []forgedForm {
	honest := pending.Form.Form
	fields, query := pending.Unknowable(l.other)
	list := []forgedForm{
		{name: "another site sends the form of another session", otherSite: true, form: l.other.Form.Form, from: session.OtherSite, sender: l.other},
		{name: "another site sends the form without what it cannot know", otherSite: true, form: without(honest, fields, query), from: session.OtherSite},
	}
	if len(fields) > 0 { // without any, these two would be the honest form
		list = append(list,
			forgedForm{name: "the form with the hidden values of another session", form: replaced(honest, l.other.Form.Form, fields), from: pending.Form.From},
			forgedForm{name: "the form without its hidden values", form: without(honest, fields, nil), from: pending.Form.From},
		)
	}
	return list
}

// without leaves fields, and parameters of the URL, out of a form.
func without(form browser.Form, fields, query []string) browser.Form {
	out := form
	out.Fields = url.Values{}
	for name, values := range form.Fields {
		if !slices.Contains(fields, name) {
			out.Fields[name] = values
		}
	}
	if u, err := url.Parse(form.URL); err == nil && len(query) > 0 {
		rest := u.Query()
		for _, name := range query {
			rest.Del(name)
		}
		u.RawQuery = rest.Encode()
		out.URL = u.String()
	}
	return out
}

// replaced puts the fields of another form into a form.
func replaced(form, other browser.Form, fields []string) browser.Form {
	out := without(form, fields, nil)
	for _, name := range fields {
		out.Fields[name] = other.Fields[name]
	}
	return out
}

// send sends a forged form. A code that came of another's form is redeemed, to see whose records it opens.
func (l *consentLab) send(ctx context.Context, pending *session.PendingConsent, f forgedForm) (evidence.Forgery, error) {
	answer, err := pending.Send(ctx, l.scope, f.form, f.from)
	seen := evidence.Forgery{Name: f.name, OtherSite: f.otherSite, Authorization: answer.Evidence}
	switch {
	case err != nil || answer.Code == "":
		return seen, err
	case f.sender == nil:
		seen.Approved = evidence.ApprovedForUser
		return seen, nil
	}
	theirs := f.sender.Answer
	theirs.Code = answer.Code
	request, err := l.session.CodeRequest(theirs)
	if err != nil {
		return seen, err
	}
	token, _, err := l.session.Send(ctx, l.scope, theirs.Metadata, request)
	if err != nil {
		return seen, err
	}
	seen.Approved = l.users[subjectOf(&token)]
	return seen, nil
}

// subjectOf is the user of a token response, as its ID token names the user; "" when there is none.
func subjectOf(t *evidence.TokenResponse) string {
	if t == nil || t.IDToken == nil {
		return ""
	}
	subject, _ := t.IDToken.Text("sub")
	return subject
}
