// Package discovery validates discovery documents and brand bundles alone, without credentials and
// without a browser: those of live servers, and saved ones.
package discovery

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/probe"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
	"github.com/smart-conformance/smartcheck/reporters"
)

// Options say how documents are read and judged.
type Options struct {
	Tool    reporters.Tool
	Judging checks.Options
	TLS     target.TLS
	Timeout time.Duration // for one answer
	AtOnce  int           // servers at once
	Done    func(n int)   // told how many servers are done; may be nil
}

// maxAnswers bounds the time for one server: as many answers as may come at the last moment.
const maxAnswers = 4

// parallel is how many requests are sent to a server at once when it is the only one.
const parallel = 4

// Checks returns the checks of discovery documents that hold in a version.
func Checks(v checks.Version) []checks.Check {
	all := slices.Concat(checks.Discovery, checks.Capabilities, checks.OpenIDDiscovery, checks.CORS)
	return slices.DeleteFunc(all, func(c checks.Check) bool { return !c.In(v) })
}

// Servers reads and judges the documents of servers, given by their FHIR base URLs. The results have
// the order of the bases. Servers that are not reached before ctx ends are judged as not reached.
func Servers(ctx context.Context, bases []string, o Options) ([]reporters.Results, error) {
	return each(ctx, bases, maxAnswers*o.Timeout, o, func(ctx context.Context, client *http.Client, base string, parallel int) (seen, *record.Recorder) {
		recorder := record.New()
		scope := recorder.Scope(evidence.DiscoveryKind.Name(), client)
		return seen{Checks(o.Judging.Version), probe.Discover(ctx, scope, probe.DiscoverOptions{Base: base, Parallel: parallel})}, recorder
	})
}

// seen is evidence with the checks that judge it.
type seen struct {
	checks []checks.Check
	value  any
}

// look reads what one address leads to, with so many requests at once.
type look func(ctx context.Context, client *http.Client, address string, parallel int) (seen, *record.Recorder)

// each looks at every address, at most o.AtOnce of them at once, and judges what was seen. The results
// have the order of the addresses.
func each(ctx context.Context, addresses []string, within time.Duration, o Options, look look) ([]reporters.Results, error) {
	results := make([]reporters.Results, len(addresses))
	errs := make([]error, len(addresses))
	slots := make(chan struct{}, max(o.AtOnce, 1))
	var group sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for i, address := range addresses {
		slots <- struct{}{}
		group.Go(func() {
			results[i], errs[i] = one(ctx, address, len(addresses) == 1, within, o, look)
			<-slots
			mu.Lock()
			defer mu.Unlock()
			if done++; o.Done != nil {
				o.Done(done)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// one looks at one address and judges it. The error is one of configuration.
func one(ctx context.Context, address string, alone bool, within time.Duration, o Options, look look) (reporters.Results, error) {
	cfg := target.Config{
		FHIR: address, TLS: o.TLS, Timeouts: target.Timeouts{Request: o.Timeout}, Concurrency: 1,
	}
	if alone {
		cfg.Concurrency = parallel
	}
	client, err := session.NewClient(cfg)
	if err != nil {
		return reporters.Results{}, err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	started := time.Now()
	seen, recorder := look(ctx, client, address, cfg.Concurrency)
	run := reporters.Run{
		Tool: o.Tool, Strict: o.Judging.Strict, Started: started, Finished: time.Now(),
		Target: reporters.Target{FHIR: address, Spec: o.Judging.Version, TLS: trust(address, o.TLS)},
	}
	return reporters.NewResults(run, seen.judge(o.Judging), recorder.Exchanges()), nil
}

func (s seen) judge(o checks.Options) []checks.Finding {
	var findings []checks.Finding
	for _, c := range s.checks {
		findings = append(findings, c.Judge(evidence.Record{Kind: c.Kind(), Value: s.value}, o))
	}
	return findings
}

func trust(base string, t target.TLS) reporters.TLSTrust {
	switch {
	case len(base) < 6 || base[:6] != "https:":
		return reporters.NoTLS
	case t.Insecure:
		return reporters.Unverified
	case len(t.CA) > 0:
		return reporters.NamedRoots
	default:
		return reporters.SystemRoots
	}
}
