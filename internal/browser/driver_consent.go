package browser

import (
	"fmt"
	"slices"
	"strings"
)

// consentPage recognises a page that asks whether an app may have access.
func consentPage(l look) (decision, bool) {
	if !l.asksForConsent() {
		return decision{}, false
	}
	d := decision{kind: KindConsent, why: "it lets a person say yes or no to access"}
	approve, deny := l.answers()
	if l.driver.Consent == Deny {
		if deny < 0 {
			d.stuck, d.detail = ErrNoChoice, fmt.Sprintf("the consent page %q has no button to deny", l.summary())
			return d, true
		}
		d.steps, d.did = []step{{Ref: deny, Act: "press"}}, fmt.Sprintf("denied with %q", l.Controls[deny].Label)
		return d, true
	}
	for _, g := range l.groups() {
		s, ok := subjectOf(g.about)
		if !ok {
			continue
		}
		chosen, err := g.choose(s.want(l.driver))
		if err != nil {
			d.stuck, d.detail = ErrNoChoice, fmt.Sprintf("consent page %q: %v", l.summary(), err)
			return d, true
		}
		d.steps = append(d.steps, chosen.step)
		d.did += fmt.Sprintf("chose the %s %q, ", s.name, clip(firstOf(chosen.label, chosen.says), 80))
	}
	scopes, did, missing := l.scopeBoxes()
	if missing != "" {
		d.stuck, d.detail = ErrNoChoice, fmt.Sprintf("the consent page %q has no box to take out the scope %s", l.summary(), missing)
		return d, true
	}
	d.steps = append(append(d.steps, scopes...), step{Ref: approve, Act: "press"})
	d.did += did + fmt.Sprintf("approved with %q", l.Controls[approve].Label)
	return d, true
}

// asksForConsent reports whether the page lets a person say yes or no, or yes to something that it
// calls access.
func (l look) asksForConsent() bool {
	approve, deny := l.answers()
	if approve < 0 {
		return false
	}
	spoken := speaks(l.heading()+" "+l.Text, func(w lexicon) []string { return w.Consent })
	switch {
	case l.Controls[approve].approves():
		return deny >= 0 || spoken && l.hasScopes()
	default:
		return deny >= 0 && spoken
	}
}

// answers returns the controls that say yes and no, or -1. A button wins over a link, and where no
// button says yes, the one that leads on does.
func (l look) answers() (approve, deny int) {
	approve, deny = -1, -1
	next := -1
	better := func(i, than int) bool {
		return than < 0 || l.Controls[than].Kind == link && l.Controls[i].Kind != link
	}
	for i, c := range l.Controls {
		if !c.pressable() || c.Nav || c.federates() {
			continue
		}
		switch {
		case c.denies():
			if better(i, deny) {
				deny = i
			}
		case c.Kind == link && c.Row > 0:
		case c.approves():
			if better(i, approve) {
				approve = i
			}
		case c.Kind == submit && len(c.Label) <= maxAnswer && speaks(c.Label, nextWords):
			if better(i, next) {
				next = i
			}
		}
	}
	if approve < 0 {
		approve = next
	}
	return approve, deny
}

// scopeBoxes returns the steps that untick the configured scopes and tick all others, and the first
// configured scope for which the page has no box.
func (l look) scopeBoxes() (steps []step, did, missing string) {
	found := map[string]bool{}
	for i, c := range l.Controls {
		if c.Kind != checkbox || c.Disabled {
			continue
		}
		at := slices.IndexFunc(l.driver.Untick, func(scope string) bool { return c.standsFor(scope) })
		switch {
		case at >= 0:
			found[l.driver.Untick[at]] = true
			steps = append(steps, step{Ref: i, Act: "untick"})
			did += fmt.Sprintf("took out %s, ", l.driver.Untick[at])
		case !c.Checked && (c.isScope() || c.permits()):
			steps = append(steps, step{Ref: i, Act: "tick"})
			did += fmt.Sprintf("ticked %q, ", clip(firstOf(c.Label, c.Value), 80))
		}
	}
	for _, scope := range l.driver.Untick {
		if !found[scope] {
			return nil, "", scope
		}
	}
	return steps, did, ""
}

// standsFor reports whether a box names the scope in its value, its name or its text.
func (c control) standsFor(scope string) bool {
	if c.Value == scope || c.Name == scope || c.ID == scope {
		return true
	}
	return slices.ContainsFunc(strings.Fields(c.Label+" "+c.RowText), func(word string) bool {
		return strings.Trim(word, ".,;:()[]\"'`") == scope
	})
}

// isScope reports whether a box stands for some scope.
func (c control) isScope() bool {
	for _, word := range append(strings.Fields(c.Label), c.Value, c.Name) {
		for _, prefix := range []string{"patient/", "user/", "system/", "launch"} {
			if strings.HasPrefix(word, prefix) {
				return true
			}
		}
		switch word {
		case "openid", "fhirUser", "profile", "offline_access", "online_access", "scope", "scopes", "scope[]":
			return true
		}
	}
	return false
}

// permits reports whether a box stands among those of a group that is called access.
func (c control) permits() bool {
	return c.Row > 0 && !c.leadsAway() && speaks(c.Group, func(w lexicon) []string { return w.Consent })
}

func (l look) hasScopes() bool {
	if slices.ContainsFunc(l.Controls, func(c control) bool { return c.Kind == checkbox && c.isScope() }) {
		return true
	}
	return speaks(l.heading(), func(w lexicon) []string { return w.Consent })
}
