package browser

import "fmt"

// signOutPage answers every page of a trip that signs out: it presses what signs out, once on each page, and
// ends the trip on a page that does not offer it.
func signOutPage(l look) (decision, bool) {
	if !l.driver.SignOut {
		return decision{}, false
	}
	best := -1
	for i, c := range l.Controls {
		if !c.pressable() || !speaks(c.Label, func(w lexicon) []string { return w.SignOut }) || len(c.Label) > maxAnswer || c.denies() {
			continue
		}
		if best < 0 || l.Controls[best].Kind == link && c.Kind != link {
			best = i // a button wins over a link
		}
	}
	if best < 0 || l.memory.visits[l.fingerprint()] > 0 {
		return decision{kind: KindSignOut, final: true}, true
	}
	return decision{kind: KindSignOut, steps: []step{{Ref: best, Act: "press"}},
		did: fmt.Sprintf("signed out with %q", l.Controls[best].Label), why: "it offers to sign out"}, true
}
