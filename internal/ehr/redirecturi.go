package ehr

import (
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// redirectAllowed reports whether uri is one of the client's redirect URIs, character for character
// (RFC 9700 section 2.1).
func (t *tenant) redirectAllowed(c *registeredClient, uri string) bool {
	for _, registered := range c.RedirectURIs {
		if t.sameRedirect(registered, uri) {
			return true
		}
	}
	return false
}

func (t *tenant) sameRedirect(registered, uri string) bool {
	switch {
	case registered == uri:
		return true
	case t.has(faults.RedirectURIPrefixMatch):
		return strings.HasPrefix(uri, registered)
	case t.has(faults.RedirectURIIgnoresQuery):
		path, _, _ := strings.Cut(uri, "?")
		return path == registered
	case t.has(faults.RedirectURIIgnoresCase):
		return strings.EqualFold(uri, registered)
	case t.has(faults.RedirectURISubdomain):
		return sameBut(registered, uri, func(want, got *url.URL) bool { return strings.HasSuffix(got.Host, "."+want.Host) })
	case t.has(faults.RedirectURIAnyPort):
		return sameBut(registered, uri, func(want, got *url.URL) bool { return got.Hostname() == want.Hostname() })
	case t.has(faults.RedirectURIDecoded):
		decoded, err := url.PathUnescape(uri)
		return err == nil && decoded == registered
	case t.has(faults.RedirectURIHostAndPath):
		return sameBut(registered, uri, func(want, got *url.URL) bool {
			got.Scheme, got.User = want.Scheme, nil
			return got.Host == want.Host
		})
	case t.has(faults.RedirectURIHostBegins):
		return sameBut(registered, uri, func(want, got *url.URL) bool { return strings.HasPrefix(got.Host, want.Host) })
	case t.has(faults.RedirectURIFirstOfList):
		return strings.HasPrefix(uri, registered+" ")
	default:
		return false
	}
}

// sameBut compares two URIs except for their hosts, which match decides on.
func sameBut(registered, uri string, match func(want, got *url.URL) bool) bool {
	want, err := url.Parse(registered)
	if err != nil {
		return false
	}
	got, err := url.Parse(uri)
	if err != nil || !match(want, got) {
		return false
	}
	got.Host = want.Host
	return got.String() == want.String()
}
