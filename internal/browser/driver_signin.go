package browser

import (
	"fmt"
	"slices"
	"strings"
)

// signInPage recognises a form with one password. The password is sent once on a trip: a form that
// comes back means that it was refused, and a second try could lock the account.
func signInPage(l look) (decision, bool) {
	secret := l.passwordField()
	if secret < 0 {
		return decision{}, false
	}
	form := l.Controls[secret].Form
	user := l.usernameField(form)
	switch {
	case l.memory.password:
		return stop(KindSignIn, ErrSignInRefused, "the sign-in page %q came back after the password was sent once%s; "+
			"check the user name and the password, it is not sent a second time", l.summary(), l.complaint()), true
	case l.driver.Username == nil || l.driver.Password == nil:
		return stop(KindSignIn, ErrNoCredentials, "the page %q asks for a password; configure a user", l.summary()), true
	}
	d := decision{kind: KindSignIn, password: true, did: "filled in the password", why: "its form has one password field"}
	if user >= 0 && !l.Controls[user].ReadOnly {
		d.steps = append(d.steps, step{Ref: user, Act: "fill", Value: l.driver.Username()})
		d.username = true
		d.did = "filled in the user name and the password"
	}
	d.steps = append(d.steps, step{Ref: secret, Act: "fill", Value: l.driver.Password()})
	return l.send(d, form, secret, func(w lexicon) []string { return slices.Concat(w.SignIn, w.Next) }), true
}

// passwords counts the password fields of each form.
func (l look) passwords() map[int]int {
	count := map[int]int{}
	for _, c := range l.Controls {
		if c.Kind == password && !c.aside {
			count[c.Form]++
		}
	}
	return count
}

// passwordField returns the password of the form that has exactly one; a form with two asks for a new
// password.
func (l look) passwordField() int {
	count := l.passwords()
	return slices.IndexFunc(l.Controls, func(c control) bool {
		return c.Kind == password && !c.Disabled && !c.aside && count[c.Form] == 1
	})
}

// usernameField returns the field of the form for the user name: by its meaning, else the only one.
func (l look) usernameField(form int) int {
	only, fields := -1, 0
	for i, c := range l.Controls {
		if c.Kind != textField || c.Form != form || c.Disabled || c.aside {
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
	return c.Type != "search" && !c.searches() &&
		speaks(c.Name+" "+c.ID+" "+c.Label, func(w lexicon) []string { return w.Username })
}

// searches reports whether a field narrows down a list.
func (c control) searches() bool {
	return c.Type == "search" || speaks(c.Name+" "+c.ID+" "+c.Label, func(w lexicon) []string { return w.Search })
}

// usernamePage recognises the first half of a sign-in in two steps.
func usernamePage(l look) (decision, bool) {
	count := l.passwords()
	user := slices.IndexFunc(l.Controls, func(c control) bool {
		// A form with two passwords registers somebody.
		return c.Kind == textField && !c.Disabled && !c.ReadOnly && !c.aside && count[c.Form] < 2 && c.asksForUser()
	})
	if user < 0 {
		return decision{}, false
	}
	switch {
	case l.memory.username:
		return stop(KindSignIn, ErrSignInRefused, "the page %q asks for the user name again%s; check it", l.summary(), l.complaint()), true
	case l.driver.Username == nil:
		return stop(KindSignIn, ErrNoCredentials, "the page %q asks for a user name; configure a user", l.summary()), true
	}
	d := decision{kind: KindSignIn, username: true, did: "filled in the user name",
		why:   fmt.Sprintf("the field %q asks for a user name, and no field for a password", firstOf(l.Controls[user].Label, l.Controls[user].Name)),
		steps: []step{{Ref: user, Act: "fill", Value: l.driver.Username()}}}
	return l.send(d, l.Controls[user].Form, user,
		func(w lexicon) []string { return slices.Concat(w.Next, w.SignIn) }), true
}

// newPasswordPage recognises a page that wants another password. The driver does not choose one.
func newPasswordPage(l look) (decision, bool) {
	for _, n := range l.passwords() {
		if n > 1 {
			return stop(KindPerson, ErrPersonNeeded, "the page %q asks for a new password; set it by hand, once, and configure it", l.summary()), true
		}
	}
	return decision{}, false
}

// stayPage recognises the question whether to stay signed in, which is answered with no where that can be.
func stayPage(l look) (decision, bool) {
	if !speaks(l.heading(), func(w lexicon) []string { return w.Stay }) {
		return decision{}, false
	}
	approve, deny := l.answers()
	at := deny
	if at < 0 {
		at = approve
	}
	if at < 0 {
		return decision{}, false
	}
	return decision{kind: KindStay, why: "its heading asks whether to stay signed in",
		steps: []step{{Ref: at, Act: "press"}}, did: fmt.Sprintf("pressed %q", l.Controls[at].Label)}, true
}

// send completes a decision with the press of the button that sends the form. Without a button the form
// is sent from its field, as by the Enter key. Among buttons that it cannot read the driver does not choose.
func (l look) send(d decision, form, field int, list func(lexicon) []string) decision {
	at, others := l.sender(form, list)
	switch {
	case at >= 0:
		d.steps = append(d.steps, step{Ref: at, Act: "press"})
		d.did += fmt.Sprintf(", pressed %q", firstOf(l.Controls[at].Label, "the only button, which has no name"))
	case others > 1:
		return stop(d.kind, ErrNotUnderstood, "the form on the %s page %q has %d buttons, and none says that it sends it: %s; "+
			"nothing was filled in; record the sign-in", d.kind, l.summary(), others, strings.Join(l.offers(), ", "))
	default:
		d.steps = append(d.steps, step{Ref: field, Act: "enter"})
		d.did += ", sent the form"
	}
	return d
}

// sender returns the button that sends the form: the one that speaks the words, else the only one that
// there is. Many a button is disabled until its form is filled in. others counts the buttons that might.
func (l look) sender(form int, list func(lexicon) []string) (at, others int) {
	best, only := -1, -1
	for i, c := range l.Controls {
		if c.Kind != submit && c.Kind != button || c.aside || c.Form != form || c.denies() || c.federates() || c.Nav && form == 0 {
			continue
		}
		if speaks(c.Label, list) && (best < 0 || l.Controls[best].Disabled && !c.Disabled) {
			best = i
		}
		switch {
		case c.leadsAway():
		case only < 0 || c.Kind == submit && l.Controls[only].Kind != submit:
			only, others = i, 1
		case c.Kind == l.Controls[only].Kind:
			others++
		}
	}
	switch {
	case best >= 0:
		return best, others
	case others == 1:
		return only, 1
	default:
		return -1, others
	}
}
