package target

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// JWKS says where smartcheck publishes the key set of a client of its own, so that it can change the keys.
// The zero value means that it publishes none.
type JWKS struct {
	Listen string       `yaml:"listen,omitempty"` // host:port of the listener
	URL    string       `yaml:"url,omitempty"`    // where the server under test finds it, registered with the client
	Client HostedClient `yaml:"client,omitempty"`
	// CertFile is where Cert was read from, as the target file names it. Key is the private key of the
	// certificate, in PEM (never the name of a file: Load reads that).
	CertFile string `yaml:"cert,omitempty"`
	Cert     []byte `yaml:"-" json:"-"`
	Key      Secret `yaml:"key,omitempty"`
	// MaxAge is how long the server may keep a key set that is about to change.
	MaxAge time.Duration `yaml:"maxAge,omitempty"`
	// Serve, when set, serves the key set at URL, instead of a listener at Listen.
	Serve func(http.Handler) (stop func(), err error) `yaml:"-" json:"-"`
}

// HostedClient is the backend service whose keys are at JWKS.URL.
type HostedClient struct {
	ID     string   `yaml:"id,omitempty"`
	Scopes []string `yaml:"scopes,omitempty"`
}

// IsZero reports whether no key set is published.
func (j JWKS) IsZero() bool { return j.URL == "" && j.Client.ID == "" && j.Listen == "" }

// Certificate returns the certificate of the listener with its key.
func (j JWKS) Certificate() (tls.Certificate, error) {
	certificate, err := tls.X509KeyPair(j.Cert, []byte(j.Key.Reveal()))
	if err != nil {
		return certificate, fmt.Errorf("the certificate and the key of jwks do not belong together or are no PEM: %w", err)
	}
	return certificate, nil
}

// longestMaxAge bounds how long a run waits for a key set to lapse.
const longestMaxAge = time.Minute

// complaints says what is wrong with the section.
func (j JWKS) complaints() Mistakes {
	if j.IsZero() {
		return nil
	}
	var all Mistakes
	add := func(path, complaint string) {
		all = append(all, Mistake{Path: path, Message: path + " " + complaint})
	}
	if u, err := url.Parse(j.URL); err == nil && j.URL != "" && u.Scheme != "https" {
		add("jwks.url", "is no https URL, and keys are fetched over TLS only")
	}
	if complaint := webURL(j.URL, ""); complaint != "" {
		add("jwks.url", complaint)
	}
	if j.MaxAge > longestMaxAge {
		add("jwks.maxAge", fmt.Sprintf("is longer than %s, and a run waits for it twice", longestMaxAge))
	}
	if j.Serve != nil {
		return all
	}
	if _, _, err := net.SplitHostPort(j.Listen); err != nil {
		add("jwks.listen", "is not host:port, such as 127.0.0.1:8444 or 0.0.0.0:8444")
	}
	if _, err := j.Certificate(); err != nil {
		add("jwks.cert", "and jwks.key must be a certificate and its private key, in PEM files")
	}
	return all
}
