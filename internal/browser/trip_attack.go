package browser

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// maxConsent bounds the JSON of a consent form, in bytes.
const maxConsent = 256 << 10

// hold fills in the consent page as the driver decided, and ends the trip before it is sent.
func (t *trip) hold(ctx context.Context, tab *tab, world worldID, d decision) {
	form, trouble := t.consentForm(ctx, tab, world, d)
	t.mu.Lock()
	defer t.mu.Unlock()
	if trouble != "" {
		t.fail(ErrNoReaction, "", trouble)
		return
	}
	t.trace.Consent = form
	explanation := "the consent page was filled in and not sent"
	if form == nil {
		explanation = "the consent page was not sent, which is no form"
	}
	t.note("%s", explanation)
	t.end(Held, explanation, nil)
}

// consentForm returns what the last step of the decision would send, or nil when that is no form.
func (t *trip) consentForm(ctx context.Context, tab *tab, world worldID, d decision) (form *ConsentForm, trouble string) {
	argument, err := json.Marshal(d.steps)
	if err != nil {
		return nil, err.Error()
	}
	within, cancel := tab.within(ctx)
	defer cancel()
	made, err := chromedp.Call(within, runtime.Evaluate, runtime.EvaluateParams{
		Expression: fmt.Sprintf("%s(%s)", holdFunction, argument),
		ContextID:  world, ReturnByValue: new(true), UserGesture: new(true), AwaitPromise: new(true),
	})
	switch {
	case err != nil:
		return nil, fmt.Sprintf("the consent form could not be read: %v", err)
	case made.ExceptionDetails != nil:
		return nil, "the consent form could not be read: " + clip(made.ExceptionDetails.Text, 200)
	case made.Result == nil || len(made.Result.Value) > maxConsent:
		return nil, "the consent form is too large to be read"
	}
	var read struct {
		Trouble, Page, URL, Method, Encoding string
		Fields                               [][2]string
		Hidden                               []string
	}
	if err := json.Unmarshal(made.Result.Value, &read); err != nil {
		return nil, fmt.Sprintf("the consent form could not be read: %v", err)
	}
	if read.Trouble != "" || read.URL == "" {
		return nil, read.Trouble
	}
	form = &ConsentForm{Hidden: read.Hidden, Form: Form{
		URL: read.URL, Method: read.Method, Encoding: read.Encoding, Fields: map[string][]string{}, From: read.Page,
	}}
	for _, field := range read.Fields {
		form.Fields.Add(field[0], field[1])
	}
	return form, ""
}

// endFramed ends a trip that began in a frame of another site, when nothing happens in it any more.
func (t *trip) endFramed() {
	for _, f := range t.frames {
		if f.page < 0 || f.outline == nil || t.trace.Pages[f.page].Status >= 400 {
			continue
		}
		if f.top {
			t.end(ErrorPage, fmt.Sprintf("the page %q left the frame", f.outline.summary()), nil)
			return
		}
	}
	for _, f := range t.frames {
		if !f.top && f.page >= 0 && f.outline != nil && t.trace.Pages[f.page].Status < 400 {
			t.end(Framed, fmt.Sprintf("the browser shows the page %q in a frame of another site", f.outline.summary()), nil)
			return
		}
	}
	t.end(ErrorPage, "the browser shows no page of the server in the frame", nil)
}
