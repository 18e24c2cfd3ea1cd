package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/largerun"
	"github.com/smart-conformance/smartcheck/reporters"
)

// benchReports writes every format for a large run, beside the time of a demo, and opens the one for people.
func benchReports(ctx context.Context, demo time.Duration) error {
	results := largerun.Results()
	var page bytes.Buffer
	started := time.Now()
	for _, format := range reporters.Formats() {
		var out bytes.Buffer
		if err := format.Write(&out, results, reporters.Presentation{}); err != nil {
			return err
		}
		if format.Name == "html" {
			page = out
		}
	}
	took := time.Since(started)
	fmt.Printf("reports: %.3f × the time of the demo, for every format of %d checks and %d exchanges (%.2f s)\n",
		took.Seconds()/demo.Seconds(), largerun.Checks, largerun.Exchanges, took.Seconds())
	opened, err := timeOpening(ctx, page.Bytes())
	if err != nil {
		return fmt.Errorf("open report.html: %w", err)
	}
	fmt.Printf("report.html: %.0f ms from its address to the first frame after it was loaded (%.1f MB)\n", opened, float64(page.Len())/1e6)
	return nil
}

// frameAfterLoad is how many milliseconds after the navigation the browser was ready for another frame.
const frameAfterLoad = `new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))`

// timeOpening opens a page from a file in a browser that has run already.
func timeOpening(ctx context.Context, page []byte) (float64, error) {
	directory, err := os.MkdirTemp("", "smartcheck-bench-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(directory)
	file := filepath.Join(directory, "report.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		return 0, err
	}
	tab, stop, err := browser.Bare(ctx)
	if err != nil {
		return 0, err
	}
	defer stop()
	if err := chromedp.Do(tab, chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String())); err != nil {
		return 0, err
	}
	return chromedp.Run(tab, chromedp.Evaluate[float64](frameAfterLoad, func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }))
}
