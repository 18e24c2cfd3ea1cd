package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// The limits of a trip. A server that goes beyond them is stopped, and the trip is stuck.
const (
	maxRedirects = 20 // in a row
	maxDocuments = 60 // requests for documents
	maxPopups    = 8
	maxNotes     = 200 // decisions, console errors, foreign requests: each
)

// quiet is how long nothing must happen before a page that may change by itself counts as final.
const quiet = 700 * time.Millisecond

// late is how long nothing must happen where a page shows that it is loading, or shows nothing yet.
const late = 6 * time.Second

// trip is one journey under way. Events change it under its lock and wake the goroutine of Run, which
// alone uses the pages.
type trip struct {
	instance *instance
	person   *Person
	journey  Journey
	policy   policy
	wake     chan struct{}
	before   sync.Once // Journey.Before was called

	mu       sync.Mutex
	trace    Trace
	tabs     []*tab
	frames   map[cdp.FrameID]*frame
	hops     map[fetch.RequestID]int // index of the hop
	chain    map[fetch.RequestID]int // how many redirects led to the request
	popups   int
	memory   memory
	secret   string // the password that was filled in
	last     string // what was done last
	trouble  string // what went wrong without ending the trip
	opens    string // the application that a page tried to open, which is not the client
	active   time.Time
	sequence int
	over     bool
	stuck    *StuckError
}

// frame is what is known of one frame and its document.
type frame struct {
	id   cdp.FrameID
	tab  *tab
	top  bool
	page int // index of its page in the trace, or -1

	request    fetch.RequestID // the document request that was not answered yet
	navigating bool

	outline  *outline
	world    worldID   // where the page script of the document runs
	sequence int       // of its last outline
	since    time.Time // of its first outline
	changed  time.Time // of its last outline
	fresh    bool      // the outline was not looked at yet
	final    bool      // the driver takes it for an error page
	waits    bool      // a person must answer it
	acted    map[uint64]bool
	doubt    *decision // to stop, unless the page changes
}

// Run makes the journey and returns what was seen. The error is a *StuckError when the trip could go no
// further, and the error of ctx when that ended. The trace is filled as far as the trip went.
func (p *Person) Run(ctx context.Context, j Journey) (Trace, error) {
	if j.Timeout <= 0 {
		j.Timeout = DefaultTimeout
	}
	if j.Patience <= 0 {
		j.Patience = DefaultPatience
	}
	t := &trip{
		instance: p.instance, person: p, journey: j, policy: newPolicy(j),
		wake:   make(chan struct{}, 1),
		frames: map[cdp.FrameID]*frame{}, hops: map[fetch.RequestID]int{}, chain: map[fetch.RequestID]int{},
		memory: memory{visits: map[uint64]int{}, banners: map[uint64]int{}}, active: time.Now(),
		trace: Trace{Started: time.Now()},
	}
	limited, cancel := context.WithTimeout(ctx, j.Timeout)
	defer cancel()
	p.instance.enter(t)
	err := t.travel(limited)
	t.finish(ctx, err)
	t.lastSight(ctx)
	p.closing.Go(func() {
		t.closeTabs()
		p.instance.leave(t)
	})
	if t.stuck != nil {
		return t.trace, t.stuck
	}
	return t.trace, ctxErr(ctx, t, err)
}

func ctxErr(ctx context.Context, t *trip, err error) error {
	if err == nil || t.trace.Outcome != Stuck {
		return nil
	}
	return fmt.Errorf("trip to %s: %w", t.start(), errors.Join(ctx.Err(), err))
}

func (t *trip) start() string {
	switch j := t.journey; {
	case j.Form != nil:
		return j.Form.URL
	case j.Local != nil:
		return j.Local.URL
	default:
		return j.Start
	}
}

// travel opens the first page and acts on what appears until the trip is over.
func (t *trip) travel(ctx context.Context) error {
	begun := make(chan error, 1)
	go func() { begun <- t.begin() }()
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for !t.isOver() {
		if f := t.next(); f != nil {
			t.look(ctx, f)
			continue
		}
		timer.Reset(t.untilQuiet())
		select {
		case <-t.wake:
		case err := <-begun:
			begun = nil
			if err != nil {
				return err
			}
		case <-timer.C:
			t.rest(begun == nil)
		case <-t.instance.chrome.LostConnection:
			return ErrBrowserGone
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// begin opens the tab and sends it to the first page.
func (t *trip) begin() error {
	first := &tab{trip: t, first: true}
	if err := first.attach(chromedp.WithExistingBrowserContext(t.person.context)); err != nil {
		return fmt.Errorf("open a tab: %w", err)
	}
	start := t.journey.Start
	if at, _ := t.journey.local(); at != "" {
		start = at
	}
	loaded, err := chromedp.Call(first.ctx, page.Navigate, page.NavigateParams{URL: start})
	switch {
	case t.isOver():
		return nil
	case err != nil:
		return fmt.Errorf("open %s: %w", start, err)
	case loaded.ErrorText != "":
		t.unreachable(start, loaded.ErrorText)
	}
	return nil
}

// finish settles the outcome of a trip that ended with err.
func (t *trip) finish(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over {
		t.over = true
		at := ""
		if f := t.newest(); f != nil {
			at = f.outline.URL
		}
		switch {
		case t.instance.isGone():
			t.stuck = &StuckError{Err: ErrBrowserGone, URL: at, Detail: "its process ended during the trip; is there enough memory?"}
		case ctx.Err() != nil:
			t.trace.Outcome = Stuck
			t.trace.Explanation = "the run was stopped"
		case errors.Is(err, context.DeadlineExceeded):
			t.stuck = &StuckError{Err: ErrTimeout, URL: at, Detail: fmt.Sprintf("after %s %s", t.journey.Timeout, t.pending())}
		default:
			t.stuck = &StuckError{Err: ErrUnreachable, URL: firstOf(at, t.start()), Detail: fmt.Sprint(err)}
		}
	}
	if t.stuck != nil {
		t.trace.Outcome, t.trace.Explanation = Stuck, t.stuck.Error()
	}
	t.trace.Took = time.Since(t.trace.Started)
}

// pending says what a trip that ran out of time was waiting for.
func (t *trip) pending() string {
	for _, f := range t.frames {
		if at, ok := t.hops[f.request]; ok && f.request != "" {
			hop := t.trace.Hops[at]
			return fmt.Sprintf("%s %s is still not answered", hop.Method, hop.URL)
		}
	}
	for _, f := range t.frames {
		if f.top && f.page >= 0 && f.outline == nil {
			return fmt.Sprintf("the page %s is not ready: a script of it may never end, or a resource never arrives",
				t.trace.Pages[f.page].URL)
		}
	}
	if f := t.newest(); f != nil {
		return fmt.Sprintf("the page %q still changes or loads something%s", f.outline.summary(), t.afterwards())
	}
	return "no page was shown"
}

// afterwards reminds of what was done last.
func (t *trip) afterwards() string {
	var s strings.Builder
	if t.last != "" {
		fmt.Fprintf(&s, "; before that the driver %s", t.last)
	}
	if t.trouble != "" {
		fmt.Fprintf(&s, "; %s", t.trouble)
	}
	return s.String()
}

func (t *trip) isOver() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over
}

// poke wakes the goroutine of Run.
func (t *trip) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// touch notes that something happened. The caller holds the lock.
func (t *trip) touch() {
	t.active = time.Now()
	t.poke()
}

// fail ends the trip as stuck. The caller holds the lock. The first end counts.
func (t *trip) fail(reason error, url, detail string) {
	if t.over {
		return
	}
	t.over, t.stuck = true, &StuckError{Err: reason, URL: url, Detail: detail}
	t.poke()
}

// end ends the trip with an outcome. The caller holds the lock. The first end counts.
func (t *trip) end(outcome Outcome, explanation string, landed *Landing) {
	if t.over {
		return
	}
	t.over = true
	t.trace.Outcome, t.trace.Explanation, t.trace.Landed = outcome, explanation, landed
	t.poke()
}

func (t *trip) note(format string, args ...any) {
	if len(t.trace.Decisions) < maxNotes {
		t.trace.Decisions = append(t.trace.Decisions, fmt.Sprintf(format, args...))
	}
}

// closeTabs closes what the trip opened. The trip is over, so its requests are aborted meanwhile.
func (t *trip) closeTabs() {
	t.mu.Lock()
	tabs := t.tabs
	t.mu.Unlock()
	var closing sync.WaitGroup
	for _, tab := range tabs {
		closing.Go(tab.close)
	}
	closing.Wait()
}

// opened follows a page into a tab that it opened.
func (t *trip) opened(info *target.Info) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.popups++
	if t.over || t.popups > maxPopups {
		t.note("closed a new tab, there were %d", t.popups)
		go func() {
			_, _ = cdp.Call(t.instance.ctx, t.instance.chrome, target.CloseTarget, target.CloseTargetParams{TargetID: info.TargetID})
		}()
		return
	}
	popup := &tab{trip: t}
	popup.own(info.TargetID)
	t.note("followed the page into a new tab")
	t.touch()
	t.person.closing.Go(func() {
		if err := popup.attach(chromedp.WithTargetID(info.TargetID)); err != nil {
			t.mu.Lock()
			t.trouble = fmt.Sprintf("a new tab could not be followed: %v", err)
			t.touch()
			t.mu.Unlock()
		}
	})
}

// closed notes that a tab is gone. A trip without a tab is over.
func (t *trip) closed(gone *tab) {
	t.mu.Lock()
	defer t.mu.Unlock()
	gone.gone = true
	for id, f := range t.frames {
		if f.tab == gone {
			delete(t.frames, id)
		}
	}
	for _, tab := range t.tabs {
		if !tab.gone {
			t.touch()
			return
		}
	}
	t.fail(ErrTabClosed, "", "there is no page left"+t.afterwards())
}

func (t *trip) crashed(tab *tab, status string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := ""
	if f := t.frames[cdp.FrameID(tab.id)]; f != nil && f.page >= 0 {
		at = t.trace.Pages[f.page].URL
	}
	t.fail(ErrTabCrashed, at, strings.TrimSpace("its renderer ended "+status))
}

func (t *trip) download(url string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fail(ErrDownload, url, "it was refused; is the media type of the page text/html?")
}
