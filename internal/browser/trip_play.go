package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/smart-conformance/smartcheck/internal/recording"
)

// playScript plays one step. See play.js.
//
//go:embed play.js
var playScript string

// played is what play.js says of a step.
type played struct {
	Found    bool   `json:"found"`
	Password bool   `json:"password"` // it filled in a password
	Pressed  bool   `json:"pressed"`
	Refused  string `json:"refused"` // "literal" or "again": a password that must not be filled in
	Invalid  string `json:"invalid"` // why nothing was found
}

// play plays the recordings of the journey on the page. It reports whether the page is theirs, so that
// the driver leaves it alone; d is what the driver would do.
func (t *trip) play(ctx context.Context, f *frame, d decision) (theirs bool) {
	p := t.journey.Player
	if p == nil {
		return false
	}
	at := t.standing(f)
	any := false
	for _, part := range p.parts {
		if !part.mayPlay(d.kind) || !t.applies(ctx, f, part) {
			continue
		}
		if t.journey.Before != nil {
			t.before.Do(func() { t.journey.Before(ctx) })
		}
		for part.next < len(part.Script.Steps) && t.playStep(ctx, f, part) {
			any = true
			if t.standing(f) != at {
				break
			}
		}
		if any {
			break
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
		return true
	case any:
		p.touched, p.waitsAt = f.loaded(), ""
		return true
	case d.stuck != nil && p.touched != nil && *p.touched == *f.loaded():
		return true // what was just played may still lead on
	default:
		return p.awaited(d.kind) != nil
	}
}

// loaded tells the document of a frame apart from those before and after it.
func (f *frame) loaded() *document { return &document{frame: f.id, url: fmt.Sprint(f.page)} }

// standing tells whether the page is still the same and stays.
type standing struct {
	over, leaves bool
	loaded       document
}

func (t *trip) standing(f *frame) standing {
	t.mu.Lock()
	defer t.mu.Unlock()
	return standing{t.over, f.navigating || f.outline == nil, *f.loaded()}
}

// applies reports whether the page has what the next steps of the recording use: the next step that
// names an element finds it, optional ones left out.
func (t *trip) applies(ctx context.Context, f *frame, part *playing) bool {
	for i := part.next; i < len(part.Script.Steps); i++ {
		step := part.Script.Steps[i]
		if !anchor(step) {
			continue
		}
		if t.fits(f, step) && t.perform(ctx, f, step, true).Found {
			return true
		}
		if !step.Optional {
			break
		}
	}
	return false
}

// fits reports whether the step is for a page at this address.
func (t *trip) fits(f *frame, step recording.Step) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return f.outline != nil && recording.Fits(step.Page, f.outline.URL) && (f.top || step.InFrame || step.Act == recording.KeyDown || step.Act == recording.KeyUp)
}

// playStep plays the next step. It reports whether the step is over, so that another may follow.
func (t *trip) playStep(ctx context.Context, f *frame, part *playing) bool {
	p, step := t.journey.Player, part.Script.Steps[part.next]
	var got played
	if t.fits(f, step) {
		got = t.perform(ctx, f, step, false)
	}
	t.mu.Lock()
	switch {
	case got.Refused != "":
		t.refuse(part, step, got.Refused, f)
		t.mu.Unlock()
		return false
	case !got.Found && !step.Optional:
		part.lacks = got.Invalid
		t.mu.Unlock()
		return false
	}
	part.next, part.began, part.lacks = part.next+1, true, ""
	if got.Found {
		if got.Password {
			t.secret = p.value("password")
		}
		p.password = p.password || got.Password
		p.pressed = p.password && (p.pressed || got.Pressed)
		t.memory.password = t.memory.password || got.Password
		t.memory.username = t.memory.username || step.Act == recording.Change && step.Value == "${username}"
		t.last = fmt.Sprintf("played %s of %s", step.Title(), part.Script.Name)
		t.note("played %s:%d: %s", part.Script.Name, step.Line, step.Title())
	} else {
		t.note("left out %s:%d: %s is optional and finds nothing", part.Script.Name, step.Line, step.Title())
	}
	t.touch()
	t.mu.Unlock()
	if p.shot != nil && got.Found {
		t.picture(ctx, f, step)
	}
	return true
}

// refuse ends the trip at a password that must not be filled in. The caller holds the lock.
func (t *trip) refuse(part *playing, step recording.Step, why string, f *frame) {
	at := ""
	if f.outline != nil {
		at = f.outline.URL
	}
	if why == "again" {
		t.fail(ErrSignInRefused, at, fmt.Sprintf("%s:%d: %s would send the password a second time; check the user name and the password, or remove the step",
			part.Script.Name, step.Line, step.Title()))
		return
	}
	t.fail(ErrRecording, at, fmt.Sprintf(`%s:%d: %s writes a literal value into a password field; write "${password}" instead`,
		part.Script.Name, step.Line, step.Title()))
}

// perform runs a step in the page; dry only asks whether it applies. A page that goes away meanwhile
// was left by the step.
func (t *trip) perform(ctx context.Context, f *frame, step recording.Step, dry bool) played {
	p := t.journey.Player
	if step.Act == recording.WaitForURL {
		return played{Found: true} // fits has compared the address
	}
	within, cancel := f.tab.within(ctx)
	defer cancel()
	within, stop := context.WithTimeout(within, step.Timeout)
	defer stop()
	t.mu.Lock()
	world := f.world
	t.mu.Unlock()
	request := runtime.EvaluateParams{
		ContextID: world, ReturnByValue: new(true), UserGesture: new(true), AwaitPromise: new(true),
	}
	if step.Act == recording.WaitForTrue {
		request.Expression = "Promise.resolve(" + step.Code + ").then(x => ({found: !!x}))"
		if f.top {
			request.ContextID = 0 // the expression speaks of what the page itself knows
		}
	} else {
		argument, missing := p.argument(step, dry)
		if len(missing) > 0 {
			return played{Invalid: fmt.Sprintf("needs %v, which the target file does not give", missing)}
		}
		request.Expression = "(" + playScript + ")(" + argument + ")"
	}
	made, err := chromedp.Call(within, runtime.Evaluate, request)
	switch {
	case err != nil && !dry && step.Act != recording.Change && within.Err() == nil:
		return played{Found: true, Pressed: true} // the page went away with it
	case err != nil:
		return played{Invalid: "could not be played: " + clip(err.Error(), 200)}
	case made.ExceptionDetails != nil:
		return played{Invalid: "could not be played: " + clip(made.ExceptionDetails.Text, 200)}
	}
	var got played
	if made.Result == nil || json.Unmarshal(made.Result.Value, &got) != nil {
		return played{Invalid: "could not be played: the page did not answer"}
	}
	got.Invalid = clip(got.Invalid, 200)
	return got
}

// argument returns the step as play.js takes it, with its placeholders replaced. A dry step shows no
// value to the page.
func (p *Player) argument(step recording.Step, dry bool) (argument string, missing []string) {
	fill := func(text string) string {
		filled, lacking := recording.Fill(text, p.value)
		missing = append(missing, lacking...)
		return filled
	}
	chains := make([][]string, len(step.Selectors))
	for i, chain := range step.Selectors {
		for _, selector := range chain {
			chains[i] = append(chains[i], fill(selector))
		}
	}
	value := ""
	if !dry && step.Act != recording.WaitFor {
		value = fill(step.Value)
	} else if step.Act == recording.WaitFor {
		value = step.Value
	}
	raw, _ := json.Marshal(map[string]any{
		"act": step.Act, "selectors": chains, "value": value, "operator": step.Operator, "count": step.Count, "visible": step.Visible,
		"dry": dry, "literal": recording.Literal(step.Value), "again": p.pressed,
	})
	return string(raw), missing
}

// picture hands over what the page looks like after a step, unless it shows the password.
func (t *trip) picture(ctx context.Context, f *frame, step recording.Step) {
	within, cancel := f.tab.within(ctx)
	defer cancel()
	within, stop := context.WithTimeout(within, closeTimeout)
	defer stop()
	t.mu.Lock()
	var worlds []worldID
	for _, other := range t.frames {
		if other.tab == f.tab && other.outline != nil {
			worlds = append(worlds, other.world)
		}
	}
	t.mu.Unlock()
	if t.hides(within, worlds) {
		return
	}
	shot, err := chromedp.Call(within, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatJpeg, Quality: new(int64(50)), OptimizeForSpeed: new(true),
	})
	if err == nil {
		t.journey.Player.shot(step.Title(), shot.Data)
	}
}

// unplayed keeps the trip at a page that is left to a recording until its next step has waited long
// enough, and ends the trip then. It reports whether the page is the recording's. The caller holds the
// lock.
func (t *trip) unplayed(f *frame, status int) bool {
	p := t.journey.Player
	if p == nil || f.outline == nil {
		return false
	}
	o := f.outline
	d := t.journey.Driver.decide(o, &t.memory, status)
	part := p.awaited(d.kind)
	if part != nil && !part.owns(d.kind) && len(o.offers()) == 0 {
		return false // a page that leads no further
	}
	if part == nil {
		if d.stuck == nil {
			return false
		}
		t.fail(d.stuck, o.URL, d.detail+t.afterwards())
		return true
	}
	if p.waitsAt != o.URL {
		p.waits, p.waitsAt = time.Now(), o.URL
	}
	waited := time.Since(p.waits)
	if o.Scripts && waited < part.Script.Steps[part.next].Timeout {
		f.fresh = true // look again: what it waits for need not change what the page offers
		return true
	}
	if d.stuck == ErrSignInRefused {
		t.fail(d.stuck, o.URL, d.detail+t.afterwards())
		return true
	}
	t.fail(ErrRecording, o.URL, part.misfit(o, waited)+t.afterwards())
	return true
}
