package browser

import (
	"fmt"
	"slices"
	"strings"
)

// subject is what a picker lets a person choose.
type subject struct {
	name  string
	words func(lexicon) []string
	want  func(Driver) string
}

// subjects in the order in which they are recognised: an encounter picker speaks of the patient too,
// and nearly everything speaks of an account.
var subjects = []subject{
	{"encounter", func(w lexicon) []string { return w.Encounter }, func(d Driver) string { return d.Encounter }},
	{"patient", func(w lexicon) []string { return w.Patient }, func(d Driver) string { return d.Patient }},
	{"record", func(w lexicon) []string { return w.Record }, func(Driver) string { return "" }},
	{"organization", func(w lexicon) []string { return w.Organization }, func(Driver) string { return "" }},
	{"account", func(w lexicon) []string { return w.Account }, func(d Driver) string {
		if d.Username == nil {
			return ""
		}
		return d.Username()
	}},
}

func subjectOf(text string) (subject, bool) {
	for _, s := range subjects {
		if speaks(text, s.words) {
			return s, true
		}
	}
	return subject{}, false
}

// choice is a group of controls of which a person chooses one: radio buttons, the options of a
// selection, or the buttons of a table.
type choice struct {
	about string // the name and the legend of the group
	form  int
	alts  []alternative
}

type alternative struct {
	label  string
	says   string // everything that identifies it
	chosen bool   // already, before anybody chose
	step   step
}

// groups returns the radio groups and the selections of a page.
func (l look) groups() []choice {
	var out []choice
	at := map[string]int{}
	for i, c := range l.Controls {
		if c.Disabled {
			continue
		}
		switch c.Kind {
		case radio:
			key := fmt.Sprint(c.Form, " ", c.Name)
			if _, known := at[key]; !known {
				at[key] = len(out)
				out = append(out, choice{about: c.Name + " " + c.Group, form: c.Form})
			}
			g := &out[at[key]]
			g.alts = append(g.alts, alternative{c.Label, c.says(), c.Checked, step{Ref: i, Act: "tick"}})
		case selection:
			g := choice{about: strings.Join([]string{c.Name, c.ID, c.Label, c.Group}, " "), form: c.Form}
			for _, o := range c.Options {
				if o.Value != "" && !o.Disabled {
					g.alts = append(g.alts, alternative{o.Label, o.Label + " " + o.Value, o.Selected,
						step{Ref: i, Act: "select", Value: o.Value}})
				}
			}
			if len(g.alts) > 0 {
				out = append(out, g)
			}
		}
	}
	return out
}

// choose returns the alternative that the driver wants: the configured one, else the one already
// chosen, else the first.
func (c choice) choose(want string) (alternative, error) {
	if want == "" {
		if at := slices.IndexFunc(c.alts, func(a alternative) bool { return a.chosen }); at >= 0 {
			return c.alts[at], nil
		}
		return c.alts[0], nil
	}
	for _, match := range []func(alternative) bool{
		func(a alternative) bool { return a.step.Value == want },
		func(a alternative) bool { return holdsID(a.says, want) },
		func(a alternative) bool { return strings.Contains(strings.ToLower(a.says), strings.ToLower(want)) },
	} {
		if at := slices.IndexFunc(c.alts, match); at >= 0 {
			return c.alts[at], nil
		}
	}
	var offered []string
	for _, a := range c.alts[:min(len(c.alts), 8)] {
		offered = append(offered, fmt.Sprintf("%q", clip(firstOf(a.label, a.says), 60)))
	}
	return alternative{}, fmt.Errorf("%q is not among the %d that are offered: %s", want, len(c.alts), strings.Join(offered, ", "))
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// pickerPage recognises a form in which a person chooses a patient, an encounter or an account and
// then sends it.
func pickerPage(l look) (decision, bool) {
	if l.asksForConsent() {
		return decision{}, false
	}
	g, s, ok := l.pickerGroup()
	if !ok {
		return decision{}, false
	}
	d := decision{kind: s.name + " " + KindPicker, why: fmt.Sprintf("it offers %d to choose from", len(g.alts))}
	chosen, err := g.choose(l.want(s))
	if err != nil {
		return l.lookFurther(d, s, g, err), true
	}
	d.steps = []step{chosen.step}
	d.did = fmt.Sprintf("chose %q", clip(firstOf(chosen.label, chosen.says), 80))
	// A picker without a button goes on by itself when something is chosen.
	if at, _ := l.sender(g.form, func(w lexicon) []string { return slices.Concat(w.Next, w.Approve, w.Patient, w.Launch) }); at >= 0 {
		d.steps = append(d.steps, step{Ref: at, Act: "press"})
		d.did += fmt.Sprintf(", pressed %q", l.Controls[at].Label)
	}
	return d, true
}

// pickerGroup returns the group of which to choose, and what it is about: what it says itself, else what
// the page says of its only group.
func (l look) pickerGroup() (choice, subject, bool) {
	groups := l.groups()
	for _, g := range groups {
		if s, ok := subjectOf(g.about); ok {
			return g, s, true
		}
	}
	if s, ok := subjectOf(l.heading()); ok && len(groups) == 1 && l.asksToChoose() {
		return groups[0], s, true
	}
	return choice{}, subject{}, false
}

func (l look) asksToChoose() bool {
	return speaks(l.heading(), func(w lexicon) []string { return w.Choose })
}

// want is what the driver is to choose. A portal may have a patient of its own.
func (l look) want(s subject) string {
	if s.name == "patient" && l.driver.PortalApp != "" && !l.memory.launched {
		return firstOf(l.driver.PortalPatient, l.driver.Patient)
	}
	return s.want(l.driver)
}

// rowPickerPage recognises a table or a list with a button or a link for each patient, encounter or
// account.
func rowPickerPage(l look) (decision, bool) {
	for _, g := range []choice{l.rows(), l.buttonsAbout(), l.cards()} {
		if len(g.alts) == 0 {
			continue
		}
		s, ok := subjectOf(g.about)
		if !ok && (l.asksToChoose() || g.leadsOn()) {
			s, ok = subjectOf(l.heading())
		}
		if !ok || speaks(l.heading(), func(w lexicon) []string { return w.Error }) {
			continue
		}
		d := decision{kind: s.name + " " + KindPicker, why: fmt.Sprintf("it offers %d to choose from, with a button each", len(g.alts))}
		chosen, err := g.choose(l.want(s))
		if err != nil {
			return l.lookFurther(d, s, g, err), true
		}
		d.steps = []step{chosen.step}
		d.did = fmt.Sprintf("chose %q", clip(firstOf(chosen.says, chosen.label), 80))
		return d, true
	}
	return decision{}, false
}

// rows returns the button of every row: the one whose label leads on, else the first.
func (l look) rows() choice {
	var (
		g     choice
		byRow = map[int]int{}
	)
	for i, c := range l.Controls {
		if c.Row == 0 || !c.pressable() || c.Nav || c.denies() || c.federates() || c.leadsAway() || c.turnsPage() {
			continue
		}
		alt := alternative{label: c.Label, says: c.says(), step: step{Ref: i, Act: "press"}}
		known, ok := byRow[c.Row]
		switch {
		case !ok:
			byRow[c.Row] = len(g.alts)
			g.alts = append(g.alts, alt)
			g.about += " " + c.Name + " " + c.Group + " " + hiddenNames(c.Hidden)
		case speaks(c.Label, nextWords) && !speaks(g.alts[known].label, nextWords):
			g.alts[known] = alt
		}
	}
	return g
}

// leadsOn reports whether every alternative is labelled as one, such as "Select".
func (c choice) leadsOn() bool {
	return !slices.ContainsFunc(c.alts, func(a alternative) bool { return !speaks(a.label, nextWords) })
}

func nextWords(w lexicon) []string { return w.Next }

// buttonsAbout returns the buttons and links outside of rows that carry a subject in their own name or
// target, such as <button name=patient value=123>.
func (l look) buttonsAbout() choice {
	var g choice
	for i, c := range l.Controls {
		if !c.pressable() || c.Nav || c.Row > 0 || c.denies() || c.federates() || c.leadsAway() {
			continue
		}
		about := c.Name + " " + hiddenNames(c.Hidden)
		if c.Kind == link {
			_, query, _ := strings.Cut(c.Value, "?")
			about = query
		}
		if _, ok := subjectOf(about); ok {
			g.about += " " + about
			g.alts = append(g.alts, alternative{label: c.Label, says: c.says(), step: step{Ref: i, Act: "press"}})
		}
	}
	return g
}

// cards returns the buttons outside of rows on a page that asks to choose: each stands for what it is called.
func (l look) cards() choice {
	var g choice
	if !l.asksToChoose() {
		return g
	}
	for i, c := range l.Controls {
		if c.Kind == link || !c.pressable() || c.Nav || c.Row > 0 || c.Label == "" || c.denies() || c.federates() || c.leadsAway() ||
			speaks(c.Label, func(w lexicon) []string { return slices.Concat(w.Next, w.Search, w.Approve) }) || c.turnsPage() {
			continue
		}
		g.alts = append(g.alts, alternative{label: c.Label, says: c.says(), step: step{Ref: i, Act: "press"}})
	}
	return g
}

func hiddenNames(hidden []string) string {
	var names []string
	for _, field := range hidden {
		name, _, _ := strings.Cut(field, "=")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}
