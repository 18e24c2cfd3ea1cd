package probe

import (
	"context"
	"net/http"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// browserApp lets a page of the public client do in a real browser what an app without a server of its own
// does: read the discovery documents, redeem a code, and read a record with the token. The code is fresh,
// because the page consumes it.
func browserApp(ctx context.Context, s *session.Session) (evidence.BrowserApp, error) {
	launch, err := s.AnyLaunch(target.Public)
	if err != nil {
		return evidence.BrowserApp{}, err
	}
	client, _ := s.Config.Client(target.Public)
	app := evidence.BrowserApp{Origin: webOrigin(client.Redirect)}
	if app.Origin == "" {
		return app, unavailable("the redirect URI of clients.public is no address that a page can have")
	}
	answer, err := s.Authorize(ctx, s.Scope(evidence.CORSBrowserKind.Name()), session.Request{Launch: launch})
	if err != nil {
		return app, err
	}
	if answer.Code == "" {
		return app, unavailable("the launch " + launch.String() + " brought no code: " + answer.Evidence.Describe())
	}
	requests, err := browserRequests(s, answer)
	if err != nil {
		return app, err
	}
	fetched, complaints, err := s.RunWebApp(ctx, target.UserRole(launch.User), client.Redirect, requests)
	if err != nil {
		return app, err
	}
	app.Complaints = complaints
	for _, f := range fetched {
		app.Steps = append(app.Steps, evidence.BrowserFetch{
			Name: f.Name, Readable: f.Readable, Reachable: f.Reachable, Status: f.Status, Granted: f.Granted, Error: f.Error,
		})
	}
	return app, nil
}

// browserRequests are what the page sends, in its order.
func browserRequests(s *session.Session, answer session.Answer) ([]session.Fetch, error) {
	redemption, err := s.CodeRequest(answer)
	if err != nil {
		return nil, err
	}
	unknown := url.Values{}
	for name, values := range redemption.Form {
		unknown[name] = values
	}
	unknown.Set("code", "smartcheck-unknown-"+oauth.Random(12))
	patient := s.Config.Users[target.UserRole(answer.Request.Launch.User)].Patient
	if patient == "" {
		patient = "smartcheck-unknown"
	}
	base := s.Config.FHIR
	record := evidence.ResolveBase(base, "/Patient/"+url.PathEscape(patient))
	asFHIR := map[string]string{"Accept": "application/fhir+json"}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
	return []session.Fetch{
		{Name: evidence.BrowserReadsConfiguration, Method: http.MethodGet, URL: evidence.ResolveBase(base, smartPath), Headers: map[string]string{"Accept": "application/json"}},
		{Name: evidence.BrowserReadsStatement, Method: http.MethodGet, URL: evidence.ResolveBase(base, "/metadata"), Headers: asFHIR},
		{Name: evidence.BrowserRedeemsUnknown, Method: http.MethodPost, URL: answer.Metadata.TokenEndpoint, Headers: form, Body: unknown.Encode()},
		{Name: evidence.BrowserRedeemsCode, Method: http.MethodPost, URL: answer.Metadata.TokenEndpoint, Headers: form, Body: redemption.Form.Encode(), Grants: true},
		{Name: evidence.BrowserReadsPatient, Method: http.MethodGet, URL: record, Headers: asFHIR, Token: true},
		{Name: evidence.BrowserReadsRefusal, Method: http.MethodGet, URL: record, Headers: map[string]string{
			"Accept": "application/fhir+json", "Authorization": "Bearer smartcheck-unknown-" + oauth.Random(24),
		}},
	}, nil
}
