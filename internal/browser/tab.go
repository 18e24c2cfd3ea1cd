package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// worldID identifies the isolated world of one document.
type worldID = runtime.ExecutionContextID

// patience is how long a request of a page counts as something to wait for. A page may hold a
// connection open for ever.
const patience = 5 * time.Second

// tab is one tab of a trip. Its fields are under the lock of the trip.
type tab struct {
	trip   *trip
	id     target.ID
	first  bool // the tab in which the trip began
	ctx    context.Context
	cancel context.CancelFunc

	ready       bool // the page script is installed
	postponed   bool // its first page is still to be loaded
	gone        bool
	localServed bool
	worlds      map[worldID]cdp.FrameID
	requests    map[network.RequestID]time.Time // under way, for something else than a document
	documents   map[network.RequestID]document  // under way
	loads       map[network.RequestID]load      // under way, whatever their type but a document
}

// maxLoads bounds the requests under way that are known, and maxNoted what is kept of a text, in bytes.
const (
	maxLoads = 1000
	maxNoted = 500
)

// maxWorlds bounds the documents of a tab that are known, against a page that makes iframes endlessly.
const maxWorlds = 10000

// load is a request for something else than a document.
type load struct {
	url  string
	kind network.ResourceType
}

// document is a document request, by which a failure is told apart from that of an older one.
type document struct {
	frame cdp.FrameID
	url   string
}

// own makes the tab part of its trip. The caller holds the lock of the trip.
func (tb *tab) own(id target.ID) {
	tb.id = id
	tb.worlds = map[worldID]cdp.FrameID{}
	tb.requests = map[network.RequestID]time.Time{}
	tb.documents = map[network.RequestID]document{}
	tb.loads = map[network.RequestID]load{}
	tb.trip.tabs = append(tb.trip.tabs, tb)
	tb.trip.frame(tb, cdp.FrameID(id))
	// Not under the lock: the instance hands over parked requests, which take it.
	go tb.trip.instance.claim(cdp.FrameID(id), tb)
}

// attach connects to the tab, creating it when the option does not name one, and installs the page
// script.
func (tb *tab) attach(which chromedp.ContextOption) error {
	t := tb.trip
	ctx, cancel := chromedp.NewContext(t.instance.ctx, which, chromedp.WithListener(tb.event))
	t.mu.Lock()
	tb.ctx, tb.cancel = ctx, cancel
	t.mu.Unlock()
	err := chromedp.Do(ctx)
	if err == nil {
		err = tb.install(ctx)
	}
	t.mu.Lock()
	if err == nil && tb.id == "" {
		tb.own(chromedp.FromContext(ctx).Target.TargetID)
	}
	tb.ready = true
	t.touch()
	t.mu.Unlock()
	return err
}

// install puts the page script into every document to come, and into those that are there.
func (tb *tab) install(ctx context.Context) error {
	_, err := chromedp.Call(ctx, runtime.AddBinding, runtime.AddBindingParams{
		Name: bindingName, ExecutionContextName: worldName,
	})
	if err == nil {
		_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: pageScript, WorldName: worldName, RunImmediately: new(true),
		})
	}
	if err != nil {
		return fmt.Errorf("install the page script: %w", err)
	}
	return nil
}

// load loads the first page of a new tab, which was postponed. A reload repeats its request as it was,
// with its method, its body and its referrer.
func (tb *tab) load() {
	ctx := tb.ctx
	tb.trip.person.closing.Go(func() {
		_, _ = chromedp.Call(ctx, page.Reload, page.ReloadParams{})
	})
}

// within returns a context for commands to the tab that ends with ctx.
func (tb *tab) within(ctx context.Context) (context.Context, context.CancelFunc) {
	within, cancel := context.WithCancel(tb.ctx)
	stop := context.AfterFunc(ctx, cancel)
	return within, func() { stop(); cancel() }
}

// close closes the tab and waits for it.
func (tb *tab) close() {
	tb.trip.mu.Lock()
	cancel := tb.cancel
	tb.trip.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// busy reports whether the page of the tab awaits something.
func (tb *tab) busy() bool {
	for id, since := range tb.requests {
		if time.Since(since) < patience {
			return true
		}
		delete(tb.requests, id)
	}
	return false
}

// event handles the events of the tab. It runs on the goroutine that reads them and must not wait.
func (tb *tab) event(ev any) {
	t := tb.trip
	if attached, ok := ev.(*page.EventFrameAttached); ok {
		t.instance.claim(attached.FrameID, tb)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over || tb.id == "" {
		return
	}
	switch ev := ev.(type) {
	case *page.EventFrameRequestedNavigation:
		tb.asksFor(ev.URL, ev.FrameID, string(ev.Disposition), string(ev.Reason))
	case *page.EventFrameStartedNavigating:
		if ev.NavigationType == page.FrameStartedNavigatingNavigationTypeDifferentDocument && !opensApplication(ev.URL) {
			t.frame(tb, ev.FrameID).navigating = true
		}
	case *page.EventWindowOpen:
		if opensApplication(ev.URL) {
			t.opensApplication(ev.URL, Landing{URL: ev.URL, Method: "GET", Where: NewTab})
		}
	case *page.EventFrameNavigated:
		f := t.frame(tb, ev.Frame.ID)
		f.outline, f.fresh, f.final, f.waits, f.acted, f.navigating = nil, false, false, false, nil, false
		t.touch()
	case *page.EventFrameStoppedLoading:
		tb.stoppedLoading(ev.FrameID)
	case *page.EventFrameDetached:
		delete(t.frames, ev.FrameID)
		t.touch()
	case *page.EventJavascriptDialogOpening:
		tb.dismiss(ev)
	case *runtime.EventExecutionContextCreated:
		var aux struct {
			FrameID cdp.FrameID `json:"frameId"`
		}
		if ev.Context.Name == worldName && len(tb.worlds) < maxWorlds && json.Unmarshal(ev.Context.AuxData, &aux) == nil {
			tb.worlds[ev.Context.ID] = aux.FrameID
			t.frame(tb, aux.FrameID).world = ev.Context.ID
		}
	case *runtime.EventBindingCalled:
		tb.reported(ev)
	default:
		tb.observe(ev)
	}
}

// stoppedLoading asks a document for its outline when it was stopped before it was parsed, because then
// no event of its own tells it to report.
func (tb *tab) stoppedLoading(id cdp.FrameID) {
	t := tb.trip
	f := t.frames[id]
	if f == nil || f.request != "" {
		return
	}
	f.navigating = false
	t.touch()
	if f.outline != nil || f.page < 0 {
		return
	}
	ctx, world := tb.ctx, f.world
	go func() {
		_, _ = chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: reportFunction + "()", ContextID: world})
	}()
}

// asksFor handles a navigation that a page wants, before it is requested.
func (tb *tab) asksFor(url string, id cdp.FrameID, disposition, reason string) {
	t := tb.trip
	if disposition != string(page.ClientNavigationDispositionCurrentTab) {
		return
	}
	f := t.frame(tb, id)
	if !opensApplication(url) {
		f.navigating = true
		return
	}
	method := "GET"
	if reason == string(page.ClientNavigationReasonFormSubmissionPost) {
		method = "POST"
	}
	t.opensApplication(url, Landing{URL: url, Method: method, Where: f.where()})
}

// dismiss answers a dialog, which blocks its page until then. Only a page that wants to be left may
// be left.
func (tb *tab) dismiss(ev *page.EventJavascriptDialogOpening) {
	tb.trip.note("dismissed the %s %q", ev.Type, clip(ev.Message, 100))
	ctx, accept := tb.ctx, ev.Type == page.DialogTypeBeforeunload
	go func() {
		_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: accept})
	}()
}

// reported takes the outline that a page script sends.
func (tb *tab) reported(ev *runtime.EventBindingCalled) {
	t := tb.trip
	id, known := tb.worlds[ev.ExecutionContextID]
	f := t.frames[id]
	if ev.Name != bindingName || !known || f == nil {
		return
	}
	o, err := parseOutline(ev.Payload)
	if err != nil {
		t.trouble = err.Error()
		return
	}
	if tb.postponed && o.Title == postponedTitle {
		if o.Loaded {
			tb.postponed = false
			tb.load()
		}
		return
	}
	t.outlined(f, ev.ExecutionContextID, o)
}

// observe records what a page loads and what it writes to the console.
func (tb *tab) observe(ev any) {
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if ev.Type != network.ResourceTypeDocument && len(tb.loads) < maxLoads {
			tb.loads[ev.RequestID] = load{ev.Request.URL, ev.Type}
		}
		switch ev.Type {
		case network.ResourceTypeDocument:
			tb.documents[ev.RequestID] = document{ev.FrameID, ev.Request.URL}
		case network.ResourceTypeEventSource, network.ResourceTypePing, network.ResourceTypeMedia,
			network.ResourceTypeImage, network.ResourceTypeFont, network.ResourceTypePrefetch:
			// What it answers does not change what a person can do.
		default:
			tb.requests[ev.RequestID] = time.Now()
		}
	case *network.EventResponseReceived:
		if ev.Response.Status >= 400 {
			tb.failed(ev.RequestID, FailedRequest{Status: int(ev.Response.Status)})
		}
	case *network.EventLoadingFinished:
		tb.ended(ev.RequestID)
	case *network.EventLoadingFailed:
		if !ev.Canceled {
			tb.failed(ev.RequestID, FailedRequest{Error: ev.ErrorText})
		}
		failed, isDocument := tb.documents[ev.RequestID]
		tb.ended(ev.RequestID)
		if isDocument {
			tb.notLoaded(failed, ev.ErrorText)
		}
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeAssert {
			tb.complain(consoleText(ev.Args))
		}
	case *runtime.EventExceptionThrown:
		text := ev.ExceptionDetails.Text
		if ev.ExceptionDetails.Exception != nil {
			text += " " + ev.ExceptionDetails.Exception.Description
		}
		tb.complain(text)
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError {
			tb.complain(ev.Entry.Text + " " + ev.Entry.URL)
		}
	}
}

func (tb *tab) ended(id network.RequestID) {
	if _, ok := tb.requests[id]; ok {
		delete(tb.requests, id)
		tb.trip.touch()
	}
	delete(tb.documents, id)
	delete(tb.loads, id)
}

// failed notes on the page that a request of it failed.
func (tb *tab) failed(id network.RequestID, f FailedRequest) {
	sent, known := tb.loads[id]
	shown := tb.shown()
	if !known || shown == nil || len(shown.Failed) >= maxNotes {
		return
	}
	f.URL, f.Type = clip(sent.url, maxNoted), string(sent.kind)
	shown.Failed = append(shown.Failed, f)
}

// shown returns the page in the tab, or nil when there is none yet.
func (tb *tab) shown() *Page {
	f := tb.trip.frames[cdp.FrameID(tb.id)]
	if f == nil || f.page < 0 {
		return nil
	}
	return &tb.trip.trace.Pages[f.page]
}

// notLoaded handles a document that did not arrive.
func (tb *tab) notLoaded(d document, reason string) {
	t := tb.trip
	f := t.frames[d.frame]
	if f == nil {
		return
	}
	f.request, f.navigating = "", false
	t.touch()
	if strings.HasSuffix(reason, "ERR_ABORTED") {
		return // the document before it stays
	}
	f.page = -1
	if f.top {
		t.notLoaded(d.url, reason)
		return
	}
	t.trouble = fmt.Sprintf("the iframe %s was not shown: %s", beforeQuery(d.url), reason)
	t.note("%s", t.trouble)
}

func (tb *tab) complain(text string) {
	text = clip(strings.TrimSpace(text), maxNoted)
	if console := &tb.trip.trace.Console; len(*console) < maxNotes {
		*console = append(*console, text)
	}
	if shown := tb.shown(); shown != nil && len(shown.Console) < maxNotes {
		shown.Console = append(shown.Console, text)
	}
}

func consoleText(args []*runtime.RemoteObject) string {
	text := ""
	for _, arg := range args {
		var s string
		if json.Unmarshal(arg.Value, &s) != nil {
			s = firstOf(arg.Description, string(arg.Value))
		}
		text += s + " "
	}
	return text
}
