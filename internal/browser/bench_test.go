package browser_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

// The two benchmarks make the same trip through the same server: sign-in, patient picker, consent,
// redirect. A trip must take at most 1.5 times as long as the bare script.

func BenchmarkTrip(b *testing.B) {
	e := newEHR(b)
	n := 0
	for b.Loop() {
		p, err := tests.browser.NewPerson(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		trace, err := p.Run(context.Background(), browser.Journey{
			Start: e.authorize(callback, fmt.Sprint(n)), Trap: []string{callback}, TrapAllForeign: true, Driver: ada(),
		})
		if err != nil || trace.Outcome != browser.Landed {
			b.Fatal(trace.Explanation, err)
		}
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkBareTrip(b *testing.B) {
	e := newEHR(b)
	root, stop, err := browser.Bare(context.Background(), chromedp.IgnoreCertErrors)
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	n := 0
	for b.Loop() {
		if landed := bareTrip(b, root, e.authorize(callback, fmt.Sprint(n))); !strings.Contains(landed, "code=") {
			b.Fatal(landed)
		}
		n++
	}
}

// bareTrip is what somebody would write by hand for exactly this server.
func bareTrip(b *testing.B, root context.Context, start string) string {
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	defer cancel()
	if _, err := chromedp.Call(ctx, fetch.Enable, fetch.EnableParams{
		Patterns: []*fetch.RequestPattern{{URLPattern: callback + "*"}},
	}); err != nil {
		b.Fatal(err)
	}
	caught := chromedp.Events(ctx, fetch.RequestPaused)
	if err := chromedp.Do(ctx,
		chromedp.Navigate(start),
		chromedp.SendKeys(chromedp.CSS("#u"), "ada"),
		chromedp.SendKeys(chromedp.CSS("#p"), secret),
		chromedp.Click(chromedp.CSS("button[value=login]")),
		chromedp.Click(chromedp.CSS("input[value=p-1]")),
		chromedp.Click(chromedp.CSS("button[type=submit]")),
		chromedp.Click(chromedp.CSS("button[value=approve]")),
	); err != nil {
		b.Fatal(err)
	}
	for ev, err := range caught {
		if err != nil {
			b.Fatal(err)
		}
		_, _ = chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{RequestID: ev.RequestID, ResponseCode: 200})
		return ev.Request.URL
	}
	return ""
}
