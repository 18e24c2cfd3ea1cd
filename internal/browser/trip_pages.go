package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// outlined takes the outline that a document reports of itself.
func (t *trip) outlined(f *frame, world worldID, o *outline) {
	t.touch()
	t.sequence++
	f.changed = time.Now()
	if f.outline == nil {
		f.since = f.changed
	}
	f.outline, f.world, f.sequence, f.fresh, f.final, f.doubt = o, world, t.sequence, true, false, nil
	if f.page < 0 {
		return
	}
	shown := &t.trace.Pages[f.page]
	shown.URL, shown.Title, shown.Text = o.URL, o.Title, o.Text
	for _, r := range o.Insecure { // a page may replace what it first refers to
		if !slices.Contains(shown.Insecure, r) && len(shown.Insecure) < maxNotes {
			shown.Insecure = append(shown.Insecure, r)
		}
	}
}

// next returns the frame to look at: the one that changed last of those that are ready. A page that may
// change by itself is ready when it is loaded, or when that takes too long; a page without scripts is
// ready as soon as it is parsed.
func (t *trip) next() *frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return nil
	}
	var best *frame
	for _, f := range t.frames {
		if !f.fresh || f.navigating {
			continue
		}
		if f.outline.Scripts && !f.outline.Loaded && time.Since(f.since) < patience {
			continue
		}
		if best == nil || f.sequence > best.sequence {
			best = f
		}
	}
	if best != nil {
		best.fresh = false
	}
	return best
}

// look lets the driver decide on a page, and does what it says.
func (t *trip) look(ctx context.Context, f *frame) {
	t.mu.Lock()
	o := f.outline
	fingerprint := o.fingerprint()
	if f.acted[fingerprint] {
		t.mu.Unlock()
		return // it was acted on and has only changed its text
	}
	status := 0
	if f.page >= 0 {
		status = t.trace.Pages[f.page].Status
	}
	d := t.journey.Hand.leave(t.journey.Driver.decide(o, &t.memory, status), o)
	if t.journey.Passive || t.journey.Frame != "" {
		d = decision{kind: d.kind, final: t.journey.Frame == ""}
	}
	if f.page >= 0 {
		t.trace.Pages[f.page].Kind = d.kind
	}
	t.mu.Unlock()

	switch {
	case t.journey.Screenshots:
		t.screenshot(ctx, f)
	case t.journey.Thumbnails && f.top:
		t.thumbnail(ctx, f, t.worldsIn(f.tab))
	}
	if t.play(ctx, f, d) {
		return
	}

	t.mu.Lock()
	switch {
	case errors.Is(d.stuck, ErrSignInRefused) && len(f.acted) > 0 && len(o.Alerts) == 0:
		f.doubt = &d // the form of a page with scripts stays until its answer arrives
	case d.stuck != nil:
		t.note("%s page %q: %s", d.kind, o.summary(), d.detail)
		t.fail(d.stuck, o.URL, d.detail)
	case len(d.steps) > 0:
		t.prepare(f, fingerprint, d)
		world := f.world
		t.mu.Unlock()
		if t.journey.Before != nil {
			t.before.Do(func() { t.journey.Before(ctx) })
		}
		if t.journey.HoldConsent && d.kind == KindConsent {
			t.hold(ctx, f.tab, world, d)
			return
		}
		t.act(ctx, f.tab, world, d)
		return
	default:
		f.final, f.waits = d.final, d.waits
		if d.waits {
			t.note("%s page %q: waiting for a person", d.kind, o.summary())
		}
		if !o.Scripts && !o.Refresh && o.Frames == 0 && o.Loaded && t.idle() && t.matters(f) {
			t.conclude(f)
		}
	}
	t.mu.Unlock()
}

// prepare remembers what the driver is about to do.
func (t *trip) prepare(f *frame, fingerprint uint64, d decision) {
	if !d.banner {
		if f.acted == nil {
			f.acted = map[uint64]bool{}
		}
		f.acted[fingerprint] = true
	}
	t.memory.remember(fingerprint, d)
	if d.password {
		t.secret = t.journey.Driver.Password()
	}
	t.last = fmt.Sprintf("%s on the %s page %q", d.did, d.kind, f.outline.summary())
	t.note("%s page %q: %s (%s)", d.kind, f.outline.summary(), d.did, d.why)
	t.touch()
}

// act uses the controls of a page. A page that went away meanwhile needs no answer: its successor is on
// the way.
func (t *trip) act(ctx context.Context, tab *tab, world worldID, d decision) {
	argument, err := json.Marshal(d.steps)
	if err != nil {
		return
	}
	within, cancel := tab.within(ctx)
	defer cancel()
	made, err := chromedp.Call(within, runtime.Evaluate, runtime.EvaluateParams{
		Expression: fmt.Sprintf("%s(%s, %t)", actFunction, argument, d.banner),
		ContextID:  world, ReturnByValue: new(true), UserGesture: new(true), AwaitPromise: new(true),
	})
	complaint := ""
	if err == nil && made.Result != nil {
		_ = json.Unmarshal(made.Result.Value, &complaint)
	}
	if err == nil && made.ExceptionDetails != nil {
		complaint = clip(made.ExceptionDetails.Text, 200)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if complaint != "" {
		t.trouble = complaint
		t.note("could not finish: %s", complaint)
	}
	t.touch()
}

// screenshot keeps a picture of the page, if it can be taken.
func (t *trip) screenshot(ctx context.Context, f *frame) {
	within, cancel := f.tab.within(ctx)
	defer cancel()
	shot, err := chromedp.Call(within, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatJpeg, Quality: new(int64(50)), OptimizeForSpeed: new(true),
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil && f.page >= 0 {
		t.trace.Pages[f.page].Screenshot = shot.Data
	}
}

// untilQuiet is how long to wait before a page that nothing happens on counts as final.
func (t *trip) untilQuiet() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	since := t.active
	if f := t.newest(); f != nil && f.final {
		since = f.changed
	}
	if left := t.calm() - time.Since(since); left > 0 {
		return left
	}
	return quiet
}

// calm is how long nothing must happen now before the trip counts as finished: longer where the page
// promises that something will, and longest where the driver has just used it.
func (t *trip) calm() time.Duration {
	f := t.newest()
	switch {
	case f != nil && f.acted[f.outline.fingerprint()]:
		return t.journey.Patience
	case f != nil && f.page >= 0 && t.trace.Pages[f.page].Status < 400 && f.outline.promises():
		return late
	}
	return quiet
}

// rest concludes the trip when nothing happens any more.
func (t *trip) rest(begun bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over || !begun {
		return
	}
	newest := t.newest()
	if newest != nil && newest.final && !newest.navigating && t.matters(newest) && time.Since(newest.changed) >= quiet {
		t.conclude(newest) // an error page, whatever it goes on loading
		return
	}
	if time.Since(t.active) < t.calm() || !t.idle() {
		return
	}
	switch {
	case newest != nil:
		t.conclude(newest)
	case t.opens != "":
		t.opensForeign(t.start())
	default:
		t.fail(ErrNotUnderstood, t.start(), "no page was shown"+t.afterwards())
	}
}

// idle reports whether nothing is under way: no tab opens, no document is awaited or is being parsed, no
// page is loading something that a script of it asked for.
func (t *trip) idle() bool {
	for _, tab := range t.tabs {
		if !tab.gone && (!tab.ready || tab.postponed || tab.busy()) {
			return false
		}
	}
	for _, f := range t.frames {
		if f.navigating || f.fresh || f.page >= 0 && f.outline == nil {
			return false
		}
	}
	return true
}

// newest returns the frame that changed last among those that were not acted on, preferring those in
// which the trip goes on; else the one that changed last.
func (t *trip) newest() *frame {
	var best *frame
	rank := func(f *frame) int {
		switch {
		case f.acted[f.outline.fingerprint()]:
			return 0
		case !t.matters(f):
			return 1
		default:
			return 2
		}
	}
	for _, f := range t.frames {
		if f.outline == nil {
			continue
		}
		if best == nil || rank(f) > rank(best) || rank(f) == rank(best) && f.sequence > best.sequence {
			best = f
		}
	}
	return best
}

// matters reports whether the trip can end in the frame: a page, or an iframe in which an app was launched.
func (t *trip) matters(f *frame) bool { return f.top || t.memory.launched }

// conclude ends the trip at a page on which the driver does nothing.
func (t *trip) conclude(f *frame) {
	o := f.outline
	if f.waits {
		return
	}
	if t.journey.Frame != "" {
		t.endFramed()
		return
	}
	status := 0
	if f.page >= 0 {
		status = t.trace.Pages[f.page].Status
	}
	if t.opens == "" && t.unplayed(f, status) {
		return
	}
	switch {
	case t.opens != "":
		t.opensForeign(o.URL)
	case f.doubt != nil:
		t.note("%s page %q: %s", f.doubt.kind, o.summary(), f.doubt.detail)
		t.fail(f.doubt.stuck, o.URL, f.doubt.detail)
	case len(o.offers()) == 0 && o.loading():
		t.fail(ErrTimeout, o.URL, fmt.Sprintf("the page %q still says that it is loading: %s%s", o.summary(), o.wording(), t.afterwards()))
	case f.acted[o.fingerprint()]:
		t.fail(ErrNoReaction, o.URL, fmt.Sprintf("nothing followed, the page says %s%s", o.wording(), t.afterwards()))
	case f.final || status >= 400:
		t.errorPage(f, fmt.Sprintf("the server shows an error page (status %d): %s", status, o.wording()))
	case len(o.offers()) == 0:
		t.errorPage(f, fmt.Sprintf("the server shows a page that leads no further (status %d): %s", status, o.wording()))
	default:
		detail := fmt.Sprintf("the page %q offers %s", o.summary(), strings.Join(o.offers(), ", "))
		t.note("unknown page %q: pressed nothing", o.summary())
		t.fail(ErrNotUnderstood, o.URL, detail+t.afterwards())
	}
}

// opensForeign ends a trip that led to an application that is not the client.
func (t *trip) opensForeign(at string) {
	t.fail(ErrForeignScheme, at, t.opens+" is not one of the client's own URIs"+t.afterwards())
}

func (t *trip) errorPage(f *frame, explanation string) {
	if f.page >= 0 {
		t.trace.Pages[f.page].Kind = KindError
	}
	t.note("%s", explanation)
	t.end(ErrorPage, explanation, nil)
}

// wording is what an error page says.
func (o *outline) wording() string {
	return fmt.Sprintf("%q", clip(firstOf(strings.Join(o.Alerts, " "), o.Text, o.heading()), 200))
}

// offers names the controls that a person could use to go on.
func (o *outline) offers() []string {
	var out []string
	for _, c := range o.Controls {
		if c.Nav || c.Disabled || c.Kind == link {
			continue
		}
		out = append(out, fmt.Sprintf("%s %q", c.Kind, clip(firstOf(c.Label, c.Name, c.Value), 40)))
		if len(out) == 8 {
			break
		}
	}
	return out
}
