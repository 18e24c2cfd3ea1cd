// Command bench measures how much time a run needs beside what its trips through login pages need
// anyway. It prints ratios measured in one run; seconds mean nothing on a shared machine.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/engine"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures a demo, then as many bare trips as it made, with the same concurrency.
func run(ctx context.Context) error {
	server, err := sandbox.Start(ctx, "")
	if err != nil {
		return err
	}
	defer server.Close()
	cfg := server.Target("")
	endpoint, err := authorizationEndpoint(ctx, cfg)
	if err != nil {
		return err
	}
	demo, trips, err := timeDemo(ctx, cfg)
	if err != nil {
		return err
	}
	bare, err := timeBare(ctx, cfg, endpoint, trips)
	if err != nil {
		return err
	}
	fmt.Printf("demo: %.2f × the time of its %d trips through login pages, made by a bare script with %d at once (%.1f s over %.1f s)\n",
		demo.Seconds()/bare.Seconds(), trips, cfg.Concurrency, demo.Seconds(), bare.Seconds())
	return benchReports(ctx, demo)
}

func authorizationEndpoint(ctx context.Context, cfg target.Config) (string, error) {
	s, err := session.New(cfg)
	if err != nil {
		return "", err
	}
	defer s.Close()
	m, err := s.Metadata(ctx)
	return m.AuthorizationEndpoint, err
}

// timeDemo runs every check against the target and returns the time and the number of trips.
func timeDemo(ctx context.Context, cfg target.Config) (time.Duration, int, error) {
	s, err := session.New(cfg)
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	started := time.Now()
	r := engine.New(s, checks.Options{Version: checks.V2_2_0})
	for _, f := range r.Findings(ctx, checks.All()) {
		if f.Status == checks.Failed || f.Status == checks.Undecided {
			return 0, 0, fmt.Errorf("%s: %s", f.Check, f.Message)
		}
	}
	r.Wait()
	return time.Since(started), int(s.Trips.Load()), nil
}

// timeBare makes n trips with nothing but chromedp, in as many tabs at once as the target file allows.
func timeBare(ctx context.Context, cfg target.Config, endpoint string, n int) (time.Duration, error) {
	started := time.Now()
	root, stop, err := browser.Bare(ctx, chromedp.IgnoreCertErrors)
	if err != nil {
		return 0, err
	}
	defer stop()
	slots := make(chan struct{}, cfg.Concurrency)
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wait.Go(func() {
			errs[i] = bareTrip(root, cfg, endpoint)
			<-slots
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, fmt.Errorf("a bare trip failed: %w", err)
		}
	}
	return time.Since(started), nil
}

// bareTrip is the standalone launch of a patient as somebody would script it for exactly this server.
func bareTrip(root context.Context, cfg target.Config, endpoint string) error {
	client := cfg.Clients[target.Public]
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	defer cancel()
	if _, err := chromedp.Call(ctx, fetch.Enable, fetch.EnableParams{
		Patterns: []*fetch.RequestPattern{{URLPattern: client.Redirect + "*"}},
	}); err != nil {
		return err
	}
	caught := chromedp.Events(ctx, fetch.RequestPaused)
	query := url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {client.Redirect},
		"scope": {"launch/patient openid fhirUser patient/Patient.rs patient/Observation.rs"}, "state": {oauth.Random(24)},
		"aud": {cfg.FHIR}, "code_challenge": {oauth.S256(oauth.Verifier(64))}, "code_challenge_method": {"S256"},
	}
	if err := chromedp.Do(ctx,
		chromedp.Navigate(endpoint+"?"+query.Encode()),
		chromedp.SendKeys(chromedp.CSS("#username"), ehr.PatientUsername),
		chromedp.SendKeys(chromedp.CSS("#password"), ehr.PatientPassword),
		chromedp.Click(chromedp.CSS("button[type=submit]")),
		chromedp.Click(chromedp.CSS("button[value=allow]")),
	); err != nil {
		return err
	}
	for paused, err := range caught {
		if err != nil {
			return err
		}
		_, err = chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{RequestID: paused.RequestID, ResponseCode: 200})
		return err
	}
	return nil
}
