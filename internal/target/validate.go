package target

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Validate reports whether a run can begin with the configuration. Its error is a Mistakes.
func (c Config) Validate() error {
	c = c.WithDefaults()
	raw, err := yaml.Dump(c)
	if err != nil {
		return fmt.Errorf("target: cannot write the configuration down: %w", err)
	}
	var d document
	value := d.parse(raw)
	d.add(checkSchema(value, func(_ string, value any) string { return describe(value) }))
	d.add(c.check())
	if len(d.mistakes) == 0 {
		return nil
	}
	for i := range d.mistakes {
		d.mistakes[i].Line, d.mistakes[i].Column = 0, 0
	}
	return d.mistakes.sorted()
}

// check returns what the schema cannot say: how values stand to each other, and what URLs, keys and
// certificates hold. Messages quote no value, which may have come from the environment.
func (c Config) check() Mistakes {
	var all Mistakes
	add := func(path, complaint string) {
		if complaint != "" {
			all = append(all, Mistake{Path: path, Message: path + " " + complaint})
		}
	}
	add("fhir", webURL(c.FHIR, "must be the base URL alone"))
	add("launches.portal", webURL(c.Launches.Portal, ""))
	add("data.siblingBase", webURL(c.Data.SiblingBase, "must be the base URL alone"))
	if same(strings.TrimRight(c.Data.SiblingBase, "/"), strings.TrimRight(c.FHIR, "/")) {
		add("data.siblingBase", "is the base under test; name another one of the same server")
	}
	add("launches.url", webURL(c.Launches.URL, ""))
	add("login.signOut", webURL(c.Login.SignOut, ""))
	add("tls.ca", c.TLS.complaint())
	all = slices.Concat(all, c.Launches.complaints(), c.Login.complaints(), c.Discovery.complaints(), c.JWKS.complaints())
	for _, kind := range ClientKinds {
		client, ok := c.Clients[kind]
		if !ok {
			continue
		}
		path := "clients." + string(kind)
		add(path+".redirect", appURI(client.Redirect))
		add(path+".launch", appURI(client.Launch))
		if client.Launch != "" && client.Launch == client.Redirect {
			add(path+".launch", "is the redirect URI; the two must differ, so that the browser can tell a launch from an answer")
		}
		if !client.Key.IsZero() {
			if _, err := client.SigningKey(); err != nil {
				add(path+".key", err.Error())
			}
		}
	}
	if kind := c.Introspection.Client; kind != "" && c.Clients[kind].ID == "" {
		add("introspection.client", "names a client that is not there; describe it as clients."+string(kind))
	}
	if same(c.Data.OtherPatient, c.Users[Patient].Patient) {
		add("data.otherPatient", "is the record of the patient user; name a patient whose record that user must not see")
	}
	if slices.Contains(c.Data.VisiblePatients, strings.TrimPrefix(c.Data.ForbiddenRecord, "Patient/")) {
		add("data.forbiddenRecord", "is the record of a patient whom data.visiblePatients names; it cannot be both")
	}
	if same(c.Data.Resource, c.Data.OtherResource) {
		add("data.otherResource", "is the same as data.resource; name a type that the scopes do not allow")
	}
	if same(c.Data.State.Code, c.Data.State.OtherCode) {
		add("data.state.otherCode", "is the same as data.state.code; name two codes")
	}
	if same(c.Data.Granular.Value, c.Data.Granular.Other) {
		add("data.granular.other", "is the same as data.granular.value; name a value that is not asked for")
	}
	return all
}

func same(a, b string) bool { return a != "" && a == b }

// webURL says what is wrong with a URL that smartcheck itself opens. bare is what to say of a query.
func webURL(raw, bare string) string {
	u, err := url.Parse(raw)
	switch {
	case raw == "" || err != nil || u.Hostname() == "": // the schema speaks about these
		return ""
	case u.User != nil:
		return "carries a user name or password; remove it from the URL"
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return "has a fragment; remove the part from # on"
	case bare != "" && (u.RawQuery != "" || u.ForceQuery):
		return bare + "; remove the part from ? on"
	case bare != "" && strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/.well-known/smart-configuration"):
		return bare + "; remove /.well-known/smart-configuration"
	case bare != "" && strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/metadata"):
		return bare + "; remove /metadata"
	}
	return ""
}

// appURI says what is wrong with a redirect or launch URI. Any scheme may be registered (RFC 8252
// section 7.1), but none that makes the browser run or open something.
func appURI(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case raw == "" || err != nil:
		return ""
	case u.User != nil:
		return "carries a user name or password; remove it from the URI"
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return "has a fragment, which a redirect URI must not have (RFC 6749 section 3.1.2)"
	case slices.Contains([]string{"javascript", "data", "about", "blob", "file", "view-source", "chrome"}, u.Scheme):
		return "has the scheme " + u.Scheme + ", which no app can be reached by"
	case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() == "":
		return "names no host"
	}
	return ""
}

func (t TLS) complaint() string {
	switch {
	case t.CAFile != "" && len(t.CA) == 0:
		return "names a file that was not read; give the PEM certificates in CA, or load a target file"
	case len(t.CA) > 0 && !x509.NewCertPool().AppendCertsFromPEM(t.CA):
		return "holds no PEM certificate"
	}
	return ""
}

// Pool returns the certificate authorities to trust: those of the system and CA.
func (t TLS) Pool() (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if len(t.CA) > 0 && !pool.AppendCertsFromPEM(t.CA) {
		return nil, fmt.Errorf("the certificate authority of the target holds no PEM certificate")
	}
	return pool, nil
}
