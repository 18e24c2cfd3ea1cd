package tlsprobe

import (
	"context"
	"net"
	"net/http"
)

// Client returns an HTTP client for requests that carry no secret: it talks to any TLS server that
// crypto/tls can talk to, verifies no certificate, follows no redirect and keeps no connection.
func (p *Prober) Client() *http.Client {
	return &http.Client{
		Timeout: p.options.Timeout,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return p.options.Dial(ctx, network, address)
			},
			TLSClientConfig:        anyTLS(""),
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: 256 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
