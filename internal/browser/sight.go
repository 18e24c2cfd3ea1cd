package browser

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A thumbnail is half the size of the window. sightTimeout bounds how long it may take: a page that
// hangs is described without one.
const (
	thumbnailScale   = 0.5
	thumbnailQuality = 40
	sightTimeout     = 2 * time.Second
)

// showsSecret is true in a document that shows a password, which a browser masks only in a password
// field; a field that holds one is not pictured either, since its length is nobody's business.
const showsSecret = `((secret) => {
	const fields = [...document.querySelectorAll("input,textarea")];
	if (fields.some(e => e.type === "password" && e.value !== "")) return true;
	if (secret === "") return false;
	return fields.some(e => e.type !== "hidden" && e.value.includes(secret)) ||
		!!document.body && document.body.innerText.includes(secret);
})`

// lastSight keeps a thumbnail of the page on which the trip ended without landing. It is taken when
// everything else is over, so that a trip that lands costs nothing.
func (t *trip) lastSight(ctx context.Context) {
	f, world := t.lastShown()
	if f == nil || ctx.Err() != nil || t.instance.isGone() {
		return
	}
	if !t.thumbnail(ctx, f, world) {
		t.mu.Lock()
		t.note("took no picture of the last page, which holds a password")
		t.mu.Unlock()
	}
}

// thumbnail keeps a picture of a page at half its size, if it can be taken. It returns false when the documents in
// its tab, in these worlds, show a password: then there is none.
func (t *trip) thumbnail(ctx context.Context, f *frame, worlds []worldID) bool {
	limited, cancel := context.WithTimeout(ctx, sightTimeout)
	defer cancel()
	within, done := f.tab.within(limited)
	defer done()
	if t.hides(within, worlds) {
		return false
	}
	size, err := chromedp.Call(within, page.GetLayoutMetrics, cdp.Empty{})
	if err != nil || size.CSSLayoutViewport == nil {
		return true
	}
	shot, err := chromedp.Call(within, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatJpeg, Quality: new(int64(thumbnailQuality)), OptimizeForSpeed: new(true),
		Clip: &page.Viewport{
			X: float64(size.CSSLayoutViewport.PageX), Y: float64(size.CSSLayoutViewport.PageY), Scale: thumbnailScale,
			Width: float64(size.CSSLayoutViewport.ClientWidth), Height: float64(size.CSSLayoutViewport.ClientHeight),
		},
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil && f.page >= 0 {
		t.trace.Pages[f.page].Screenshot = shot.Data
	}
	return true
}

// lastShown returns the top frame whose page was shown last, and the worlds of the documents in its tab,
// when the trip ended on it; else nil.
func (t *trip) lastShown() (*frame, []worldID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.Contains([]Outcome{Landed, Foreign, Held, Framed}, t.trace.Outcome) || t.trace.Outcome == ErrorPage && t.journey.ExpectsError {
		return nil, nil
	}
	var last *frame
	for _, f := range t.frames {
		if f.top && !f.tab.gone && f.page >= 0 && f.outline != nil && (last == nil || f.sequence > last.sequence) {
			last = f
		}
	}
	if last == nil || len(t.trace.Pages[last.page].Screenshot) > 0 {
		return nil, nil
	}
	return last, t.worlds(last.tab)
}

// worldsIn returns the worlds of the documents in a tab.
func (t *trip) worldsIn(in *tab) []worldID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.worlds(in)
}

// worlds is worldsIn for a caller that holds the lock.
func (t *trip) worlds(in *tab) []worldID {
	var worlds []worldID
	for _, f := range t.frames {
		if f.tab == in && f.outline != nil {
			worlds = append(worlds, f.world)
		}
	}
	return worlds
}

// hides reports whether a document must not be pictured, which is so too when it cannot be told.
func (t *trip) hides(ctx context.Context, worlds []worldID) bool {
	t.mu.Lock()
	secret, err := json.Marshal(t.secret)
	t.mu.Unlock()
	if err != nil {
		return true
	}
	for _, world := range worlds {
		seen, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
			Expression: showsSecret + "(" + string(secret) + ")", ContextID: world, ReturnByValue: new(true),
		})
		if err != nil || seen.Result == nil || string(seen.Result.Value) != "false" {
			return true
		}
	}
	return false
}
