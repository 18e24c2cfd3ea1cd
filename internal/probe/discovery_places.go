package probe

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// DiscoveryPlaces lists the probe of the addresses that people and apps are sent to.
func DiscoveryPlaces() []Probe { return []Probe{of(evidence.NamedPlacesKind, namedPlaces)} }

// namedPlaces opens the page where users manage access, as far as one gets without cookies, and asks every associated endpoint on the host under test
// for something, without a token.
func namedPlaces(ctx context.Context, s *session.Session) (evidence.NamedPlaces, error) {
	var e evidence.NamedPlaces
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	r := reader{s.Scope(evidence.NamedPlacesKind.Name())}
	if m.Management != "" {
		place := evidence.Place{URL: m.Management}
		if u, ok := webAddress(m.Management); ok {
			take(&place, r.hop(ctx, http.MethodGet, u.String(), http.Header{"Accept": {"text/html"}}))
		}
		e.Management = &place
	}
	for _, endpoint := range m.Associated {
		place := evidence.Place{URL: endpoint.URL}
		if s.OwnsToken(endpoint.URL) {
			address := strings.TrimRight(endpoint.URL, "/") + "/metadata"
			if slices.Contains(endpoint.Capabilities, appStateCapability) {
				address = strings.TrimRight(endpoint.URL, "/") + "/Basic?code=urn:smartcheck%7Cnone"
			}
			take(&place, r.read(ctx, address, http.Header{"Accept": {"application/fhir+json"}}))
		}
		e.Associated = append(e.Associated, place)
	}
	return e, nil
}

// take keeps what is judged of an answer, and not the page itself.
func take(place *evidence.Place, d evidence.Document) {
	place.Asked, place.Status, place.Media = d.URL, d.Status, d.Header.Get("Content-Type")
	place.Stopped, place.Problem, place.Exchange = d.Misdirected, d.Problem, d.Exchange
	if to, err := url.Parse(d.Header.Get("Location")); err == nil && redirects(d.Status) {
		place.Onward = "https"
		if to.IsAbs() {
			place.Onward = to.Scheme
		}
	}
}
