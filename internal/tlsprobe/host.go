package tlsprobe

import (
	"context"
	"fmt"
	"sync"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// Host makes every offer to the host, one connection each, and reads its certificate. A host that cannot
// be reached comes back with Error set. Endpoints and HTTP are the caller's.
func (p *Prober) Host(ctx context.Context, a Address) evidence.TLSHost {
	h := evidence.TLSHost{Address: a.String()}
	versions := versionOffers()
	newest := p.offers(ctx, a, versions[:2]) // proves that the host is there before it is asked for worse
	if newest[0].dial != nil && newest[1].dial != nil {
		h.Error = newest[1].dial.Error()
		return h
	}
	chain, stapled, err := p.presented(ctx, a)
	older := p.offers(ctx, a, versions[2:])
	weak := p.offers(ctx, a, append(suiteOffers(), compressionOffer()))
	for _, r := range append(newest, older...) {
		h.Versions = append(h.Versions, r.TLSOffer)
		if len(chain) == 0 {
			chain = r.chain // of a server that crypto/tls cannot talk to
		}
	}
	h.Stapled, h.Compression = stapled, weak[len(weak)-1].TLSOffer
	for _, r := range weak[:len(weak)-1] {
		h.Suites = append(h.Suites, r.TLSOffer)
	}
	if len(chain) == 0 && err != nil {
		h.CertificateError = err.Error()
		return h
	}
	p.inspect(&h, a.Host, chain)
	return h
}

// offers makes the offers at the same time, as far as the prober's bounds allow, and returns the replies in
// order.
func (p *Prober) offers(ctx context.Context, a Address, all []offer) []reply {
	replies := make([]reply, len(all))
	var group sync.WaitGroup
	for i, o := range all {
		group.Go(func() { replies[i] = p.offer(ctx, a, o) })
	}
	group.Wait()
	return replies
}

// Hosts probes every address once and returns the results in the order given.
func (p *Prober) Hosts(ctx context.Context, all []Address) ([]evidence.TLSHost, error) {
	hosts := make([]evidence.TLSHost, len(all))
	var group sync.WaitGroup
	for i, a := range all {
		group.Go(func() { hosts[i] = p.Host(ctx, a) })
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("probing the transport security of %d hosts was stopped: %w", len(all), context.Cause(ctx))
	}
	return hosts, nil
}
