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
	// TOTP returns the code that the person's authenticator app shows now; nil when there is none.
	TOTP func() string

	Patient   string // id or name to choose in a patient picker; empty chooses the first
	Encounter string // likewise

	Consent Consent
	Untick  []string // scopes to take out on the consent page

	// PortalApp makes the driver launch the app of this name from a portal page.
	PortalApp     string
	PortalPatient string // id or name of the patient in whose context to launch; empty means Patient
	Embedded      bool   // launch inside of the portal rather than in a new tab

	// SignOut makes the driver sign out where a page offers it, and do nothing else.
	SignOut bool
}

// The kinds of pages that the driver tells apart.
const (
	KindSignIn       = "sign-in"
	KindSecondFactor = "second factor"
	KindPerson       = "for a person" // a CAPTCHA and the like
	KindStay         = "stay signed in"
	KindTerms        = "terms"
	KindBanner       = "cookie banner"
	KindPortal       = "portal"
	KindPicker       = "picker" // preceded by its subject
	KindConsent      = "consent"
	KindContinue     = "continue"
	KindSignOut      = "sign-out"
	KindError        = "error"
	KindUnknown      = "unknown"
)

// decision is what the driver makes of a page.
type decision struct {
	kind  string
	why   string // by what the page was recognised, for people
	steps []step
	did   string // what the steps do, for people

	username, password, code, launch bool // what the steps send

	banner   bool // the steps only clear the view of the page, which is looked at again afterwards
	turned   bool // the steps show more of a list
	searched bool // the steps search for what is to be chosen

	final  bool  // an error page: the trip ends here
	waits  bool  // a person must answer the page
	stuck  error // why the driver cannot go on
	detail string
}

// stop is the decision not to go on.
func stop(kind string, reason error, format string, args ...any) decision {
	return decision{kind: kind, stuck: reason, detail: fmt.Sprintf(format, args...)}
}

// memory is what the driver has done on its trip.
type memory struct {
	username, password, code, launched, searched bool
	turns                                        int            // pages of lists that were turned
	visits                                       map[uint64]int // pages that it acted on
	banners                                      map[uint64]int // pages whose cookie banner it answered
}

// remember takes note of what is about to be done on the page with the fingerprint.
func (m *memory) remember(fingerprint uint64, d decision) {
	if d.banner {
		m.banners[fingerprint]++
		return
	}
	m.visits[fingerprint]++
	m.username = m.username || d.username
	m.password = m.password || d.password
	m.code = m.code || d.code
	m.launched = m.launched || d.launch
	m.searched = m.searched || d.searched
	if d.turned {
		m.turns++
	}
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

// recognisers are tried in this order. What lies over a page goes first, and what only a person can do
// before anything is typed. What asks for a password is a sign-in page whatever else it offers, and what
// has no more specific meaning is an error page or leads on.
var recognisers = []func(look) (decision, bool){
	cookieBanner, signOutPage, captchaPage, signInPage, secondFactorPage, usernamePage, newPasswordPage, stayPage, portalPage, termsPage,
	pickerPage, consentPage, rowPickerPage, searchPickerPage, errorPage, continuePage,
}

// decide says what to do on a page that was answered with status. A decision of KindUnknown does nothing.
func (d Driver) decide(o *outline, m *memory, status int) decision {
	l := look{outline: o.withoutBanners(m), driver: d, memory: m, status: status}
	for _, recognise := range recognisers {
		made, ok := recognise(l)
		if !ok {
			continue
		}
		if status >= 400 && made.kind != KindSignIn && made.stuck == nil {
			break // what an error page offers leads back, not on
		}
		if len(made.steps) > 0 && m.visits[o.fingerprint()] >= maxVisits {
			return stop(made.kind, ErrNoReaction, "the %s page %q came back %d times%s", made.kind, o.summary(), maxVisits, l.complaint())
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
		case !c.pressable() || c.Nav || c.denies() || c.federates() || c.leadsAway():
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
		did: fmt.Sprintf("pressed %q", l.Controls[at].Label), why: "nothing else on the page leads on, and there is nothing to decide"}, true
}

// maxAnswer is the longest label of a button that answers a question; longer ones explain something.
const maxAnswer = 60

func (c control) denies() bool {
	return len(c.Label) <= maxAnswer && speaks(c.Label, func(w lexicon) []string { return w.Deny })
}

// federates reports whether the control signs in somewhere else, or with something that the driver lacks.
func (c control) federates() bool {
	return speaks(c.Label, func(w lexicon) []string { return w.Federated })
}

// leadsAway reports whether the control is beside the question that a page asks.
func (c control) leadsAway() bool {
	return len(c.Label) <= maxAnswer && speaks(c.Label, func(w lexicon) []string { return w.Aside })
}

func (c control) approves() bool {
	return len(c.Label) <= maxAnswer && !c.denies() && speaks(c.Label, func(w lexicon) []string { return w.Approve })
}
