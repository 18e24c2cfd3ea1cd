package browser

import (
	"net/url"
	"path"
	"strings"
)

// ruling is what the policy says about a navigation.
type ruling int

const (
	pass    ruling = iota // let it go
	caught                // one of the client's own URIs: answer it locally
	foreign               // it leaves the allowed hosts: answer it locally
)

// policy decides which navigations are caught.
type policy struct {
	traps       []trap
	hosts       map[string]bool // "host" or "host:port", in lower case
	trapForeign bool
}

func newPolicy(j Journey) policy {
	p := policy{hosts: map[string]bool{}, trapForeign: j.TrapAllForeign}
	for _, pattern := range j.Trap {
		p.traps = append(p.traps, newTrap(pattern))
	}
	start := j.Start
	if j.Form != nil {
		start = j.Form.URL
	}
	if at, _ := j.local(); at != "" {
		p.allow(at)
	}
	p.allow(start)
	for _, host := range j.Hosts {
		p.allow(host)
	}
	return p
}

// allow adds a host, a host with a port, or the host of a URL.
func (p policy) allow(host string) {
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = hostPort(u)
	}
	p.hosts[strings.ToLower(host)] = true
}

func (p policy) judge(rawURL string) ruling {
	u, err := url.Parse(rawURL)
	if err != nil {
		return p.judgeUnread(rawURL)
	}
	for _, t := range p.traps {
		if t.matches(u) {
			return caught
		}
	}
	if p.trapForeign && !p.allowed(u) {
		return foreign
	}
	return pass
}

// judgeUnread judges a URL that Chromium understands and Go does not: when in doubt it does not pass.
func (p policy) judgeUnread(rawURL string) ruling {
	for _, t := range p.traps {
		if t.uri != nil && strings.HasPrefix(rawURL, t.uri.Scheme+"://"+t.uri.Host) {
			return caught
		}
	}
	if p.trapForeign {
		return foreign
	}
	return pass
}

// allowed reports whether u stays on the allowed hosts. Schemes that never leave the browser do.
func (p policy) allowed(u *url.URL) bool {
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		return p.hosts[hostPort(u)] || p.hosts[strings.ToLower(u.Hostname())]
	case "about", "data", "blob", "javascript", "chrome-error":
		return true
	default:
		return false
	}
}

// opensApplication reports whether u has a scheme that a browser hands to another program.
func opensApplication(rawURL string) bool {
	scheme, _, ok := strings.Cut(rawURL, ":")
	if !ok {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "about", "data", "blob", "javascript", "chrome-error", "chrome", "devtools":
		return false
	}
	return true
}

// trap is a pattern of URLs: a URI matches whatever query and fragment are added to it; a pattern with
// an asterisk is matched against the whole URL without its fragment.
type trap struct {
	uri  *url.URL
	glob string
}

func newTrap(pattern string) trap {
	if strings.Contains(pattern, "*") {
		return trap{glob: pattern}
	}
	u, err := url.Parse(pattern)
	if err != nil {
		return trap{glob: pattern} // a URI that Go cannot read is matched as it stands
	}
	return trap{uri: u}
}

func (t trap) matches(u *url.URL) bool {
	if t.uri == nil {
		whole := *u
		whole.Fragment, whole.RawFragment = "", ""
		return matchGlob(t.glob, whole.String())
	}
	return strings.EqualFold(t.uri.Scheme, u.Scheme) && hostPort(t.uri) == hostPort(u) &&
		t.uri.Opaque == u.Opaque && cleanPath(t.uri) == cleanPath(u)
}

// cleanPath makes "https://a" and "https://a/" the same, as a browser does.
func cleanPath(u *url.URL) string {
	p := u.EscapedPath()
	if p == "" && u.Host != "" {
		return "/"
	}
	if strings.Contains(p, "/.") {
		slash := strings.HasSuffix(p, "/")
		if p = path.Clean(p); slash && p != "/" {
			p += "/"
		}
	}
	return p
}

// hostPort returns the host in lower case with its port, also when it is the default one.
func hostPort(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		switch strings.ToLower(u.Scheme) {
		case "https":
			port = "443"
		case "http":
			port = "80"
		}
	}
	if port == "" {
		return host
	}
	return host + ":" + port
}

// matchGlob matches s against a pattern in which an asterisk stands for any characters.
func matchGlob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(s, part)
		}
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return s == ""
}
