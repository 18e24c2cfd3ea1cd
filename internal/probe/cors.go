package probe

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// CORS lists the probes of cross-origin access at every endpoint. What discovery alone shows is seen by the
// probe of the discovery documents.
func CORS() []Probe {
	return []Probe{
		of(evidence.CORSEndpointsKind, crossOriginAccess),
		of(evidence.CORSBrowserKind, browserApp),
	}
}

// pageRequest is one request that a browser would send for a page.
type pageRequest struct {
	evidence.CrossOrigin
	form   url.Values // of a POST
	header http.Header
}

// pages makes the requests of pages of one origin, or of what is no page.
type pages struct {
	origin     string
	registered bool
}

func (p pages) preflight(resource, address, verb string, wants ...string) pageRequest {
	return p.request(evidence.CrossOrigin{Resource: resource, Method: http.MethodOptions, URL: address, Verb: verb, Wants: wants})
}

func (p pages) get(resource, address, name, token string) pageRequest {
	r := p.request(evidence.CrossOrigin{Resource: resource, Method: http.MethodGet, URL: address, Case: name})
	if token != "" {
		r.header = http.Header{"Authorization": {"Bearer " + token}}
	}
	return r
}

func (p pages) post(resource, address, name string, form url.Values) pageRequest {
	r := p.request(evidence.CrossOrigin{Resource: resource, Method: http.MethodPost, URL: address, Case: name})
	r.form = form
	return r
}

func (p pages) request(c evidence.CrossOrigin) pageRequest {
	c.Origin, c.Registered = p.origin, p.registered
	return pageRequest{CrossOrigin: c}
}

// corsLab is where the endpoints are asked.
type corsLab struct {
	session  *session.Session
	scope    *record.Scope
	metadata session.Metadata
	userInfo string
	client   target.Client // the public one, or the zero value
	token    string        // of the public client, or "" when it has none
	patient  string        // whose record the token opens, or ""
}

// crossOriginAccess asks every endpoint as a browser does for pages of the app, of a foreign site and of no
// site at all. Nothing that it sends can change anything: codes, tokens and clients are unknown ones.
func crossOriginAccess(ctx context.Context, s *session.Session) (evidence.CrossOriginAccess, error) {
	lab, err := newCORSLab(ctx, s)
	if err != nil {
		return evidence.CrossOriginAccess{}, err
	}
	var requests []pageRequest
	if origin := webOrigin(lab.client.Redirect); origin != "" {
		requests = append(requests, lab.ofPages(pages{origin, true})...)
	}
	requests = append(requests, lab.ofPages(pages{foreignOrigin, false})...)
	requests = append(requests, slices.DeleteFunc(lab.ofPages(pages{opaqueOrigin, false}), func(r pageRequest) bool {
		return !r.Preflight() // the rest would repeat what the foreign origin shows
	})...)
	seen := evidence.CrossOriginAccess{}
	if seen.Answers, err = each(requests, func(r pageRequest) (evidence.CrossOrigin, error) { return lab.send(ctx, r) }); err != nil {
		return seen, err
	}
	seen.Bare, err = each(lab.documents(pages{}), func(r pageRequest) (evidence.CrossOrigin, error) { return lab.send(ctx, r) })
	seen.Interactions = lab.interactions(ctx)
	return seen, err
}

func newCORSLab(ctx context.Context, s *session.Session) (*corsLab, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	lab := &corsLab{session: s, scope: s.Scope(evidence.CORSEndpointsKind.Name()), metadata: m}
	lab.client, _ = s.Config.Client(target.Public)
	lab.userInfo, _ = s.UserInfoEndpoint(ctx)
	if launch, err := s.AnyLaunch(target.Public); err == nil {
		if grant, err := s.SharedGrant(ctx, session.Request{Launch: launch}); err == nil {
			lab.token, lab.patient = grant.Tokens.Access, patientOf(s, grant)
		}
	}
	return lab, ctx.Err()
}

// patientOf is the patient that a grant is about, or else the one that the target file names.
func patientOf(s *session.Session, g session.Grant) string {
	if g.Evidence.Token != nil {
		if patient, ok := g.Evidence.Token.Text("patient"); ok && patient != "" {
			return patient
		}
	}
	return s.Config.Users[target.UserRole(g.Answer.Request.Launch.User)].Patient
}

// webOrigin is the origin of a page at the redirect URI; "" for one that no page can have.
func webOrigin(redirect string) string {
	u, ok := webAddress(redirect)
	if !ok {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// ofPages are the requests of pages of one origin.
func (l *corsLab) ofPages(p pages) []pageRequest {
	return slices.Concat(l.documents(p), l.atToken(p), l.atUserInfo(p), l.atFHIR(p), l.atClientEndpoints(p))
}

func (l *corsLab) documents(p pages) []pageRequest {
	base := l.session.Config.FHIR
	addresses := []struct{ resource, address string }{
		{evidence.SMARTConfiguration, evidence.ResolveBase(base, smartPath)},
		{evidence.CapabilityResource, evidence.ResolveBase(base, "/metadata")},
		{evidence.KeySetResource, l.metadata.JWKSURI},
	}
	if issuer, ok := webAddress(l.metadata.Issuer); ok {
		addresses = append(addresses,
			struct{ resource, address string }{evidence.OpenIDMetadata, openIDAddress(issuer)},
			struct{ resource, address string }{evidence.ServerMetadata, oauthAddress(issuer)})
	}
	var requests []pageRequest
	for _, a := range addresses {
		if _, ok := webAddress(a.address); ok {
			requests = append(requests, p.get(a.resource, a.address, "", ""))
		}
	}
	return requests
}

func (l *corsLab) atToken(p pages) []pageRequest {
	address := l.metadata.TokenEndpoint
	redemption := func(client string) url.Values {
		return url.Values{
			"grant_type": {"authorization_code"}, "code": {"smartcheck-unknown-" + oauth.Random(12)}, "client_id": {client},
			"redirect_uri": {l.client.Redirect}, "code_verifier": {oauth.Verifier(43)},
		}
	}
	requests := []pageRequest{
		p.preflight(evidence.TokenEndpoint, address, http.MethodPost, "content-type"),
		p.post(evidence.TokenEndpoint, address, evidence.WithUnknownApp, redemption("smartcheck-unknown-"+oauth.Random(6))),
	}
	if l.client.ID != "" {
		requests = append(requests, p.post(evidence.TokenEndpoint, address, evidence.WithUnknownCode, redemption(l.client.ID)))
	}
	return requests
}

func (l *corsLab) atUserInfo(p pages) []pageRequest {
	if l.userInfo == "" {
		return nil
	}
	requests := []pageRequest{
		p.preflight(evidence.UserInfoEndpoint, l.userInfo, http.MethodGet, "authorization"),
		p.get(evidence.UserInfoEndpoint, l.userInfo, evidence.WithoutToken, ""),
	}
	if p.registered && l.token != "" {
		requests = append(requests, p.get(evidence.UserInfoEndpoint, l.userInfo, evidence.WithToken, l.token))
	}
	return requests
}

func (l *corsLab) atFHIR(p pages) []pageRequest {
	at := func(id string) string {
		return evidence.ResolveBase(l.session.Config.FHIR, "/Patient/"+url.PathEscape(id))
	}
	someone := l.patient
	if someone == "" {
		someone = "smartcheck-unknown"
	}
	requests := []pageRequest{
		p.preflight(evidence.FHIREndpoint, at(someone), http.MethodGet, "authorization"),
		p.preflight(evidence.FHIREndpoint, at(someone), http.MethodPut, "authorization", "content-type", "if-match"),
		p.get(evidence.FHIREndpoint, at(someone), evidence.WithoutToken, ""),
	}
	if !p.registered {
		return requests
	}
	requests = append(requests, p.get(evidence.FHIREndpoint, at(someone), evidence.WithBadToken, oauth.Random(32)))
	if l.token != "" && l.patient != "" {
		requests = append(requests,
			p.get(evidence.FHIREndpoint, at(l.patient), evidence.WithToken, l.token),
			p.get(evidence.FHIREndpoint, at("smartcheck-"+strings.ToLower(oauth.Random(12))), evidence.WithUnknownID, l.token))
	}
	return requests
}

// atClientEndpoints asks the other endpoints that clients call themselves. Registration gets no request
// that could register something.
func (l *corsLab) atClientEndpoints(p pages) []pageRequest {
	var requests []pageRequest
	form := url.Values{"token": {"smartcheck-unknown-" + oauth.Random(12)}}
	if l.client.ID != "" {
		form.Set("client_id", l.client.ID)
	}
	for _, e := range []struct{ resource, address string }{
		{evidence.RevokeEndpoint, l.metadata.Revocation}, {evidence.IntrospectEndpoint, l.metadata.Introspection},
	} {
		if _, ok := webAddress(e.address); ok {
			requests = append(requests,
				p.preflight(e.resource, e.address, http.MethodPost, "content-type"),
				p.post(e.resource, e.address, "an unknown token", form))
		}
	}
	if _, ok := webAddress(l.metadata.Registration); ok {
		requests = append(requests, p.preflight(evidence.RegisterEndpoint, l.metadata.Registration, http.MethodPost, "content-type"))
	}
	return requests
}

// send sends a request and keeps of the answer what decides about pages. A request that gets no answer is
// told as such.
func (l *corsLab) send(ctx context.Context, r pageRequest) (evidence.CrossOrigin, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.form.Encode()))
	if err != nil {
		r.Problem = whyNot(r.URL, err)
		return r.CrossOrigin, nil
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	if r.Origin != "" {
		req.Header.Set("Origin", r.Origin)
	}
	switch {
	case r.Preflight():
		req.Header.Set("Access-Control-Request-Method", r.Verb)
		req.Header.Set("Access-Control-Request-Headers", strings.Join(r.Wants, ","))
	case r.Method == http.MethodPost:
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	default:
		req.Header.Set("Accept", acceptOf(r.Resource))
	}
	response, err := l.scope.Do(ctx, req)
	r.Status, r.Exchange, r.Header = response.Status, response.ID, corsHeaders(response.Header)
	if err != nil {
		r.Problem = whyNot(r.URL, err)
	}
	return r.CrossOrigin, ctx.Err()
}

func acceptOf(resource string) string {
	if resource == evidence.FHIREndpoint || resource == evidence.CapabilityResource {
		return "application/fhir+json"
	}
	return "application/json"
}

// corsHeaders keeps the fields that say what pages and caches may do with an answer, and the names of those
// that an app would like to read.
func corsHeaders(h http.Header) evidence.Headers {
	kept := evidence.Headers{}
	for name, values := range h {
		switch {
		case strings.HasPrefix(name, "Access-Control-"), name == "Vary", name == "Cache-Control":
			kept[name] = values
		case slices.Contains(evidence.UsefulHeaders, name):
			kept[name] = []string{"present"}
		}
	}
	return kept
}

// interactions are what the capability statement offers for any resource type. A statement that cannot be
// read offers nothing.
func (l *corsLab) interactions(ctx context.Context) []string {
	address := evidence.ResolveBase(l.session.Config.FHIR, "/metadata")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil
	}
	req.Header.Set("Accept", acceptOf(evidence.CapabilityResource))
	response, err := l.scope.Do(ctx, req)
	if err != nil {
		return nil
	}
	var statement struct {
		Rest []struct {
			Resource []struct {
				Versioning  string
				Interaction []struct{ Code string }
			}
		}
	}
	_ = json.Unmarshal(response.Body, &statement) // one that is broken is for the checks of metadata
	var codes []string
	add := func(code string) {
		if code != "" && !slices.Contains(codes, code) && len(codes) < 20 {
			codes = append(codes, code)
		}
	}
	for _, rest := range statement.Rest {
		for _, resource := range rest.Resource {
			if resource.Versioning == evidence.VersionedUpdate {
				add(resource.Versioning)
			}
			for _, interaction := range resource.Interaction {
				add(interaction.Code)
			}
		}
	}
	slices.Sort(codes)
	return codes
}
