package browser

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
)

// maxBody bounds the body of a request that is kept.
const maxBody = 256 << 10

// maxHeader bounds the header fields of an answer that are kept, in bytes.
const maxHeader = 64 << 10

// trappedPage answers a navigation to one of the client's own URIs.
const trappedPage = "<!doctype html><title>smartcheck</title><p>The trip ends here.</p>"

// postponedPage stands in for the first page of a new tab until the session of the tab is there, which
// needs a document. The page is loaded after that, so that nothing of it is missed.
const (
	postponedTitle = "smartcheck: one moment"
	postponedPage  = "<!doctype html><title>" + postponedTitle + "</title>"
)

// paused decides on a request of a frame of the trip. It runs on the goroutine that reads the events of
// the browser and must not wait.
func (t *trip) paused(tab *tab, ev *fetch.EventRequestPaused) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
		go t.instance.abort(ev.RequestID)
	case answered(ev):
		t.documentAnswered(tab, ev)
	case ev.ResourceType == network.ResourceTypeDocument:
		t.documentRequested(tab, ev)
	default:
		t.resourceRequested(tab, ev)
	}
}

// documentRequested records a hop and lets it go, or catches it.
func (t *trip) documentRequested(tab *tab, ev *fetch.EventRequestPaused) {
	t.touch()
	at := ev.Request.URL + ev.Request.URLFragment
	if local, html := t.journey.local(); local != "" && tab.first && !tab.localServed && ev.Request.Method == http.MethodGet {
		tab.localServed = true
		go t.instance.fulfil(ev.RequestID, html)
		return
	}
	f := t.frame(tab, ev.FrameID)
	body := postBody(ev.Request)
	hop := Hop{
		Method: ev.Request.Method, URL: at, Where: f.where(), Started: time.Now(),
		Credentials: t.carriesSecret(body), Referrer: referrer(ev.Request),
	}
	if ruling := t.policy.judge(at); ruling != pass {
		hop.Local = true
		t.trace.Hops = append(t.trace.Hops, hop)
		t.land(ruling, Landing{URL: at, Method: ev.Request.Method, Body: body, Where: f.where()})
		go t.instance.fulfil(ev.RequestID, trappedPage)
		return
	}
	if !tab.ready && !tab.first && f.top {
		f.navigating, tab.postponed = true, true
		go t.instance.fulfil(ev.RequestID, postponedPage)
		return
	}
	t.hops[ev.RequestID] = len(t.trace.Hops)
	t.trace.Hops = append(t.trace.Hops, hop)
	f.request, f.navigating = ev.RequestID, true

	if ev.RedirectedRequestID != "" {
		t.chain[ev.RequestID] = t.chain[ev.RedirectedRequestID] + 1
	}
	switch {
	case t.chain[ev.RequestID] > maxRedirects:
		t.fail(ErrRedirectLoop, at, fmt.Sprintf("%d redirects in a row between %s", maxRedirects, t.recentURLs()))
		go t.instance.abort(ev.RequestID)
	case len(t.trace.Hops) > maxDocuments:
		t.fail(ErrNavigationLoop, at, fmt.Sprintf("%d pages were requested, the last of them %s", maxDocuments, t.recentURLs()))
		go t.instance.abort(ev.RequestID)
	default:
		go t.instance.proceed(ev.RequestID, true)
	}
}

// documentAnswered completes a hop.
func (t *trip) documentAnswered(tab *tab, ev *fetch.EventRequestPaused) {
	t.touch()
	f := t.frame(tab, ev.FrameID)
	if f.request == ev.RequestID {
		f.request = ""
	}
	hop := &Hop{}
	if at, ok := t.hops[ev.RequestID]; ok {
		hop = &t.trace.Hops[at]
	}
	hop.Took = time.Since(hop.Started)
	if ev.ResponseErrorReason != "" {
		hop.Error = string(ev.ResponseErrorReason)
		go t.instance.proceed(ev.RequestID, false)
		return
	}
	hop.Status, hop.Header = int(ev.ResponseStatusCode), header(ev.ResponseHeaders)
	hop.Location = hop.Header.Get("Location")
	if hop.Status >= 300 && hop.Status < 400 && hop.Location != "" {
		if next := resolve(ev.Request.URL, hop.Location); opensApplication(next) {
			go t.instance.abort(ev.RequestID)
			t.opensApplication(next, redirected(*hop, postBody(ev.Request), f, next))
			return
		}
		go t.instance.release(ev.RequestID)
		return
	}
	f.page = len(t.trace.Pages)
	t.trace.Pages = append(t.trace.Pages, Page{
		URL: hop.URL, Status: hop.Status, Header: hop.Header, Kind: KindUnknown, Where: f.where(),
	})
	if disposition := hop.Header.Get("Content-Disposition"); strings.HasPrefix(strings.ToLower(disposition), "attachment") {
		go t.instance.abort(ev.RequestID)
		t.fail(ErrDownload, hop.URL, "Content-Disposition: "+clip(disposition, 100))
		return
	}
	go t.instance.release(ev.RequestID)
}

// redirected is the navigation that follows a redirect to another application: 307 and 308 keep the
// method and the body (RFC 9110 §15.4.8), the others make it a GET.
func redirected(hop Hop, body string, f *frame, next string) Landing {
	landing := Landing{URL: next, Method: http.MethodGet, Where: f.where()}
	if hop.Status == http.StatusTemporaryRedirect || hop.Status == http.StatusPermanentRedirect {
		landing.Method, landing.Body = hop.Method, body
	}
	return landing
}

// resourceRequested records what a page loads.
func (t *trip) resourceRequested(tab *tab, ev *fetch.EventRequestPaused) {
	u, err := url.Parse(ev.Request.URL)
	ruling := t.policy.judge(ev.Request.URL)
	if err == nil && u.Host != "" {
		if f := t.frames[ev.FrameID]; f != nil && f.page >= 0 {
			shown := &t.trace.Pages[f.page]
			if !slices.Contains(shown.Hosts, u.Host) && len(shown.Hosts) < maxNotes {
				shown.Hosts = append(shown.Hosts, u.Host)
			}
		}
	}
	if (ruling == caught || err != nil || !t.policy.allowed(u)) && len(t.trace.ForeignRequests) < maxNotes {
		t.trace.ForeignRequests = append(t.trace.ForeignRequests, ForeignRequest{
			URL: ev.Request.URL, Type: string(ev.ResourceType), Referrer: referrer(ev.Request), Blocked: ruling == caught,
		})
	}
	if ruling == caught {
		go t.instance.abort(ev.RequestID)
		return
	}
	go t.instance.proceed(ev.RequestID, false)
}

// opensApplication handles a navigation to a scheme that is not of the web, such as the redirect URI of
// a native app.
func (t *trip) opensApplication(at string, landing Landing) {
	ruling := t.policy.judge(at)
	if ruling == pass {
		t.opens = clip(at, 200)
		t.touch()
		return
	}
	t.trace.Hops = append(t.trace.Hops, Hop{
		Method: landing.Method, URL: at, Where: landing.Where, Local: true, Started: time.Now(),
		Credentials: t.carriesSecret(landing.Body),
	})
	t.land(ruling, landing)
}

// land ends the trip at a navigation that was caught.
func (t *trip) land(r ruling, landing Landing) {
	landing.Body = t.withoutSecret(landing.Body)
	if r == caught {
		t.end(Landed, fmt.Sprintf("reached %s (%s, %s)", beforeQuery(landing.URL), landing.Method, landing.Where), &landing)
		return
	}
	t.end(Foreign, fmt.Sprintf("the server sent the browser to %s, which is not a host of the trip; it was not visited",
		beforeQuery(landing.URL)), &landing)
}

func (t *trip) authRequired(ev *fetch.EventAuthRequired) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.frames[ev.FrameID]; f != nil && !f.top {
		t.trouble = "an iframe asked for HTTP authentication"
		return
	}
	detail := "sign-in must be a page"
	if c := ev.AuthChallenge; c != nil {
		detail = fmt.Sprintf("WWW-Authenticate: %s realm=%q; %s", clip(c.Scheme, 40), clip(c.Realm, 80), detail)
	}
	t.fail(ErrHTTPAuth, ev.Request.URL, detail)
}

// unreachable ends the trip at a page that the browser could not load.
func (t *trip) unreachable(at, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notLoaded(at, reason)
}

// notLoaded is unreachable for a caller that holds the lock.
func (t *trip) notLoaded(at, reason string) {
	switch {
	case strings.HasSuffix(reason, "ERR_ABORTED"), strings.HasSuffix(reason, "ERR_BLOCKED_BY_CLIENT"):
		return // by us, or by the page that went elsewhere
	case strings.HasSuffix(reason, "ERR_HTTP_RESPONSE_CODE_FAILURE"):
		t.end(ErrorPage, fmt.Sprintf("%s answered with an error and an empty page", at), nil)
	case strings.HasSuffix(reason, "ERR_TOO_MANY_REDIRECTS"):
		t.fail(ErrRedirectLoop, at, fmt.Sprintf("%d redirects in a row between %s", maxRedirects, t.recentURLs()))
	case strings.Contains(reason, "ERR_CERT_"):
		t.fail(ErrUnreachable, at, reason+"; trust its CA if it is private")
	default:
		t.fail(ErrUnreachable, at, reason)
	}
}

// recentURLs names the last few different URLs of the trip.
func (t *trip) recentURLs() string {
	var urls []string
	for _, hop := range slices.Backward(t.trace.Hops) {
		if u := beforeQuery(hop.URL); !slices.Contains(urls, u) {
			urls = append(urls, u)
		}
		if len(urls) == 3 {
			break
		}
	}
	slices.Reverse(urls)
	return strings.Join(urls, " and ")
}

// frame returns what is known of a frame, which is new when its first request comes before anything else.
func (t *trip) frame(tab *tab, id cdp.FrameID) *frame {
	f, ok := t.frames[id]
	if !ok {
		f = &frame{id: id, tab: tab, top: cdp.FrameID(tab.id) == id, page: -1}
		t.frames[id] = f
	}
	return f
}

func (f *frame) where() Where {
	switch {
	case !f.top:
		return Iframe
	case !f.tab.first:
		return NewTab
	default:
		return SameTab
	}
}

// carriesSecret reports whether a body holds the password that was filled in.
func (t *trip) carriesSecret(body string) bool {
	return t.secret != "" && (strings.Contains(body, url.QueryEscape(t.secret)) || strings.Contains(body, t.secret))
}

func (t *trip) withoutSecret(body string) string {
	if t.secret == "" {
		return body
	}
	return strings.NewReplacer(url.QueryEscape(t.secret), "[password]", t.secret, "[password]").Replace(body)
}

// postBody returns the body of a request, up to maxBody.
func postBody(r *network.Request) string {
	var b strings.Builder
	for _, entry := range r.PostDataEntries {
		room := maxBody - b.Len()
		b.Write(entry.Bytes[:min(room, len(entry.Bytes))])
	}
	return b.String()
}

func header(entries []*fetch.HeaderEntry) http.Header {
	h := http.Header{}
	size := 0
	for _, e := range entries {
		if size += len(e.Name) + len(e.Value); size > maxHeader {
			break
		}
		h.Add(e.Name, e.Value)
	}
	return h
}

func resolve(base, reference string) string {
	b, err := url.Parse(base)
	if err != nil {
		return reference
	}
	u, err := b.Parse(reference)
	if err != nil {
		return reference
	}
	return u.String()
}

func beforeQuery(s string) string {
	if at := strings.IndexAny(s, "?#"); at >= 0 {
		return s[:at]
	}
	return s
}

func referrer(r *network.Request) string {
	from, _ := r.Headers["Referer"].(string)
	return from
}

// formPage is a page that sends a form.
func formPage(f *Form) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><meta charset="utf-8"><title>smartcheck</title><form method="%s" enctype="%s" action="%s">`,
		html.EscapeString(firstOf(f.Method, http.MethodPost)), html.EscapeString(f.Encoding), html.EscapeString(f.URL))
	for name, values := range f.Fields {
		for _, value := range values {
			fmt.Fprintf(&b, `<input type="hidden" name="%s" value="%s">`, html.EscapeString(name), html.EscapeString(value))
		}
	}
	// A field named "submit" hides the method of the form.
	b.WriteString(`</form><script>HTMLFormElement.prototype.submit.call(document.forms[0])</script>`)
	return b.String()
}

// framePage is a page that shows another one in a frame.
func framePage(uri string) string {
	return fmt.Sprintf(`<!doctype html><meta charset="utf-8"><title>smartcheck</title><iframe width="900" height="700" src="%s"></iframe>`,
		html.EscapeString(uri))
}
