package browser

import (
	"fmt"
	"slices"
)

// cookieLayer reports whether the dialog or banner asks about cookies. What also asks for text is none.
func (o *outline) cookieLayer(layer int) bool {
	return layer > 0 && layer <= len(o.Layers) &&
		speaks(o.Layers[layer-1], func(w lexicon) []string { return w.Cookies }) &&
		!slices.ContainsFunc(o.Controls, func(c control) bool {
			return c.Layer == layer && (c.Kind == textField || c.Kind == password || c.Kind == checkbox && c.isScope())
		})
}

// withoutBanners returns the outline with the cookie banners set aside whose question was answered: a
// banner that stays is no part of the page.
func (o *outline) withoutBanners(m *memory) *outline {
	if len(o.Layers) == 0 {
		return o
	}
	answered := m.banners[o.fingerprint()] > 0
	clean := *o
	clean.Controls = slices.Clone(o.Controls)
	for i, c := range clean.Controls {
		if answered && o.cookieLayer(c.Layer) {
			clean.Controls[i].aside, clean.Controls[i].Disabled = true, true
		}
	}
	return &clean
}

// bannerAnswers in the order in which they are preferred: nothing is accepted that can be rejected.
var bannerAnswers = []struct {
	did   string
	words func(lexicon) []string
}{
	{"rejected cookies", func(w lexicon) []string { return w.Reject }},
	{"closed the cookie banner", func(w lexicon) []string { return w.Close }},
	{"accepted cookies, as there was no other answer,", func(w lexicon) []string { return w.Approve }},
}

// cookieBanner recognises a banner or a dialog that asks about cookies.
func cookieBanner(l look) (decision, bool) {
	for _, answer := range bannerAnswers {
		for i, c := range l.Controls {
			if c.pressable() && len(c.Label) <= maxAnswer && l.cookieLayer(c.Layer) && speaks(c.Label, answer.words) {
				return decision{kind: KindBanner, banner: true, why: "a layer over the page speaks of cookies",
					steps: []step{{Ref: i, Act: "press"}}, did: fmt.Sprintf("%s with %q", answer.did, c.Label)}, true
			}
		}
	}
	return decision{}, false
}
