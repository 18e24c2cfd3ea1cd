package browser

import "fmt"

// termsPage recognises terms to accept, which are accepted whatever is answered to the app that asks for access.
func termsPage(l look) (decision, bool) {
	terms := func(w lexicon) []string { return w.Terms }
	if !speaks(l.heading(), terms) || speaks(l.heading(), func(w lexicon) []string { return w.Consent }) {
		return decision{}, false
	}
	d := decision{kind: KindTerms, why: "its heading speaks of terms"}
	at, next := -1, -1
	for i, c := range l.Controls {
		switch {
		case c.aside || c.Nav || c.denies():
		case c.Kind == textField || c.Kind == password || c.Kind == checkbox && c.isScope():
			return decision{}, false
		case c.Kind == checkbox:
			agrees := speaks(c.Label, func(w lexicon) []string { return w.Approve }) || speaks(c.Label, terms)
			if (c.Required || agrees) && !c.leadsAway() && !c.Checked && !c.Disabled {
				d.steps = append(d.steps, step{Ref: i, Act: "tick"})
				d.did += fmt.Sprintf("ticked %q, ", clip(c.Label, 80))
			}
		case c.Kind != submit && c.Kind != button: // it may be disabled until the box is ticked
		case at < 0 && c.approves():
			at = i
		case next < 0 && speaks(c.Label, nextWords):
			next = i
		}
	}
	if at < 0 {
		at = next
	}
	if at < 0 {
		return decision{}, false
	}
	d.steps = append(d.steps, step{Ref: at, Act: "press"})
	d.did += fmt.Sprintf("accepted with %q", l.Controls[at].Label)
	return d, true
}
