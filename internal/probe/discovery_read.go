package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/record"
)

// maxRedirects is how many redirects are followed on the way to a document.
const maxRedirects = 5

// reader reads documents from a server that may be broken or hostile.
type reader struct{ fetcher Fetcher }

// read gets a document, following redirects that are safe to follow.
func (r reader) read(ctx context.Context, address string, header http.Header) evidence.Document {
	return r.readBy(ctx, http.MethodGet, address, header)
}

// readBy reads with GET or HEAD.
func (r reader) readBy(ctx context.Context, method, address string, header http.Header) evidence.Document {
	var hops []evidence.Redirect
	next := address
	for {
		document := r.hop(ctx, method, next, header)
		document.URL, document.Hops = address, hops
		location := document.Header.Get("Location")
		if document.Problem != "" || location == "" || !redirects(document.Status) {
			return document
		}
		hops = append(hops, evidence.Redirect{URL: next, Status: document.Status, Location: location, Exchange: document.Exchange})
		target, stop := resolveRedirect(next, location, hops)
		if stop != "" {
			document.Misdirected, document.Hops, document.Exchange = stop, hops, ""
			return document
		}
		next = target
	}
}

func redirects(status int) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, status)
}

// resolveRedirect returns where a redirect leads, or why it is not followed.
func resolveRedirect(from, location string, hops []evidence.Redirect) (target, stop string) {
	base, err := url.Parse(from)
	if err != nil {
		return "", fmt.Sprintf("%s is no address", from)
	}
	u, err := base.Parse(location)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", fmt.Sprintf("%s redirects to %.200q, which is no web address", from, location)
	case base.Scheme == "https" && u.Scheme == "http":
		return "", fmt.Sprintf("%s redirects to plain http, %.200s", from, u)
	case slices.ContainsFunc(hops, func(h evidence.Redirect) bool { return h.URL == u.String() }):
		return "", fmt.Sprintf("%s redirects in a circle, back to %.200s", hops[0].URL, u)
	case len(hops) > maxRedirects:
		return "", fmt.Sprintf("%s redirects more than %d times, last to %.200s", hops[0].URL, maxRedirects, u)
	}
	return u.String(), ""
}

// keptHeaders are the fields of an answer that discovery is judged by.
var keptHeaders = []string{
	"Content-Type", "Content-Encoding", "Cache-Control", "Age", "Expires", "Etag", "Vary", "Location", "Allow",
	"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
}

// hop sends one request and follows nothing.
func (r reader) hop(ctx context.Context, method, address string, header http.Header) evidence.Document {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return evidence.Document{URL: address, Problem: fmt.Sprintf("cannot ask %.200q: %v", address, err)}
	}
	for name, values := range header {
		req.Header[name] = slices.Clone(values)
	}
	response, err := r.fetcher.Do(ctx, req)
	document := evidence.NewDocument(response.Body)
	document.URL, document.Status, document.Truncated, document.Exchange = address, response.Status, response.Truncated, response.ID
	document.Header = evidence.Headers{}
	for _, name := range keptHeaders {
		if values := response.Header.Values(name); len(values) > 0 {
			document.Header[name] = values
		}
	}
	if err != nil {
		document.Problem = whyNot(address, err)
	}
	return document
}

// whyNot says in words why no complete answer came, and what to do.
func whyNot(address string, err error) string {
	host := address
	if u, parseErr := url.Parse(address); parseErr == nil && u.Host != "" {
		host = u.Host
	}
	var (
		unknown *net.DNSError
		expired x509.CertificateInvalidError
		name    x509.HostnameError
		foreign x509.UnknownAuthorityError
		plain   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return fmt.Sprintf("the host %s is unknown; check the address", unknown.Name)
	case errors.As(err, &unknown):
		return fmt.Sprintf("cannot look up the host %s: %s", unknown.Name, unknown.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("%s refused the connection; is the server running?", host)
	case errors.As(err, &expired) && expired.Reason == x509.Expired:
		return fmt.Sprintf("the certificate of %s is expired or not yet valid (from %s to %s)", host,
			expired.Cert.NotBefore.Format("2006-01-02"), expired.Cert.NotAfter.Format("2006-01-02"))
	case errors.As(err, &name):
		return fmt.Sprintf("the certificate of %s is for another host: %v", host, name)
	case errors.As(err, &foreign):
		return fmt.Sprintf("the certificate of %s is signed by an unknown authority; name the authority's certificate with --ca, or tls.ca in the target file", host)
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Sprintf("%s does not speak TLS there; should the address begin with http://?", host)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), timedOut(err):
		return fmt.Sprintf("%s sent no complete answer in time; raise --timeout if the server is slow", address)
	case errors.Is(err, context.Canceled):
		return fmt.Sprintf("the request to %s was given up", address)
	default:
		return fmt.Sprintf("cannot read %s: %s", address, innermost(err))
	}
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// innermost cuts the method and address off that the recorder puts in front of an error.
func innermost(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
}

// sealPrivateKeys replaces private and symmetric key material in a key set, where the server publishes
// it by mistake, here and in everything that is recorded.
func sealPrivateKeys(fetcher Fetcher, document evidence.Document) evidence.Document {
	recording, ok := fetcher.(interface{ Recorder() *record.Recorder })
	if !ok {
		return document
	}
	members, _ := document.Object()
	keys, _ := members["keys"].([]any)
	text := document.Text
	for _, key := range keys {
		key, _ := key.(map[string]any)
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if value, isString := key[name].(string); isString && len(value) >= 8 {
				recording.Recorder().Seal("private-key", value)
				text = strings.ReplaceAll(text, value, "[private-key]")
			}
		}
	}
	if text == document.Text {
		return document
	}
	sealed := evidence.NewDocument([]byte(text))
	sealed.URL, sealed.Hops, sealed.Status, sealed.Header, sealed.Exchange = document.URL, document.Hops, document.Status, document.Header, document.Exchange
	return sealed
}
