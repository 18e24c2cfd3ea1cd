package browser

import (
	"fmt"
	"slices"
	"strings"
)

// captchaPage recognises a test for robots. The driver is one, so nothing is typed there.
func captchaPage(l look) (decision, bool) {
	asks := l.Captcha || slices.ContainsFunc(l.Controls, func(c control) bool {
		return (c.Kind == textField || c.Kind == checkbox) &&
			speaks(c.Name+" "+c.Label, func(w lexicon) []string { return w.Captcha })
	})
	if !asks {
		return decision{}, false
	}
	return stop(KindPerson, ErrPersonNeeded, "the page %q holds a CAPTCHA; switch it off for the test user, "+
		"or sign in by hand with --manual", l.summary()), true
}

// secondFactorPage recognises a page that asks for more than a password. The driver passes those that an
// authenticator app answers.
func secondFactorPage(l look) (decision, bool) {
	if slices.ContainsFunc(l.Controls, func(c control) bool { return c.Kind == password && !c.aside }) {
		return decision{}, false
	}
	said := l.spoken()
	code := l.codeFields()
	second := func(w lexicon) []string { return w.SecondAuth }
	key := func(w lexicon) []string { return w.Key }
	switch {
	case len(code) > 0:
		return l.enterCode(code, said), true
	case slices.ContainsFunc(l.Controls, func(c control) bool { return c.Kind == textField }):
		return decision{}, false
	case speaks(l.heading(), second) || speaks(l.heading(), key):
		if d, ok := l.switchToApp(); ok {
			return d, true
		}
		what := "a second factor"
		if speaks(said, key) {
			what = "a passkey or a security key as second factor"
		}
		return stop(KindSecondFactor, ErrPersonNeeded, "the page %q asks for %s; configure a test user without one or with an "+
			"authenticator app (totp), or sign in by hand with --manual", l.summary(), what), true
	}
	return decision{}, false
}

// codeFields returns the field for a code, or the fields for its digits.
func (l look) codeFields() []int {
	var digits []int
	single := -1
	for i, c := range l.Controls {
		if c.Kind != textField || c.ReadOnly || c.Disabled || c.aside {
			continue
		}
		if c.MaxLength == 1 {
			digits = append(digits, i)
		}
		if single < 0 && (c.Autocomplete == "one-time-code" ||
			speaks(c.Name+" "+c.Label+" "+l.heading(), func(w lexicon) []string { return w.SecondAuth })) {
			single = i
		}
	}
	switch {
	case len(digits) >= 4:
		return digits
	case single >= 0:
		return []int{single}
	}
	return nil
}

// spoken is what the page says, without the names of its buttons.
func (l look) spoken() string {
	said := l.heading() + " " + l.Text
	for _, c := range l.Controls {
		if c.Label != "" && (c.Kind == link || c.Kind == button || c.Kind == submit) {
			said = strings.ReplaceAll(said, c.Label, " ")
		}
	}
	return said
}

// enterCode fills in the code of the authenticator app, once on a trip.
func (l look) enterCode(fields []int, said string) decision {
	app := speaks(said, func(w lexicon) []string { return w.App })
	switch {
	case l.memory.code:
		return stop(KindSecondFactor, ErrSignInRefused, "the page %q asks for a code again after one was sent%s; "+
			"check the totp secret and the clock of this machine", l.summary(), l.complaint())
	case !app && speaks(said, func(w lexicon) []string { return w.Message }):
		if d, ok := l.switchToApp(); ok {
			return d
		}
		return stop(KindSecondFactor, ErrPersonNeeded, "the page %q asks for a second factor that was sent to the person; configure a "+
			"test user without one or with an authenticator app (totp), or sign in by hand with --manual", l.summary())
	case l.driver.TOTP == nil:
		return stop(KindSecondFactor, ErrNoCredentials, "the page %q asks for a second factor; configure totp for the user, or a test "+
			"user without one", l.summary())
	}
	value := l.driver.TOTP()
	d := decision{kind: KindSecondFactor, code: true, why: "a field asks for a one-time code", did: "filled in the code of the authenticator app"}
	if len(fields) == 1 {
		d.steps = []step{{Ref: fields[0], Act: "fill", Value: value}}
	} else {
		for i, at := range fields[:min(len(fields), len(value))] {
			d.steps = append(d.steps, step{Ref: at, Act: "fill", Value: value[i : i+1]})
		}
	}
	return l.send(d, l.Controls[fields[0]].Form, fields[len(fields)-1], func(w lexicon) []string { return slices.Concat(w.Next, w.SignIn) })
}

// switchToApp presses what asks for the code of an authenticator app instead.
func (l look) switchToApp() (decision, bool) {
	if l.driver.TOTP == nil {
		return decision{}, false
	}
	for i, c := range l.Controls {
		if c.pressable() && speaks(c.Label, func(w lexicon) []string { return w.App }) {
			return decision{kind: KindSecondFactor, why: "it offers several second factors, of which the authenticator app is configured",
				steps: []step{{Ref: i, Act: "press"}}, did: fmt.Sprintf("pressed %q", c.Label)}, true
		}
	}
	return decision{}, false
}
