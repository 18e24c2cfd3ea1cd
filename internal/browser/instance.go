package browser

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// unclaimedLimit is how long the request of a frame that no trip knows is held. A frame is announced by
// the session of its page, which may arrive after its first request.
const unclaimedLimit = 3 * time.Second

// instance is one Chromium process. It sees the requests of all tabs, because the Fetch domain is enabled
// for the whole browser, and hands each to the trip that owns its frame.
type instance struct {
	ctx     context.Context // of chromedp; its end is the end of the process
	stop    func()
	untrust func()
	chrome  *chromedp.Browser

	mu     sync.Mutex
	owners map[cdp.FrameID]*tab
	// parked are the document requests of frames that nobody has claimed yet.
	parked map[cdp.FrameID][]*fetch.EventRequestPaused
	trips  map[*trip]struct{}
}

// takeCharge starts the process and intercepts the requests of all its tabs.
func (i *instance) takeCharge() error {
	i.owners = map[cdp.FrameID]*tab{}
	i.parked = map[cdp.FrameID][]*fetch.EventRequestPaused{}
	i.trips = map[*trip]struct{}{}
	if err := chromedp.ListenBrowser(i.ctx, i.event); err != nil {
		return err
	}
	i.chrome = chromedp.FromContext(i.ctx).Browser
	if _, err := cdp.Call(i.ctx, i.chrome, target.SetDiscoverTargets, target.SetDiscoverTargetsParams{Discover: true}); err != nil {
		return fmt.Errorf("watch the tabs: %w", err)
	}
	_, err := cdp.Call(i.ctx, i.chrome, fetch.Enable, fetch.EnableParams{
		Patterns:           []*fetch.RequestPattern{{URLPattern: "*"}},
		HandleAuthRequests: new(true),
	})
	if err != nil {
		return fmt.Errorf("intercept requests: %w", err)
	}
	return nil
}

func (i *instance) isGone() bool {
	if i.ctx.Err() != nil {
		return true
	}
	select {
	case <-i.chrome.LostConnection:
		return true
	default:
		return false
	}
}

func (i *instance) close() error {
	i.stop()
	i.untrust()
	return nil
}

// event handles the events of the browser. It runs on the goroutine that reads them and must not wait.
func (i *instance) event(ev any) {
	switch ev := ev.(type) {
	case *fetch.EventRequestPaused:
		i.paused(ev)
	case *fetch.EventAuthRequired:
		go i.cancelAuth(ev.RequestID)
		if tab := i.owner(ev.FrameID); tab != nil && ev.ResourceType == network.ResourceTypeDocument {
			tab.trip.authRequired(ev)
		}
	case *target.EventTargetCreated:
		if ev.TargetInfo.Type != "page" || ev.TargetInfo.OpenerID == "" {
			return
		}
		if opener := i.owner(cdp.FrameID(ev.TargetInfo.OpenerID)); opener != nil {
			opener.trip.opened(ev.TargetInfo)
		}
	case *target.EventTargetDestroyed:
		if tab := i.owner(cdp.FrameID(ev.TargetID)); tab != nil {
			i.disown(tab)
			tab.trip.closed(tab)
		}
	case *target.EventTargetCrashed:
		if tab := i.owner(cdp.FrameID(ev.TargetID)); tab != nil {
			tab.trip.crashed(tab, ev.Status)
		}
	case *browser.EventDownloadWillBegin:
		if tab := i.owner(ev.FrameID); tab != nil {
			tab.trip.download(ev.URL)
		}
	}
}

func (i *instance) owner(id cdp.FrameID) *tab {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.owners[id]
}

// claim makes the tab the owner of the frame and hands it the requests that were parked for it.
func (i *instance) claim(id cdp.FrameID, t *tab) {
	i.mu.Lock()
	i.owners[id] = t
	waiting := i.parked[id]
	delete(i.parked, id)
	i.mu.Unlock()
	for _, ev := range waiting {
		t.trip.paused(t, ev)
	}
}

// enter and leave tell which trips are under way.

func (i *instance) enter(t *trip) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.trips[t] = struct{}{}
}

func (i *instance) leave(t *trip) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.trips, t)
}

// disown forgets a tab with all of its frames.
func (i *instance) disown(t *tab) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for id, owner := range i.owners {
		if owner == t {
			delete(i.owners, id)
		}
	}
}

func (i *instance) paused(ev *fetch.EventRequestPaused) {
	if t := i.owner(ev.FrameID); t != nil {
		t.trip.paused(t, ev)
		return
	}
	if ev.ResourceType != network.ResourceTypeDocument || answered(ev) {
		i.stray(ev)
		return
	}
	i.mu.Lock()
	if t := i.owners[ev.FrameID]; t != nil { // claimed in between
		i.mu.Unlock()
		t.trip.paused(t, ev)
		return
	}
	i.parked[ev.FrameID] = append(i.parked[ev.FrameID], ev)
	i.mu.Unlock()
	time.AfterFunc(unclaimedLimit, func() {
		i.mu.Lock()
		waiting := i.parked[ev.FrameID]
		delete(i.parked, ev.FrameID)
		i.mu.Unlock()
		for _, ev := range waiting {
			i.abort(ev.RequestID)
		}
	})
}

// stray answers a request that belongs to no frame, such as that of a service worker: it may go unless
// it leads to a URI that any running trip catches.
func (i *instance) stray(ev *fetch.EventRequestPaused) {
	i.mu.Lock()
	blocked := false
	for t := range i.trips {
		blocked = blocked || t.policy.judge(ev.Request.URL) == caught
	}
	i.mu.Unlock()
	if blocked {
		go i.abort(ev.RequestID)
		return
	}
	go i.proceed(ev.RequestID, false)
}

// answered reports whether the request is paused with its answer rather than before it is sent.
func answered(ev *fetch.EventRequestPaused) bool {
	return ev.ResponseStatusCode != 0 || ev.ResponseErrorReason != ""
}

// The answers to a paused request. A request that is gone by then needs none, so errors are dropped.

func (i *instance) proceed(id fetch.RequestID, pauseAnswer bool) {
	params := fetch.ContinueRequestParams{RequestID: id}
	if pauseAnswer {
		params.InterceptResponse = new(true)
	}
	_, _ = cdp.Call(i.ctx, i.chrome, fetch.ContinueRequest, params)
}

// release lets the answer of a paused request through.
func (i *instance) release(id fetch.RequestID) {
	_, _ = cdp.Call(i.ctx, i.chrome, fetch.ContinueResponse, fetch.ContinueResponseParams{RequestID: id})
}

func (i *instance) abort(id fetch.RequestID) {
	_, _ = cdp.Call(i.ctx, i.chrome, fetch.FailRequest,
		fetch.FailRequestParams{RequestID: id, ErrorReason: network.ErrorReasonAborted})
}

func (i *instance) fulfil(id fetch.RequestID, html string) {
	_, _ = cdp.Call(i.ctx, i.chrome, fetch.FulfillRequest, fetch.FulfillRequestParams{
		RequestID: id, ResponseCode: 200, Body: []byte(html),
		ResponseHeaders: []*fetch.HeaderEntry{
			{Name: "Content-Type", Value: "text/html; charset=utf-8"},
			{Name: "Cache-Control", Value: "no-store"},
		},
	})
}

func (i *instance) cancelAuth(id fetch.RequestID) {
	_, _ = cdp.Call(i.ctx, i.chrome, fetch.ContinueWithAuth, fetch.ContinueWithAuthParams{
		RequestID:             id,
		AuthChallengeResponse: &fetch.AuthChallengeResponse{Response: fetch.AuthChallengeResponseResponseCancelAuth},
	})
}
