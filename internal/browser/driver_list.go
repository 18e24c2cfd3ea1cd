package browser

import (
	"fmt"
	"slices"
	"strings"
)

// maxTurns bounds the pages of a list on which something is looked for.
const maxTurns = 20

// lookFurther goes on looking for what a list does not show: on its next page, else with its search field.
func (l look) lookFurther(d decision, s subject, g choice, notHere error) decision {
	switch at, field := l.pager(g), l.searchField(); {
	case at >= 0 && l.memory.turns < maxTurns:
		d.steps, d.turned = []step{{Ref: at, Act: "press"}}, true
		d.did = fmt.Sprintf("looked for the %s %q on the next page with %q", s.name, l.want(s), l.Controls[at].Label)
	case field >= 0 && !l.memory.searched:
		return l.search(d, s, field)
	default:
		return stop(d.kind, ErrNoChoice, "%s picker %q: %v", s.name, l.summary(), notHere)
	}
	return d
}

// turnsPage reports whether a control is called like one that shows more of a list.
func (c control) turnsPage() bool {
	return len(c.Label) <= maxAnswer && speaks(c.Label, func(w lexicon) []string { return w.Pager }) && !strings.Contains(c.Label, "…")
}

// pager returns the control that shows more of the list: not one that sends what is chosen.
func (l look) pager(g choice) int {
	return slices.IndexFunc(l.Controls, func(c control) bool {
		sends := c.Kind == submit && c.Form > 0 && c.Form == g.form
		return c.pressable() && !sends && c.turnsPage() && !c.leadsAway()
	})
}

func (l look) searchField() int {
	return slices.IndexFunc(l.Controls, func(c control) bool {
		return c.Kind == textField && !c.Disabled && !c.ReadOnly && !c.aside && c.searches()
	})
}

// search looks for what is to be chosen with the search field of the page.
func (l look) search(d decision, s subject, field int) decision {
	want := l.want(s)
	d.steps, d.searched = []step{{Ref: field, Act: "fill", Value: want}}, true
	d.did = fmt.Sprintf("searched for the %s %q", s.name, want)
	return l.send(d, l.Controls[field].Form, field, func(w lexicon) []string { return slices.Concat(w.Search, w.Next) })
}

// searchPickerPage recognises a picker that shows nothing before something is searched for.
func searchPickerPage(l look) (decision, bool) {
	field := l.searchField()
	s, ok := subjectOf(l.heading())
	if field < 0 || !ok || s.name == "account" || l.memory.searched {
		return decision{}, false
	}
	kind := s.name + " " + KindPicker
	if l.want(s) == "" {
		return stop(kind, ErrNoChoice, "the %s picker %q shows nothing without a search; configure the %s", s.name, l.summary(), s.name), true
	}
	return l.search(decision{kind: kind, why: "it has a search field and nothing to choose from"}, s, field), true
}
