package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
)

// maxCookies and maxCookie bound what is kept of the cookies of a person, which servers set.
const (
	maxCookies = 500
	maxCookie  = 8 << 10 // bytes of one name and value
)

// Cookie is one cookie of a person, as a browser keeps it (RFC 6265). Its value is a secret.
type Cookie struct {
	Name     string    `json:"name"`
	Value    string    `json:"value"`
	Domain   string    `json:"domain"` // with a leading dot when it holds for subdomains too
	Path     string    `json:"path"`
	Expires  time.Time `json:"expires,omitzero"` // zero for one that ends with the browser
	Secure   bool      `json:"secure,omitempty"`
	HTTPOnly bool      `json:"httpOnly,omitempty"`
	SameSite string    `json:"sameSite,omitempty"` // Strict, Lax or None; empty when the server says nothing
}

// Cookies returns the cookies of the person for the hosts, each of which may be a URL. A cookie of a
// parent domain belongs to a host too.
func (p *Person) Cookies(ctx context.Context, hosts []string) ([]Cookie, error) {
	got, err := cdp.Call(ctx, p.instance.chrome, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: p.context})
	if err != nil {
		return nil, fmt.Errorf("read the cookies of the browser: %w", p.instance.explain(err))
	}
	var cookies []Cookie
	for _, c := range got.Cookies {
		wanted := slices.ContainsFunc(hosts, func(host string) bool { return cookieReaches(c.Domain, host) })
		if !wanted || len(c.Name)+len(c.Value) > maxCookie || len(cookies) >= maxCookies {
			continue
		}
		one := Cookie{
			Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, Secure: c.Secure, HTTPOnly: c.HTTPOnly,
			SameSite: string(c.SameSite),
		}
		if !c.Session && c.Expires > 0 {
			one.Expires = time.UnixMilli(int64(c.Expires * 1000)).UTC()
		}
		cookies = append(cookies, one)
	}
	return cookies, nil
}

// SetCookies gives the person cookies. Those with the same name, domain and path are replaced.
func (p *Person) SetCookies(ctx context.Context, cookies []Cookie) error {
	var params []*network.CookieParam
	for _, c := range cookies {
		scheme := network.CookieSourceSchemeNonSecure
		if c.Secure {
			scheme = network.CookieSourceSchemeSecure
		}
		one := &network.CookieParam{
			Name: c.Name, Value: c.Value, Path: c.Path, Secure: c.Secure, HTTPOnly: c.HTTPOnly,
			SameSite: network.CookieSameSite(c.SameSite), SourceScheme: scheme,
		}
		if strings.HasPrefix(c.Domain, ".") {
			one.Domain = c.Domain
		} else { // a URL makes a cookie of that host alone, which a name such as __Host- demands
			one.URL = hostURL(c)
		}
		if !c.Expires.IsZero() {
			one.Expires = cdp.TimeSinceEpoch(float64(c.Expires.UnixMilli()) / 1000)
		}
		params = append(params, one)
	}
	_, err := cdp.Call(ctx, p.instance.chrome, storage.SetCookies,
		storage.SetCookiesParams{Cookies: params, BrowserContextID: p.context})
	if err != nil {
		return fmt.Errorf("give the browser its cookies: %w", p.instance.explain(err))
	}
	return nil
}

func hostURL(c Cookie) string {
	scheme := "http"
	if c.Secure {
		scheme = "https"
	}
	return scheme + "://" + c.Domain + firstOf(c.Path, "/")
}

// cookieReaches reports whether a cookie of the domain is sent to the host, or to the host of the URL
// (RFC 6265 §5.1.3).
func cookieReaches(domain, host string) bool {
	if _, after, found := strings.Cut(host, "://"); found {
		host = after
	}
	host, _, _ = strings.Cut(host, "/")
	if at := strings.LastIndex(host, ":"); at > strings.LastIndex(host, "]") {
		host = host[:at]
	}
	host, domain = strings.ToLower(host), strings.ToLower(domain)
	return domain == host || strings.HasPrefix(domain, ".") && (host == domain[1:] || strings.HasSuffix(host, domain))
}
