package target

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	wellKnown        = "/.well-known/smart-configuration"
	discoveryTimeout = 30 * time.Second
	maxDiscovery     = 1 << 20 // bytes
)

// ParseBase checks what a person gave as the FHIR base URL. It takes off a trailing slash and the name
// of the discovery document.
func ParseBase(raw string) (string, error) {
	base := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(raw, "/"), wellKnown), "/")
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return "", fmt.Errorf("%s is no FHIR base URL; write it like https://ehr.example/fhir", shown(raw))
	}
	if complaint := webURL(base, "must be the base URL alone"); complaint != "" {
		return "", fmt.Errorf("the FHIR base URL %s", complaint)
	}
	return base, nil
}

// Discover reads the SMART configuration of the server with that base URL. Its errors name the URL and
// what was wrong with the answer.
func Discover(ctx context.Context, fhir string, t TLS) (Discovered, error) {
	d := Discovered{FHIR: fhir, TLS: t}
	address := strings.TrimRight(fhir, "/") + wellKnown
	body, err := fetch(ctx, address, t)
	if err == nil {
		err = d.parse(body)
	}
	if err != nil {
		return Discovered{}, fmt.Errorf("%s %w", address, err)
	}
	return d, nil
}

// fetch returns the body of the document. Its errors continue the sentence that begins with the URL.
func fetch(ctx context.Context, address string, t TLS) ([]byte, error) {
	pool, err := t.Pool()
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	transport := &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		TLSClientConfig:   &tls.Config{RootCAs: pool, InsecureSkipVerify: t.Insecure},
		DisableKeepAlives: true,
	}
	client := &http.Client{Transport: transport, Timeout: discoveryTimeout, CheckRedirect: sameHost}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "smartcheck (init)")
	resp, err := client.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDiscovery+1))
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	start := strings.TrimSpace(string(body[:min(len(body), 512)]))
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("answered %d %s; expected 200 (is this the FHIR base URL?)", resp.StatusCode, http.StatusText(resp.StatusCode))
	case err != nil:
		return nil, fmt.Errorf("broke off: %w", err)
	case len(body) > maxDiscovery:
		return nil, fmt.Errorf("answered more than %d KiB; expected a JSON document", maxDiscovery>>10)
	case strings.HasPrefix(start, "<") || strings.HasSuffix(media, "html"):
		return nil, errors.New("answered HTML; expected JSON (is the URL a sign-in page or a web application?)")
	}
	return body, nil
}

// sameHost follows redirects on the server itself only: whoever answers for it must be asked for by name.
func sameHost(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case next.URL.Scheme != first.Scheme || next.URL.Host != first.Host:
		return fmt.Errorf("redirects to %s; if that is the server, give its base URL", shown(next.URL.Redacted()))
	case len(via) >= 5:
		return errors.New("redirects without end")
	}
	return nil
}

// unreachable says why there was no answer, without the method and URL that net/http puts before it.
func unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var network net.Error
	switch {
	case strings.HasPrefix(err.Error(), "redirects "):
		return err
	case errors.As(err, &authority):
		return fmt.Errorf("shows a certificate of an unknown authority; name the authority with --ca FILE: %w", err)
	case errors.As(err, &name), errors.As(err, &invalid):
		return fmt.Errorf("shows a certificate that is not valid; --insecure reads it all the same: %w", err)
	case errors.As(err, &record):
		return fmt.Errorf("does not speak TLS; is it an http URL? %w", err)
	case errors.As(err, &network) && network.Timeout():
		return fmt.Errorf("did not answer within %s: %w", discoveryTimeout, err)
	}
	return fmt.Errorf("cannot be reached: %w", err)
}
