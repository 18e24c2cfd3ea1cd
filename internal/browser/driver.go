package browser

import (
	"fmt"
	"slices"
	"strings"
)

// Consent is what the driver answers on a consent page.
type Consent int

// The answers.
const (
	Approve Consent = iota
	Deny
)

// Driver says what to do on the pages of a trip. It recognises pages by the meaning of their controls
// and never presses what it does not understand.
type Driver struct {
	Username, Password func() string // called when a page asks; nil when there is no user

	Patient   string // id or name to choose in a patient picker; empty chooses the first
	Encounter string // likewise

	Consent Consent
	Untick  []string // scopes to take out on the consent page

	// PortalApp makes the driver launch the app of this name from a portal page.
	PortalApp     string
	PortalPatient string // id or name of the patient in whose context to launch; empty means Patient
	Embedded      bool   // launch inside of the portal rather than in a new tab
}

// The kinds of pages that the driver tells apart.
const (
	KindSignIn       = "sign-in"
	KindSecondFactor = "second factor"
	KindPortal       = "portal"
	KindPicker       = "picker" // preceded by its subject
	KindConsent      = "consent"
	KindContinue     = "continue"
	KindError        = "error"
	KindUnknown      = "unknown"
)

// decision is what the driver makes of a page.
type decision struct {
	kind  string
	steps []step
	did   string // what the steps do, for people

	username, password, launch bool // what the steps send

	final  bool  // an error page: the trip ends here
	waits  bool  // a person must answer the page
	stuck  error // why the driver cannot go on
	detail string
}

// memory is what the driver has done on its trip.
type memory struct {
	username, password, launched bool
	visits                       map[uint64]int // pages that it acted on
}

// maxVisits bounds how often the driver acts on the same page. It is more than one because some flows
// show a page again for another part of the same question.
const maxVisits = 2

// look is one page before the eyes of the driver.
type look struct {
	*outline
	driver Driver
	memory *memory
	status int
}

// recognisers are tried in this order: what asks for a password is a sign-in page whatever else it
// offers, and what has no more specific meaning is an error page or leads on.
var recognisers = []func(look) (decision, bool){
	signInPage, secondFactorPage, usernamePage, portalPage, pickerPage, consentPage, rowPickerPage, errorPage, continuePage,
}

// decide says what to do on a page that was answered with status. A decision of KindUnknown does nothing.
func (d Driver) decide(o *outline, m *memory, status int) decision {
	l := look{outline: o, driver: d, memory: m, status: status}
	for _, recognise := range recognisers {
		made, ok := recognise(l)
		if !ok {
			continue
		}
		if status >= 400 && made.kind != KindSignIn && made.stuck == nil {
			break // what an error page offers leads back, not on
		}
		if len(made.steps) > 0 && m.visits[o.fingerprint()] >= maxVisits {
			return decision{kind: made.kind, stuck: ErrNoReaction,
				detail: fmt.Sprintf("the %s page %q came back %d times%s", made.kind, o.summary(), maxVisits, l.complaint())}
		}
		return made
	}
	if status >= 400 {
		return decision{kind: KindError, final: true}
	}
	return decision{kind: KindUnknown}
}

// complaint is what the page says is wrong, introduced, or "".
func (l look) complaint() string {
	if len(l.Alerts) == 0 {
		return ""
	}
	return fmt.Sprintf("; it says %q", clip(l.Alerts[0], 200))
}

// signInPage recognises a form with one password. The password is sent once on a trip: a form that
// comes back means that it was refused, and a second try could lock the account.
func signInPage(l look) (decision, bool) {
	secret := l.passwordField()
	if secret < 0 {
		return decision{}, false
	}
	d := decision{kind: KindSignIn}
	form := l.Controls[secret].Form
	user := l.usernameField(form)
	switch {
	case l.memory.password:
		d.stuck, d.detail = ErrSignInRefused, fmt.Sprintf("the sign-in page %q came back after the password was sent once%s; "+
			"check the user name and the password, it is not sent a second time", l.summary(), l.complaint())
		return d, true
	case l.driver.Username == nil || l.driver.Password == nil:
		d.stuck, d.detail = ErrNoCredentials, fmt.Sprintf("the page %q asks for a password; configure a user", l.summary())
		return d, true
	}
	if user >= 0 && !l.Controls[user].ReadOnly {
		d.steps = append(d.steps, step{Ref: user, Act: "fill", Value: l.driver.Username()})
		d.username = true
	}
	d.steps = append(d.steps, step{Ref: secret, Act: "fill", Value: l.driver.Password()})
	d.password = true
	d.did = "filled in the user name and the password"
	return l.send(d, form, secret, func(w lexicon) []string { return slices.Concat(w.SignIn, w.Next) }), true
}

// passwordField returns the password of the form that has exactly one; a form with two asks for a new
// password.
func (l look) passwordField() int {
	count := map[int]int{}
	for _, c := range l.Controls {
		if c.Kind == password {
			count[c.Form]++
		}
	}
	return slices.IndexFunc(l.Controls, func(c control) bool {
		return c.Kind == password && !c.Disabled && count[c.Form] == 1
	})
}

// usernameField returns the field of the form for the user name: by its meaning, else the only one.
func (l look) usernameField(form int) int {
	only, fields := -1, 0
	for i, c := range l.Controls {
		if c.Kind != textField || c.Form != form || c.Disabled {
			continue
		}
		if c.asksForUser() {
			return i
		}
		if !speaks(c.Name+" "+c.Label, func(w lexicon) []string { return w.Search }) {
			only, fields = i, fields+1
		}
	}
	if fields == 1 {
		return only
	}
	return -1
}

func (c control) asksForUser() bool {
	if strings.HasPrefix(c.Autocomplete, "username") || strings.HasPrefix(c.Autocomplete, "email") {
		return true
	}
	named := c.Name + " " + c.ID + " " + c.Label
	return c.Type != "search" && !speaks(named, func(w lexicon) []string { return w.Search }) &&
		speaks(named, func(w lexicon) []string { return w.Username })
}

// secondFactorPage recognises a page that no machine can pass.
func secondFactorPage(l look) (decision, bool) {
	for _, c := range l.Controls {
		if c.Kind != textField || c.ReadOnly {
			continue
		}
		if c.Autocomplete == "one-time-code" ||
			speaks(c.Name+" "+c.Label+" "+l.heading(), func(w lexicon) []string { return w.SecondAuth }) {
			return decision{kind: KindSecondFactor, stuck: ErrNoCredentials,
				detail: fmt.Sprintf("the page %q asks for a second factor; configure a test user without one", l.summary())}, true
		}
	}
	return decision{}, false
}

// usernamePage recognises the first half of a sign-in in two steps.
func usernamePage(l look) (decision, bool) {
	user := slices.IndexFunc(l.Controls, func(c control) bool {
		return c.Kind == textField && !c.Disabled && !c.ReadOnly && c.asksForUser()
	})
	if user < 0 {
		return decision{}, false
	}
	d := decision{kind: KindSignIn}
	switch {
	case l.memory.username:
		d.stuck, d.detail = ErrSignInRefused, fmt.Sprintf("the page %q asks for the user name again%s; check it",
			l.summary(), l.complaint())
		return d, true
	case l.driver.Username == nil:
		d.stuck, d.detail = ErrNoCredentials, fmt.Sprintf("the page %q asks for a user name; configure a user", l.summary())
		return d, true
	}
	d.steps = []step{{Ref: user, Act: "fill", Value: l.driver.Username()}}
	d.username = true
	d.did = "filled in the user name"
	return l.send(d, l.Controls[user].Form, user,
		func(w lexicon) []string { return slices.Concat(w.Next, w.SignIn) }), true
}

// send completes a decision with the press of the button that sends the form: the one that speaks the
// words, else the first that submits it. Without a button the form is sent from its field, as by the
// Enter key.
func (l look) send(d decision, form, field int, list func(lexicon) []string) decision {
	if at := l.sender(form, list); at >= 0 {
		d.steps = append(d.steps, step{Ref: at, Act: "press"})
		d.did += fmt.Sprintf(", pressed %q", l.Controls[at].Label)
		return d
	}
	d.steps = append(d.steps, step{Ref: field, Act: "enter"})
	d.did += ", sent the form"
	return d
}

func (l look) sender(form int, list func(lexicon) []string) int {
	first := -1
	for i, c := range l.Controls {
		if c.Kind == link || !c.pressable() || c.Form != form || c.denies() {
			continue
		}
		if speaks(c.Label, list) {
			return i
		}
		if first < 0 && c.Kind == submit {
			first = i
		}
	}
	return first
}

// errorPage recognises a page that says that something is wrong, whatever its status.
func errorPage(l look) (decision, bool) {
	said := l.heading() + " · " + strings.Join(l.Alerts, " · ")
	if !speaks(said, func(w lexicon) []string { return w.Error }) {
		return decision{}, false
	}
	return decision{kind: KindError, final: true}, true
}

// continuePage recognises a page with nothing to decide: one button that leads on.
func continuePage(l look) (decision, bool) {
	at := -1
	for i, c := range l.Controls {
		switch {
		case c.Kind == textField || c.Kind == password || c.Kind == radio || c.Kind == selection:
			return decision{}, false
		case !c.pressable() || c.Nav || c.denies():
		case !speaks(c.Label, func(w lexicon) []string { return slices.Concat(w.Next, w.SignIn, w.Approve) }):
		case at >= 0 && (l.Controls[at].Kind == link) == (c.Kind == link):
			return decision{}, false // two of them: a choice
		case at < 0 || l.Controls[at].Kind == link:
			at = i // a button wins over a link
		}
	}
	if at < 0 {
		return decision{}, false
	}
	return decision{kind: KindContinue, steps: []step{{Ref: at, Act: "press"}},
		did: fmt.Sprintf("pressed %q", l.Controls[at].Label)}, true
}

// maxAnswer is the longest label of a button that answers a question; longer ones explain something.
const maxAnswer = 60

func (c control) denies() bool {
	return len(c.Label) <= maxAnswer && speaks(c.Label, func(w lexicon) []string { return w.Deny })
}

func (c control) approves() bool {
	return len(c.Label) <= maxAnswer && !c.denies() && speaks(c.Label, func(w lexicon) []string { return w.Approve })
}
