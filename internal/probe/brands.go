package probe

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// Brands lists the probe of the User-access Brand Bundle.
func Brands() []Probe {
	return []Probe{of(evidence.BrandsKind, func(ctx context.Context, s *session.Session) (evidence.Brands, error) {
		return ReadBrands(ctx, s.Scope(evidence.BrandsKind.Name()), BrandsOptions{
			Base: s.Config.FHIR, Affiliated: s.Config.Brands, Parallel: s.Config.Concurrency,
		}), nil
	})}
}

// BrandsOptions say what is read.
type BrandsOptions struct {
	Base       string   // the FHIR base URL, or the address of a bundle
	Either     bool     // Base may be the address of a bundle
	Affiliated []string // the brands that the operator expects
	Parallel   int      // requests at once when the bundle is read
}

// At most so many things that a bundle leads to are fetched.
const (
	maxLogos          = 8
	maxConfigurations = 8
)

// ReadBrands reads the brand bundle that the SMART configuration of a FHIR base names, and some of what
// it leads to. What could not be read is told in the answers.
func ReadBrands(ctx context.Context, scope *record.Scope, o BrandsOptions) evidence.Brands {
	b := brandReader{
		reader: reader{scope}, bundles: reader{scope.Reading(evidence.MaxBrandBundle)},
		seen: &evidence.Brands{Live: true, Read: time.Now(), Affiliated: o.Affiliated},
	}
	address, ok := b.locate(ctx, o)
	if !ok {
		return *b.seen
	}
	b.fetch(ctx, address)
	tasks := slices.Concat(b.again(), b.alone(), b.logos(), b.configurations())
	var group errgroup.Group
	group.SetLimit(max(o.Parallel, 1))
	for _, task := range tasks {
		group.Go(func() error { task(ctx); return nil })
	}
	_ = group.Wait() // tasks report into what they read
	return *b.seen
}

// brandReader reads a bundle and what it leads to.
type brandReader struct {
	reader
	bundles reader // reads more of a body
	seen    *evidence.Brands
}

// locate finds the address of the bundle.
func (b *brandReader) locate(ctx context.Context, o BrandsOptions) (address string, ok bool) {
	if u, err := url.Parse(o.Base); o.Either && err == nil && u.RawQuery != "" {
		return o.Base, true // no FHIR base has a query
	}
	base := strings.TrimSuffix(o.Base, smartPath)
	smart := b.read(ctx, evidence.ResolveBase(base, smartPath), acceptJSON)
	members, ok := smart.Object()
	if !ok && o.Either {
		return o.Base, true
	}
	b.seen.Base, b.seen.SMART = base, &smart
	if !ok {
		return "", false
	}
	u, ok := webAddress(members["user_access_brand_bundle"])
	if !ok {
		return "", false
	}
	return u.String(), true
}

// fetch reads the bundle for a page first, because it can be long. A server that refuses foreign origins
// is asked again without one.
func (b *brandReader) fetch(ctx context.Context, address string) {
	answer := b.bundles.read(ctx, address, http.Header{"Accept": {acceptFHIR}, "Origin": {foreignOrigin}})
	b.seen.CrossOrigin = []evidence.CrossOrigin{fromPage("bundle", http.MethodGet, answer)}
	if answer.Status == http.StatusForbidden {
		answer = b.bundles.read(ctx, address, http.Header{"Accept": {acceptFHIR}})
	}
	if answer.Problem == "" && answer.Misdirected == "" && !answer.Truncated && answer.Status == http.StatusOK {
		b.seen.Bundle = evidence.ReadBrandBundle(answer.Body())
	}
	answer = withoutBody(answer)
	b.seen.Answer = &answer
}

const acceptFHIR = "application/fhir+json, application/json;q=0.9"

// withoutBody returns what is told of an answer besides its body.
func withoutBody(d evidence.Document) evidence.Document {
	d.Text, d.Raw = "", nil
	return d
}

// fromPage says how a request for a page was answered.
func fromPage(resource, method string, answer evidence.Document) evidence.CrossOrigin {
	return evidence.CrossOrigin{
		Resource: resource, Method: method, URL: answer.URL, Origin: foreignOrigin, Status: answer.Status,
		Header: answer.Header, Exchange: answer.Exchange, Problem: answer.Problem + answer.Misdirected,
	}
}

// again asks for the bundle as an app does that has it already: with If-None-Match, which browsers ask
// about first.
func (b *brandReader) again() []task {
	address, tag := b.seen.Answer.URL, b.seen.Answer.Header.Get("Etag")
	if b.seen.Answer.Status != http.StatusOK {
		return nil
	}
	b.seen.CrossOrigin = append(b.seen.CrossOrigin, evidence.CrossOrigin{})
	at := len(b.seen.CrossOrigin) - 1
	tasks := []task{func(ctx context.Context) {
		answer := b.hop(ctx, http.MethodOptions, address, http.Header{
			"Origin": {foreignOrigin}, "Access-Control-Request-Method": {http.MethodGet}, "Access-Control-Request-Headers": {"if-none-match"},
		})
		b.seen.CrossOrigin[at] = fromPage("bundle", http.MethodOptions, answer)
	}}
	if tag == "" {
		return tasks
	}
	return append(tasks, func(ctx context.Context) {
		answer := withoutBody(b.read(ctx, address, http.Header{"Accept": {acceptFHIR}, "Origin": {foreignOrigin}, "If-None-Match": {tag}}))
		b.seen.Revalidated = &answer
	})
}

// alone asks for one brand and one endpoint under addresses of their own, where they have some on the
// host of the bundle.
func (b *brandReader) alone() []task {
	var tasks []task
	ask := func(resource, address string) {
		if !sameOrigin(address, b.seen.Answer.URL) {
			return
		}
		b.seen.CrossOrigin = append(b.seen.CrossOrigin, evidence.CrossOrigin{})
		at := len(b.seen.CrossOrigin) - 1
		tasks = append(tasks, func(ctx context.Context) {
			answer := b.read(ctx, address, http.Header{"Accept": {acceptFHIR}, "Origin": {foreignOrigin}})
			b.seen.CrossOrigin[at] = fromPage(resource, http.MethodGet, answer)
		})
	}
	if brands := b.seen.Bundle.Brands; len(brands) > 0 {
		ask("Organization", brands[0].FullURL)
	}
	if endpoints := b.seen.Bundle.Endpoints; len(endpoints) > 0 {
		ask("Endpoint", endpoints[0].FullURL)
	}
	return tasks
}

func sameOrigin(a, b string) bool {
	left, ok := webAddress(a)
	right, also := webAddress(b)
	return ok && also && left.Scheme == right.Scheme && strings.EqualFold(left.Host, right.Host)
}

// logos fetches the first logos that the bundle links to.
func (b *brandReader) logos() []task {
	var addresses []string
	for _, brand := range b.seen.Bundle.Brands {
		for _, extension := range slices.Concat(brand.Details, brand.Portals) {
			for _, address := range append(extension.Texts("brandLogo"), extension.Texts("portalLogo")...) {
				if _, ok := webAddress(address); ok && len(addresses) < maxLogos && !slices.Contains(addresses, address) {
					addresses = append(addresses, address)
				}
			}
		}
	}
	b.seen.Logos = make([]evidence.ServedLogo, len(addresses))
	tasks := make([]task, len(addresses))
	for i, address := range addresses {
		tasks[i] = func(ctx context.Context) {
			answer := b.read(ctx, address, http.Header{"Accept": {"image/*"}})
			b.seen.Logos[i] = evidence.ServedLogo{Answer: withoutBody(answer), Image: evidence.ReadBrandImage(answer.Body())}
		}
	}
	return tasks
}

// configurations reads the SMART configurations of the first endpoints that live where the FHIR base does.
func (b *brandReader) configurations() []task {
	var addresses []string
	for _, endpoint := range b.seen.Bundle.Endpoints {
		if endpoint.Status == "active" && sameOrigin(endpoint.Address, b.seen.Base) &&
			len(addresses) < maxConfigurations && !slices.Contains(addresses, endpoint.Address) {
			addresses = append(addresses, endpoint.Address)
		}
	}
	b.seen.Configurations = make([]evidence.EndpointConfiguration, len(addresses))
	tasks := make([]task, len(addresses))
	for i, address := range addresses {
		tasks[i] = func(ctx context.Context) {
			answer := b.read(ctx, evidence.ResolveBase(address, smartPath), acceptJSON)
			_, object := answer.Object()
			b.seen.Configurations[i] = evidence.EndpointConfiguration{Address: address, Answer: withoutBody(answer), Object: object}
		}
	}
	return tasks
}
