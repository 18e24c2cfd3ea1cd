package probe

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// Authorize lists the probes of the authorization endpoint.
func Authorize() []Probe {
	return []Probe{
		variants(evidence.AuthorizePostKind, succeeding, func(*session.Session, evidence.Launch) ([]variant, error) {
			return []variant{{name: "a request by POST", request: session.Request{Post: true}}}, nil
		}),
		variants(evidence.RedirectURIKind, refusedAtOnce, redirectURIs),
		variants(evidence.OpenRedirectKind, refusedAtOnce, openRedirects),
		variants(evidence.DenialKind, refusedAtOnce, func(*session.Session, evidence.Launch) ([]variant, error) {
			return []variant{{name: "the user denies", request: session.Request{Deny: true}}}, nil
		}),
		variants(evidence.ResponseTypeKind, refusedAtOnce, replacing("response_type", []sent{
			{"no response_type", nil}, {"an invented response_type", []string{"smartcheck"}},
		})),
		variants(evidence.ImplicitKind, refusedAtOnce, replacing("response_type", []sent{
			{"response_type=token", []string{"token"}}, {"response_type=id_token token", []string{"id_token token"}},
			{"response_type=code token", []string{"code token"}},
		})),
		variants(evidence.AudienceKind, refusedAtToken, func(s *session.Session, _ evidence.Launch) ([]variant, error) {
			return replacing("aud", []sent{
				{"aud of another server", []string{"https://fhir.example.org/r4"}},
				{"aud of a path beside the FHIR base", []string{strings.TrimRight(s.Config.FHIR, "/") + "-of-somebody-else"}},
			})(s, evidence.Launch{})
		}),
		variants(evidence.UnknownParameterKind, succeeding, func(*session.Session, evidence.Launch) ([]variant, error) {
			unknown := url.Values{"smartcheck_unknown": {"1"}}
			return []variant{{name: "an unknown and an empty parameter", form: unknown, request: session.Request{Set: url.Values{
				"smartcheck_unknown": {"1"}, "login_hint": {""},
			}}}}, nil
		}),
	}
}

// variant is one authorization request that differs from a correct one in a single point.
type variant struct {
	name    string
	sent    string
	request session.Request // without launch
	form    url.Values      // parameters to add to the token request
}

// plan says what is done around variants.
type plan struct {
	redeem  bool // redeem the code that a variant brings
	control func(context.Context, *session.Session, evidence.Launch) error
}

// The plans: variants that must succeed need no control; of those that must be refused, some are
// refused at the authorization endpoint and some at the token endpoint at the latest.
var (
	succeeding     = plan{redeem: true}
	refusedAtOnce  = plan{control: codeControl}
	refusedAtToken = plan{redeem: true, control: tokenControl}
)

// variants makes a probe that tries variants of the authorization request, at once, with the launch
// that needs least.
func variants(kind evidence.Kind[evidence.Variants], p plan, list func(*session.Session, evidence.Launch) ([]variant, error), kinds ...target.ClientKind) Probe {
	return of(kind, func(ctx context.Context, s *session.Session) (evidence.Variants, error) {
		launch, err := s.AnyLaunch(kinds...)
		if err != nil {
			return evidence.Variants{}, err
		}
		if p.control != nil {
			if err := p.control(ctx, s, launch); err != nil {
				return evidence.Variants{}, err
			}
		}
		tries, err := list(s, launch)
		if err != nil {
			return evidence.Variants{}, err
		}
		results, err := each(tries, func(v variant) (evidence.Variant, error) {
			return try(ctx, s, kind.Name(), launch, v, p.redeem)
		})
		return evidence.Variants{Variants: results}, err
	})
}

// try makes one variant and, where wanted, redeems the code that it brings.
func try(ctx context.Context, s *session.Session, scope string, launch evidence.Launch, v variant, redeem bool) (evidence.Variant, error) {
	v.request.Launch = launch
	recorded := s.Scope(scope + "." + slug(v.name))
	result := evidence.Variant{Name: v.name, Sent: v.sent}
	answer, err := s.Authorize(ctx, recorded, v.request)
	result.Authorization = answer.Evidence
	switch {
	case err == nil && v.request.Deny && answer.NoChoice:
		return result, unavailable("the consent page offers no way to deny")
	case err != nil || answer.Code == "" || !redeem:
		return result, err
	}
	request, err := s.CodeRequest(answer)
	if err != nil {
		return result, err
	}
	maps.Copy(request.Form, v.form)
	token, _, err := s.Send(ctx, recorded, answer.Metadata, request)
	result.Token = &token
	return result, err
}

// elsewhere is an address that nobody registered. It is never visited.
const elsewhere = "https://evil.test/callback"

// slug makes a name fit for the id of an exchange.
func slug(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '=':
			return r
		}
		return '-'
	}, name)
}

// sent is a value of a parameter that makes a variant; nil leaves the parameter out.
type sent struct {
	name   string
	values []string
}

// replacing returns variants that replace one parameter.
func replacing(parameter string, list []sent) func(*session.Session, evidence.Launch) ([]variant, error) {
	return func(*session.Session, evidence.Launch) ([]variant, error) {
		var out []variant
		for _, one := range list {
			out = append(out, variant{
				name: one.name, sent: strings.Join(one.values, " "),
				request: session.Request{Set: url.Values{parameter: one.values}},
			})
		}
		return out, nil
	}
}

// redirectURIs returns requests whose redirect URI differs from the registered one in one point.
func redirectURIs(s *session.Session, launch evidence.Launch) ([]variant, error) {
	registered := s.Config.Clients[target.ClientKind(launch.Client)].Redirect
	u, err := url.Parse(registered)
	if err != nil {
		return nil, err
	}
	changed := func(change func(*url.URL)) string {
		other := *u
		change(&other)
		return other.String()
	}
	type address struct{ name, uri string }
	uris := []address{
		{"a path suffix", changed(func(u *url.URL) { u.Path += "/extra" })},
		{"a longer path", changed(func(u *url.URL) { u.Path += "x" })},
		{"a trailing slash", changed(func(u *url.URL) { u.Path += "/" })},
		{"an extra query", changed(func(u *url.URL) { u.RawQuery = "next=evil" })},
		{"a fragment", changed(func(u *url.URL) { u.Fragment = "evil" })},
		{"another case of the path", changed(func(u *url.URL) { u.Path = strings.ToUpper(u.Path) })},
		{"a letter of the path encoded", withLetterEncoded(registered)},
		{"encoded dot segments", strings.TrimRight(registered, "/") + "/%2e%2e/evil"},
		{"a second address behind it", registered + " " + elsewhere},
	}
	if u.Scheme == "https" || u.Scheme == "http" {
		_, behindScheme, _ := strings.Cut(registered, "://")
		uris = append(uris, []address{
			{"user information", changed(func(u *url.URL) { u.User = url.User("evil") })},
			{"the host as user information", changed(func(u *url.URL) { u.User, u.Host = url.User(u.Host), "evil.test" })},
			{"a backslash before the host", u.Scheme + `://evil.test\@` + behindScheme},
			{"a subdomain", changed(func(u *url.URL) { u.Host = "evil." + u.Host })},
			{"a host suffix", changed(func(u *url.URL) { u.Host = u.Hostname() + ".evil.test" })},
			{"another host", changed(func(u *url.URL) { u.Host = "evil.test" })},
		}...)
	}
	if u.Hostname() != "" && !loopback(u.Hostname()) { // any port of the loopback interface is allowed, RFC 8252 §7.3
		uris = append(uris, address{"another port", changed(func(u *url.URL) {
			u.Host = strings.TrimSuffix(u.Host, ":"+u.Port()) + ":18443"
		})})
	}
	if u.Scheme == "https" {
		uris = append(uris, address{"plain http", changed(func(u *url.URL) { u.Scheme = "http" })})
	}
	var out []variant
	for _, one := range uris {
		if one.uri == registered {
			continue // such as the upper case of a path without letters
		}
		out = append(out, variant{name: one.name, sent: one.uri, request: session.Request{
			Set: url.Values{"redirect_uri": {one.uri}}, Guarded: true,
		}})
	}
	return out, nil
}

// loopback reports whether a redirect URI with that host leads to an app on the user's own machine.
func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// withLetterEncoded writes the last letter of a URI in percent encoding, which a comparison of what is
// decoded takes for the same (RFC 3986 §6.2.2.2). Only a path may be written so.
func withLetterEncoded(uri string) string {
	path, _, _ := strings.Cut(uri, "?")
	begin := strings.LastIndex(path, "/")
	for i := len(path) - 1; i > begin && begin >= 0 && path[begin-1] != '/'; i-- {
		if c := path[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return fmt.Sprintf("%s%%%02X%s", uri[:i], c, uri[i+1:])
		}
	}
	return uri
}

// openRedirects returns requests that a server must not answer with a redirect.
func openRedirects(*session.Session, evidence.Launch) ([]variant, error) {
	bad := func(name string, set url.Values) variant {
		return variant{name: name, sent: set.Encode(), request: session.Request{Set: set, Guarded: true}}
	}
	unregistered := func(name, parameter, value string) variant {
		return bad("an unregistered redirect URI"+name, url.Values{"redirect_uri": {elsewhere}, parameter: {value}})
	}
	unknown := "smartcheck-unknown-" + oauth.Random(6)
	signedOut := bad("an unregistered redirect URI before anybody has signed in", url.Values{"redirect_uri": {elsewhere}})
	signedOut.request.Fresh = true
	return []variant{
		bad("an unknown client", url.Values{"client_id": {unknown}, "redirect_uri": {elsewhere}}),
		bad("an unknown client and prompt=none", url.Values{"client_id": {unknown}, "redirect_uri": {elsewhere}, "prompt": {"none"}}),
		bad("no client", url.Values{"client_id": nil, "redirect_uri": {elsewhere}}),
		bad("an unregistered redirect URI", url.Values{"redirect_uri": {elsewhere}}),
		unregistered(" and a bad request", "response_type", "smartcheck"),
		unregistered(" and an unknown scope", "scope", "smartcheck/unknown"),
		unregistered(" and prompt=none", "prompt", "none"),
		signedOut,
	}, nil
}
