package browser

import (
	"fmt"
	"strings"
)

// portalPage recognises a page from which a person launches an app. The driver launches once on a trip.
func portalPage(l look) (decision, bool) {
	if l.driver.PortalApp == "" || l.memory.launched {
		return decision{}, false
	}
	at := l.launcher()
	if at < 0 {
		return decision{}, false
	}
	c := l.Controls[at]
	d := decision{kind: KindPortal, launch: true, why: "it offers to launch the app"}
	for _, g := range l.groups() {
		if g.form != c.Form {
			continue
		}
		s, ok := subjectOf(g.about)
		if !ok {
			continue
		}
		chosen, err := g.choose(l.want(s))
		if err != nil {
			d.stuck, d.detail = ErrNoChoice, fmt.Sprintf("portal %q: %v", l.summary(), err)
			return d, true
		}
		d.steps = append(d.steps, chosen.step)
		d.did += fmt.Sprintf("chose the %s %q, ", s.name, clip(firstOf(chosen.label, chosen.says), 80))
	}
	d.steps = append(d.steps, step{Ref: at, Act: "press"})
	d.did += fmt.Sprintf("launched with %q", c.Label)
	return d, true
}

// launcher returns the control that launches the app: one that names the app or, when none does, one
// that launches something; among these the one for the patient and the place that are asked for.
func (l look) launcher() int {
	best, most := -1, 0
	patient := firstOf(l.driver.PortalPatient, l.driver.Patient)
	for i, c := range l.Controls {
		if !c.pressable() || c.Nav || c.denies() {
			continue
		}
		score := 0
		if mentions(c.says()+" "+c.Group, l.driver.PortalApp) {
			score += 16
		}
		if speaks(c.Label, func(w lexicon) []string { return w.Launch }) {
			score += 8
		}
		if score == 0 {
			continue
		}
		if patient != "" && (holdsID(c.says(), patient) || mentions(c.says(), patient)) {
			score += 4
		}
		if c.opensInside() == l.driver.Embedded {
			score += 2
		}
		if c.Kind != link {
			score++
		}
		if score > most {
			best, most = i, score
		}
	}
	return best
}

// opensInside reports whether the control launches in a frame of the page.
func (c control) opensInside() bool {
	switch c.Opens {
	case "frame":
		return true
	case "tab":
		return false
	}
	return speaks(c.Label, func(w lexicon) []string { return w.Embedded })
}

func mentions(text, name string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(name))
}
